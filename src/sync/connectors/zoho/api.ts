import { type PushSession, type Session, type Stopped, syncError } from '../connector.ts';
import { retryAfterMs } from '../http/retry-after.ts';
import {
  type ApiCall,
  type ApiReply,
  type ApiResponse,
  callApi,
  type RestApi,
  stopOfStatus,
  wordsOf,
} from '../rest/call.ts';
import type { ZohoCredentials } from './credentials.ts';
import { learnCredits, mostCreditsOfCall, remainingCredits } from './credits.ts';
import { apiBeside } from './data-centre.ts';
import { callErrorOf, type ZohoError } from './errors.ts';
import { mintToken } from './token.ts';

export type ZohoSession = PushSession<ZohoCredentials>;

export const name = 'Zoho';

/** The prefix of all paths. */
export const version = '/crm/v8';
export const leadsPath = `${version}/Leads`;

const api: RestApi<ZohoCredentials> = {
  name,
  baseUrl: ({ apiDomain, accountsUrl }, { hosts }) => hosts.apiUrl ?? apiDomain ?? apiBeside(accountsUrl),
  headers: (accessToken) => ({ authorization: `Zoho-oauthtoken ${accessToken}` }),
  refreshOf: (stored) => (session, timeoutMs) => mintToken(session, stored, timeoutMs),
  secretsOf: ({ clientSecret, refreshToken }) => [clientSecret, refreshToken],
  refusesToken: ({ status, body }) => {
    const error = callErrorOf(body);
    return error?.consequence === 'renew' || (status === 401 && error?.category !== 'CONNECTION_PERMISSION');
  },
  codeOf: ({ body }) => callErrorOf(body)?.code ?? null,
  learn: learnCredits,
};

/**
 * One call. What concerns the account as a whole (rate, quota, permission, outage) stops; what says something about records is the caller's to
 * read, whatever its status. `isOurs`: answers that the caller reads although they would stop.
 */
export async function call(
  session: ZohoSession,
  request: ApiCall,
  isOurs: (response: ApiResponse) => boolean = () => false,
): Promise<ApiReply> {
  const reply = await callApi(api, session, request);
  if (reply.kind === 'stopped') return { kind: 'stopped', answer: asThrottle(reply.answer) };
  if (isOurs(reply.response)) return reply;
  const answer = stopOf(reply.response, session);
  return answer ? { kind: 'stopped', answer } : reply;
}

/** Without an access token for a while nothing can be sent: that is Zoho's rate, not an outage. */
function asThrottle(answer: Stopped): Stopped {
  if (answer.kind !== 'unavailable' || answer.error.category !== 'RATE_LIMITED') return answer;
  return { kind: 'throttled', error: answer.error, retryAfterMs: answer.retryAfterMs ?? concurrencyMs };
}

/** How long too many calls at once are obeyed: Zoho says nothing of it, and they are done within seconds. */
const concurrencyMs = 2_000;
/** Credits come back little by little, over 24 hours: one call an hour asks whether there are some. */
const quotaMs = 60 * 60_000;

function stopOf(response: ApiResponse, session: ZohoSession): Stopped | null {
  const error = callErrorOf(response.body);
  const stop = error && stopOfError(error, response, session);
  if (stop) return stop;
  const { status, body, text } = response;
  const isAboutRecords = status < 500 && body !== null && typeof body === 'object' && 'data' in body;
  if (status === 501 || (isAboutRecords && status !== 429)) return null; // 501: it knows no such call
  if (status === 429) return tooMany(response, session, String(status), text);
  if (status === 403) {
    const vendor = { code: error?.code ?? String(status), message: wordsOf(session, text) };
    const words = 'Zoho does not let the user do this.';
    return { kind: 'hold', hold: 'NO_PERMISSION', error: syncError('CONNECTION_PERMISSION', words, vendor) };
  }
  if (status === 413 || status === 414 || status === 415) {
    const vendor = { code: String(status), message: wordsOf(session, text) };
    return { kind: 'refused', error: syncError('UNKNOWN', 'Zoho does not take the call as it is.', vendor) };
  }
  return stopOfStatus(name, session, response);
}

/** What an error amounts to that is not about records; null: it is about them. */
export function stopOfError(error: ZohoError, response: ApiResponse, session: ZohoSession): Stopped | null {
  const { consequence } = error;
  switch (consequence) {
    case 'renew':
      return { kind: 'unauthorized', error: errorOf(error, session) };
    case 'hold':
    case 'holdAll':
      return { kind: 'hold', hold: 'NO_PERMISSION', error: errorOf(error, session) };
    case 'rate':
      return tooMany(response, session, error.code, error.message);
    case 'quota':
      return { kind: 'quota', error: errorOf(error, session), resetsAt: new Date(session.now() + quotaMs) };
    case 'outage':
      return { kind: 'unavailable', error: errorOf(error, session), whole: true, retryAfterMs: null };
    default:
      return null;
  }
}

/** One answer for too many calls at once and for too many in 24 hours: what is left of the credits tells them apart. */
function tooMany(response: ApiResponse, session: ZohoSession, code: string, words: string): Stopped {
  const vendor = { code, message: wordsOf(session, words) };
  const remaining = remainingCredits(response);
  if (remaining !== null && remaining < mostCreditsOfCall) {
    const error = syncError('QUOTA_EXCEEDED', 'The API credits of the Zoho organization are used up.', vendor);
    return { kind: 'quota', error, resetsAt: new Date(session.now() + quotaMs) };
  }
  const told = retryAfterMs(response.headers['retry-after'], session.now());
  const error = syncError('RATE_LIMITED', 'Zoho asked for fewer calls.', vendor);
  return { kind: 'throttled', error, retryAfterMs: told ?? concurrencyMs };
}

/** The error as it is stored. `fields`: only a field that was sent is named. */
export function errorOf(error: ZohoError, session: Pick<Session<unknown>, 'memory'>, field = error.field) {
  const vendor = { code: error.code, message: wordsOf(session, error.message), field };
  return syncError(error.category, error.words, vendor);
}

/** For answers that refuse the call: in Zoho's words, where it has some. */
export function refusalOf(response: ApiResponse, session: ZohoSession): Extract<Stopped, { kind: 'refused' }> {
  const error = callErrorOf(response.body);
  if (error) return { kind: 'refused', error: errorOf(error, session) };
  const vendor = { code: String(response.status), message: wordsOf(session, response.text) };
  return { kind: 'refused', error: syncError('UNKNOWN', 'Zoho refused the call.', vendor) };
}
