/** Of a daily quota, this much stays for leads that come live: flushes, retries and backfills leave it. */
export const liveShare = 0.1;

/** What is known of an account's calls per day. */
export interface DailyCalls {
  limit: number;
  remaining: number;
  /** Null: they come back little by little. */
  resetsAt: Date | null;
}

/** True: what is left of the day is kept for live leads. */
export function isKeptForLive({ limit, remaining }: DailyCalls): boolean {
  return remaining <= limit * liveShare;
}

const dayMs = 24 * 60 * 60_000;

export interface BacklogPace {
  /** Most records of one call. */
  batchMax: number;
  /** Most calls in a window; null: no limit known. */
  rate: { calls: number; windowMs: number } | null;
  daily: DailyCalls | null;
}

/**
 * When a backlog of so many leads will have left, going by the vendor's limits alone: full batches, at the full rate, and no more calls a day than
 * there are besides those kept for live leads. Null: no limit is known, or nothing waits.
 * @param from when the next call may be made
 */
export function backlogClearsAt(leads: number, { batchMax, rate, daily }: BacklogPace, from: Date): Date | null {
  if (leads <= 0 || (rate === null && daily === null)) return null;
  const calls = Math.ceil(leads / batchMax);
  const callMs = rate ? rate.windowMs / rate.calls : 0;
  if (!daily) return new Date(from.getTime() + calls * callMs);
  const today = Math.max(0, Math.floor(daily.remaining - daily.limit * liveShare));
  if (calls <= today) return new Date(from.getTime() + calls * callMs);
  const perDay = Math.max(1, Math.floor(daily.limit * (1 - liveShare)));
  const fullDays = Math.ceil((calls - today) / perDay) - 1;
  const lastDay = calls - today - fullDays * perDay;
  const reset = Math.max(daily.resetsAt?.getTime() ?? from.getTime() + dayMs, from.getTime());
  return new Date(reset + fullDays * dayMs + lastDay * callMs);
}
