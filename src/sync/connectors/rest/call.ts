import { type PushSession, type Session, type Stopped, syncError } from '../connector.ts';
import type { HttpHead, HttpRequest, HttpResult } from '../http/message.ts';
import { redact } from '../http/redact.ts';
import { retryAfterMs } from '../http/retry-after.ts';
import { type AccessAnswer, accessToken, type Refresh, type TokenCredentials } from './access-token.ts';

/** A vendor's JSON API behind an access token, in what it differs from others. */
export interface RestApi<Credentials extends TokenCredentials> {
  /** As its makers write it, for messages. */
  name: string;
  /** Without a slash at its end. */
  baseUrl(credentials: Credentials, session: Pick<Session<Credentials>, 'hosts' | 'memory'>): string;
  headers(accessToken: string, credentials: Credentials): Record<string, string>;
  /** Asks for a new access token; null: this one is all there is. */
  refreshOf(credentials: Credentials): Refresh<Credentials> | null;
  /** Not to appear in anything that is stored, besides access tokens. */
  secretsOf(credentials: Credentials): readonly (string | null)[];
  /** The vendor says that the access token is not good (any more). */
  refusesToken(response: ApiResponse): boolean;
  /** The vendor's own code of a refused token. Absent, or null: the status is. */
  codeOf?(response: ApiResponse): string | null;
  /** Before a call is repeated with the token that replaced a refused one: the account may have moved to another host. */
  renewed?(session: PushSession<Credentials>, accessToken: string, credentials: Credentials): Promise<void>;
  /** Notes what every answer tells of limits. */
  learn?(response: ApiResponse, session: Session<Credentials>): void;
}

export interface ApiCall {
  method: HttpRequest['method'];
  /** Below the base URL, with its query. */
  path: string;
  /** Sent as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
  /** As of `HttpRequest`. */
  kind?: string;
  /** Largest answer that is read, in bytes, where it is not the usual one. */
  answerBytesMax?: number;
  /** It takes no slot of the vendor's rate, which is about other calls. */
  uncounted?: true;
}

export interface ApiResponse extends HttpHead {
  text: string;
  /** The text as JSON; null where it is none. */
  body: unknown;
}

export type ApiReply = { kind: 'response'; response: ApiResponse } | { kind: 'stopped'; answer: Stopped };

/** Longest wait for one answer, in ms. */
const requestMsMax = 30_000;

/**
 * One call with a valid token. A refused token is replaced once and the call repeated; refused again, the answer is `unauthorized`. Asks before
 * every request whether there is still time. What the vendor answered otherwise, whatever its status, is the caller's to read.
 */
export async function callApi<Credentials extends TokenCredentials>(
  api: RestApi<Credentials>,
  session: PushSession<Credentials>,
  call: ApiCall,
): Promise<ApiReply> {
  let refused: string | null = null;
  for (;;) {
    const access: AccessAnswer<Credentials> = await accessToken(session, refused, async (stored) => {
      const refresh = api.refreshOf(stored);
      if (!refresh) return { kind: 'refused', error: tokenRefused(api.name) };
      return timeFor(session) > 0 ? refresh(session, timeFor(session)) : { kind: 'unsent' };
    });
    if (access.kind !== 'token') return { kind: 'stopped', answer: stopOf(access) };
    noteSecrets(session, [access.accessToken, ...api.secretsOf(access.credentials)]);
    if (refused !== null) await api.renewed?.(session, access.accessToken, access.credentials);
    const timeoutMs = timeFor(session);
    if (timeoutMs <= 0) return { kind: 'stopped', answer: { kind: 'unsent' } };
    const result = await session.http.request({
      method: call.method,
      url: api.baseUrl(access.credentials, session) + call.path,
      headers: {
        accept: 'application/json',
        ...(call.body !== undefined && { 'content-type': 'application/json' }),
        ...api.headers(access.accessToken, access.credentials),
        ...call.headers,
      },
      ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
      ...(call.kind !== undefined && { kind: call.kind }),
      ...(call.answerBytesMax !== undefined && { answerBytesMax: call.answerBytesMax }),
      timeoutMs,
      signal: session.signal,
      ...(call.uncounted && { uncounted: true }),
    });
    if (result.kind === 'failed') return { kind: 'stopped', answer: stopOfFailure(api.name, result) };
    const response: ApiResponse = { ...result, body: parseJson(result.text) };
    if (!api.refusesToken(response)) {
      api.learn?.(response, session);
      return { kind: 'response', response };
    }
    if (refused !== null) {
      const words = tokenRefused(api.name);
      const code = api.codeOf?.(response) ?? String(response.status);
      const vendor = { code, message: wordsOf(session, response.text) };
      return {
        kind: 'stopped',
        answer: { kind: 'unauthorized', error: syncError(words.category, words.message, vendor) },
      };
    }
    refused = access.accessToken;
  }
}

function stopOf(access: Exclude<AccessAnswer<unknown>, { kind: 'token' }>): Stopped {
  if (access.kind === 'refused') return { kind: 'unauthorized', error: access.error };
  return access.kind === 'unavailable' ? { ...access, unreached: true } : access;
}

const tokenRefused = (name: string) =>
  syncError('AUTHENTICATION', `${name} does not accept our sign-in any more: connect again.`);

/** Milliseconds that a request may take; 0: none is to be sent. */
function timeFor<Credentials>(session: PushSession<Credentials>): number {
  return session.signal.aborted ? 0 : Math.max(0, Math.min(requestMsMax, session.timeLeftMs()));
}

/** Calls that send no lead need no claim: they have as long as a request may take. */
export function unhurried<Credentials>(session: Session<Credentials>): PushSession<Credentials> {
  return {
    ...session,
    timeLeftMs: () => requestMsMax,
    signal: new AbortController().signal,
    exchanged: () => {},
    wrote: async () => {},
    pause: async () => {},
  };
}

/** What it amounts to that no answer came, or none that could be read. */
export function stopOfFailure(name: string, { reason, message }: Extract<HttpResult, { kind: 'failed' }>): Stopped {
  const words = `No answer of ${name}: ${message}`;
  switch (reason) {
    case 'BLOCKED':
      return { kind: 'hold', hold: 'NO_PERMISSION', error: syncError('CONNECTION_PERMISSION', words) };
    case 'TIMEOUT':
    case 'ABORTED':
      return { kind: 'unavailable', error: syncError('TIMEOUT', words), whole: false, retryAfterMs: null };
    default: {
      const unreached = reason === 'UNREACHABLE';
      const error = syncError('VENDOR_UNAVAILABLE', words);
      return { kind: 'unavailable', error, whole: unreached, unreached, retryAfterMs: null };
    }
  }
}

/** How long a 429 without Retry-After is obeyed. */
const throttledMs = 10_000;

/**
 * What a status amounts to that every API means alike; null: it says something about the call, which is the caller's to read. Ask after the
 * vendor's own codes, which say more.
 */
export function stopOfStatus<Credentials>(
  name: string,
  session: Session<Credentials>,
  response: ApiResponse,
  waitMs = throttledMs,
): Stopped | null {
  const { status, headers, text } = response;
  const vendor = { code: String(status), message: wordsOf(session, text) };
  const told = retryAfterMs(headers['retry-after'], session.now());
  const unavailable = (category: 'VENDOR_UNAVAILABLE' | 'TIMEOUT', words: string, whole: boolean): Stopped => ({
    kind: 'unavailable',
    error: syncError(category, words, vendor),
    whole,
    retryAfterMs: told,
  });
  if (status === 408 || status === 504 || status === 524) {
    return unavailable('TIMEOUT', `${name} gave up on the call (HTTP ${status}).`, false);
  }
  if (status === 429) {
    const error = syncError('RATE_LIMITED', `${name} asked for fewer calls.`, vendor);
    return { kind: 'throttled', error, retryAfterMs: told ?? waitMs };
  }
  if (status >= 500) return unavailable('VENDOR_UNAVAILABLE', `${name} is out of order (HTTP ${status}).`, true);
  // A page instead of data comes from a proxy or a maintenance window, not from a record.
  if (/html/i.test(headers['content-type'] ?? '') || text.trimStart().startsWith('<!')) {
    return unavailable('VENDOR_UNAVAILABLE', `${name} answered with a web page (HTTP ${status}).`, true);
  }
  if (status === 413 || status === 414) {
    return { kind: 'refused', error: syncError('DATA_VALUE_VALIDATION', `The call is too large for ${name}.`, vendor) };
  }
  if (status >= 300 && status < 400) {
    return unavailable('VENDOR_UNAVAILABLE', `${name} redirects (HTTP ${status}), which is not followed.`, true);
  }
  return null;
}

/** An answer that is none of this vendor's. */
export function notUnderstood<Credentials>(
  name: string,
  session: Session<Credentials>,
  { status, text }: ApiResponse,
): Stopped {
  const vendor = { code: String(status), message: wordsOf(session, text) };
  const error = syncError('VENDOR_UNAVAILABLE', `${name} did not answer as it should (HTTP ${status}).`, vendor);
  return { kind: 'unavailable', error, whole: false, retryAfterMs: null };
}

/** The vendor's own words where it had some, ours otherwise: for the history of a record. */
export function wordsOfStop(answer: Stopped): unknown {
  if (answer.kind === 'unsent') return null;
  const { vendorCode, vendorMessage, message } = answer.error;
  return vendorCode === null ? message : { code: vendorCode, message: vendorMessage };
}

/** In plain words, for calls that are no push. */
export const messageOfStop = (answer: Stopped): string =>
  answer.kind === 'unsent' ? 'There was no time left to ask.' : answer.error.message;

const secretsKey = 'rest.secrets';

function noteSecrets<Credentials>({ memory }: Session<Credentials>, secrets: readonly (string | null)[]): void {
  const known = (memory.get(secretsKey) as Set<string> | undefined) ?? new Set<string>();
  for (const secret of secrets) if (secret) known.add(secret);
  memory.set(secretsKey, known);
}

/** A vendor's words on one line, without our secrets; null: none. */
export function wordsOf<Credentials>({ memory }: Pick<Session<Credentials>, 'memory'>, text: string): string | null {
  const secrets = memory.get(secretsKey) as ReadonlySet<string> | undefined;
  return (
    redact(text, [...(secrets ?? [])])
      .replace(/\s+/g, ' ')
      .trim() || null
  );
}

/** Null: not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
