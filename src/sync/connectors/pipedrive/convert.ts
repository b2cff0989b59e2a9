import type { RemoteField } from '../../../domain/mapping.ts';
import { standardTypes } from './field-names.ts';

/** A value as Pipedrive wants it, or what was expected instead. */
export type Converted = { kind: 'value'; value: unknown } | { kind: 'refused'; expected: string };

const value = (of: unknown): Converted => ({ kind: 'value', value: of });
const refused = (expected: string): Converted => ({ kind: 'refused', expected });

/**
 * Makes of a text what the field takes: Pipedrive refuses a number or a truth value as text. A field that is not known takes text.
 * @param currency of amounts that name none; null: there is none
 */
export function convert(
  name: string,
  text: string,
  field: RemoteField | undefined,
  currency: string | null,
): Converted {
  const type = standardTypes[name] ?? field?.type ?? 'text';
  const convertType = conversions[type];
  return convertType ? convertType(text.trim(), field, currency) : value(text);
}

type Conversion = (text: string, field: RemoteField | undefined, currency: string | null) => Converted;

const whole: Conversion = (text) =>
  /^[+-]?\d{1,15}$/.test(text) ? value(Number(text)) : refused('a whole number, such as 42');

const range =
  (pattern: RegExp, complete: (part: string) => string, example: string): Conversion =>
  (text) => {
    const [from, until, ...more] = text.split(/\s*\/\s*|\s+-\s+|;/);
    return from && until && more.length === 0 && pattern.test(from) && pattern.test(until)
      ? value({ value: complete(from), until: complete(until) })
      : refused(`a range, such as ${example}`);
  };

const date = /^\d{4}-(0\d|1[0-2])-([0-2]\d|3[01])(T.*)?$/;
const time = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/;
const dayOf = (text: string) => text.slice(0, 10);
const withSeconds = (text: string) => (text.length === 5 ? `${text}:00` : text);

// Source: Pipedrive "Custom fields" and the description of persons in API v2, read 2026-11.
const conversions: Record<string, Conversion> = {
  int: whole,
  user: whole,
  org: whole,
  people: whole,
  double: (text) =>
    text !== '' && Number.isFinite(Number(text)) ? value(Number(text)) : refused('a number, such as 12.5'),
  boolean: (text) => {
    if (/^(true|yes|1)$/i.test(text)) return value(true);
    return /^(false|no|0)$/i.test(text) ? value(false) : refused('true or false');
  },
  enum: (text, field) => {
    const id = optionId(text, field);
    return id === null ? refused('one of the options of the field') : value(id);
  },
  set: (text, field) => {
    const ids = text.split(';').flatMap((part) => (part.trim() ? [optionId(part.trim(), field)] : []));
    return ids.length === 0 || ids.includes(null) ? refused('options of the field') : value([...new Set(ids)]);
  },
  monetary: (text, _field, currency) => {
    const [, before, amount, after] = /^([a-z]{3})?\s*([+-]?\d+(?:\.\d+)?)\s*([a-z]{3})?$/i.exec(text) ?? [];
    const of = (before ?? after)?.toUpperCase() ?? currency;
    return amount === undefined || of === null || (before && after)
      ? refused('an amount with its currency, such as 1200.50 EUR')
      : value({ value: Number(amount), currency: of });
  },
  date: (text) => (date.test(text) ? value(dayOf(text)) : refused('a date, such as 2026-11-23')),
  time: (text) => (time.test(text) ? value({ value: withSeconds(text) }) : refused('a time, such as 14:30')),
  daterange: range(date, dayOf, '2026-11-23/2026-11-26'),
  timerange: range(time, withSeconds, '09:00/17:30'),
  address: (text) => value({ value: text }),
  im: (text) => value([{ value: text, primary: true, label: 'other' }]),
};

/** By its label or its id; null: the field has no such option. Where options are not known, an id is taken as it is. */
function optionId(text: string, field: RemoteField | undefined): number | string | null {
  const { options, optionIds } = field ?? {};
  const isNumber = /^\d{1,15}$/.test(text);
  if (!options || !optionIds) return isNumber ? Number(text) : null;
  const place = options.includes(text) ? options.indexOf(text) : optionIds.indexOf(text);
  const id = optionIds[place] ?? null;
  return id !== null && /^\d{1,15}$/.test(id) ? Number(id) : id;
}
