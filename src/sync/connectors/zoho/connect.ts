import type { ConnectAnswer, ConnectTools } from '../connector.ts';
import { takeSignIn } from '../rest/sign-in.ts';
import { refusedConnection, unstoredSession } from '../rest/unstored-session.ts';
import { readAccount } from './account.ts';
import { type ZohoCredentials, type ZohoInput, zohoInput } from './credentials.ts';
import { accountsServerOf, apiBeside, firstAccountsUrl } from './data-centre.ts';
import { describeLeads } from './describe.ts';
import { mintToken, tokensOf } from './token.ts';

type Answer = ConnectAnswer<ZohoCredentials>;
type Opened = { kind: 'opened'; credentials: ZohoCredentials } | Exclude<Answer, { kind: 'connected' }>;

/** By a sign-in, or by a self client; either with a token that Zoho takes, for an organization whose leads can be described. */
export async function connect(input: ZohoInput, tools: ConnectTools): Promise<Answer> {
  const { authorizationId, ...selfClient } = zohoInput.safeParse(input).data ?? {};
  const isSelfClient = Object.values(selfClient).some(Boolean);
  if (Boolean(authorizationId) === isSelfClient) {
    const message =
      'expected either authorizationId, or accountsUrl, clientId, clientSecret and refreshToken of a self client.';
    return { kind: 'refused', path: '', message };
  }
  const opened = authorizationId ? await openGrant(authorizationId, tools) : await openSelfClient(selfClient, tools);
  if (opened.kind !== 'opened') return opened;
  const { credentials } = opened;
  const session = unstoredSession(tools, credentials, tokenRefused);
  const described = await describeLeads(session);
  if (described.kind === 'stopped') return refusedConnection(described.answer, tokenRefused);
  const apiDomain = credentials.apiDomain ?? apiBeside(credentials.accountsUrl);
  const found = await readAccount(apiDomain, described.read, session);
  if (found.kind === 'stopped') return refusedConnection(found.answer, tokenRefused);
  const { account } = found;
  return {
    kind: 'connected',
    accountId: account.id,
    accountName: account.name,
    credentials: { ...credentials, creditsMax: account.creditsMax },
    generatedSecret: null,
  };
}

const tokenRefused =
  'Zoho gave an access token that its API does not take: is the organization in another data centre?';
const noRefreshToken = 'Zoho gave no refresh token: remove the access of the app at Zoho, and sign in again.';

async function openGrant(authorizationId: string, tools: ConnectTools): Promise<Opened> {
  const signIn = await takeSignIn(authorizationId, tools, noRefreshToken);
  if (signIn.kind === 'refused') return signIn;
  const { grant, refreshToken } = signIn;
  const { clientId, clientSecret, tokens, grantedAt } = grant;
  const accountsUrl = accountsServerOf(new Map(Object.entries(tokens))) ?? firstAccountsUrl;
  const own = { accountsUrl, clientId, clientSecret, refreshToken, creditsMax: null };
  return { kind: 'opened', credentials: { ...own, ...tokensOf(tokens, grantedAt) } };
}

const expected = {
  accountsUrl: 'expected the accounts server of the data centre, such as https://accounts.zoho.eu.',
  clientId: 'expected the client id of the self client.',
  clientSecret: 'expected the client secret of the self client.',
  refreshToken: 'expected a refresh token that was generated for the self client.',
} as const;
type Field = keyof typeof expected;

async function openSelfClient(
  given: Partial<Record<Field, string | null | undefined>>,
  tools: ConnectTools,
): Promise<Opened> {
  const refuse = (path: Field, message: string = expected[path]): Opened => ({ kind: 'refused', path, message });
  // With a stand-in in its place nobody needs to say where Zoho's is.
  const accountsUrl = urlOf(given.accountsUrl || (tools.hosts.authUrl ? firstAccountsUrl : ''));
  if (!accountsUrl) return refuse('accountsUrl');
  const { clientId, clientSecret, refreshToken } = given;
  if (!clientId) return refuse('clientId');
  if (!clientSecret) return refuse('clientSecret');
  if (!refreshToken) return refuse('refreshToken');
  const barred = tools.hosts.authUrl ? null : tools.http.refusalOf(accountsUrl);
  if (barred) return refuse('accountsUrl', barred);
  const none = { accessToken: null, accessTokenExpiresAt: null, apiDomain: null, creditsMax: null };
  const credentials: ZohoCredentials = { accountsUrl, clientId, clientSecret, refreshToken, ...none };
  const minted = await mintToken(tools, credentials, 20_000);
  switch (minted.kind) {
    case 'renewed':
      return { kind: 'opened', credentials: minted.credentials };
    case 'refused':
      return refuse(fieldOf(minted.error.vendorCode), wordsOf(minted.error.vendorCode));
    case 'unavailable':
      return { kind: 'unavailable', message: minted.error.message };
    case 'unsent':
      return { kind: 'unavailable', message: 'There was no time left to ask Zoho.' };
  }
}

/** Without a path, and with a scheme, as people often leave it out. */
function urlOf(given: string): string | null {
  const url = URL.parse(/^https?:\/\//.test(given) ? given : `https://${given}`);
  return given && url?.host ? url.origin : null;
}

const fieldOf = (code: string | null): Field =>
  code === 'invalid_client' ? 'clientId' : code === 'invalid_client_secret' ? 'clientSecret' : 'refreshToken';

const wordsOf = (code: string | null): string =>
  `Zoho refused it (${code ?? 'no code'}): is it of this self client, and accountsUrl that of its data centre?`;
