import { GraphQLError } from 'graphql';
import { builder } from './builder.ts';

builder.scalarType('DateTime', {
  description:
    'An instant as RFC 3339, e.g. `2026-03-01T17:04:05.678Z`. Answers are in UTC with milliseconds; inputs may have any offset, and digits ' +
    'behind the milliseconds are dropped.',
  serialize: (value) => value.toISOString(),
  parseValue: parseInstant,
});

builder.scalarType('Date', {
  description: 'A day as `YYYY-MM-DD`, without time or time zone.',
  serialize: (value) => value,
  parseValue: parseDay,
});

builder.scalarType('JSON', {
  description: 'Any JSON value. Its shape is told where it is used and may grow: ignore what you do not know.',
  serialize: (value) => value,
});

builder.scalarType('Cursor', {
  description:
    "Opaque position in an integration's log of committed transitions, bound to that integration. Compare it only by handing it back; it can " +
    'expire (CURSOR_EXPIRED), when the log has been pruned or the database was restored.',
  serialize: (value) => value,
  parseValue: (value) => {
    if (typeof value !== 'string') throw new GraphQLError('Expected a cursor, as the API gave it.');
    return value;
  },
});

const rfc3339 = /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})$/;

/** Strict: JavaScript's own parser takes the 30th of February for a day in March. */
function parseInstant(value: unknown): Date {
  const refusal = new GraphQLError('Expected an instant as RFC 3339 with an offset, e.g. 2026-03-01T17:04:05.678Z.');
  const parts = typeof value === 'string' ? rfc3339.exec(value) : null;
  if (!parts) throw refusal;
  const [, day = '', hours = '', minutes = '', seconds = '', fraction = '', offset = ''] = parts;
  if (!isDay(day) || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) throw refusal;
  const instant = new Date(
    `${day}T${hours}:${minutes}:${seconds}.${fraction.padEnd(3, '0').slice(0, 3)}${offset.toUpperCase()}`,
  );
  const year = instant.getUTCFullYear();
  if (Number.isNaN(year) || year < 1 || year > 9999) throw refusal;
  return instant;
}

function parseDay(value: unknown): string {
  if (typeof value !== 'string' || !isDay(value))
    throw new GraphQLError('Expected a day of the calendar as YYYY-MM-DD.');
  return value;
}

/** Whether the text is a day that the calendar has, from year 1. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text.startsWith('0000')) return false;
  const midnight = new Date(`${text}T00:00:00.000Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(text);
}
