import type { RemoteField } from '../../../domain/mapping.ts';

/** A value as Zoho wants it in JSON; null: it can't be made of this text. */
export type TypedValue = { json: unknown } | null;

/** What a text is in the JSON of a field; of one that is not described, the text itself. */
export function typedValue(field: RemoteField | undefined, text: string): TypedValue {
  const type = field?.type ?? 'text';
  switch (field?.jsonType) {
    case 'integer':
    case 'long':
      return /^\s*[+-]?\d+\s*$/.test(text) && Number.isSafeInteger(Number(text)) ? { json: Number(text) } : null;
    case 'double':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? { json: Number(text) } : null;
    case 'boolean':
      return booleanOf(text);
    case 'jsonarray':
      return {
        json: text
          .split(';')
          .map((part) => part.trim())
          .filter(Boolean),
      };
    case 'jsonobject': // lookups, and users
      return /^\s*\d+\s*$/.test(text) ? { json: { id: text.trim() } } : { json: text };
    default:
      return type === 'date' ? dateOf(text) : type === 'datetime' ? dateTimeOf(text) : { json: text };
  }
}

/** In words, what the field takes. */
export function expectationOf({ jsonType, type }: RemoteField): string {
  if (jsonType === 'boolean') return 'true or false';
  if (jsonType === 'integer' || jsonType === 'long') return 'a whole number';
  if (jsonType === 'double') return 'a number';
  return type === 'date' ? 'a date such as 2026-11-30' : 'an instant such as 2026-11-30T14:00:00Z';
}

function booleanOf(text: string): TypedValue {
  const word = text.trim().toLowerCase();
  if (['true', 'yes', '1', 'on'].includes(word)) return { json: true };
  return ['false', 'no', '0', 'off'].includes(word) ? { json: false } : null;
}

const iso = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(?:\.\d+)?\s*(Z|[+-]\d\d:?\d\d)?)?$/i;

/** The date where a day was written, whatever the time of the day. */
function dateOf(text: string): TypedValue {
  const [, day] = iso.exec(text.trim()) ?? [];
  return day !== undefined && isDay(day) ? { json: day } : null;
}

/** Zoho wants whole seconds and a numeric offset; without one the time is taken for UTC. */
function dateTimeOf(text: string): TypedValue {
  const [, day, time = '00:00', seconds = ':00', zone = 'Z'] = iso.exec(text.trim()) ?? [];
  if (day === undefined || !isDay(day) || !/^([01]\d|2[0-3]):[0-5]\d$/.test(time)) return null;
  const offset = zone.toUpperCase() === 'Z' ? '+00:00' : zone.replace(/^(...):?(..)$/, '$1:$2');
  return { json: `${day}T${time}${seconds}${offset}` };
}

/** The calendar has it: no 31st of November. */
const isDay = (day: string): boolean => {
  const at = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day);
};
