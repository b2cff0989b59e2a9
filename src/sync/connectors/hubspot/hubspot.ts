import { z } from 'zod';
import type { ConnectAnswer, Connector, ConnectTools, PushRecord, Session } from '../connector.ts';
import { syncError } from '../connector.ts';
import { messageOfStop, unhurried } from '../rest/call.ts';
import { authorizationDoor } from '../rest/oauth.ts';
import { call, type HubspotSession, name, tokensOf, tokenUrlOf } from './api.ts';
import { type HubspotCredentials, type HubspotInput, hubspotCredentials, hubspotInput } from './credentials.ts';
import { describeContacts } from './describe.ts';
import { findList, searchLists } from './lists.ts';
import { lookUp } from './lookup.ts';
import { payloadOf } from './payload.ts';
import { push } from './push.ts';

/** HubSpot contacts: up to 100 a call, matched by id, then by e-mail address. */
export const hubspot: Connector<HubspotInput, HubspotCredentials> = {
  vendor: 'HUBSPOT',
  // The lowest of HubSpot's rates, 100 calls in 10 s, less what other programs of the account need; the real one is learnt from its headers.
  limits: { batchMax: 100, concurrentMax: 5, rate: { calls: 90, windowMs: 10_000 } },
  matchField: 'email',
  worksUnmapped: false,
  canWriteIfBlank: true,
  credentials: hubspotCredentials,
  connect,
  authorization: authorizationDoor({
    name,
    authorizeUrl: (_request, { authUrl }) => `${authUrl ?? 'https://app.hubspot.com'}/oauth/authorize`,
    tokenUrl: (_request, hosts) => tokenUrlOf(hosts),
    scope:
      'oauth crm.objects.contacts.read crm.objects.contacts.write crm.schemas.contacts.read crm.lists.read crm.lists.write',
  }),
  async describe(session) {
    const answer = await describeContacts(unhurried(session));
    if (answer.kind === 'fields') return { kind: 'described', fields: answer.fields };
    return { kind: 'unavailable', message: messageOfStop(answer.answer) };
  },
  check,
  recommended: [
    { source: 'email', remoteField: 'email' },
    { source: 'firstName', remoteField: 'firstname' },
    { source: 'lastName', remoteField: 'lastname' },
    { source: 'company', remoteField: 'company' },
    { source: 'jobTitle', remoteField: 'jobtitle' },
    { source: 'phone', remoteField: 'phone' },
  ],
  payload: payloadOf,
  async lookup(records, fields, session) {
    const answer = await lookUp(records, fields, unhurried(session));
    return answer.kind === 'found' ? answer : { kind: 'unavailable', message: messageOfStop(answer.answer) };
  },
  // HubSpot's campaigns have no members. What leads can be put into are static lists.
  campaigns: { list: searchLists, find: findList },
  push,
  remoteUrl: (remoteId, accountId) => `https://app.hubspot.com/contacts/${accountId}/record/0-1/${remoteId}`,
};

const account = z.object({
  portalId: z.union([z.number(), z.string()]).transform(String),
  uiDomain: z.string().nullish(),
  timeZone: z.string().nullish(),
});

async function connect(input: HubspotInput, tools: ConnectTools): Promise<ConnectAnswer<HubspotCredentials>> {
  const parsed = hubspotInput.safeParse(input);
  const { accessToken, authorizationId } = parsed.data ?? {};
  if (!accessToken === !authorizationId) {
    return { kind: 'refused', path: '', message: 'expected either authorizationId or accessToken.' };
  }
  const unknown = { portalId: '', timeZone: 'UTC' };
  let credentials: HubspotCredentials = {
    accessToken: accessToken ?? null,
    accessTokenExpiresAt: null,
    app: null,
    ...unknown,
  };
  if (authorizationId) {
    const grant = await tools.grant(authorizationId);
    const refreshToken = z.string().safeParse(grant?.tokens.refresh_token).data;
    if (!grant || !refreshToken) {
      return {
        kind: 'refused',
        path: 'authorizationId',
        message: 'expected a granted sign-in that was not used yet: begin again.',
      };
    }
    const { clientId, clientSecret } = grant;
    credentials = { ...unknown, ...tokensOf(grant.tokens, { clientId, clientSecret, refreshToken }, grant.grantedAt) };
  }
  const session = sessionOf(tools, credentials);
  const reply = await call(session, { method: 'GET', path: '/account-info/v3/details' });
  if (reply.kind === 'stopped') return refusedConnection(reply);
  const found = account.safeParse(reply.response.body).data;
  if (!found) return { kind: 'unavailable', message: 'What answers there did not answer as HubSpot does.' };
  const described = await describeContacts(session);
  if (described.kind === 'stopped') return refusedConnection(described);
  const { portalId, uiDomain, timeZone } = found;
  return {
    kind: 'connected',
    accountId: portalId,
    accountName: uiDomain ? `${portalId} (${uiDomain})` : portalId,
    credentials: { ...credentials, portalId, timeZone: timeZone ?? 'UTC' },
    generatedSecret: null,
  };
}

function refusedConnection({
  answer,
}: {
  answer: Parameters<typeof messageOfStop>[0];
}): ConnectAnswer<HubspotCredentials> {
  if (answer.kind === 'unauthorized') {
    return { kind: 'refused', path: '', message: 'HubSpot refused the access token.' };
  }
  if (answer.kind === 'hold' && answer.error.vendorCode !== null)
    return { kind: 'refused', path: '', message: answer.error.message };
  return { kind: 'unavailable', message: messageOfStop(answer) };
}

/** Credentials that are not stored yet are not renewed either: they are minutes old. */
function sessionOf(tools: ConnectTools, credentials: HubspotCredentials): HubspotSession {
  const session: Session<HubspotCredentials> = {
    ...tools,
    credentials,
    memory: new Map(),
    learned: () => {},
    renew: async () => ({ kind: 'refused', error: syncError('AUTHENTICATION', 'HubSpot refused the access token.') }),
  };
  return unhurried(session);
}

function check(record: PushRecord) {
  const email = record.values.email?.trim();
  if (email && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) return null;
  return syncError('DATA_VALUE_VALIDATION', 'HubSpot takes e-mail addresses such as name@example.com.', {
    field: 'email',
  });
}
