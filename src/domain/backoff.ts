const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** Waits after the 1st, 2nd, ... transient failure of a lead, in ms; after the last one it fails. */
export const backoffMs = [5 * second, 30 * second, 2 * minute, 15 * minute, 1 * hour, 4 * hour] as const;

/** Longest Retry-After that is obeyed, in ms. */
export const retryAfterMsMax = 24 * hour;

const jitter = 0.2;

/**
 * When a lead that failed for a transient reason is tried again, in ms from now; null when its budget is spent.
 * `failures` counts from 1; `random` is in [0, 1) and spreads the wait by 20 % both ways; a Retry-After is obeyed as it is.
 */
export function nextAttemptInMs(failures: number, retryAfterMs: number | null, random: number): number | null {
  const wait = backoffMs[failures - 1];
  if (wait === undefined) return null;
  if (retryAfterMs !== null) return Math.min(retryAfterMs, retryAfterMsMax);
  return spread(wait, random);
}

/** How long a vendor that is down is left alone before the next single probe, in ms. `failures` counts from 1. */
export function probeInMs(failures: number, random: number): number {
  const steps = backoffMs.slice(0, 4); // never more than 15 minutes: the backlog waits for the probe
  return spread(steps[Math.min(failures, steps.length) - 1] ?? 5 * second, random);
}

function spread(wait: number, random: number): number {
  return Math.round(wait * (1 - jitter + 2 * jitter * random));
}
