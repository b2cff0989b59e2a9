import { z } from 'zod';
import type { ConnectAnswer, ConnectTools, Stopped } from '../connector.ts';
import { takeSignIn } from '../rest/sign-in.ts';
import { refusedConnection, unstoredSession } from '../rest/unstored-session.ts';
import { call, name, type PipedriveSession, tokensOf } from './api.ts';
import { type PipedriveCredentials, type PipedriveInput, pipedriveInput } from './credentials.ts';
import { describePersons } from './describe.ts';

const defaultDomain = 'https://api.pipedrive.com';
const refused = `${name} refused the access token.`;

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
  const session = unstoredSession(tools, credentials, refused);
  const company = await readCompany(session);
  if (company.kind === 'stopped') return refusedConnection(company.answer, refused);
  const described = await describePersons(session);
  if (described.kind === 'stopped') return refusedConnection(described.answer, refused);
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
  const signIn = await takeSignIn(authorizationId, tools);
  if (signIn.kind === 'refused') return signIn;
  const { grant, refreshToken } = signIn;
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
