import { type PushAnswer, type RecordOutcome, syncError } from '../connector.ts';
import type { HttpHead, HttpResult } from '../http/message.ts';
import { redact } from '../http/redact.ts';
import { retryAfterMs } from '../http/retry-after.ts';
import type { WebhookCredentials } from './credentials.ts';

/** How long a 429 without Retry-After is obeyed. */
const throttledMs = 30_000;

/**
 * What the receiver's answer means. Source: Standard Webhooks 1.0.0, read 2026-11: any 2xx is success, whatever the body; 410 means stop; redirects
 * are not followed. A repeat is harmless, as the receiver knows the message by its id.
 */
export function answerOf(result: HttpResult, credentials: WebhookCredentials, nowMs: number): PushAnswer {
  if (result.kind === 'response') return answerOfStatus(result, result.text, credentials, nowMs);
  // The status has said all: a receiver that answers with a long page took the delivery or refused it all the same.
  if (result.reason === 'TOO_LARGE' && result.head) return answerOfStatus(result.head, '', credentials, nowMs);
  switch (result.reason) {
    case 'BLOCKED':
      return { kind: 'hold', hold: 'NO_PERMISSION', error: syncError('CONNECTION_PERMISSION', result.message) };
    case 'TIMEOUT':
    case 'ABORTED':
      return { kind: 'unavailable', error: syncError('TIMEOUT', result.message), whole: false, retryAfterMs: null };
    default: {
      const unreached = result.reason === 'UNREACHABLE';
      const error = syncError('VENDOR_UNAVAILABLE', result.message);
      return { kind: 'unavailable', error, whole: unreached, unreached, retryAfterMs: null };
    }
  }
}

function answerOfStatus(
  { status, headers }: HttpHead,
  text: string,
  credentials: WebhookCredentials,
  nowMs: number,
): PushAnswer {
  const vendor = { code: String(status), message: wordsOf(text, credentials) };
  const waitMs = retryAfterMs(headers['retry-after'], nowMs);
  if (status >= 200 && status < 300) return answered({ kind: 'cleared', remoteId: null });
  if (status === 409) return answered({ kind: 'cleared', remoteId: null }); // it has this message already
  if (status === 410) {
    const error = syncError('WEBHOOK_REJECTED', 'The receiver says that the endpoint is gone (HTTP 410).', vendor);
    return { kind: 'hold', hold: 'ENDPOINT_GONE', error };
  }
  if (status === 429) {
    const error = syncError('RATE_LIMITED', 'The receiver asked for fewer deliveries (HTTP 429).', vendor);
    return { kind: 'throttled', error, retryAfterMs: waitMs ?? throttledMs };
  }
  if (status === 408) {
    const error = syncError('TIMEOUT', 'The receiver gave up waiting for the delivery (HTTP 408).', vendor);
    return { kind: 'unavailable', error, whole: false, retryAfterMs: waitMs };
  }
  if (status >= 500) {
    const error = syncError('VENDOR_UNAVAILABLE', `The receiver is out of order (HTTP ${status}).`, vendor);
    return { kind: 'unavailable', error, whole: [502, 503, 504].includes(status), retryAfterMs: waitMs };
  }
  const words =
    status < 400
      ? `The receiver redirects (HTTP ${status}), which is not followed: connect the new URL.`
      : `The receiver refused the delivery (HTTP ${status}).`;
  return answered({ kind: 'failed', error: syncError('WEBHOOK_REJECTED', words, vendor) });
}

const answered = (outcome: RecordOutcome): PushAnswer => ({ kind: 'answered', outcomes: [outcome] });

/** The receiver's words on one line, without our secrets; null: none. */
export function wordsOf(text: string, { url, secret, previous = [] }: WebhookCredentials): string | null {
  const query = new URL(url).search.slice(1);
  const values = [...new URLSearchParams(query).values()];
  const clean = redact(text, [
    ...[secret, ...previous.map((one) => one.secret)].flatMap((own) => [own, own.replace('whsec_', '')]),
    url,
    query,
    ...values.filter((value) => value.length >= 8),
  ]);
  return clean.replace(/\s+/g, ' ').trim() || null;
}
