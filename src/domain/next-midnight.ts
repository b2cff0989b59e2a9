const clocks = new Map<string, Intl.DateTimeFormat>();

/** The next 00:00 in a time zone (IANA; an unknown one counts as UTC), summer or winter: when vendors' daily quotas start anew. */
export function nextMidnight(nowMs: number, timeZone: string): Date {
  const clock = clockOf(timeZone);
  const local = shown(clock, nowMs);
  const midnight = new Date(local);
  midnight.setUTCHours(24, 0, 0, 0);
  // The clock may change on the way: the offset that holds at midnight counts, not the one that holds now.
  const guess = midnight.getTime() - (local - nowMs);
  return new Date(midnight.getTime() - (shown(clock, guess) - guess));
}

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known) return known;
  const clock = isTimeZone(timeZone) ? clockIn(timeZone) : clockIn('UTC');
  clocks.set(timeZone, clock);
  return clock;
}

function isTimeZone(timeZone: string): boolean {
  try {
    return clockIn(timeZone) !== null;
  } catch {
    return false;
  }
}

const clockIn = (timeZone: string): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });

/** What the clock shows, written as if it were UTC, milliseconds kept. */
function shown(clock: Intl.DateTimeFormat, ms: number): number {
  const part: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of clock.formatToParts(ms)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) + (((ms % 1_000) + 1_000) % 1_000);
}
