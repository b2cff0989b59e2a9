import { addDays, instantOfHour, wallClockAt, weekdayOf } from './time-zone.ts';

/** How often a rule tells of sync errors. */
export const notificationCadences = ['IMMEDIATE', 'HOURLY', 'TWICE_DAILY', 'DAILY', 'WEEKLY'] as const;
export type NotificationCadence = (typeof notificationCadences)[number];

/** When the next digest is due, strictly after `after`, by the clock of `timeZone`; null: at once, there are no digests. */
export function nextDigestAfter(cadence: NotificationCadence, timeZone: string, after: Date): Date | null {
  switch (cadence) {
    case 'IMMEDIATE':
      return null;
    case 'HOURLY':
      return nextFullHour(timeZone, after);
    case 'TWICE_DAILY':
      return nextAtHours([morning, evening], null, timeZone, after);
    case 'DAILY':
      return nextAtHours([morning], null, timeZone, after);
    case 'WEEKLY':
      return nextAtHours([morning], monday, timeZone, after);
  }
}

/** When frozen leads of ended events are looked for next, strictly after `after`: once a day, in the morning, whatever the cadence. */
export function nextReminderAfter(timeZone: string, after: Date): Date {
  return nextAtHours([morning], null, timeZone, after);
}

/** Failures of a burst are told together: in seconds without another one, but never later than that after the first. */
export const burst = { quietSeconds: 5, waitSecondsMax: 30 } as const;
/** A rule that tells at once does so at most so often, in seconds; lost authorization does not wait for it. */
export const immediateGapSeconds = 60;

/**
 * When a message that was not delivered is tried again, in ms. `failures` counts from 1. It is never given up, since what it tells would be
 * lost, but it becomes rare.
 */
export function redeliveryInMs(failures: number, retryAfterMs: number | null): number {
  const wait = redeliveryMs[Math.min(failures, redeliveryMs.length) - 1] ?? minuteMs;
  return Math.min(Math.max(wait, retryAfterMs ?? 0), 24 * hourMs);
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const redeliveryMs = [minuteMs / 2, 2 * minuteMs, 10 * minuteMs, hourMs, 4 * hourMs, 24 * hourMs];

const morning = 9;
const evening = 17;
const monday = 1;
/** Offsets from UTC are multiples of it, and so is every change of them. */
const quarterMs = 15 * minuteMs;

/** A step at a time, so that an hour that comes twice is told of twice, and zones half an hour off have their own full hour. */
function nextFullHour(timeZone: string, after: Date): Date {
  let quarter = Math.floor(after.getTime() / quarterMs) * quarterMs;
  do quarter += quarterMs;
  while (wallClockAt(new Date(quarter), timeZone).minute !== 0);
  return new Date(quarter);
}

function nextAtHours(hours: readonly number[], weekday: number | null, timeZone: string, after: Date): Date {
  const { day: today } = wallClockAt(after, timeZone);
  for (let days = 0; days <= 8; days++) {
    const day = addDays(today, days);
    if (weekday !== null && weekdayOf(day) !== weekday) continue;
    for (const hour of hours) {
      const at = instantOfHour(day, hour, timeZone);
      if (at > after) return at;
    }
  }
  throw new RangeError(`no hour of a week in ${timeZone} is after ${after.toISOString()}`);
}
