import { z } from 'zod';
import { nextMidnight } from '../../../domain/next-midnight.ts';
import {
  type LearntLimits,
  type PushSession,
  type Session,
  type Stopped,
  syncError,
  type VendorHosts,
} from '../connector.ts';
import { retryAfterMs } from '../http/retry-after.ts';
import type { Refresh } from '../rest/access-token.ts';
import { type ApiCall, type ApiResponse, callApi, type RestApi, wordsOf } from '../rest/call.ts';
import { refreshAnswerOf, requestTokens } from '../rest/oauth.ts';
import { tokensOf as ofSignIn } from '../rest/sign-in.ts';
import type { PipedriveCredentials } from './credentials.ts';
import { type PipedriveError, readError } from './errors.ts';

export type PipedriveSession = PushSession<PipedriveCredentials>;

export const name = 'Pipedrive';
export const tokenUrlOf = ({ authUrl }: VendorHosts): string =>
  `${authUrl ?? 'https://oauth.pipedrive.com'}/oauth/token`;

const api: RestApi<PipedriveCredentials> = {
  name,
  baseUrl: ({ apiDomain }, { hosts }) => hosts.apiUrl ?? apiDomain,
  headers: (accessToken, { app }) =>
    app ? { authorization: `Bearer ${accessToken}` } : { 'x-api-token': accessToken },
  refreshOf: ({ app }) => (app ? refreshWith(app) : null),
  secretsOf: ({ app }) => [app?.clientSecret ?? null, app?.refreshToken ?? null],
  refusesToken: ({ status }) => status === 401,
};

function refreshWith(app: NonNullable<PipedriveCredentials['app']>): Refresh<PipedriveCredentials> {
  return async (session, timeoutMs) => {
    const { clientId, clientSecret, refreshToken } = app;
    const reply = await requestTokens(session, {
      name,
      url: tokenUrlOf(session.hosts),
      form: { grant_type: 'refresh_token', refresh_token: refreshToken },
      basic: { clientId, clientSecret },
      timeoutMs,
      signal: session.signal,
    });
    return refreshAnswerOf(name, reply, (tokens) => ({
      ...session.credentials,
      ...tokensOf(tokens, app, session.now(), session.credentials.apiDomain),
    }));
  };
}

/** What of a token answer is kept. `knownDomain`: of the API, where the answer names none. */
export function tokensOf(
  tokens: Record<string, unknown>,
  app: NonNullable<PipedriveCredentials['app']>,
  nowMs: number,
  knownDomain: string,
): Pick<PipedriveCredentials, 'accessToken' | 'accessTokenExpiresAt' | 'app' | 'apiDomain'> {
  const told = z.string().safeParse(tokens.api_domain).data;
  const domain = told && URL.canParse(told) ? told.replace(/\/+$/, '') : null;
  return { ...ofSignIn(tokens, app, nowMs), apiDomain: domain ?? knownDomain };
}

/** What a call costs of the day's tokens. Source: Pipedrive "Rate limiting", read 2026-11; v1 costs twice as much. */
export const tokenCosts = { get: 1, write: 5, list: 10, search: 20 } as const;

export interface PipedriveCall extends Omit<ApiCall, 'kind'> {
  costs: keyof typeof tokenCosts;
  /** Names of the fields that are sent, to find in Pipedrive's words. */
  fields?: readonly string[];
}

export type Reply =
  | { kind: 'response'; response: ApiResponse }
  /** About what was asked: the record, or something in it. */
  | { kind: 'refused'; status: number; error: PipedriveError }
  /** About the account as a whole, or nothing at all. */
  | { kind: 'stopped'; answer: Stopped };

/** One call. Searches keep to a limit of their own. */
export async function call(
  session: PipedriveSession,
  { costs, fields = [], ...request }: PipedriveCall,
): Promise<Reply> {
  const reply = await callApi(api, session, { ...request, ...(costs === 'search' && { kind: 'search' }) });
  if (reply.kind === 'stopped') return reply;
  const { response } = reply;
  session.learned(limitsOf(response, costs, session));
  const error = readError(response, fields);
  if (!error) return reply;
  const answer = stopOf(error, response, costs, session);
  return answer ? { kind: 'stopped', answer } : { kind: 'refused', status: response.status, error };
}

/** The same for the error of a record, as it is stored. */
export function errorOf(
  { category, words, code, message, field }: PipedriveError,
  session: Pick<PipedriveSession, 'memory'>,
) {
  return syncError(category, words, { code, message: wordsOf(session, message), field });
}

const cappedMs = 3_600_000;
const blockedMs = 2 * 3_600_000;

function stopOf(
  error: PipedriveError,
  { status, headers }: ApiResponse,
  costs: keyof typeof tokenCosts,
  session: PipedriveSession,
): Stopped | null {
  const told = retryAfterMs(headers['retry-after'], session.now());
  const stored = errorOf(error, session);
  switch (error.meaning) {
    case 'RECORD':
    case 'GONE':
      return null;
    case 'HOLD':
      return { kind: 'hold', hold: 'NO_PERMISSION', error: stored };
    case 'CAPPED': // until somebody buys more, which nobody tells us: worth another look now and then
      return { kind: 'quota', error: stored, resetsAt: new Date(session.now() + (told ?? cappedMs)) };
    case 'BLOCKED':
      return { kind: 'throttled', error: stored, retryAfterMs: told ?? blockedMs };
    case 'UNAVAILABLE':
      return { kind: 'unavailable', error: stored, whole: status !== 408, retryAfterMs: told };
    case 'LIMIT': {
      const left = numberIn(headers, 'x-daily-ratelimit-token-remaining');
      const isSpent = left === null ? /\bdaily\b/i.test(error.message) : left < tokenCosts[costs];
      if (!isSpent) return { kind: 'throttled', error: stored, retryAfterMs: told ?? burstWaitMs(headers) };
      const { code, message } = error;
      const vendor = { code, message: wordsOf(session, message) };
      return {
        kind: 'quota',
        error: syncError('QUOTA_EXCEEDED', 'The daily API tokens of the Pipedrive account are used up.', vendor),
        resetsAt: nextMidnight(session.now(), serverTimeZone),
      };
    }
  }
}

/** Pipedrive's servers count their days by it. */
const serverTimeZone = 'UTC';

/** Between 2 and 10 s, as Pipedrive's window asks for. */
function burstWaitMs(headers: Record<string, string>): number {
  const seconds = numberIn(headers, 'x-ratelimit-reset') ?? 2;
  return Math.min(Math.max(seconds, 2), 10) * 1_000;
}

/** Of a new lead: a search and a write. The day's tokens are told in leads, as calls of other vendors are. */
const tokensPerLead = tokenCosts.search + tokenCosts.write;
/** Pipedrive's window is of 2 s at its own door; ours is longer, as calls don't all take the same time until they are there. */
const windowMs = 2_200;

function limitsOf(
  { headers }: ApiResponse,
  costs: keyof typeof tokenCosts,
  { now }: Pick<Session<unknown>, 'now'>,
): LearntLimits {
  const calls = costs === 'search' ? null : numberIn(headers, 'x-ratelimit-limit'); // that of searches is another one
  const limit = numberIn(headers, 'x-daily-ratelimit-token-limit');
  const remaining = numberIn(headers, 'x-daily-ratelimit-token-remaining');
  const leads = (tokens: number) => Math.floor(tokens / tokensPerLead);
  return {
    ...(calls && { rate: { calls, windowMs } }),
    ...(limit &&
      remaining !== null && {
        daily: { limit: leads(limit), remaining: leads(remaining), resetsAt: nextMidnight(now(), serverTimeZone) },
      }),
  };
}

function numberIn(headers: Record<string, string>, header: string): number | null {
  const value = headers[header]?.trim();
  return value && /^\d+(\.\d+)?$/.test(value) ? Number(value) : null;
}
