/** Whether the name is one that the runtime knows, e.g. America/Chicago. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** What a clock on the wall there shows. `day` as YYYY-MM-DD. */
export function wallClockAt(instant: Date, timeZone: string): { day: string; hour: number; minute: number } {
  const [day = '', time = ''] = new Date(instant.getTime() + offsetMs(instant, timeZone)).toISOString().split('T');
  return { day, hour: Number(time.slice(0, 2)), minute: Number(time.slice(3, 5)) };
}

/**
 * The instant at which the clock on the wall shows this full hour of this day. Where the hour comes twice (clocks go back), the first; where it
 * does not come at all (clocks go forward), as much later as the clocks go forward.
 */
export function instantOfHour(day: string, hour: number, timeZone: string): Date {
  const wall = Date.parse(`${day}T00:00:00Z`) + hour * hourMs;
  const before = offsetMs(new Date(wall - dayMs), timeZone);
  const after = offsetMs(new Date(wall + dayMs), timeZone);
  const candidates = [...new Set([before, after])].map((offset) => ({ offset, at: new Date(wall - offset) }));
  const real = candidates.filter(({ offset, at }) => offsetMs(at, timeZone) === offset);
  const first = real.toSorted((a, b) => a.at.getTime() - b.at.getTime())[0];
  return first?.at ?? new Date(wall - before);
}

/** The day that is `days` later in the calendar. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10);
}

/** 0: Sunday, 1: Monday. */
export const weekdayOf = (day: string): number => new Date(`${day}T00:00:00Z`).getUTCDay();

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** How far clocks there are ahead of UTC at that instant, in ms. */
function offsetMs(instant: Date, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(instant);
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((one) => one.type === type)?.value);
  const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return wall - Math.floor(instant.getTime() / 1_000) * 1_000;
}
