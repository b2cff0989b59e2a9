import { z } from 'zod';
import type { ErrorCategory } from '../../../domain/error-categories.ts';

/** One thing that HubSpot says is wrong. */
export interface HubspotError {
  category: ErrorCategory;
  /** In plain words, for an administrator. */
  words: string;
  /** HubSpot's own code and words. */
  code: string;
  message: string;
  field: string | null;
  /** The records that it names; empty: all of the call. */
  traceIds: string[];
  /** Ids that it names: of the contact that exists already, say. */
  ids: string[];
}

type Row = readonly [ErrorCategory, string];

const badValue = 'HubSpot does not take a value.';

// Source: HubSpot "Error handling" and recorded answers, read 2026-11. The codes of properties first, the categories of calls last.
// biome-ignore format: a table
const rows: Record<string, Row> = {
  PROPERTY_DOESNT_EXIST:  ['MISSING_REMOTE_FIELD', 'The property does not exist in HubSpot.'],
  READ_ONLY_VALUE:        ['MISSING_REMOTE_FIELD', 'The property can not be written in HubSpot.'],
  READ_ONLY_PROPERTY:     ['MISSING_REMOTE_FIELD', 'The property can not be written in HubSpot.'],
  CALCULATED_PROPERTY:    ['MISSING_REMOTE_FIELD', 'HubSpot calculates the property: it can not be written.'],
  INVALID_OPTION:         ['DATA_VALUE_VALIDATION', 'The value is none of the options that the property has in HubSpot.'],
  INVALID_EMAIL:          ['DATA_VALUE_VALIDATION', 'HubSpot does not take the e-mail address.'],
  INVALID_INTEGER:        ['DATA_VALUE_VALIDATION', 'HubSpot expects a whole number.'],
  INVALID_LONG:           ['DATA_VALUE_VALIDATION', 'HubSpot expects a whole number.'],
  INVALID_NUMBER:         ['DATA_VALUE_VALIDATION', 'HubSpot expects a number.'],
  INVALID_DATE:           ['DATA_VALUE_VALIDATION', 'HubSpot expects a date.'],
  INVALID_BOOLEAN:        ['DATA_VALUE_VALIDATION', 'HubSpot expects true or false.'],
  INVALID_PHONE_NUMBER:   ['DATA_VALUE_VALIDATION', 'HubSpot does not take the phone number.'],
  VALUE_TOO_LONG:         ['DATA_VALUE_VALIDATION', 'The value is too long for HubSpot.'],
  REQUIRED_PROPERTY:      ['REQUIRED_REMOTE_FIELD', 'HubSpot requires a property that was not sent.'],
  REQUIRED_PROPERTY_MISSING: ['REQUIRED_REMOTE_FIELD', 'HubSpot requires a property that was not sent.'],
  MISSING_REQUIRED_PROPERTY: ['REQUIRED_REMOTE_FIELD', 'HubSpot requires a property that was not sent.'],
  DUPLICATE_IDS:          ['DUPLICATE', 'The same contact was twice in one call.'],
  CONFLICT:               ['DUPLICATE', 'Another contact in HubSpot has this value already.'],
  CONTACT_EXISTS:         ['DUPLICATE', 'Another contact in HubSpot has this value already.'],
  OBJECT_NOT_FOUND:       ['REMOTE_RECORD_GONE', 'The contact is not in HubSpot any more.'],
  VALIDATION_ERROR:       ['DATA_VALUE_VALIDATION', badValue],
  MALFORMED_JSON:         ['UNKNOWN', 'HubSpot could not read our call.'],
};

const context = z.record(z.string(), z.array(z.string()));
const detail = z.looseObject({
  message: z.string().optional(),
  code: z.string().optional(),
  error: z.string().optional(),
  name: z.string().optional(),
  category: z.string().optional(),
  subCategory: z.string().optional(),
  context: context.optional().catch(undefined),
});
const outer = detail.extend({ errors: z.array(z.unknown()).optional().catch(undefined) });
type Detail = z.output<typeof detail>;

/** Everything that a body says is wrong, most exact first. Every field of HubSpot's errors is optional, by its own advice. */
export function readErrors(body: unknown): HubspotError[] {
  const read = outer.safeParse(body).data;
  if (!read) return [];
  const inner = z.array(detail.nullable().catch(null)).parse(read.errors ?? []);
  const embedded = inner.length > 0 ? [] : embeddedIn(read.message ?? '');
  const details = [...inner, ...embedded].filter((entry): entry is Detail => entry !== null);
  if (details.length > 0)
    return details.map((entry) => errorOf({ ...entry, category: entry.category ?? read.category }));
  return read.category || read.message ? [errorOf(read)] : [];
}

/** Older answers carry the properties' errors as JSON within the message. */
function embeddedIn(message: string): Detail[] {
  const start = message.indexOf('[{');
  if (start < 0) return [];
  try {
    return z.array(detail).safeParse(JSON.parse(message.slice(start, message.lastIndexOf(']') + 1))).data ?? [];
  } catch {
    return [];
  }
}

function errorOf(entry: Detail): HubspotError {
  const message = entry.message ?? '';
  const code = codeOf(entry, message);
  const [category, words] =
    rows[code] ??
    (entry.category === 'VALIDATION_ERROR' ? byWords(message) : ['UNKNOWN', 'HubSpot refused the contact.']);
  const named = entry.context?.propertyName?.[0] ?? entry.context?.properties?.[0] ?? entry.name ?? null;
  return {
    category,
    words,
    code,
    message,
    field: named ?? /property "?([\w.]+)"?/i.exec(message)?.[1] ?? null,
    traceIds: entry.context?.objectWriteTraceId ?? [],
    ids:
      entry.context?.ids ??
      entry.context?.id ??
      [...message.matchAll(/Existing ID: (\d+)/g)].map((match) => match[1] ?? ''),
  };
}

function codeOf(entry: Detail, message: string): string {
  const exact = entry.code ?? entry.error;
  if (exact) return exact;
  if (/duplicate ids/i.test(message)) return 'DUPLICATE_IDS';
  if (/already exists/i.test(message)) return 'CONFLICT';
  if (/^invalid input json/i.test(message)) return 'MALFORMED_JSON';
  const sub = entry.subCategory?.split('.').at(-1);
  return sub && sub in rows ? sub : (entry.category ?? 'UNKNOWN');
}

/** A validation error without a code of its own. */
function byWords(message: string): Row {
  if (/does not exist/i.test(message)) return ['MISSING_REMOTE_FIELD', 'The property does not exist in HubSpot.'];
  if (/read.?only/i.test(message)) return ['MISSING_REMOTE_FIELD', 'The property can not be written in HubSpot.'];
  if (/required/i.test(message)) return ['REQUIRED_REMOTE_FIELD', 'HubSpot requires a property that was not sent.'];
  return ['DATA_VALUE_VALIDATION', badValue];
}
