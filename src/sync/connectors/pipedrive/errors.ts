import { z } from 'zod';
import type { ErrorCategory } from '../../../domain/error-categories.ts';
import { nameOfField } from './field-names.ts';

/** What a refusal of Pipedrive means. */
export type Meaning =
  /** About this record, or about something in it. */
  | 'RECORD'
  /** The person is not there (any more). */
  | 'GONE'
  /** Everything stops until somebody does something about it. */
  | 'HOLD'
  /** A limit of the plan. */
  | 'CAPPED'
  /** Cloudflare's answer to those who don't heed 429. */
  | 'BLOCKED'
  | 'LIMIT'
  /** What became of the call is not known. */
  | 'UNAVAILABLE';

type Row = readonly [Meaning, ErrorCategory, string];

const notTaken: Row = ['RECORD', 'DATA_VALUE_VALIDATION', 'Pipedrive does not take a value.'];
const noSuchCall: Row = ['RECORD', 'UNKNOWN', 'Pipedrive does not know this call.'];
const down: Row = ['UNAVAILABLE', 'VENDOR_UNAVAILABLE', 'Pipedrive is out of order.'];
const isGone: Row = ['GONE', 'REMOTE_RECORD_GONE', 'The person is not in Pipedrive any more.'];
const tooLarge: Row = ['RECORD', 'DATA_VALUE_VALIDATION', 'The call is too large for Pipedrive.'];

// Source: Pipedrive "HTTP status codes" and "Rate limiting", read 2026-11. 401 is answered by a new token, or by connecting again.
// biome-ignore format: a table
const rows: Record<number, Row> = {
  400: notTaken,
  402: ['HOLD',        'CONNECTION_PERMISSION', 'The Pipedrive account is not paid for.'],
  403: ['HOLD',        'CONNECTION_PERMISSION', 'The app or the user may not do this in Pipedrive: it needs the scope contacts:full, and access to persons.'],
  404: isGone,
  405: noSuchCall,
  408: ['UNAVAILABLE', 'TIMEOUT',               'Pipedrive gave up on the call.'],
  409: ['RECORD',      'DUPLICATE',             'Another person in Pipedrive is in the way.'],
  410: isGone,
  413: tooLarge,
  414: tooLarge,
  415: noSuchCall,
  422: notTaken,
  429: ['LIMIT',       'RATE_LIMITED',          'Pipedrive asked for fewer calls.'],
  500: down,
  501: noSuchCall,
  502: down,
  503: down,
  504: down,
};

const capped: Row = ['CAPPED', 'QUOTA_EXCEEDED', 'The Pipedrive plan has reached one of its limits.'];
const blocked: Row = ['BLOCKED', 'RATE_LIMITED', 'Pipedrive blocks our calls for a while, as there were too many.'];
const noContactSync: Row = [
  'RECORD',
  'CONNECTION_PERMISSION',
  'Pipedrive has this field only with Contact Sync, which the account does not use.',
];
const required: Row = ['RECORD', 'REQUIRED_REMOTE_FIELD', 'Pipedrive requires a field that was not sent.'];
const unknownField: Row = ['RECORD', 'MISSING_REMOTE_FIELD', 'The field does not exist in Pipedrive.'];
const redirected: Row = ['UNAVAILABLE', 'VENDOR_UNAVAILABLE', 'Pipedrive redirects, which is not followed.'];
const webPage: Row = ['UNAVAILABLE', 'VENDOR_UNAVAILABLE', 'Pipedrive answered with a web page.'];
const said: Row = ['RECORD', 'UNKNOWN', 'Pipedrive said that it did not succeed.'];
const other: Row = ['RECORD', 'UNKNOWN', 'Pipedrive refused the call.'];

/** One thing that Pipedrive says is wrong. */
export interface PipedriveError {
  meaning: Meaning;
  category: ErrorCategory;
  /** In plain words, for an administrator. */
  words: string;
  /** Pipedrive's own code and words. */
  code: string;
  message: string;
  /** As mappings name it. */
  field: string | null;
}

export interface Answer {
  status: number;
  text: string;
  body: unknown;
  headers: Record<string, string>;
}

const text = z.string().optional().catch(undefined);
const refusal = z.object({
  success: z.unknown().optional(),
  error: z
    .union([z.string(), z.looseObject({ message: text }).transform(({ message }) => message)])
    .optional()
    .catch(undefined),
  error_info: text,
  message: text,
  code: z.union([z.string(), z.number()]).transform(String).optional().catch(undefined),
  field_code: text,
  field: text,
});

/** Null: the call succeeded. `sent`: names of the fields that were sent, to find in Pipedrive's words. */
export function readError(answer: Answer, sent: readonly string[]): PipedriveError | null {
  const body = refusal.safeParse(answer.body).data;
  const message = [body?.error ?? body?.message, body?.error_info].filter(Boolean).join(' ') || answer.text;
  const named = body?.field_code ?? body?.field;
  const field = (named && nameOfField(named)) || fieldIn(message, sent);
  const row = rowOf(answer, body, message, field);
  if (!row) return null;
  const [meaning, category, words] = row;
  return { meaning, category, words, code: body?.code ?? String(answer.status), message, field };
}

function rowOf(
  { status, headers, text: all }: Answer,
  body: z.output<typeof refusal> | undefined,
  message: string,
  field: string | null,
): Row | null {
  const isPage = /html/i.test(headers['content-type'] ?? '') || /^\s*<(!|html)/i.test(all);
  if (status === 403) {
    if (isPage) return blocked;
    if (body?.code?.startsWith('feature_capping')) return capped;
    return field !== null && contactSyncFields.has(field) && !/scope/i.test(message)
      ? noContactSync
      : (rows[403] ?? other);
  }
  if (status === 400 || status === 422) {
    if (/required|is missing|(must|can) ?not be (blank|empty)/i.test(message)) return required;
    return saysUnknown.test(message) ? unknownField : notTaken;
  }
  if (status < 300) {
    if (isPage) return webPage;
    return body?.success === false || body?.success === 'false' ? said : null;
  }
  if (status < 400) return redirected;
  return rows[status] ?? (status >= 500 ? down : isPage ? webPage : other);
}

const saysUnknown =
  /\b(unknown|unrecogni[sz]ed|unexpected|no such|non-?existent)\b.*\b(field|parameter|property|key)|\b(field|parameter|property|key)\b.*\b(does not|doesn't) exist|\b(field|parameter|property|key)\b.*\bnot (found|known|allowed)|\bis not allowed\b|\bunknown field\b/i;

/** Fields that Pipedrive has only where Contact Sync was set up. */
const contactSyncFields: ReadonlySet<string> = new Set(['job_title', 'notes', 'im', 'birthday', 'postal_address']);

/** The first of the fields that the words speak of, longest name first: `name` is part of `first_name`. */
function fieldIn(message: string, sent: readonly string[]): string | null {
  const key = /\b[0-9a-f]{40}\b/.exec(message)?.[0];
  if (key) return key;
  const known = [...new Set([...sent, 'name', 'emails', 'phones'])].sort((one, next) => next.length - one.length);
  for (const name of known) {
    const word = new RegExp(`(?<![\\w.])${name.replace(/\W/g, '.')}(?!\\w)`, 'i');
    if (word.test(message)) return name;
  }
  const alias = /(?<![\w.])(email|phone|label|owner)(?![\w])/i.exec(message)?.[1];
  return alias ? nameOfField(alias.toLowerCase()) : null;
}
