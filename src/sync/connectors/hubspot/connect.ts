import { z } from 'zod';
import type { ConnectAnswer, ConnectTools, Stopped } from '../connector.ts';
import { syncError } from '../connector.ts';
import { messageOfStop, unhurried } from '../rest/call.ts';
import { readAccount } from './account.ts';
import { type HubspotSession, tokensOf } from './api.ts';
import { type HubspotCredentials, type HubspotInput, hubspotInput } from './credentials.ts';
import { describeContacts } from './describe.ts';

const unknownAccount = { portalId: '', timeZone: 'UTC' };

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
    const grant = await tools.grant(authorizationId);
    const refreshToken = z.string().safeParse(grant?.tokens.refresh_token).data;
    if (!grant || !refreshToken) {
      const message = 'expected a granted sign-in that was not used yet: begin again.';
      return { kind: 'refused', path: 'authorizationId', message };
    }
    const { clientId, clientSecret, tokens, grantedAt } = grant;
    granted = tokens;
    credentials = { ...unknownAccount, ...tokensOf(tokens, { clientId, clientSecret, refreshToken }, grantedAt) };
  }
  const session = sessionOf(tools, credentials);
  const read = await readAccount(session, granted);
  if (read.kind === 'stopped') return refusedConnection(read.answer);
  const described = await describeContacts(session);
  if (described.kind === 'stopped') return refusedConnection(described.answer);
  const { portalId, accountName, timeZone } = read.account;
  return {
    kind: 'connected',
    accountId: portalId,
    accountName,
    credentials: { ...credentials, portalId, timeZone: timeZone ?? unknownAccount.timeZone },
    generatedSecret: null,
  };
}

function refusedConnection(answer: Stopped): ConnectAnswer<HubspotCredentials> {
  if (answer.kind === 'unauthorized') {
    return { kind: 'refused', path: '', message: 'HubSpot refused the access token.' };
  }
  if (answer.kind === 'hold' && answer.error.vendorCode !== null)
    return { kind: 'refused', path: '', message: answer.error.message };
  return { kind: 'unavailable', message: messageOfStop(answer) };
}

/** Credentials that are not stored yet are not renewed either: they are minutes old. */
function sessionOf(tools: ConnectTools, credentials: HubspotCredentials): HubspotSession {
  return unhurried({
    ...tools,
    credentials,
    memory: new Map(),
    learned: () => {},
    renew: async () => ({ kind: 'refused', error: syncError('AUTHENTICATION', 'HubSpot refused the access token.') }),
  });
}
