/**
 * Latencies are counted in buckets, so that those of many rows can be added up: bucket n holds what took 2^(n/2) ms or more and less than
 * 2^((n+1)/2). The last one, from about 35 days on, has no upper end. The trigger that fills them uses the same.
 */
export const latencyBuckets = 64;

/** How long the given share of them took at most, in ms, to about a fifth; null: there are none. */
export function latencyQuantile(buckets: readonly number[], share: number): number | null {
  const total = buckets.reduce((sum, n) => sum + n, 0);
  if (total === 0) return null;
  const wanted = share * total;
  let before = 0;
  for (const [index, n] of buckets.entries()) {
    if (n > 0 && before + n >= wanted) {
      const within = (wanted - before) / n; // as if they were spread evenly
      return Math.round(2 ** ((index + within) / 2));
    }
    before += n;
  }
  return Math.round(2 ** (latencyBuckets / 2));
}
