const centralTime = new Intl.DateTimeFormat('en-US', {
  timeZone: 'America/Chicago',
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
});

/**
 * When Marketo's daily quota starts anew: the next 00:00 in US Central time, summer or winter. Source: Marketo "REST API", read 2026-11.
 */
export function nextQuotaReset(nowMs: number): Date {
  const local = centralClock(nowMs);
  const midnight = new Date(local);
  midnight.setUTCHours(24, 0, 0, 0);
  // The clock may change on the way: the offset that holds at midnight counts, not the one that holds now.
  const guess = midnight.getTime() - (local - nowMs);
  return new Date(midnight.getTime() - (centralClock(guess) - guess));
}

/** What a clock in Chicago shows, written as if it were UTC, whole seconds apart from the instant. */
function centralClock(ms: number): number {
  const part: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of centralTime.formatToParts(ms)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) + (((ms % 1_000) + 1_000) % 1_000);
}
