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
  MALFORMED_JSON:         ['UNKNOWN', 'HubSpot could not read our call.'],
};

const words = z.union([z.string(), z.number()]).transform(String);
const text = words.optional().catch(undefined);
/** The codes of properties and categories of calls that have a row. */
export const knownCodes: readonly string[] = Object.keys(rows);

const context = z.record(z.string(), z.union([z.array(words), words.transform((word) => [word])]));
const detail = z.looseObject({
  message: text,
  code: text,
  error: text,
  name: text,
  category: text,
  subCategory: text,
  context: context.optional().catch(undefined),
});
const list = z.array(z.unknown()).optional().catch(undefined);
const outer = detail.extend({ errors: list });
type Detail = z.output<typeof outer>;

/** Everything that a body says is wrong, most exact first. Every field of HubSpot's errors is optional, by its own advice. */
export function readErrors(body: unknown): HubspotError[] {
  const read = outer.safeParse(body).data;
  if (!read) return [];
  const details = detailsOf(read);
  if (details.length === 0) return read.category || read.message ? [errorOf(read)] : [];
  const existing = existingIdsIn(read.message ?? '');
  return details.map(errorOf).map((error) => (error.ids.length > 0 ? error : { ...error, ids: existing }));
}

/**
 * The innermost errors: those of `errors`, which have some of their own in a partial success, or those that older answers carry as JSON within
 * the message. Each keeps what is said around it: the category, and whom it concerns.
 */
function detailsOf(around: Detail): Detail[] {
  const listed = (around.errors ?? [])
    .map((entry) => outer.safeParse(entry).data)
    .filter((entry) => entry !== undefined);
  const inner: Detail[] = listed.length > 0 || isExact(around) ? listed : embeddedIn(around.message ?? '');
  return inner.flatMap((entry) => {
    const within = {
      ...entry,
      category: entry.category ?? around.category,
      context: { ...around.context, ...entry.context },
    };
    const deeper = detailsOf(within);
    return deeper.length > 0 ? deeper : [within];
  });
}

const isExact = ({ code, error }: Detail) => code !== undefined || error !== undefined;

function embeddedIn(message: string): Detail[] {
  const start = message.indexOf('[{');
  if (start < 0) return [];
  try {
    return z.array(outer).safeParse(JSON.parse(message.slice(start, message.lastIndexOf(']') + 1))).data ?? [];
  } catch {
    return [];
  }
}

function errorOf(entry: Detail): HubspotError {
  const message = entry.message ?? '';
  const code = codeOf(entry, message);
  const [category, words] =
    rows[code] ??
    ([entry.category, entry.code].includes('VALIDATION_ERROR')
      ? byWords(message)
      : ['UNKNOWN', 'HubSpot refused the contact.']);
  const named = entry.context?.propertyName?.[0] ?? entry.context?.properties?.[0] ?? entry.name ?? null;
  return {
    category,
    words,
    code,
    message,
    field: named ?? /property "?([\w.]+)"?/i.exec(message)?.[1] ?? null,
    traceIds: entry.context?.objectWriteTraceId ?? [],
    ids: entry.context?.ids ?? entry.context?.id ?? existingIdsIn(message),
  };
}

const existingIdsIn = (message: string): string[] =>
  [...message.matchAll(/Existing ID: (\d+)/g)].map((match) => match[1] ?? '');

function codeOf(entry: Detail, message: string): string {
  const exact = entry.code ?? entry.error;
  if (exact && exact !== 'VALIDATION_ERROR') return exact;
  if (/duplicate ids/i.test(message)) return 'DUPLICATE_IDS';
  if (/already exists/i.test(message)) return 'CONFLICT';
  if (/^invalid input json/i.test(message)) return 'MALFORMED_JSON';
  const sub = entry.subCategory?.split('.').at(-1);
  return sub && sub in rows ? sub : (entry.category ?? exact ?? 'UNKNOWN');
}

/** A validation error without a code of its own. */
function byWords(message: string): Row {
  if (/does not exist/i.test(message)) return ['MISSING_REMOTE_FIELD', 'The property does not exist in HubSpot.'];
  if (/read.?only/i.test(message)) return ['MISSING_REMOTE_FIELD', 'The property can not be written in HubSpot.'];
  if (/required/i.test(message)) return ['REQUIRED_REMOTE_FIELD', 'HubSpot requires a property that was not sent.'];
  return ['DATA_VALUE_VALIDATION', badValue];
}
