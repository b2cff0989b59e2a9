import type { ConnectAnswer, ConnectTools } from '../connector.ts';
import { takeSignIn, tokensOf } from '../rest/sign-in.ts';
import { refusedConnection, unstoredSession } from '../rest/unstored-session.ts';
import { readAccount } from './account.ts';
import { type HubspotCredentials, type HubspotInput, hubspotInput } from './credentials.ts';
import { describeContacts } from './describe.ts';

const unknownAccount = { portalId: '', timeZone: 'UTC' };
const refused = 'HubSpot refused the access token.';

/** By a sign-in or a static token. Checked by reading the properties of contacts, which every push needs the permission for. */
export async function connect(input: HubspotInput, tools: ConnectTools): Promise<ConnectAnswer<HubspotCredentials>> {
  const { accessToken, authorizationId } = hubspotInput.safeParse(input).data ?? {};
  if (!accessToken === !authorizationId) {
    return { kind: 'refused', path: '', message: 'expected either authorizationId or accessToken.' };
  }
  let granted: Record<string, unknown> | null = null;
  let credentials: HubspotCredentials = {
    ...{ accessToken: accessToken ?? null, accessTokenExpiresAt: null, app: null },
    ...unknownAccount,
  };
  if (authorizationId) {
    const signIn = await takeSignIn(authorizationId, tools);
    if (signIn.kind === 'refused') return signIn;
    const { grant, refreshToken } = signIn;
    const { clientId, clientSecret, tokens, grantedAt } = grant;
    granted = tokens;
    credentials = { ...unknownAccount, ...tokensOf(tokens, { clientId, clientSecret, refreshToken }, grantedAt) };
  }
  const session = unstoredSession(tools, credentials, refused);
  const read = await readAccount(session, granted);
  if (read.kind === 'stopped') return refusedConnection(read.answer, refused);
  const described = await describeContacts(session);
  if (described.kind === 'stopped') return refusedConnection(described.answer, refused);
  const { portalId, accountName, timeZone } = read.account;
  return {
    kind: 'connected',
    accountId: portalId,
    accountName,
    credentials: { ...credentials, portalId, timeZone: timeZone ?? unknownAccount.timeZone },
    generatedSecret: null,
  };
}
