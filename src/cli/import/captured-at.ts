/**
 * Reads an instant: RFC 3339, or the same with a space, without seconds, without a time of day. Without an offset it is UTC: whose
 * local time it would be is not known. Null for anything else; day/month/year is left alone because it reads two ways.
 */
export function parseCapturedAt(text: string): Date | null {
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?\s*(Z|[+-]\d\d:?\d\d)?)?$/i.exec(
    text.trim(),
  );
  if (!match) return null;
  const [, day = '', minutes = '00:00', seconds = '00', fraction = '', offset = 'Z'] = match;
  if (!isCalendarDay(day)) return null;
  const milliseconds = fraction.padEnd(3, '0').slice(0, 3);
  const zone = offset.toUpperCase().replace(/^([+-]\d\d)(\d\d)$/, '$1:$2');
  const instant = new Date(`${day}T${minutes}:${seconds}.${milliseconds}${zone}`);
  return Number.isNaN(instant.getTime()) ? null : instant;
}

/** Date would read February 30 as March 2. */
function isCalendarDay(day: string): boolean {
  const instant = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(day);
}
