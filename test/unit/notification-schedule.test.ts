import { describe, expect, test } from 'vitest';
import {
  type NotificationCadence,
  nextDigestAfter,
  nextReminderAfter,
  redeliveryInMs,
} from '../../src/domain/notification-schedule.ts';
import { instantOfHour, isTimeZone } from '../../src/domain/time-zone.ts';

const next = (cadence: NotificationCadence, timeZone: string, after: string) =>
  nextDigestAfter(cadence, timeZone, new Date(after))?.toISOString();

/** The next ones, each after the one before. */
function series(cadence: NotificationCadence, timeZone: string, after: string, length: number): string[] {
  const found: string[] = [];
  for (let last = after; found.length < length; last = found.at(-1) ?? '')
    found.push(next(cadence, timeZone, last) ?? '');
  return found.map((at) => at.replace(':00.000Z', 'Z'));
}

describe('a digest is due', () => {
  test('never, when everything is told at once', () => {
    expect(nextDigestAfter('IMMEDIATE', 'UTC', new Date())).toBeNull();
  });

  test('at each full hour of the zone, also where that is half past in UTC', () => {
    expect(series('HOURLY', 'UTC', '2026-05-01T10:59:59.999Z', 2)).toEqual(['2026-05-01T11:00Z', '2026-05-01T12:00Z']);
    expect(series('HOURLY', 'Asia/Kolkata', '2026-05-01T10:00Z', 2)).toEqual([
      '2026-05-01T10:30Z',
      '2026-05-01T11:30Z',
    ]);
    expect(next('HOURLY', 'Asia/Kathmandu', '2026-05-01T10:00Z')).toBe('2026-05-01T10:15:00.000Z');
  });

  test('at nine and at five, twice a day', () => {
    expect(series('TWICE_DAILY', 'Europe/Berlin', '2026-01-14T08:00Z', 3)).toEqual([
      '2026-01-14T16:00Z',
      '2026-01-15T08:00Z',
      '2026-01-15T16:00Z',
    ]);
  });

  test('at nine, daily', () => {
    expect(series('DAILY', 'America/Chicago', '2026-07-03T13:59Z', 2)).toEqual([
      '2026-07-03T14:00Z',
      '2026-07-04T14:00Z',
    ]);
  });

  test('on Mondays at nine, weekly: a Monday by the clock of the zone', () => {
    expect(series('WEEKLY', 'UTC', '2026-05-04T09:00Z', 2)).toEqual(['2026-05-11T09:00Z', '2026-05-18T09:00Z']);
    expect(next('WEEKLY', 'UTC', '2026-05-04T08:59Z')).toBe('2026-05-04T09:00:00.000Z');
    // In Auckland it is Monday, nine o'clock, while Greenwich still has Sunday.
    expect(next('WEEKLY', 'Pacific/Auckland', '2026-07-04T00:00Z')).toBe('2026-07-05T21:00:00.000Z');
  });

  test('always later than the instant it is asked for', () => {
    for (const cadence of ['HOURLY', 'TWICE_DAILY', 'DAILY', 'WEEKLY'] as const) {
      const due = nextDigestAfter(cadence, 'Europe/Berlin', new Date('2026-05-01T00:00Z'));
      const following = due && nextDigestAfter(cadence, 'Europe/Berlin', due);
      expect(following?.getTime()).toBeGreaterThan(due?.getTime() ?? 0);
    }
  });
});

describe('when clocks go forward', () => {
  test('nine o’clock stays nine o’clock: the day has 23 hours', () => {
    expect(series('DAILY', 'America/New_York', '2026-03-07T00:00Z', 3)).toEqual([
      '2026-03-07T14:00Z',
      '2026-03-08T13:00Z',
      '2026-03-09T13:00Z',
    ]);
    expect(series('DAILY', 'Europe/Berlin', '2026-03-28T00:00Z', 2)).toEqual([
      '2026-03-28T08:00Z',
      '2026-03-29T07:00Z',
    ]);
  });

  test('the hour that is left out has no digest', () => {
    expect(series('HOURLY', 'Europe/Berlin', '2026-03-29T00:30Z', 2)).toEqual([
      '2026-03-29T01:00Z',
      '2026-03-29T02:00Z',
    ]);
    // 02:00 does not come on Lord Howe Island: 02:00 becomes 02:30.
    expect(series('HOURLY', 'Australia/Lord_Howe', '2026-10-03T14:45Z', 2)).toEqual([
      '2026-10-03T16:00Z',
      '2026-10-03T17:00Z',
    ]);
  });

  test('an hour that does not come is as much later', () => {
    expect(instantOfHour('2026-03-29', 2, 'Europe/Berlin').toISOString()).toBe('2026-03-29T01:00:00.000Z');
  });
});

describe('when clocks go back', () => {
  test('nine o’clock stays nine o’clock: the day has 25 hours', () => {
    expect(series('DAILY', 'America/New_York', '2026-10-31T00:00Z', 3)).toEqual([
      '2026-10-31T13:00Z',
      '2026-11-01T14:00Z',
      '2026-11-02T14:00Z',
    ]);
    expect(series('WEEKLY', 'Europe/Berlin', '2026-10-19T07:00Z', 1)).toEqual(['2026-10-26T08:00Z']);
  });

  test('the hour that comes twice has two digests', () => {
    expect(series('HOURLY', 'Europe/Berlin', '2026-10-24T23:30Z', 3)).toEqual([
      '2026-10-25T00:00Z',
      '2026-10-25T01:00Z',
      '2026-10-25T02:00Z',
    ]);
  });

  test('an hour that comes twice is the first of them', () => {
    expect(instantOfHour('2026-10-25', 2, 'Europe/Berlin').toISOString()).toBe('2026-10-25T00:00:00.000Z');
    expect(instantOfHour('2026-11-01', 1, 'America/New_York').toISOString()).toBe('2026-11-01T05:00:00.000Z');
  });
});

test('a reminder is due each morning at nine', () => {
  expect(nextReminderAfter('Europe/Berlin', new Date('2026-06-01T07:00Z')).toISOString()).toBe(
    '2026-06-02T07:00:00.000Z',
  );
});

test('a message that can not be delivered is tried ever more rarely, and never given up', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 100].map((failures) => redeliveryInMs(failures, null) / 60_000);
  expect(waits).toEqual([0.5, 2, 10, 60, 240, 1_440, 1_440, 1_440]);
});

test('a Retry-After is obeyed, up to a day', () => {
  expect(redeliveryInMs(1, 90_000)).toBe(90_000);
  expect(redeliveryInMs(2, 1_000)).toBe(120_000);
  expect(redeliveryInMs(1, 7 * 86_400_000)).toBe(86_400_000);
});

test.for([
  ['Europe/Berlin', true],
  ['UTC', true],
  ['Mars/Olympus', false],
  ['', false],
] as const)('%s is a time zone: %s', ([name, known]) => {
  expect(isTimeZone(name)).toBe(known);
});
