import { z } from 'zod';
import type { Session } from '../connector.ts';
import { expiryOf, requestTokens, type TokenReply } from '../rest/oauth.ts';
import type { LoginWay, SalesforceLogin } from './credentials.ts';
import { signAssertion } from './jwt.ts';

/** Asks Salesforce for an access token, by whatever way the sign-in has. */
export async function requestLogin(
  name: string,
  { loginUrl, way }: Pick<SalesforceLogin, 'loginUrl' | 'way'>,
  tools: Pick<Session<unknown>, 'http' | 'hosts' | 'now'>,
  timing: { timeoutMs: number; signal?: AbortSignal },
): Promise<TokenReply> {
  return requestTokens(tools, {
    name,
    url: tokenUrlOf(tools.hosts.authUrl ?? loginUrl),
    form: await formOf(way, tools.now()),
    ...timing,
    isTransient,
  });
}

export const tokenUrlOf = (loginUrl: string): string => `${loginUrl}/services/oauth2/token`;

async function formOf(way: LoginWay, nowMs: number): Promise<Record<string, string>> {
  switch (way.kind) {
    case 'refresh':
      return {
        grant_type: 'refresh_token',
        refresh_token: way.refreshToken,
        client_id: way.clientId,
        client_secret: way.clientSecret,
      };
    case 'client':
      return { grant_type: 'client_credentials', client_id: way.clientId, client_secret: way.clientSecret };
    case 'jwt':
      return {
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: await signAssertion(way, nowMs),
      };
  }
}

/**
 * Two refreshes at a time are one too many for Salesforce, which tells the second so, in older words as an "expired authorization code".
 * Source: segmentio/action-destinations, salesforce, read 2026-11. The others say by their words that asking again helps.
 */
function isTransient({ status, code, words }: { status: number; code: string; words: string }): boolean {
  if (status >= 500 || status === 429) return true;
  if (/^(server_error|temporarily_unavailable|unknown_error)$/.test(code)) return true;
  return /already being processed|expired authorization code|retry your request|login rate exceeded/i.test(words);
}

const tokenAnswer = z.object({
  access_token: z.string().min(1).nullish().catch(null),
  refresh_token: z.string().min(1).nullish().catch(null),
  instance_url: z.string().nullish().catch(null),
  /** An address that ends in the ids of the org and of the user. */
  id: z.string().nullish().catch(null),
  expires_in: z.unknown().optional(),
});

/** What of a token's answer is kept: what it does not tell stays as it was. */
export function withTokens<Credentials extends SalesforceLogin>(
  login: Credentials,
  tokens: Record<string, unknown>,
  nowMs: number,
): Credentials {
  const told = tokenAnswer.parse(tokens);
  const instanceUrl = originOf(told.instance_url ?? '') ?? login.instanceUrl;
  const refreshToken = told.refresh_token;
  return {
    ...login,
    accessToken: told.access_token ?? null,
    accessTokenExpiresAt: expiryOf(told.expires_in, nowMs),
    instanceUrl,
    orgId: login.orgId || (orgIdOf(told.id ?? '', told.access_token ?? '') ?? new URL(instanceUrl).host),
    ...(login.way.kind === 'refresh' && refreshToken && { way: { ...login.way, refreshToken } }),
  };
}

/** Without a path, in lower case, also of a host alone; null: no address. */
export function originOf(text: string): string | null {
  const trimmed = text.trim();
  const url = URL.parse(/^[\w-]+(\.[\w-]+)+$/.test(trimmed) ? `https://${trimmed}` : trimmed);
  return url && /^https?:$/.test(url.protocol) ? url.origin : null;
}

/**
 * Ids of orgs begin with 00D; the last three characters of the long form only check the others. Access tokens begin with the org's id, and in the
 * address of the user's identity it comes before the user's.
 */
function orgIdOf(identityUrl: string, accessToken: string): string | null {
  const named = /\/id\/([^/]+)\//.exec(identityUrl)?.[1] ?? '';
  return /^00D\w{12}/.exec(named)?.[0] || named || (/^00D\w{12}/.exec(accessToken)?.[0] ?? null);
}
