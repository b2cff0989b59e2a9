import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Stopped } from '../connector.ts';
import { parseJson } from '../rest/call.ts';
import { authBaseOf, call, type HubspotSession } from './api.ts';

export interface HubspotAccount {
  portalId: string;
  /** As people know it. */
  accountName: string;
  /** IANA; null: not told. */
  timeZone: string | null;
}

const id = z.union([z.number(), z.string().min(1)]).transform(String);
const details = z.object({ portalId: id, uiDomain: z.string().nullish(), timeZone: z.string().nullish() });
const tokenInfo = z.object({ hub_id: id, hub_domain: z.string().nullish() });

/**
 * Whose account it is. That the account's details are not told keeps nobody from connecting: the sign-in's own answer or what HubSpot knows of
 * the token tells the portal as well. Where nothing does because of a moment's trouble, that is the answer: another id would be another account.
 */
export async function readAccount(
  session: HubspotSession,
  granted: Record<string, unknown> | null,
): Promise<{ kind: 'account'; account: HubspotAccount } | { kind: 'stopped'; answer: Stopped }> {
  const reply = await call(session, { method: 'GET', path: '/account-info/v3/details' });
  if (reply.kind === 'stopped' && ['unauthorized', 'unsent'].includes(reply.answer.kind)) return reply;
  const told = reply.kind === 'response' ? details.safeParse(reply.response.body).data : undefined;
  if (told) {
    const { portalId, uiDomain, timeZone } = told;
    const accountName = uiDomain ? `${portalId} (${uiDomain})` : portalId;
    return { kind: 'account', account: { portalId, accountName, timeZone: timeZone ?? null } };
  }
  const info = tokenInfo.safeParse(granted).data ?? (await introspect(session));
  if (info) {
    const { hub_id: portalId, hub_domain: domain } = info;
    const accountName = domain ? `${portalId} (${domain})` : portalId;
    return { kind: 'account', account: { portalId, accountName, timeZone: null } };
  }
  if (reply.kind === 'stopped' && isPassing(reply.answer)) return reply;
  return { kind: 'account', account: { portalId: derivedId(session), accountName: 'HubSpot', timeZone: null } };
}

/** True: asked again, it may well be told. A status such as 404 or 501 says that it never is, page or not. */
function isPassing(answer: Stopped): boolean {
  if (answer.kind === 'throttled' || answer.kind === 'quota') return true;
  if (answer.kind !== 'unavailable') return false;
  const { category, vendorCode } = answer.error;
  return category === 'TIMEOUT' || vendorCode === '477' || !/^([234]\d\d|501)$/.test(vendorCode ?? '');
}

/** What HubSpot knows of the access token. Source: HubSpot OAuth v3 specification, read 2026-11. */
async function introspect({ http, hosts, credentials, signal, timeLeftMs }: HubspotSession) {
  const { accessToken, app } = credentials;
  const form = new URLSearchParams({
    token: accessToken ?? '',
    token_type_hint: 'access_token',
    ...(app && { client_id: app.clientId, client_secret: app.clientSecret }),
  });
  const result = await http.request({
    method: 'POST',
    url: `${authBaseOf(hosts)}/oauth/v3/token/introspect`,
    headers: {
      accept: 'application/json',
      authorization: `Bearer ${accessToken}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: form.toString(),
    timeoutMs: timeLeftMs(),
    uncounted: true,
    signal,
  });
  return result.kind === 'response' ? tokenInfo.safeParse(parseJson(result.text)).data : undefined;
}

/**
 * Where HubSpot tells no portal: the same app, or the same static token, is taken for the same account. One way only, so that the token can't
 * be read from it.
 */
function derivedId({ credentials: { app, accessToken } }: HubspotSession): string {
  const known = app ? `app ${app.clientId}` : `token ${accessToken}`;
  return `unnamed-${createHash('sha256').update(known).digest('hex').slice(0, 24)}`;
}
