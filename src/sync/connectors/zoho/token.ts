import { z } from 'zod';
import { type RefreshAnswer, type Session, syncError } from '../connector.ts';
import { expiryOf, refreshAnswerOf, requestTokens, type TokenReply } from '../rest/oauth.ts';
import type { ZohoCredentials } from './credentials.ts';

/** Zoho hands out ten access tokens in ten minutes, and none before they are over. Source: Zoho CRM "Token validity", read 2026-11. */
const tokenLimitMs = 10 * 60_000;

/** Refusals that pass by themselves. */
const transientCodes = new Set(['general_error', 'temporarily_unavailable', 'server_error', 'internal_error']);

const isTokenLimit = (refusal: { code: string; words: string }): boolean =>
  /^access[ _]denied$/i.test(refusal.code) || /too many requests/i.test(refusal.words);

export const tokenUrlOf = (accountsUrl: string): string => `${accountsUrl}/oauth/v2/token`;

/** How Zoho answers who asks for a new access token; `refused` tells Zoho's own code. */
export type MintAnswer = RefreshAnswer<ZohoCredentials>;

/** Asks for a new access token. Zoho refuses with HTTP 200 too, and its limit of tokens in the words of a refusal. */
export async function mintToken(
  { http, now, hosts, signal }: Pick<Session<unknown>, 'http' | 'now' | 'hosts'> & { signal?: AbortSignal },
  credentials: ZohoCredentials,
  timeoutMs: number,
): Promise<MintAnswer> {
  const { accountsUrl, clientId, clientSecret, refreshToken } = credentials;
  let limited = false;
  const reply: TokenReply = await requestTokens(
    { http, now },
    {
      name: 'Zoho',
      url: tokenUrlOf(hosts.authUrl ?? accountsUrl),
      form: {
        refresh_token: refreshToken,
        client_id: clientId,
        client_secret: clientSecret,
        grant_type: 'refresh_token',
      },
      timeoutMs,
      ...(signal && { signal }),
      isTransient: (refusal) => {
        limited = isTokenLimit(refusal);
        return limited || transientCodes.has(refusal.code);
      },
    },
  );
  if (reply.kind === 'unavailable' && limited) {
    const error = syncError('RATE_LIMITED', 'Zoho hands out no more access tokens for some minutes.', {
      code: 'Access Denied',
    });
    return { kind: 'unavailable', error, whole: false, retryAfterMs: reply.retryAfterMs ?? tokenLimitMs };
  }
  return refreshAnswerOf('Zoho', reply, (tokens) => {
    const fresh = tokensOf(tokens, now());
    return { ...credentials, ...fresh, apiDomain: fresh.apiDomain ?? credentials.apiDomain };
  });
}

const tokenAnswer = z.object({
  access_token: z.string(),
  api_domain: z.string().nullish(),
  expires_in_sec: z.unknown().optional(),
  expires_in: z.unknown().optional(),
});

/** What of a token answer is kept. Older accounts servers count `expires_in` in ms, and say the seconds beside it. */
export function tokensOf(
  tokens: Record<string, unknown>,
  nowMs: number,
): Pick<ZohoCredentials, 'accessToken' | 'accessTokenExpiresAt' | 'apiDomain'> {
  const read = tokenAnswer.parse(tokens);
  return {
    accessToken: read.access_token,
    accessTokenExpiresAt: expiryOf(read.expires_in_sec ?? read.expires_in, nowMs),
    apiDomain: read.api_domain?.replace(/\/+$/, '') || null,
  };
}
