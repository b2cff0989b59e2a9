import { useSyncExternalStore } from 'react';

/** Whose clock times are shown by. */
export type Zone = 'here' | 'event' | 'utc';

const storage = 'sluice.zone';
let zone = (localStorage.getItem(storage) as Zone | null) ?? 'here';
const listeners = new Set<() => void>();

export function setZone(next: Zone): void {
  zone = next;
  localStorage.setItem(storage, next);
  for (const listener of listeners) listener();
}

export function useZone(): Zone {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => zone,
  );
}

/** The name of this device's zone. */
export const zoneHere = Intl.DateTimeFormat().resolvedOptions().timeZone;

const formats = new Map<string, Intl.DateTimeFormat>();
function formatOf(timeZone: string | undefined, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([timeZone, options]);
  const known = formats.get(key) ?? new Intl.DateTimeFormat(undefined, { ...options, ...(timeZone && { timeZone }) });
  formats.set(key, known);
  return known;
}

export interface Clock {
  /** `14:05`, and with the day where that is not today. */
  time(instant: string | Date): string;
  /** With day, seconds and zone: for a title or a history. */
  full(instant: string | Date): string;
}

/** Times as the reader wants them. `eventZone` is that of the event concerned, where one is. */
export function useClock(eventZone?: string): Clock {
  const timeZone = { here: undefined, event: eventZone, utc: 'UTC' }[useZone()];
  return {
    time(instant) {
      const date = new Date(instant);
      const day = formatOf(timeZone, { dateStyle: 'short' });
      const today = day.format(date) === day.format(new Date());
      return formatOf(timeZone, {
        hour: '2-digit',
        minute: '2-digit',
        ...(!today && { month: 'short', day: 'numeric' }),
      }).format(date);
    },
    full: (instant) =>
      formatOf(timeZone, {
        year: 'numeric',
        month: 'short',
        day: 'numeric',
        hour: '2-digit',
        minute: '2-digit',
        second: '2-digit',
        timeZoneName: 'short',
      }).format(new Date(instant)),
  };
}

const day = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', year: 'numeric', timeZone: 'UTC' });

/** `Mar 3 – 5, 2026`; empty for an event without dates. */
export function daysOf(startsOn: string | null, endsOn: string | null): string {
  if (!startsOn) return '';
  return day.formatRange(new Date(startsOn), new Date(endsOn ?? startsOn));
}

/** Whether today, as it is at the event, is one of its days. */
export function isRunning({
  startsOn,
  endsOn,
  timeZone,
}: {
  startsOn: string | null;
  endsOn: string | null;
  timeZone: string;
}): boolean {
  if (!startsOn) return false;
  const today = new Intl.DateTimeFormat('sv', { timeZone }).format(new Date());
  return startsOn <= today && today <= (endsOn ?? startsOn);
}
