import { z } from 'zod';
import { nextMidnight } from '../../../domain/next-midnight.ts';
import {
  type LearntLimits,
  type PushAnswer,
  type PushSession,
  type Stopped,
  syncError,
  type VendorHosts,
} from '../connector.ts';
import type { Refresh } from '../rest/access-token.ts';
import { type ApiCall, type ApiResponse, callApi, type RestApi, stopOfStatus, wordsOf } from '../rest/call.ts';
import { expiryOf, refreshAnswerOf, requestTokens } from '../rest/oauth.ts';
import type { HubspotCredentials } from './credentials.ts';
import { readErrors } from './errors.ts';

export type HubspotSession = PushSession<HubspotCredentials>;

export const name = 'HubSpot';

const apiHost = 'https://api.hubapi.com';
const baseUrlOf = ({ apiUrl }: VendorHosts): string => apiUrl ?? apiHost;
export const tokenUrlOf = ({ authUrl, apiUrl }: VendorHosts): string =>
  `${authUrl ?? apiUrl ?? apiHost}/oauth/v1/token`;

/**
 * The prefix of the contacts' paths, in one place: HubSpot ends v3 in September 2027, and dated versions have the same bodies. Source: HubSpot
 * changelog "Legacy APIs and Apps: What's Going Unsupported and When", read 2026-11.
 */
export const contactsPath = '/crm/v3/objects/contacts';

const api: RestApi<HubspotCredentials> = {
  name,
  baseUrl: (_credentials, { hosts }) => baseUrlOf(hosts),
  headers: (accessToken) => ({ authorization: `Bearer ${accessToken}` }),
  refreshOf: ({ app }) => (app ? refreshWith(app) : null),
  secretsOf: ({ app }) => [app?.clientSecret ?? null, app?.refreshToken ?? null],
  refusesToken: ({ status }) => status === 401,
  learn: (response, session) => session.learned(limitsOf(response, session)),
};

/** HubSpot may hand out another refresh token with each answer; the one before is then no good any more. */
function refreshWith(app: NonNullable<HubspotCredentials['app']>): Refresh<HubspotCredentials> {
  return async (session, timeoutMs) => {
    const { clientId, clientSecret, refreshToken } = app;
    const reply = await requestTokens(session, {
      name,
      url: tokenUrlOf(session.hosts),
      form: {
        grant_type: 'refresh_token',
        client_id: clientId,
        client_secret: clientSecret,
        refresh_token: refreshToken,
      },
      timeoutMs,
      signal: session.signal,
    });
    return refreshAnswerOf(name, reply, (tokens) => ({
      ...session.credentials,
      ...tokensOf(tokens, app, session.now()),
    }));
  };
}

const tokenAnswer = z.object({
  access_token: z.string(),
  refresh_token: z.string().nullish(),
  expires_in: z.unknown(),
});

/** What of a token answer is kept. */
export function tokensOf(
  tokens: Record<string, unknown>,
  app: NonNullable<HubspotCredentials['app']>,
  nowMs: number,
): Pick<HubspotCredentials, 'accessToken' | 'accessTokenExpiresAt' | 'app'> {
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: expiresIn } = tokenAnswer.parse(tokens);
  return {
    accessToken,
    accessTokenExpiresAt: expiryOf(expiresIn, nowMs),
    app: { ...app, refreshToken: refreshToken ?? app.refreshToken },
  };
}

/** Source: HubSpot "API usage guidelines and limits", read 2026-11. The daily pair is absent for apps that people signed in to. */
function limitsOf(
  { headers }: ApiResponse,
  session: HubspotSession | Parameters<NonNullable<typeof api.learn>>[1],
): LearntLimits {
  const number = (header: string) => {
    const value = headers[header];
    return value !== undefined && /^\d+$/.test(value) ? Number(value) : null;
  };
  const calls = number('x-hubspot-ratelimit-max');
  const windowMs = number('x-hubspot-ratelimit-interval-milliseconds');
  const limit = number('x-hubspot-ratelimit-daily');
  const remaining = number('x-hubspot-ratelimit-daily-remaining');
  const { timeZone } = session.credentials;
  return {
    ...(calls && windowMs && { rate: { calls, windowMs } }),
    ...(limit &&
      remaining !== null && { daily: { limit, remaining, resetsAt: nextMidnight(session.now(), timeZone) } }),
  };
}

export type Reply = { kind: 'response'; response: ApiResponse } | { kind: 'stopped'; answer: Stopped };

/**
 * One call. What concerns the account as a whole (rate, quota, permission, outage) stops; what says something about the records, 400 and 404 and
 * 409 as well as 2xx, is the caller's to read.
 */
export async function call(session: HubspotSession, request: ApiCall): Promise<Reply> {
  const reply = await callApi(api, session, request);
  if (reply.kind === 'stopped') return reply;
  const answer = stopOf(reply.response, session);
  return answer ? { kind: 'stopped', answer } : reply;
}

const limitBody = z.object({ policyName: z.string().optional(), message: z.string().optional() });

/** Source: HubSpot "Error handling", read 2026-11. HubSpot promises Retry-After with 477 only. */
function stopOf(response: ApiResponse, session: HubspotSession): Stopped | null {
  const { status, body, text, headers } = response;
  const vendor = { code: readErrors(body)[0]?.code ?? String(status), message: wordsOf(session, text) };
  if (status === 429) {
    const { policyName = '', message = '' } = limitBody.safeParse(body).data ?? {};
    if (policyName === 'DAILY' || /daily limit/i.test(message)) {
      const error = syncError('QUOTA_EXCEEDED', 'The daily quota of the HubSpot account is used up.', vendor);
      return { kind: 'quota', error, resetsAt: nextMidnight(session.now(), session.credentials.timeZone) };
    }
    return stopOfStatus(name, session, response, policyName === 'SECONDLY' ? 1_000 : 10_000);
  }
  if (status === 423) {
    const error = syncError('RATE_LIMITED', 'HubSpot locks the account for a moment.', vendor);
    return { kind: 'throttled', error, retryAfterMs: 2_000 };
  }
  if (status === 477) {
    const error = syncError('VENDOR_UNAVAILABLE', 'HubSpot moves the account to another data centre.', vendor);
    const seconds = Number(headers['retry-after']);
    return { kind: 'unavailable', error, whole: true, retryAfterMs: Number.isFinite(seconds) ? seconds * 1_000 : null };
  }
  if (status === 403) {
    const error = syncError('CONNECTION_PERMISSION', missingScopes(body), vendor);
    return { kind: 'hold', hold: 'NO_PERMISSION', error };
  }
  return stopOfStatus(name, session, response);
}

const scopes = z.object({
  errors: z.array(z.object({ context: z.record(z.string(), z.array(z.string())).optional() })),
});

function missingScopes(body: unknown): string {
  const contexts =
    scopes.safeParse(body).data?.errors.flatMap(({ context }) => Object.values(context ?? {}).flat()) ?? [];
  const named = contexts.length > 0 ? `: ${contexts.slice(0, 10).join(', ')}` : '';
  return `The HubSpot app may not do this. It needs the scopes crm.objects.contacts.read and .write${named}.`;
}

/** For calls whose every answer but 2xx is a refusal. */
export function refusalOf(response: ApiResponse, session: HubspotSession): Extract<PushAnswer, { kind: 'refused' }> {
  const [first] = readErrors(response.body);
  const vendor = {
    code: first?.code ?? String(response.status),
    message: wordsOf(session, first?.message ?? response.text),
    field: first?.field ?? null,
  };
  return {
    kind: 'refused',
    error: syncError(first?.category ?? 'UNKNOWN', first?.words ?? 'HubSpot refused the call.', vendor),
  };
}
