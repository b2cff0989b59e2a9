import type { PushSession, RefreshAnswer } from '../connector.ts';
import type { Refresh } from '../rest/access-token.ts';
import { refreshAnswerOf } from '../rest/oauth.ts';
import type { SalesforceLogin } from './credentials.ts';
import { requestLogin, withTokens } from './tokens.ts';

/** A new access token for `stored`, by the way that it was signed in; for `RestApi.refreshOf`. */
export const refreshLogin =
  <Credentials extends SalesforceLogin>(name: string, stored: Credentials): Refresh<Credentials> =>
  async (session: PushSession<Credentials>, timeoutMs): Promise<RefreshAnswer<Credentials>> => {
    const reply = await requestLogin(name, stored, session, { timeoutMs, signal: session.signal });
    return refreshAnswerOf(name, reply, (tokens) => withTokens(stored, tokens, session.now()));
  };

/** Not to appear in anything that is stored, besides access tokens; for `RestApi.secretsOf`. */
export function secretsOfLogin({ way }: SalesforceLogin): string[] {
  switch (way.kind) {
    case 'refresh':
      return [way.clientSecret, way.refreshToken];
    case 'client':
      return [way.clientSecret];
    case 'jwt':
      return [way.privateKey];
  }
}
