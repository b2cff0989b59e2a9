import { retryAfterMsMax } from '../../../domain/backoff.ts';

/**
 * Reads a Retry-After header, seconds or an HTTP date, as ms from `nowMs`: never negative, at most 24 hours.
 * Null: absent, or nothing that RFC 9110 section 10.2.3 knows.
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | null {
  const value = header?.trim();
  if (!value) return null;
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1_000, retryAfterMsMax);
  if (!/^[A-Z][a-z]{2,8},? /.test(value)) return null;
  const at = Date.parse(value.endsWith('GMT') ? value : `${value} GMT`); // asctime dates carry no zone and mean UTC
  return Number.isNaN(at) ? null : Math.min(Math.max(at - nowMs, 0), retryAfterMsMax);
}
