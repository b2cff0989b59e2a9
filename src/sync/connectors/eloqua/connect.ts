import type { ConnectAnswer, ConnectTools } from '../connector.ts';
import { takeSignIn, tokensOf } from '../rest/sign-in.ts';
import { refusedConnection, unstoredSession } from '../rest/unstored-session.ts';
import { authorizationOf, type EloquaCredentials, type EloquaInput, eloquaInput } from './credentials.ts';
import { readFields } from './describe.ts';
import { askSite } from './site.ts';

type Answer = ConnectAnswer<EloquaCredentials>;
type Refused = Extract<Answer, { kind: 'refused' }>;

/** Finds the site and its pod, and whether the user may see its contact fields. The site is the account, by Eloqua's own number. */
export async function connect(input: EloquaInput, tools: ConnectTools): Promise<Answer> {
  const given = await credentialsOf(input, tools);
  if (given.kind === 'refused') return given;
  const { credentials, company } = given;
  const site = await askSite(tools, authorizationOf(credentials, credentials.accessToken ?? ''));
  if (site.kind === 'refused') return { kind: 'refused', path: '', message: refused };
  if (site.kind === 'unavailable') return site;
  const podUrl = tools.hosts.apiUrl ?? site.podUrl;
  if (podUrl === null) return { kind: 'unavailable', message: 'Eloqua did not tell where the site is.' };
  const located = { ...credentials, podUrl: site.podUrl ?? podUrl };
  const described = await readFields(unstoredSession(tools, located, refused));
  if (described.kind === 'stopped') return refusedConnection(described.answer, refused);
  const siteName = site.name ?? company ?? new URL(podUrl).host;
  return {
    kind: 'connected',
    accountId: site.id ?? siteName.toLowerCase(),
    accountName: site.id ? `${siteName} (${site.id})` : siteName,
    credentials: located,
    generatedSecret: null,
  };
}

const refused = 'Eloqua refused the sign-in.';

/** `company`: the site as the user of HTTP Basic names it. */
async function credentialsOf(
  input: EloquaInput,
  tools: ConnectTools,
): Promise<{ kind: 'given'; credentials: EloquaCredentials; company: string | null } | Refused> {
  const { authorizationId, company, username, password } = eloquaInput.safeParse(input).data ?? {};
  const basic = [company, username, password];
  if (authorizationId ? basic.some(Boolean) : !basic.every(Boolean)) {
    return {
      kind: 'refused',
      path: '',
      message: 'expected either authorizationId, or company, username and password together.',
    };
  }
  if (!authorizationId) {
    return {
      kind: 'given',
      company: company ?? null,
      credentials: {
        accessToken: Buffer.from(`${company}\\${username}:${password}`).toString('base64'),
        accessTokenExpiresAt: null,
        app: null,
        password: password ?? null,
        podUrl: '',
      },
    };
  }
  const signIn = await takeSignIn(authorizationId, tools);
  if (signIn.kind === 'refused') return signIn;
  const { grant, refreshToken } = signIn;
  const { clientId, clientSecret, redirectUri } = grant;
  const app = { clientId, clientSecret, refreshToken, redirectUri };
  const credentials = { ...tokensOf(grant.tokens, app, grant.grantedAt), password: null, podUrl: '' };
  return { kind: 'given', credentials, company: null };
}
