import { z } from 'zod';
import type { ErrorCategory } from '../../../domain/error-categories.ts';

/** Whom a refusal concerns: the record alone, every record that carries the field, or the call. */
type Stops = 'REC' | 'MAP' | 'BATCH';

/** One thing that a 4xx says is wrong. */
export interface Refusal {
  category: ErrorCategory;
  stops: Stops;
  /** In plain words, for an administrator. */
  words: string;
  /** Eloqua's own. */
  code: string;
  message: string;
}

type Row = readonly [RegExp, ErrorCategory, Stops, string];

// Source: Oracle "Validation errors" and "HTTP status codes", read 2026-11. The type of the requirement decides, then the words.
// biome-ignore format: a table
const rows: readonly Row[] = [
  [/^NotNull/,                           'REQUIRED_REMOTE_FIELD', 'REC', 'Eloqua requires a value that was not sent.'],
  [/^Email/,                             'DATA_VALUE_VALIDATION', 'REC', 'Eloqua does not take the e-mail address.'],
  [/^Date/,                              'DATA_VALUE_VALIDATION', 'REC', 'Eloqua expects a date.'],
  [/^Integer/,                           'DATA_VALUE_VALIDATION', 'REC', 'Eloqua expects a whole number.'],
  [/^Boolean/,                           'DATA_VALUE_VALIDATION', 'REC', 'Eloqua expects true or false.'],
  [/^Url/,                               'DATA_VALUE_VALIDATION', 'REC', 'Eloqua expects a web address.'],
  [/^ValidTextLength/,                   'DATA_VALUE_VALIDATION', 'REC', 'The value is too long or too short for Eloqua.'],
  [/^TextWithNoHtml/,                    'DATA_VALUE_VALIDATION', 'REC', 'Eloqua takes no HTML here.'],
  [/^TextWithNoUrl/,                     'DATA_VALUE_VALIDATION', 'REC', 'Eloqua takes no web address here.'],
  [/^Content/,                           'DATA_VALUE_VALIDATION', 'REC', 'Eloqua does not take a value.'],
  [/^(Uniqueness|NoDuplicates)/,         'DUPLICATE',             'REC', 'Another record in Eloqua has this value already.'],
  [/^(Relationship|Id)Requirement/,      'MISSING_REMOTE_FIELD',  'MAP', 'A field that is mapped does not exist in Eloqua.'],
  [/^Immutability/,                      'DATA_VALUE_VALIDATION', 'MAP', 'A field that is mapped can not be written in Eloqua.'],
];

// The same in words, where there is no such type.
// biome-ignore format: a table
const rowsOfWords: readonly Row[] = [
  [/missing reference|must reference/i,  'MISSING_REMOTE_FIELD',  'MAP', 'A field that is mapped does not exist in Eloqua.'],
  [/parsing error|serialization error/i, 'UNKNOWN',               'BATCH', 'Eloqua could not read our call.'],
  [/there was a conflict/i,              'DUPLICATE',             'REC', 'Another record in Eloqua has this value already.'],
];

const entry = z.looseObject({
  type: z.string().optional().catch(undefined),
  requirement: z
    .looseObject({ type: z.string().optional().catch(undefined) })
    .nullish()
    .catch(null),
  /** Of the bulk API's own form of it. */
  constraint: z.string().optional().catch(undefined),
  message: z.string().optional().catch(undefined),
});

/** What a refusal by HTTP status says, first what is known. One object, a list of them, the bulk API's `failures`, or words. */
export function readRefusals(body: unknown, text: string): Refusal[] {
  const failures = z.object({ failures: z.array(z.unknown()) }).safeParse(body).data?.failures;
  const entries = failures ?? (Array.isArray(body) ? body : [body]);
  const read = entries.flatMap((one) => {
    const parsed = entry.safeParse(one).data;
    const code = parsed && (parsed.requirement?.type ?? parsed.constraint ?? parsed.type ?? parsed.message);
    return code ? [refusalOf(code, JSON.stringify(one))] : [];
  });
  if (read.length === 0) return [refusalOf('', text)];
  return read.toSorted((a, b) => Number(a.category === 'UNKNOWN') - Number(b.category === 'UNKNOWN'));
}

function refusalOf(code: string, message: string): Refusal {
  const row = rows.find(([pattern]) => pattern.test(code)) ?? rowsOfWords.find(([pattern]) => pattern.test(message));
  const [, category, stops, words] = row ?? [null, 'UNKNOWN', 'BATCH', 'Eloqua refused the call.'];
  return { category, stops, words, code, message } as const;
}
