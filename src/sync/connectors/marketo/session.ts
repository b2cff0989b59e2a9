import { type PushSession, type Session, type Stopped, syncError } from '../connector.ts';
import { errorOf, type MarketoBody, type ReadingContext, readAnswer } from './answer.ts';
import type { MarketoCredentials } from './credentials.ts';
import type { MarketoFault } from './errors.ts';
import { fetchToken, forgetToken, rememberedToken, requestMsMax, type TokenAnswer } from './token.ts';

export type MarketoSession = PushSession<MarketoCredentials>;

/** A session for calls that push nothing: they need no claim, and have as long as a request may take. */
export const withTime = (session: Session<MarketoCredentials>): MarketoSession => ({
  ...session,
  timeLeftMs: () => requestMsMax,
  signal: new AbortController().signal,
  pause: async () => {},
  exchanged: () => {},
  wrote: async () => {},
});

export interface Call {
  method: 'GET' | 'POST';
  /** Below the base URL, with its query. */
  path: string;
  /** JSON. */
  body?: string;
  sentFields?: Iterable<string>;
}

/** `status`: of the HTTP answer; null: there was none. */
export type CallReply =
  | { kind: 'body'; body: MarketoBody }
  | { kind: 'stopped'; answer: Stopped; status: number | null };

/** One call with a valid token. A refused token is replaced once and the call repeated; refused again, the answer is `unauthorized`. */
export async function call(session: MarketoSession, request: Call): Promise<CallReply> {
  let refusedToken: string | null = null;
  for (;;) {
    const token: TokenAnswer = await currentToken(session, refusedToken);
    if (token.kind === 'stopped') return { kind: 'stopped', answer: token.answer, status: null };
    const timeoutMs = Math.min(requestMsMax, session.timeLeftMs());
    if (timeoutMs <= 0 || session.signal.aborted) return { kind: 'stopped', answer: { kind: 'unsent' }, status: null };
    const result = await session.http.request({
      method: request.method,
      url: session.credentials.baseUrl + request.path,
      headers: {
        authorization: `Bearer ${token.value}`,
        accept: 'application/json',
        ...(request.body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(request.body !== undefined && { body: request.body }),
      timeoutMs,
      signal: session.signal,
    });
    const reading = readAnswer(result, contextOf(session, request.sentFields ?? [], [token.value]));
    if (reading.kind === 'body') return reading;
    const status = result.kind === 'response' ? result.status : (result.head?.status ?? null);
    if (reading.kind === 'stopped') return { ...reading, status };
    if (refusedToken !== null) return { kind: 'stopped', answer: unauthorized(session, reading.fault), status };
    refusedToken = token.value;
  }
}

/** What refusals are read with: never let a secret of this session into what is stored. */
export function contextOf(
  session: MarketoSession,
  sentFields: Iterable<string>,
  tokens: string[] = [],
): ReadingContext {
  const { clientSecret } = session.credentials;
  const remembered = rememberedToken(session.memory);
  const secrets = [clientSecret, ...tokens, ...(remembered ? [remembered.value] : [])];
  return { now: session.now, secrets, sentFields };
}

function unauthorized(session: MarketoSession, fault: MarketoFault): Stopped {
  const { vendorMessage } = errorOf(fault, contextOf(session, []));
  forgetToken(session.memory);
  const words =
    'Marketo does not accept our access tokens any more: the API user or its service may have been removed.';
  return {
    kind: 'unauthorized',
    error: syncError('AUTHENTICATION', words, { code: fault.code, message: vendorMessage }),
  };
}

const flightKey = 'marketo.tokenFlight';

/** A token other than the refused one where Marketo has one; all calls that need a new one at the same time share one request. */
async function currentToken(session: MarketoSession, refused: string | null): Promise<TokenAnswer> {
  for (;;) {
    const remembered = rememberedToken(session.memory);
    if (remembered && remembered.value !== refused && session.now() < remembered.renewAt) {
      return { kind: 'token', value: remembered.value };
    }
    const flight = session.memory.get(flightKey) as Promise<TokenAnswer> | undefined;
    if (!flight) return startFlight(session);
    const answer = await flight;
    // Ours to ask again: the other one ran out of time, or asked before this token was refused.
    if (answer.kind === 'stopped' ? answer.onlyForAsker : answer.value === refused) continue;
    return answer;
  }
}

function startFlight(session: MarketoSession): Promise<TokenAnswer> {
  const flight = fetchToken(session).finally(() => session.memory.delete(flightKey));
  session.memory.set(flightKey, flight);
  return flight;
}
