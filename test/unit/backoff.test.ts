import { expect, test } from 'vitest';
import { nextAttemptInMs, probeInMs } from '../../src/domain/backoff.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const unjittered = 0.5;

test('a lead waits 5 s, 30 s, 2 min, 15 min, 1 h and 4 h, and its budget is spent with the seventh failure', () => {
  expect([1, 2, 3, 4, 5, 6, 7].map((failures) => nextAttemptInMs(failures, null, unjittered))).toEqual([
    5 * second,
    30 * second,
    2 * minute,
    15 * minute,
    hour,
    4 * hour,
    null,
  ]);
});

test('a wait is spread by 20 % both ways', () => {
  expect(nextAttemptInMs(2, null, 0)).toBe(24 * second);
  expect(nextAttemptInMs(2, null, 0.999_999)).toBe(36 * second);
  expect(probeInMs(1, 0)).toBe(4 * second);
  expect(probeInMs(1, 0.999_999)).toBe(6 * second);
});

test('a Retry-After is obeyed as it is, shorter or longer than our own wait, up to a day', () => {
  for (const random of [0, 0.9]) {
    expect(nextAttemptInMs(6, second, random)).toBe(second);
    expect(nextAttemptInMs(1, 7 * hour, random)).toBe(7 * hour);
    expect(nextAttemptInMs(1, 0, random)).toBe(0);
    expect(nextAttemptInMs(1, 25 * hour, random)).toBe(24 * hour);
  }
});

test('a Retry-After buys no attempt beyond the budget', () => {
  expect(nextAttemptInMs(7, second, unjittered)).toBeNull();
});

test('a vendor that is down is probed after 5 s, 30 s, 2 min and then every 15 min, without end', () => {
  expect([1, 2, 3, 4, 5, 1_000].map((failures) => probeInMs(failures, unjittered))).toEqual([
    5 * second,
    30 * second,
    2 * minute,
    15 * minute,
    15 * minute,
    15 * minute,
  ]);
});
