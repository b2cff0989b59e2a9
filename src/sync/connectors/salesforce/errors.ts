import { z } from 'zod';
import type { ErrorCategory } from '../../../domain/error-categories.ts';

/**
 * What a code asks for.
 *   SIGN_IN  a new access token, once            HOLD     the account may not: everything stops until somebody connects again
 *   WAIT     fewer calls for a while             QUOTA    used up; it comes back little by little
 *   OUTAGE   Salesforce as a whole is in trouble TIMEOUT  it took too long
 *   LOCKED   somebody else writes it just now    HALTED   not its own fault: others of the call
 *   DENIED   of a call like HOLD; of a record, a person has to mend something
 *   GONE     not there any more: match it anew   CONVERTED the lead has become a contact
 *   DUPLICATE  another record is in the way      REFUSE   a person has to mend something
 *   DEFECT   our call is not as it should be
 */
export type Step =
  | 'SIGN_IN'
  | 'HOLD'
  | 'WAIT'
  | 'QUOTA'
  | 'OUTAGE'
  | 'TIMEOUT'
  | 'LOCKED'
  | 'HALTED'
  | 'DENIED'
  | 'GONE'
  | 'CONVERTED'
  | 'DUPLICATE'
  | 'REFUSE'
  | 'DEFECT';

/** One thing that Salesforce says is wrong. */
export interface SalesforceError {
  step: Step;
  category: ErrorCategory;
  /** In plain words, for an administrator. */
  words: string;
  /** Salesforce's own. */
  code: string;
  message: string;
  /** The fields that it names. */
  fields: string[];
  /** Of records that are in the way. */
  ids: string[];
}

type Row = readonly [Step, ErrorCategory, string];

const tooMany = 'Salesforce executes too many long calls at once.';
const locked = 'The record was locked by somebody else.';

// Source: Salesforce REST API "Status Codes and Error Responses" and answers that public connectors recorded, read 2026-11. The names are the same
// for calls (errorCode) and for records (statusCode).
// biome-ignore format: a table
const rows: Record<string, Row> = {
  INVALID_SESSION_ID:      ['SIGN_IN', 'AUTHENTICATION', 'Salesforce does not accept our sign-in any more: connect again.'],
  INVALID_AUTH_HEADER:     ['SIGN_IN', 'AUTHENTICATION', 'Salesforce does not accept our sign-in any more: connect again.'],
  API_DISABLED_FOR_ORG:    ['HOLD', 'CONNECTION_PERMISSION', 'The API is not enabled for the org or for the user: the edition and the permission "API Enabled" decide.'],
  API_CURRENTLY_DISABLED:  ['HOLD', 'CONNECTION_PERMISSION', 'The API of the org is switched off at present.'],
  FUNCTIONALITY_NOT_ENABLED: ['HOLD', 'CONNECTION_PERMISSION', 'The org does not have what the call needs.'],
  INVALID_LOGIN:           ['HOLD', 'CONNECTION_PERMISSION', 'The user may not sign in.'],
  PASSWORD_LOCKOUT:        ['HOLD', 'CONNECTION_PERMISSION', 'The user is locked out of Salesforce.'],
  INSUFFICIENT_ACCESS:     ['DENIED', 'CONNECTION_PERMISSION', 'The user may not do this. It needs to create and edit leads.'],
  INSUFFICIENT_ACCESS_OR_READONLY: ['DENIED', 'CONNECTION_PERMISSION', 'The user may not write this. It needs to create and edit leads, and for campaigns the permission "Marketing User".'],
  INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY: ['REFUSE', 'CONNECTION_PERMISSION', 'The user may not use a record that this one refers to.'],
  CANNOT_EXECUTE_FLOW_TRIGGER: ['REFUSE', 'CONNECTION_PERMISSION', 'A flow of the org could not run, mostly for want of a permission of the user.'],
  SERVER_UNAVAILABLE:      ['OUTAGE', 'VENDOR_UNAVAILABLE', 'Salesforce is not available.'],
  UNKNOWN_EXCEPTION:       ['OUTAGE', 'VENDOR_UNAVAILABLE', 'Salesforce had an internal error.'],
  QUERY_TIMEOUT:           ['TIMEOUT', 'TIMEOUT', 'Salesforce gave up because a query took too long.'],
  REQUEST_RUNNING_TOO_LONG: ['TIMEOUT', 'TIMEOUT', 'Salesforce gave up because the call took too long.'],
  UNABLE_TO_LOCK_ROW:      ['LOCKED', 'VENDOR_UNAVAILABLE', locked],
  REQUIRED_FIELD_MISSING:  ['REFUSE', 'REQUIRED_REMOTE_FIELD', 'Salesforce requires a field that was not sent.'],
  MISSING_ARGUMENT:        ['REFUSE', 'REQUIRED_REMOTE_FIELD', 'Salesforce misses something in our call.'],
  INVALID_FIELD:           ['REFUSE', 'MISSING_REMOTE_FIELD', 'The field does not exist in Salesforce, or the user may not see it.'],
  INVALID_FIELD_FOR_INSERT_UPDATE: ['REFUSE', 'MISSING_REMOTE_FIELD', 'The field can not be written in Salesforce, or the user may not write it.'],
  INVALID_TYPE:            ['REFUSE', 'MISSING_REMOTE_FIELD', 'The object does not exist in Salesforce, or the user may not see it.'],
  FIELD_CUSTOM_VALIDATION_EXCEPTION: ['REFUSE', 'DATA_VALUE_VALIDATION', 'A validation rule of the org refuses the record.'],
  STRING_TOO_LONG:         ['REFUSE', 'DATA_VALUE_VALIDATION', 'The value is too long for Salesforce.'],
  INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST: ['REFUSE', 'DATA_VALUE_VALIDATION', 'The value is none of the options that the field has in Salesforce.'],
  INVALID_EMAIL_ADDRESS:   ['REFUSE', 'DATA_VALUE_VALIDATION', 'Salesforce does not take the e-mail address.'],
  NUMBER_OUTSIDE_VALID_RANGE: ['REFUSE', 'DATA_VALUE_VALIDATION', 'The number is too large or too small for Salesforce.'],
  INVALID_CROSS_REFERENCE_KEY: ['REFUSE', 'DATA_VALUE_VALIDATION', 'The record refers to one that Salesforce does not have.'],
  MALFORMED_ID:            ['REFUSE', 'DATA_VALUE_VALIDATION', 'Salesforce expects an id, and the value is none.'],
  JSON_PARSER_ERROR:       ['REFUSE', 'DATA_VALUE_VALIDATION', 'A value is not of the type that Salesforce expects.'],
  FIELD_INTEGRITY_EXCEPTION: ['REFUSE', 'DATA_VALUE_VALIDATION', 'Values of the record do not go together in Salesforce.'],
  FIELD_FILTER_VALIDATION_EXCEPTION: ['REFUSE', 'DATA_VALUE_VALIDATION', 'A lookup filter of the org refuses a value.'],
  CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY: ['REFUSE', 'DATA_VALUE_VALIDATION', 'A trigger or flow of the org refuses the record.'],
  APEX_ERROR:              ['REFUSE', 'DATA_VALUE_VALIDATION', 'A trigger of the org refuses the record.'],
  DUPLICATES_DETECTED:     ['DUPLICATE', 'DUPLICATE', 'A duplicate rule of the org found records like this one.'],
  DUPLICATE_VALUE:         ['DUPLICATE', 'DUPLICATE', 'Another record in Salesforce has this value, which must be unique.'],
  DUPLICATE_EXTERNAL_ID:   ['DUPLICATE', 'DUPLICATE', 'Several records in Salesforce have this external id.'],
  ENTITY_IS_DELETED:       ['GONE', 'REMOTE_RECORD_GONE', 'The record was deleted in Salesforce.'],
  NOT_FOUND:               ['GONE', 'REMOTE_RECORD_GONE', 'The record is not in Salesforce any more.'],
  CANNOT_UPDATE_CONVERTED_LEAD: ['CONVERTED', 'REMOTE_RECORD_GONE', 'The lead was converted in Salesforce, and no single contact has its e-mail address.'],
  STORAGE_LIMIT_EXCEEDED:  ['QUOTA', 'QUOTA_EXCEEDED', 'The storage of the org is full.'],
  ALL_OR_NONE_OPERATION_ROLLED_BACK: ['HALTED', 'VENDOR_UNAVAILABLE', 'Salesforce took the record back because of others.'],
  PROCESSING_HALTED:       ['HALTED', 'VENDOR_UNAVAILABLE', 'Salesforce did not come to the record because of others.'],
  MALFORMED_QUERY:         ['DEFECT', 'UNKNOWN', 'Salesforce could not read our query.'],
  UNSUPPORTED_API_VERSION: ['DEFECT', 'UNKNOWN', 'Salesforce does not support the API version of our call.'],
};

/** All that have a row, for docs/errors.md to be held against. */
export const knownCodes: readonly string[] = Object.keys(rows);

const unknown: Row = ['REFUSE', 'UNKNOWN', 'Salesforce refused the record.'];

/** Codes that mean several things, which their words tell apart. */
function rowOf(code: string, message: string): Row {
  if (code === 'REQUEST_LIMIT_EXCEEDED') {
    return /total/i.test(message)
      ? [
          'QUOTA',
          'QUOTA_EXCEEDED',
          'The API calls that the org has for 24 hours are used up. They come back little by little.',
        ]
      : ['WAIT', 'RATE_LIMITED', tooMany];
  }
  const isOfCode = /^(CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY|CANNOT_EXECUTE_FLOW_TRIGGER|APEX_ERROR)$/.test(code);
  if (isOfCode && /UNABLE_TO_LOCK_ROW|Too many SOQL queries/i.test(message)) {
    return ['LOCKED', 'VENDOR_UNAVAILABLE', locked];
  }
  if (code.startsWith('TXN_SECURITY')) {
    return ['HOLD', 'CONNECTION_PERMISSION', 'A transaction security policy of the org forbids the call.'];
  }
  return rows[code] ?? unknown;
}

const text = z.string().catch('');
const matchRecord = z.object({ record: z.object({ Id: z.string() }) });
const detail = z.looseObject({
  errorCode: z.string().optional().catch(undefined),
  statusCode: z.string().optional().catch(undefined),
  message: text,
  fields: z.array(z.string()).catch([]),
  duplicateResult: z
    .object({ matchResults: z.array(z.object({ matchRecords: z.array(matchRecord).catch([]) })).catch([]) })
    .optional()
    .catch(undefined),
});

/** Everything that a list of errors says, of a call or of a record; empty: it is none. */
export function readErrors(list: unknown): SalesforceError[] {
  const entries = z.array(z.unknown()).safeParse(list).data ?? [list];
  return entries.flatMap((entry) => {
    const read = detail.safeParse(entry).data;
    const code = read?.errorCode ?? read?.statusCode;
    return read && code ? [errorOf(code, read)] : [];
  });
}

function errorOf(code: string, { message, fields, duplicateResult }: z.output<typeof detail>): SalesforceError {
  const [step, category, words] = rowOf(code, message);
  const matches = duplicateResult?.matchResults.flatMap(({ matchRecords }) => matchRecords) ?? [];
  const named = category === 'DUPLICATE' ? [...message.matchAll(/\b(00Q|003)\w{12}(\w{3})?\b/g)].map(([id]) => id) : [];
  return {
    step,
    category,
    words,
    code,
    message,
    fields: fields.length > 0 ? fields : fieldsIn(message),
    ids: [...new Set([...matches.map(({ record }) => record.Id), ...named])],
  };
}

/** Salesforce names fields by their labels in some words, which help nobody here, and by their API names in these. */
function fieldsIn(message: string): string[] {
  const list =
    /No such column '(\w+)'/i.exec(message)?.[1] ??
    /Unable to create\/update fields: ([\w, ]+)\./i.exec(message)?.[1] ??
    /Required fields are missing: \[([\w, ]+)\]/i.exec(message)?.[1] ??
    /^(\w+): (?:data value too large|bad value for restricted picklist|invalid email address)/i.exec(message)?.[1];
  return list?.split(/,\s*/) ?? [];
}

/** The one that decides, where several are told: what is everybody's before what is the record's own. */
export function gravest(errors: readonly SalesforceError[]): SalesforceError | null {
  const everybodys: readonly Step[] = ['SIGN_IN', 'HOLD', 'QUOTA', 'WAIT'];
  return (
    errors.find(({ step }) => everybodys.includes(step)) ??
    errors.find(({ category }) => category !== 'UNKNOWN') ??
    errors[0] ??
    null
  );
}
