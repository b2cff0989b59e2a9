import { z } from 'zod';
import { type PushSession, type Stopped, syncError } from '../connector.ts';
import { parseJson } from '../rest/call.ts';
import { readAnswer } from './answer.ts';
import type { MarketoCredentials } from './credentials.ts';

export type TokenAnswer =
  | { kind: 'token'; value: string }
  /** `onlyForAsker`: the asker's time ran out; another call may ask anew. */
  | { kind: 'stopped'; answer: Stopped; onlyForAsker: boolean };

interface RememberedToken {
  value: string;
  /** From here on it is asked for anew, in ms. */
  renewAt: number;
}

/** Longest wait for one answer of Marketo. */
export const requestMsMax = 30_000;

const tokenKey = 'marketo.token';
const renewBeforeMs = 60_000;
/** In its last minute Marketo repeats the same token: how often it is asked then. */
const renewEveryMs = 5_000;

/** Printable ASCII, as a header can carry it. */
const tokenBody = z.object({ access_token: z.string().regex(/^[\x21-\x7e]+$/), expires_in: z.number() });

export const rememberedToken = (memory: Map<string, unknown>): RememberedToken | null =>
  (memory.get(tokenKey) as RememberedToken | undefined) ?? null;

/** After a refusal that a new token did not end. */
export const forgetToken = (memory: Map<string, unknown>): void => void memory.delete(tokenKey);

/**
 * Asks for a token with the client's credentials and remembers it. Until it expires Marketo answers the same token with the seconds that remain.
 * The credentials travel in the query, which is the one documented way; no URL is ever logged. Source: Marketo "Authentication", read 2026-11.
 */
export async function fetchToken(session: PushSession<MarketoCredentials>): Promise<TokenAnswer> {
  const { baseUrl, clientId, clientSecret } = session.credentials;
  const timeLeftMs = session.timeLeftMs();
  if (timeLeftMs <= 0 || session.signal.aborted)
    return { kind: 'stopped', answer: { kind: 'unsent' }, onlyForAsker: true };
  const query = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
  });
  const result = await session.http.request({
    method: 'GET',
    url: `${baseUrl}/identity/oauth/token?${query}`,
    headers: { accept: 'application/json' },
    timeoutMs: Math.min(requestMsMax, timeLeftMs),
    signal: session.signal,
    uncounted: true,
  });
  if (result.kind === 'response' && result.status === 200) {
    const answer = tokenBody.safeParse(parseJson(result.text)).data;
    if (answer) return remember(session, answer.access_token, answer.expires_in);
  }
  const reading = readAnswer(result, { now: session.now, secrets: [clientSecret], sentFields: [] });
  switch (reading.kind) {
    case 'refusedToken':
      return stoppedForAll({
        kind: 'unauthorized',
        error: syncError('AUTHENTICATION', 'Marketo refused the client id or secret.', { code: reading.fault.code }),
      });
    case 'body':
      return stoppedForAll({
        kind: 'unavailable',
        error: syncError('VENDOR_UNAVAILABLE', 'Marketo answered a request for a token without one.'),
        whole: true,
        unreached: true,
        retryAfterMs: null,
      });
    default: {
      const failed = result.kind === 'failed' ? result.reason : null;
      const ranOut = failed === 'ABORTED' || (failed === 'TIMEOUT' && timeLeftMs < requestMsMax);
      if (ranOut) return { kind: 'stopped', answer: { kind: 'unsent' }, onlyForAsker: true };
      // No record was in the request, so none can be the reason.
      return stoppedForAll(
        reading.answer.kind === 'unavailable' ? { ...reading.answer, whole: true, unreached: true } : reading.answer,
      );
    }
  }
}

function remember(session: PushSession<MarketoCredentials>, value: string, expiresInSeconds: number): TokenAnswer {
  const lifeMs = expiresInSeconds * 1_000;
  if (lifeMs <= 1_000) {
    const error = syncError(
      'RATE_LIMITED',
      'The access token of Marketo is about to expire; a new one is asked for in a second.',
    );
    return stoppedForAll({ kind: 'throttled', error, retryAfterMs: 1_000 });
  }
  const renewInMs = lifeMs > renewBeforeMs ? lifeMs - renewBeforeMs : Math.min(renewEveryMs, lifeMs - 1_000);
  const remembered: RememberedToken = { value, renewAt: session.now() + renewInMs };
  session.memory.set(tokenKey, remembered);
  return { kind: 'token', value };
}

const stoppedForAll = (answer: Stopped): TokenAnswer => ({ kind: 'stopped', answer, onlyForAsker: false });
