import type { ConnectTools } from '../connector.ts';
import { takeSignIn } from '../rest/sign-in.ts';
import { type LoginInput, type LoginWay, loginInput, type SalesforceLogin } from './credentials.ts';
import { hostOfSignIn, isGeneralHost, myDomainOf } from './hosts.ts';
import { audienceOf, rsaKeyOf } from './jwt.ts';
import { originOf, requestLogin, withTokens } from './tokens.ts';

/** `path` is below the vendor's input. */
export type LoginAnswer =
  | { kind: 'loggedIn'; login: SalesforceLogin }
  | { kind: 'refused'; path: string; message: string }
  | { kind: 'unavailable'; message: string };

const loginMsMax = 20_000;

/**
 * Signs in by the one way that was given, so that wrong credentials are told before they are stored. What the access token is good for is for the
 * caller to ask.
 */
export async function logIn(name: string, input: LoginInput, tools: ConnectTools): Promise<LoginAnswer> {
  const parsed = loginInput.safeParse(input);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refused(issue?.path.join('.') ?? '', issue?.message ?? 'expected credentials.');
  }
  const { authorizationId, clientCredentials, jwt, sandbox } = parsed.data;
  const given = [authorizationId, clientCredentials, jwt].filter((way) => way != null);
  if (given.length !== 1) return refused('', 'expected one way to sign in, and one only.');
  if (authorizationId) return logInByGrant(authorizationId, tools);
  if (clientCredentials) {
    const { clientId, clientSecret } = clientCredentials;
    const loginUrl = loginUrlOf(clientCredentials.loginUrl);
    if (loginUrl !== null && !tools.hosts.authUrl && isGeneralHost(loginUrl)) {
      return refused(
        'clientCredentials.loginUrl',
        'expected the My Domain address: client credentials work there only.',
      );
    }
    return logInBy(name, 'clientCredentials', loginUrl, { kind: 'client', clientId, clientSecret }, tools);
  }
  if (!jwt) return refused('', 'expected one way to sign in.');
  if (!rsaKeyOf(jwt.privateKey)) {
    return refused('jwt.privateKey', 'expected an RSA key of at least 2048 bits as PEM, not encrypted.');
  }
  const loginUrl = loginUrlOf(jwt.loginUrl);
  const { clientId, username, privateKey } = jwt;
  const audienceUrl = audienceOf(loginUrl ?? 'https://login.salesforce.com', sandbox === true);
  return logInBy(name, 'jwt', loginUrl, { kind: 'jwt', clientId, username, privateKey, audienceUrl }, tools);
}

function loginUrlOf(text: string): string | null {
  const origin = originOf(text);
  return origin && myDomainOf(origin);
}

const refused = (path: string, message: string): LoginAnswer => ({ kind: 'refused', path, message });

async function logInByGrant(authorizationId: string, tools: ConnectTools): Promise<LoginAnswer> {
  const signIn = await takeSignIn(
    authorizationId,
    tools,
    'The app gave no refresh token: give it the scope refresh_token, offline_access, and begin again.',
  );
  if (signIn.kind === 'refused') return signIn;
  const { grant, refreshToken } = signIn;
  const { clientId, clientSecret, sandbox } = grant;
  const loginUrl = hostOfSignIn(sandbox);
  const way: LoginWay = { kind: 'refresh', clientId, clientSecret, refreshToken };
  return { kind: 'loggedIn', login: withTokens(loginOf(loginUrl, way), grant.tokens, grant.grantedAt) };
}

async function logInBy(
  name: string,
  path: 'clientCredentials' | 'jwt',
  loginUrl: string | null,
  way: LoginWay,
  tools: ConnectTools,
): Promise<LoginAnswer> {
  const refusal = loginUrl === null ? 'expected an address such as https://acme.my.salesforce.com.' : null;
  const blocked = refusal ?? tools.http.refusalOf(tools.hosts.authUrl ?? loginUrl ?? '');
  if (loginUrl === null || blocked !== null) return refused(`${path}.loginUrl`, blocked ?? '');
  const login = loginOf(loginUrl, way);
  const reply = await requestLogin(name, login, tools, { timeoutMs: loginMsMax });
  switch (reply.kind) {
    case 'tokens':
      return { kind: 'loggedIn', login: withTokens(login, reply.tokens, tools.now()) };
    case 'refused':
      return refused(path, `Salesforce refused the sign-in (${[reply.code, reply.words].filter(Boolean).join(': ')}).`);
    case 'unavailable':
      return { kind: 'unavailable', message: reply.message };
  }
}

/** Before any answer was read. Without an `instance_url` the org's API is taken to be where its sign-in is. */
const loginOf = (loginUrl: string, way: LoginWay): SalesforceLogin => ({
  accessToken: null,
  accessTokenExpiresAt: null,
  loginUrl,
  instanceUrl: loginUrl,
  orgId: '',
  way,
});
