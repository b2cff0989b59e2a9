/** One of Zoho's data centres: an organization lives in one, and what belongs to it is known in no other. */
export interface DataCentre {
  /** As sign-ins name it. */
  location: string;
  accounts: string;
  api: string;
  /** Where people work. */
  crm: string;
}

const zoho = (location: string, domain: string): DataCentre => ({
  location,
  accounts: `https://accounts.zoho.${domain}`,
  api: `https://www.zohoapis.${domain}`,
  crm: `https://crm.zoho.${domain}`,
});

const unitedStates = zoho('us', 'com');

/** Source: Zoho CRM "Multi DC support", read 2026-11. */
const dataCentres: readonly DataCentre[] = [
  unitedStates,
  zoho('eu', 'eu'),
  zoho('in', 'in'),
  zoho('au', 'com.au'),
  zoho('cn', 'com.cn'),
  zoho('jp', 'jp'),
  zoho('sa', 'sa'),
  zoho('uk', 'uk'),
  zoho('ae', 'ae'),
  {
    location: 'ca',
    accounts: 'https://accounts.zohocloud.ca',
    api: 'https://www.zohoapis.ca',
    crm: 'https://crm.zohocloud.ca',
  },
];

/** Where everybody may begin to sign in: Zoho sends people on to their own data centre. */
export const firstAccountsUrl = unitedStates.accounts;

/** The API beside an accounts server, where the token does not say it. */
export const apiBeside = (accountsUrl: string): string =>
  (dataCentres.find(({ accounts }) => accounts === accountsUrl) ?? unitedStates).api;

/**
 * The accounts server that Zoho names when it sends the browser back. It is told by an address that anybody can write, and our client secret
 * goes there: only one of Zoho's own is believed. Null: none is named.
 */
export function accountsServerOf(callback: { get(name: string): unknown }): string | null {
  const server = callback.get('accounts-server');
  const location = callback.get('location');
  const named = typeof server === 'string' ? server.replace(/\/+$/, '') : null;
  const centre =
    dataCentres.find(({ accounts }) => accounts === named) ?? dataCentres.find((one) => one.location === location);
  return centre?.accounts ?? null;
}

/** A name for where the API is: the data centre's, or the host where it is none that we know. */
export const locationOf = (apiDomain: string): string =>
  dataCentres.find(({ api }) => api === apiDomain)?.location ?? URL.parse(apiDomain)?.host ?? apiDomain;

export const crmOf = (location: string): string | null =>
  dataCentres.find((centre) => centre.location === location)?.crm ?? null;
