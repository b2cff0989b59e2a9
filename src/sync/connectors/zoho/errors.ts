import { z } from 'zod';
import type { ErrorCategory } from '../../../domain/error-categories.ts';

/**
 * What follows. `renew`: a new token. `hold`: nothing may go on; `holdAll`: that, unless it is said of one record among others. `rate`, `quota`,
 * `outage`: the account or Zoho itself. `conflict`: once more, later. `gone`: there is no such record. `module`: every record of the mapping is
 * concerned. `record`: a person must act.
 */
type Consequence =
  | 'renew'
  | 'hold'
  | 'holdAll'
  | 'rate'
  | 'quota'
  | 'outage'
  | 'conflict'
  | 'gone'
  | 'duplicate'
  | 'module'
  | 'record';

type Row = readonly [ErrorCategory, Consequence, string];

// Source: Zoho CRM v8 "Status codes", the record and related-record specifications of zoho/crm-oas, and recorded answers; read 2026-11.
// biome-ignore format: a table
const rows: Record<string, Row> = {
  INVALID_TOKEN:           ['AUTHENTICATION', 'renew', 'Zoho does not take the access token.'],
  INVALID_OAUTHTOKEN:      ['AUTHENTICATION', 'renew', 'Zoho does not take the access token.'],
  AUTHENTICATION_FAILURE:  ['AUTHENTICATION', 'renew', 'Zoho does not take the access token.'],
  OAUTH_SCOPE_MISMATCH:    ['CONNECTION_PERMISSION', 'hold', 'The sign-in to Zoho lacks a scope: connect again with all of them.'],
  NO_PERMISSION:           ['CONNECTION_PERMISSION', 'holdAll', 'The Zoho user may not do this.'],
  AUTHORIZATION_FAILED:    ['CONNECTION_PERMISSION', 'holdAll', 'The Zoho user may not do this.'],
  NOT_APPROVED:            ['CONNECTION_PERMISSION', 'record', 'The lead waits for an approval in Zoho, and can not be changed before.'],
  FEATURE_NOT_SUPPORTED:   ['CONNECTION_PERMISSION', 'record', 'The edition of Zoho CRM does not have this.'],
  TERRITORY_NOT_ENABLED:   ['CONNECTION_PERMISSION', 'record', 'Territories are not enabled in Zoho CRM.'],
  NOT_SUPPORTED:           ['CONNECTION_PERMISSION', 'record', 'Zoho CRM does not support this.'],
  NOT_ALLOWED:             ['CONNECTION_PERMISSION', 'record', 'Zoho CRM does not allow this.'],
  TOO_MANY_REQUESTS:       ['RATE_LIMITED', 'rate', 'Zoho asked for fewer calls.'],
  STORAGE_SPACE_EXCEEDED:  ['QUOTA_EXCEEDED', 'quota', 'The storage of the Zoho organization is used up.'],
  LIMIT_REACHED:           ['QUOTA_EXCEEDED', 'quota', 'A limit of the Zoho organization is reached.'],
  MANDATORY_NOT_FOUND:     ['REQUIRED_REMOTE_FIELD', 'record', 'Zoho requires a field that was not sent.'],
  REQUIRED_PARAM_MISSING:  ['REQUIRED_REMOTE_FIELD', 'record', 'Zoho requires a field that was not sent.'],
  EXPECTED_FIELD_MISSING:  ['REQUIRED_REMOTE_FIELD', 'record', 'Zoho requires a field that was not sent.'],
  DEPENDENT_FIELD_MISSING: ['REQUIRED_REMOTE_FIELD', 'record', 'Zoho requires a field because of another that was sent.'],
  INVALID_DATA:            ['DATA_VALUE_VALIDATION', 'record', 'Zoho does not take a value.'],
  PATTERN_NOT_MATCHED:     ['DATA_VALUE_VALIDATION', 'record', 'Zoho expects another format.'],
  MAPPING_MISMATCH:        ['DATA_VALUE_VALIDATION', 'record', 'The value does not go with another picklist of the lead in Zoho.'],
  DEPENDENT_MISMATCH:      ['DATA_VALUE_VALIDATION', 'record', 'The value does not go with another field of the lead in Zoho.'],
  DATA_MISMATCH:           ['DATA_VALUE_VALIDATION', 'record', 'The value does not go with another field of the lead in Zoho.'],
  MULTIPLE_OR_MULTI_ERRORS: ['DATA_VALUE_VALIDATION', 'record', 'Zoho does not take several values.'],
  RECORD_LOCKED:           ['DATA_VALUE_VALIDATION', 'record', 'The lead is locked in Zoho.'],
  RECORD_IN_BLUEPRINT:     ['DATA_VALUE_VALIDATION', 'record', 'A blueprint holds the lead in Zoho.'],
  DUPLICATE_DATA:          ['DUPLICATE', 'duplicate', 'Another record in Zoho has this value already.'],
  INVALID_MODULE:          ['MISSING_REMOTE_FIELD', 'module', 'Zoho does not know the module, or the user may not see it.'],
  NOT_FOUND:               ['REMOTE_RECORD_GONE', 'gone', 'The lead is not in Zoho any more.'],
  NO_RECORDS_FOUND:        ['REMOTE_RECORD_GONE', 'gone', 'The lead is not in Zoho any more.'],
  CONVERTED_RECORD:        ['REMOTE_RECORD_GONE', 'gone', 'The lead was converted in Zoho.'],
  ID_ALREADY_CONVERTED:    ['REMOTE_RECORD_GONE', 'gone', 'The lead was converted in Zoho.'],
  ALREADY_MODIFIED:        ['VENDOR_UNAVAILABLE', 'conflict', 'Somebody changed the lead in Zoho in the same moment.'],
  RECORD_MODIFIED:         ['VENDOR_UNAVAILABLE', 'conflict', 'Somebody changed the lead in Zoho in the same moment.'],
  INTERNAL_ERROR:          ['VENDOR_UNAVAILABLE', 'outage', 'Zoho is out of order.'],
  DEPENDENT_SERVICE_ERROR: ['VENDOR_UNAVAILABLE', 'outage', 'A service that Zoho CRM needs is out of order.'],
  LIMIT_EXCEEDED:          ['UNKNOWN', 'record', 'The call has more records than Zoho takes.'],
  INVALID_URL_PATTERN:     ['UNKNOWN', 'record', 'Zoho does not know the address of the call.'],
  INVALID_REQUEST_METHOD:  ['UNKNOWN', 'record', 'Zoho does not know the method of the call.'],
};

const unknown: Row = ['UNKNOWN', 'record', 'Zoho refused the lead.'];
const idGone: Row = ['REMOTE_RECORD_GONE', 'gone', 'The lead is not in Zoho any more.'];

/** One thing that Zoho says is wrong. */
export interface ZohoError {
  category: ErrorCategory;
  consequence: Consequence;
  /** In plain words, for an administrator. */
  words: string;
  /** Zoho's own code and words. */
  code: string;
  message: string;
  /** As Zoho names it. */
  field: string | null;
  /** The place in the call's `data`; null: it does not say. */
  index: number | null;
  /** It names a field, a record or a place in `data`: what it says is about that. */
  isLocated: boolean;
  /** Of the lead that has the value already, where it names one. */
  otherId: string | null;
  /** Which part of the address it is about, counted from the module; null: none. */
  pathIndex: number | null;
}

const id = z.union([z.number(), z.string()]).transform(String);
const place = z.object({
  api_name: z.string().optional().catch(undefined),
  json_path: z.string().optional().catch(undefined),
});
const detailsOf = place.extend({
  id: id.optional().catch(undefined),
  duplicate_record: z
    .object({ id, module: z.object({ api_name: z.string() }).optional().catch(undefined) })
    .optional()
    .catch(undefined),
  expected_data_type: z.string().optional().catch(undefined),
  maximum_length: z.number().optional().catch(undefined),
  expected_fields: z.array(place).optional().catch(undefined),
  resource_path_index: z.coerce.number().optional().catch(undefined),
  errors: z.array(z.unknown()).optional().catch(undefined),
});
const errorOf = z.object({
  code: z.union([z.string(), z.number()]).transform(String),
  message: z.string().optional().catch(undefined),
  status: z.string().optional().catch(undefined),
  details: detailsOf.optional().catch(undefined),
});
type Details = z.output<typeof detailsOf>;

/** What an object of Zoho's says is wrong; null: it is no error. */
export function readError(raw: unknown): ZohoError | null {
  const read = errorOf.safeParse(raw).data;
  if (!read || read.code === 'SUCCESS' || read.status === 'success') return null;
  const details: Details = read.details ?? {};
  const nested = (details.errors ?? []).flatMap((one) => readError(one) ?? []);
  return nested.length > 0 ? ofSeveral(read.code, nested) : ofOne(read.code, read.message ?? '', details);
}

function ofOne(code: string, message: string, details: Details): ZohoError {
  const named = details.expected_fields?.[0] ?? details;
  const path = named.json_path ?? details.json_path ?? '';
  const field = named.api_name ?? /\.(\w+)$/.exec(path)?.[1] ?? null;
  const index = /^\$\.data\[(\d+)\]/.exec(path)?.[1];
  const namesId = details.id !== undefined || /\bid given\b/i.test(message);
  const isOfId = code === 'INVALID_DATA' && (field === 'id' || (field === null && namesId));
  const [category, consequence, words] = isOfId ? idGone : rowOf(code, message);
  const other = details.duplicate_record;
  const isLead = !other?.module || other.module.api_name === 'Leads';
  return {
    category,
    consequence,
    words: exactly(words, details),
    code,
    message,
    field: field === 'id' ? null : field,
    index: index === undefined ? null : Number(index),
    isLocated: field !== null || index !== undefined || details.id !== undefined,
    otherId: consequence === 'duplicate' && isLead ? (other?.id ?? details.id ?? null) : null,
    pathIndex: details.resource_path_index ?? null,
  };
}

function rowOf(code: string, message: string): Row {
  const exact = Object.hasOwn(rows, code) ? rows[code] : undefined;
  return (/record count exceeded/i.test(message) ? rows.LIMIT_EXCEEDED : exact) ?? unknown;
}

function exactly(words: string, { expected_data_type: type, maximum_length: length }: Details): string {
  if (type !== undefined) return `${words} It expects: ${type}.`;
  return length === undefined ? words : `${words} It takes at most ${length} characters.`;
}

/** All the same: that; otherwise what several values amount to. */
function ofSeveral(code: string, nested: readonly ZohoError[]): ZohoError {
  const [first] = nested as [ZohoError, ...ZohoError[]];
  const isOneKind = nested.every(({ category }) => category === first.category);
  const isOneOther = nested.every(({ otherId }) => otherId === first.otherId);
  const [category, consequence, words] = isOneKind
    ? ([first.category, first.consequence, first.words] as const)
    : rowOf(code, '');
  const said = nested.map((one) => `${[one.code, one.field].filter(Boolean).join(' ')}: ${one.message}`);
  return {
    ...first,
    category,
    consequence,
    words,
    code,
    message: said.join('; '),
    otherId: isOneKind && isOneOther ? first.otherId : null,
  };
}

const dataOf = z.object({ data: z.array(z.unknown()) });

/** The rows of an answer; null: it has none. */
export const rowsOf = (body: unknown): unknown[] | null => dataOf.safeParse(body).data?.data ?? null;

/**
 * What is wrong with the call as a whole; null: nothing. Zoho says it in the place of rows, in the place of one row for all of them, or in
 * every row alike without a word of any record.
 */
export function callErrorOf(body: unknown): ZohoError | null {
  const data = rowsOf(body);
  if (!data) return readError(body);
  const errors = data.map(readError);
  const [first] = errors;
  if (!first || errors.some((error) => error?.code !== first.code || error.isLocated)) return null;
  return first;
}
