import { type LearntLimits, type PushSession, type Stopped, syncError } from '../connector.ts';
import { retryAfterMs } from '../http/retry-after.ts';
import { type ApiCall, type ApiResponse, callApi, type RestApi, stopOfStatus, wordsOf } from '../rest/call.ts';
import type { SalesforceLogin } from '../salesforce-login/credentials.ts';
import { refreshLogin, secretsOfLogin } from '../salesforce-login/refresh-login.ts';
import { gravest, readErrors, type SalesforceError, type Step } from './errors.ts';

export type SalesforceSession = PushSession<SalesforceLogin>;

export const name = 'Salesforce';

/** Summer '26, which every org has. The one place that names a version. */
export const dataPath = '/services/data/v67.0';

/** Salesforce tells no time to wait. */
const throttledMs = 30_000;
/** What comes back little by little is asked for again after this. */
export const quotaMs = 15 * 60_000;

const api: RestApi<SalesforceLogin> = {
  name,
  baseUrl: ({ instanceUrl }, { hosts }) => hosts.apiUrl ?? instanceUrl,
  headers: (accessToken) => ({ authorization: `Bearer ${accessToken}` }),
  refreshOf: (stored) => refreshLogin(name, stored),
  secretsOf: secretsOfLogin,
  refusesToken: ({ status, body }) => status === 401 || readErrors(body).some(({ step }) => step === 'SIGN_IN'),
  learn: (response, session) => session.learned(limitsOf(response)),
};

/** "api-usage=18/15000", of the org and the last 24 hours; what is told of the app alone is not meant. */
function limitsOf({ headers }: ApiResponse): LearntLimits {
  const [, used, limit] = /(?:^|[\s,;])api-usage=(\d+)\/(\d+)/.exec(headers['sforce-limit-info'] ?? '') ?? [];
  if (used === undefined || limit === undefined || Number(limit) === 0) return {};
  return { daily: { limit: Number(limit), remaining: Math.max(0, Number(limit) - Number(used)), resetsAt: null } };
}

export type Reply = { kind: 'response'; response: ApiResponse } | { kind: 'stopped'; answer: Stopped };

/**
 * One call. What concerns the org as a whole (limits, permission, outage) stops; what says something about the records, in whatever status it
 * comes, is the caller's to read.
 */
export async function call(session: SalesforceSession, request: ApiCall): Promise<Reply> {
  const reply = await callApi(api, session, request);
  if (reply.kind === 'stopped') return reply;
  const answer = stopOf(reply.response, session);
  if (answer?.kind === 'quota') session.memory.set(quotaKey, true);
  return answer ? { kind: 'stopped', answer } : reply;
}

/** In a session's memory: the quota was used up when it was met last. */
export const quotaKey = 'salesforce.quota';

function stopOf(response: ApiResponse, session: SalesforceSession): Stopped | null {
  const { status, text } = response;
  const error = status >= 300 ? gravest(readErrors(response.body)) : null;
  if (error) {
    const stop = stopOfError(error, session, response);
    if (stop) return stop;
  }
  const vendor = { code: error?.code ?? String(status), message: wordsOf(session, error?.message ?? text) };
  if (status === 300) return null; // several records have the key: the caller's to read
  if (status === 405 || status === 414 || status === 415 || status === 431) {
    return {
      kind: 'refused',
      error: syncError('UNKNOWN', `Salesforce did not take our call (HTTP ${status}).`, vendor),
    };
  }
  if (status === 409 || status === 412 || status === 428) {
    const words = 'Somebody else changed the record at the same time.';
    return {
      kind: 'unavailable',
      error: syncError('VENDOR_UNAVAILABLE', words, vendor),
      whole: false,
      retryAfterMs: null,
    };
  }
  if (status === 403 && !error && !text.trimStart().startsWith('<')) {
    return {
      kind: 'hold',
      hold: 'NO_PERMISSION',
      error: syncError('CONNECTION_PERMISSION', 'The user may not do this.', vendor),
    };
  }
  return error && status < 500 && status !== 429 ? null : stopOfStatus(name, session, response, throttledMs);
}

/** What an error of a whole call, or one of a record that is everybody's, makes of the push; null: it is a record's own. */
export function stopOfError(
  error: SalesforceError,
  session: SalesforceSession,
  { headers, status }: Pick<ApiResponse, 'headers' | 'status'>,
): Stopped | null {
  const told = retryAfterMs(headers['retry-after'], session.now());
  const stored = errorOf(error, session);
  const stops: Partial<Record<Step, () => Stopped>> = {
    SIGN_IN: () => ({ kind: 'unauthorized', error: stored }),
    HOLD: () => ({ kind: 'hold', hold: 'NO_PERMISSION', error: stored }),
    DENIED: () => ({ kind: 'hold', hold: 'NO_PERMISSION', error: stored }),
    WAIT: () => ({ kind: 'throttled', error: stored, retryAfterMs: told ?? throttledMs }),
    QUOTA: () => ({ kind: 'quota', error: stored, resetsAt: new Date(session.now() + quotaMs) }),
    OUTAGE: () => ({ kind: 'unavailable', error: stored, whole: true, retryAfterMs: told }),
    TIMEOUT: () => ({ kind: 'unavailable', error: stored, whole: false, retryAfterMs: told }),
    LOCKED: () => ({ kind: 'unavailable', error: stored, whole: false, retryAfterMs: told }),
    HALTED: () => ({ kind: 'unavailable', error: stored, whole: false, retryAfterMs: told }),
  };
  const ofRecord = status < 300 && !everybodys.includes(error.step);
  return ofRecord ? null : (stops[error.step]?.() ?? null);
}

/** Steps that are everybody's even where one record of many is told. */
const everybodys: readonly Step[] = ['SIGN_IN', 'HOLD', 'WAIT', 'QUOTA'];

/** As it is stored. `named`: the fields of the record, the first of which that the error names is the one concerned. */
export function errorOf(error: SalesforceError, session: SalesforceSession, named: Record<string, unknown> = {}) {
  const { category, words, code, message, fields, ids } = error;
  const field = fields.find((one) => one in named) ?? (category === 'REQUIRED_REMOTE_FIELD' ? fields[0] : null) ?? null;
  const which = ids.length > 0 ? ` They are ${ids.slice(0, 10).join(', ')}.` : '';
  return syncError(category, words + which, { code, message: wordsOf(session, message), field });
}

/** For answers that refuse the whole call: the engine finds who is to blame. */
export function refusalOf(response: ApiResponse, session: SalesforceSession): Extract<Stopped, { kind: 'refused' }> {
  const { status, text, body } = response;
  if (status === 300) {
    const vendor = { code: '300', message: wordsOf(session, text) };
    return { kind: 'refused', error: syncError('DUPLICATE', 'Several records in Salesforce have this key.', vendor) };
  }
  const error = gravest(readErrors(body));
  if (!error) {
    const vendor = { code: String(status), message: wordsOf(session, text) };
    return { kind: 'refused', error: syncError('UNKNOWN', 'Salesforce refused the call.', vendor) };
  }
  // Of a call, "not found" is its path: the object.
  const isObject = error.code === 'NOT_FOUND';
  const words = isObject ? 'The object does not exist in Salesforce, or the user may not see it.' : error.words;
  const category = isObject ? 'MISSING_REMOTE_FIELD' : error.category;
  const vendor = { code: error.code, message: wordsOf(session, error.message), field: error.fields[0] ?? null };
  return { kind: 'refused', error: syncError(category, words, vendor) };
}
