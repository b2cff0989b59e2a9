import { describe, expect, test } from 'vitest';
import { backlogClearsAt, isKeptForLive } from '../../src/domain/backlog.ts';

const from = new Date('2026-11-24T12:00:00Z');
const rate = { calls: 100, windowMs: 20_000 };
const clearsAt = (leads: number, pace: Partial<Parameters<typeof backlogClearsAt>[1]>) =>
  backlogClearsAt(leads, { batchMax: 300, rate: null, daily: null, ...pace }, from)?.toISOString() ?? null;

describe('when a backlog will have left', () => {
  test('follows from full batches at the full rate', () => {
    expect(clearsAt(30_000, { rate })).toBe('2026-11-24T12:00:20.000Z'); // 100 calls
    expect(clearsAt(1, { rate })).toBe('2026-11-24T12:00:00.200Z');
    expect(clearsAt(500, { rate, batchMax: 1 })).toBe('2026-11-24T12:01:40.000Z');
  });

  test('waits for the days that the quota needs, of which a tenth stays for live leads', () => {
    const daily = { limit: 1_000, remaining: 300, resetsAt: new Date('2026-11-25T06:00:00Z') };
    // 200 calls today, 900 on each full day, what is left on the last one.
    expect(clearsAt(200, { batchMax: 1, rate, daily })).toBe('2026-11-24T12:00:40.000Z');
    expect(clearsAt(201, { batchMax: 1, rate, daily })).toBe('2026-11-25T06:00:00.200Z');
    expect(clearsAt(200 + 900 + 50, { batchMax: 1, rate, daily })).toBe('2026-11-26T06:00:10.000Z');
  });

  test('that comes back little by little goes by a day from now', () => {
    const daily = { limit: 1_000, remaining: 0, resetsAt: null };
    expect(clearsAt(10, { batchMax: 1, daily })).toBe('2026-11-25T12:00:00.000Z');
  });

  test('is not told where nothing waits or no limit is known', () => {
    expect(clearsAt(0, { rate })).toBeNull();
    expect(clearsAt(10, {})).toBeNull();
  });
});

test('the last tenth of a daily quota is kept for live leads', () => {
  const of = (remaining: number) => isKeptForLive({ limit: 1_000, remaining, resetsAt: null });
  expect([of(101), of(100), of(0)]).toEqual([false, true, true]);
});
