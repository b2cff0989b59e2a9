import { expect, test } from 'vitest';
import { latencyBuckets, latencyQuantile } from '../../src/domain/latency.ts';

const buckets = (counts: Record<number, number>) =>
  Array.from({ length: latencyBuckets }, (_, index) => counts[index] ?? 0);

test('nothing has no quantile', () => {
  expect(latencyQuantile(buckets({}), 0.5)).toBeNull();
});

test('a quantile lies in the bucket of the lead that it is about', () => {
  const some = buckets({ 10: 90, 30: 10 }); // 32 to 45 ms, and 32 to 46 seconds
  expect(latencyQuantile(some, 0.5)).toBeGreaterThanOrEqual(32);
  expect(latencyQuantile(some, 0.5)).toBeLessThanOrEqual(46);
  expect(latencyQuantile(some, 0.95)).toBeGreaterThanOrEqual(32_768);
  expect(latencyQuantile(some, 0.95)).toBeLessThanOrEqual(46_341);
});
