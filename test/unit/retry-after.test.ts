import { expect, test } from 'vitest';
import { retryAfterMs } from '../../src/sync/connectors/http/retry-after.ts';

const now = Date.UTC(1994, 10, 6, 8, 49, 7);
const day = 24 * 60 * 60 * 1_000;

test.for([
  ['0', 0],
  ['120', 120_000],
  [' 5 ', 5_000],
  ['86401', day],
  ['99999999999999999999', day],
  ['Sun, 06 Nov 1994 08:49:37 GMT', 30_000],
  ['Sunday, 06-Nov-94 08:49:37 GMT', 30_000],
  ['Sun Nov  6 08:49:37 1994', 30_000],
  ['Sun, 06 Nov 1994 08:49:00 GMT', 0],
  ['Sun, 13 Nov 1994 08:49:37 GMT', day],
  ['', null],
  ['soon', null],
  ['-5', null],
  ['1.5', null],
  ['2026-01-01', null],
] as const)('%j is %s ms', ([header, ms]) => {
  expect(retryAfterMs(header, now)).toBe(ms);
});

test('an absent header says nothing', () => {
  expect(retryAfterMs(undefined, now)).toBeNull();
});
