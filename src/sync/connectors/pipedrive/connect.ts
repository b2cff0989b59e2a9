import { z } from 'zod';
import { type ConnectAnswer, type ConnectTools, type Stopped, syncError } from '../connector.ts';
import { messageOfStop, unhurried } from '../rest/call.ts';
import { call, name, type PipedriveSession, tokensOf } from './api.ts';
import { type PipedriveCredentials, type PipedriveInput, pipedriveInput } from './credentials.ts';
import { describePersons } from './describe.ts';

const defaultDomain = 'https://api.pipedrive.com';

type Opened =
  | { kind: 'opened'; credentials: PipedriveCredentials }
  | Extract<ConnectAnswer<never>, { kind: 'refused' }>;

/** Checks credentials by reading with them: who they are of, and the fields of persons. */
export async function connect(
  input: PipedriveInput,
  tools: ConnectTools,
): Promise<ConnectAnswer<PipedriveCredentials>> {
  const opened = await open(input, tools);
  if (opened.kind === 'refused') return opened;
  const { credentials } = opened;
  const session = sessionOf(tools, credentials);
  const company = await readCompany(session);
  if (company.kind === 'stopped') return refusedConnection(company.answer);
  const described = await describePersons(session);
  if (described.kind === 'stopped') return refusedConnection(described.answer);
  const domain = company.domain ?? domainIn(credentials.apiDomain);
  const label = company.name ?? domain;
  return {
    kind: 'connected',
    accountId: company.id ?? domain,
    accountName: label === domain ? domain : `${label} (${domain})`,
    credentials: { ...credentials, currency: company.currency },
    generatedSecret: null,
  };
}

async function open(input: PipedriveInput, tools: ConnectTools): Promise<Opened> {
  const parsed = pipedriveInput.safeParse(input);
  const { authorizationId, companyDomain, apiToken } = parsed.data ?? {};
  const bySignIn = Boolean(authorizationId);
  if (!parsed.success || bySignIn === Boolean(apiToken) || (bySignIn && companyDomain)) {
    const message = 'expected either authorizationId, or companyDomain and apiToken.';
    return { kind: 'refused', path: '', message };
  }
  if (!authorizationId) {
    const domain = domainGiven(companyDomain ?? '');
    if (domain === null) {
      const message = 'expected the company domain: acme of acme.pipedrive.com.';
      return { kind: 'refused', path: 'companyDomain', message };
    }
    const apiDomain = `https://${domain}.pipedrive.com`;
    const byToken = { accessToken: apiToken ?? null, accessTokenExpiresAt: null, app: null };
    return { kind: 'opened', credentials: { ...byToken, apiDomain, currency: null } };
  }
  const grant = await tools.grant(authorizationId);
  const refreshToken = z.string().safeParse(grant?.tokens.refresh_token).data;
  if (!grant || !refreshToken) {
    const message = 'expected a granted sign-in that was not used yet: begin again.';
    return { kind: 'refused', path: 'authorizationId', message };
  }
  const { clientId, clientSecret, tokens, grantedAt } = grant;
  const bySignedIn = tokensOf(tokens, { clientId, clientSecret, refreshToken }, grantedAt, defaultDomain);
  return { kind: 'opened', credentials: { ...bySignedIn, currency: null } };
}

/** `acme`, also of an address that was copied from the browser; null: it is none. */
function domainGiven(text: string): string | null {
  const [, domain] =
    /^(?:https?:\/\/)?([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)(?:\.pipedrive\.com(?:\/.*)?)?\/?$/i.exec(text) ?? [];
  return domain?.toLowerCase() ?? null;
}

const domainIn = (apiDomain: string): string => new URL(apiDomain).host.replace(/\.pipedrive\.com$/, '');

const user = z.object({
  data: z.object({
    company_id: z.union([z.number(), z.string()]).transform(String).nullish().catch(null),
    company_name: z.string().nullish().catch(null),
    company_domain: z.string().nullish().catch(null),
    default_currency: z.string().nullish().catch(null),
  }),
});

interface Company {
  kind: 'company';
  id: string | null;
  name: string | null;
  domain: string | null;
  currency: string | null;
}

/** An account that may not be asked who it is is known by its domain. */
async function readCompany(session: PipedriveSession): Promise<Company | { kind: 'stopped'; answer: Stopped }> {
  const reply = await call(session, { method: 'GET', path: '/api/v1/users/me', costs: 'get' });
  if (reply.kind === 'stopped' && !(reply.answer.kind === 'hold' && reply.answer.error.vendorCode !== null))
    return reply;
  const told = reply.kind === 'response' ? user.safeParse(reply.response.body).data?.data : undefined;
  return {
    kind: 'company',
    id: told?.company_id ?? null,
    name: told?.company_name ?? null,
    domain: told?.company_domain ?? null,
    currency: told?.default_currency ?? null,
  };
}

function refusedConnection(answer: Stopped): ConnectAnswer<PipedriveCredentials> {
  if (answer.kind === 'unauthorized') {
    return { kind: 'refused', path: '', message: 'Pipedrive refused the access token.' };
  }
  const isSaid = answer.kind === 'hold' && answer.error.vendorCode !== null;
  return isSaid
    ? { kind: 'refused', path: '', message: answer.error.message }
    : { kind: 'unavailable', message: messageOfStop(answer) };
}

/** Credentials that are not stored yet are not renewed either: they are minutes old. */
const sessionOf = (tools: ConnectTools, credentials: PipedriveCredentials): PipedriveSession =>
  unhurried({
    ...tools,
    credentials,
    memory: new Map(),
    learned: () => {},
    renew: async () => ({
      kind: 'refused',
      error: syncError('AUTHENTICATION', `${name} refused the access token.`),
    }),
  });
