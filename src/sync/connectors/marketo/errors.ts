import type { ErrorCategory } from '../../../domain/error-categories.ts';

/**
 * What a code asks for.
 *   REFRESH  a new access token, once          HOLD     the account may not: everything stops until somebody connects again
 *   WAIT     slow down for `waitMs`            QUOTA    used up until midnight in US Central time
 *   OUTAGE   Marketo as a whole is in trouble  AGAIN    try this again later
 *   REFUSE   a person has to mend something    DONE     it is as we want it already
 */
export type Step = 'REFRESH' | 'HOLD' | 'WAIT' | 'QUOTA' | 'OUTAGE' | 'AGAIN' | 'REFUSE' | 'DONE';

export interface Rule {
  category: ErrorCategory;
  step: Step;
  /** In plain words, for an administrator. */
  words: string;
  /** Of WAIT. */
  waitMs: number;
}

/** A code with Marketo's words for it, as `errors` and `reasons` carry them. */
export interface MarketoFault {
  code: string;
  message: string;
}

const seconds = 1_000;
const minutes = 60 * seconds;

type Row = readonly [ErrorCategory, Step, string, number?];

const lookupRefused = 'Marketo does not take the field as a key or filter.';
const assetRule = 'Marketo refused the change of an asset.';
const objectFailed = 'Marketo could not write the object.';
const mergeFailed = 'Marketo could not merge the leads.';

// Marketo refuses with HTTP 200; the code in the body decides, at the level of the call or of a record.
// Source: Marketo REST "Error Codes", read 2026-11. 1077 for long values: seen in the wild only.
// biome-ignore format: a table
const rows: Record<string, Row> = {
  500:  ['VENDOR_UNAVAILABLE', 'OUTAGE', 'Marketo had an internal error.'],
  502:  ['VENDOR_UNAVAILABLE', 'OUTAGE', 'The gateway of Marketo got no answer.'],
  600:  ['AUTHENTICATION', 'REFRESH', 'Marketo saw no access token.'],
  601:  ['AUTHENTICATION', 'REFRESH', 'Marketo does not accept the access token.'],
  602:  ['AUTHENTICATION', 'REFRESH', 'The access token of Marketo expired.'],
  603:  ['CONNECTION_PERMISSION', 'HOLD', 'The API role may not do this, or our address is not on the allow-list. It needs the permission Read-Write Person (Lead).'],
  604:  ['TIMEOUT', 'AGAIN', 'Marketo gave up because the call took too long.'],
  605:  ['UNKNOWN', 'REFUSE', 'Marketo does not support the HTTP method.'],
  606:  ['RATE_LIMITED', 'WAIT', 'Marketo allows 100 calls in 20 seconds, shared by all integrations of the account.', 20 * seconds],
  607:  ['QUOTA_EXCEEDED', 'QUOTA', 'The daily API quota of the Marketo account is used up. It starts anew at midnight, US Central time.'],
  608:  ['VENDOR_UNAVAILABLE', 'OUTAGE', 'The API of Marketo is temporarily unavailable.'],
  609:  ['UNKNOWN', 'REFUSE', 'Marketo could not read our JSON.'],
  610:  ['UNKNOWN', 'REFUSE', 'Marketo does not know the path of the call.'],
  611:  ['VENDOR_UNAVAILABLE', 'OUTAGE', 'Marketo had an unhandled error.'],
  612:  ['UNKNOWN', 'REFUSE', 'Marketo does not take the content type.'],
  613:  ['UNKNOWN', 'REFUSE', 'Marketo could not read the multipart content.'],
  614:  ['VENDOR_UNAVAILABLE', 'OUTAGE', 'Marketo can not reach the subscription.'],
  615:  ['RATE_LIMITED', 'WAIT', 'Marketo executes 10 calls at once, shared by all integrations of the account.', 2 * seconds],
  616:  ['CONNECTION_PERMISSION', 'HOLD', 'The Marketo subscription does not include this API.'],
  701:  ['REQUIRED_REMOTE_FIELD', 'REFUSE', 'Marketo misses a value that must not be blank.'],
  702:  ['REMOTE_RECORD_GONE', 'REFUSE', 'Marketo found no such record.'],
  703:  ['CONNECTION_PERMISSION', 'HOLD', 'The feature is not switched on in the Marketo subscription.'],
  704:  ['DATA_VALUE_VALIDATION', 'REFUSE', 'Marketo does not take the date.'],
  709:  ['UNKNOWN', 'REFUSE', assetRule],
  710:  ['UNKNOWN', 'REFUSE', assetRule],
  711:  ['UNKNOWN', 'REFUSE', assetRule],
  712:  ['UNKNOWN', 'REFUSE', assetRule],
  713:  ['VENDOR_UNAVAILABLE', 'OUTAGE', 'Marketo had a transient error.'],
  714:  ['UNKNOWN', 'REFUSE', assetRule],
  718:  ['REMOTE_RECORD_GONE', 'REFUSE', 'Marketo found no sales person with this id.'],
  719:  ['TIMEOUT', 'AGAIN', 'Marketo waited too long for a lock.'],
  1001: ['DATA_VALUE_VALIDATION', 'REFUSE', 'A value does not fit the type of its field in Marketo.'],
  1002: ['REQUIRED_REMOTE_FIELD', 'REFUSE', 'Marketo misses a required value.'],
  1003: ['DATA_VALUE_VALIDATION', 'REFUSE', 'Marketo does not take a value.'],
  1004: ['REMOTE_RECORD_GONE', 'REFUSE', 'Marketo does not find the lead.'],
  1005: ['DUPLICATE', 'REFUSE', 'The lead exists in Marketo already.'],
  1006: ['MISSING_REMOTE_FIELD', 'REFUSE', 'Marketo does not know a field.'],
  1007: ['DUPLICATE', 'REFUSE', 'Several leads in Marketo have this e-mail address.'],
  1008: ['CONNECTION_PERMISSION', 'REFUSE', 'The API user may not write to the lead partition.'],
  1009: ['REQUIRED_REMOTE_FIELD', 'REFUSE', 'Marketo wants to know the lead partition: name one when connecting.'],
  1010: ['CONNECTION_PERMISSION', 'REFUSE', 'The lead is in another partition of Marketo, from which it can not be moved.'],
  1011: ['MISSING_REMOTE_FIELD', 'REFUSE', lookupRefused],
  1012: ['DATA_VALUE_VALIDATION', 'REFUSE', 'Marketo does not take the cookie.'],
  1013: ['CAMPAIGN_NOT_FOUND', 'REFUSE', 'Marketo has no such program, list or campaign.'],
  1014: ['UNKNOWN', 'REFUSE', objectFailed],
  1015: ['REMOTE_RECORD_GONE', 'REFUSE', 'The lead is not in the list.'],
  1016: ['RATE_LIMITED', 'WAIT', 'The import queue of Marketo is full.', 2 * minutes],
  1017: ['DUPLICATE', 'REFUSE', 'The object exists in Marketo already.'],
  1018: ['CONNECTION_PERMISSION', 'REFUSE', 'A native CRM sync of Marketo owns this object.'],
  1019: ['RATE_LIMITED', 'WAIT', 'An import is in progress in Marketo.', 2 * minutes],
  1020: ['QUOTA_EXCEEDED', 'REFUSE', 'The Marketo subscription allows no more clones.'],
  1021: ['DATA_VALUE_VALIDATION', 'REFUSE', 'Marketo does not allow this way of changing company fields.'],
  1022: ['UNKNOWN', 'REFUSE', objectFailed],
  1025: ['CAMPAIGN_NOT_FOUND', 'REFUSE', 'The channel of the Marketo program has no such status.'],
  1026: ['CONNECTION_PERMISSION', 'REFUSE', 'Custom objects are not switched on in Marketo.'],
  1027: ['QUOTA_EXCEEDED', 'REFUSE', 'The Marketo subscription allows no more activity types.'],
  1028: ['QUOTA_EXCEEDED', 'REFUSE', 'The Marketo subscription allows no more fields.'],
  1029: ['QUOTA_EXCEEDED', 'WAIT', 'Marketo allows no more exports for now.', 5 * minutes],
  1035: ['DATA_VALUE_VALIDATION', 'REFUSE', 'Marketo does not take the filter.'],
  1036: ['DUPLICATE', 'REFUSE', 'The same record was twice in one call.'],
  1037: ['REMOTE_RECORD_GONE', 'DONE', 'The lead has the status, or a later one, already.'],
  1042: ['DATA_VALUE_VALIDATION', 'REFUSE', 'Marketo does not take the run date.'],
  1048: ['UNKNOWN', 'REFUSE', objectFailed],
  1049: ['DATA_VALUE_VALIDATION', 'REFUSE', 'The attributes are too long for Marketo.'],
  1076: ['DUPLICATE', 'REFUSE', mergeFailed],
  1077: ['DUPLICATE', 'REFUSE', mergeFailed],
  1078: ['DUPLICATE', 'REFUSE', mergeFailed],
  1079: ['DUPLICATE', 'REFUSE', mergeFailed],
  1080: ['DATA_VALUE_VALIDATION', 'REFUSE', mergeFailed],
};

/** Codes that say several things: there the words decide. The first that fits wins. */
const byWords: { code: string | null; words: RegExp; row: Row }[] = [
  {
    code: null,
    words: /exceeds max(imum)? length/i,
    row: ['DATA_VALUE_VALIDATION', 'REFUSE', 'A value is too long for its field in Marketo.'],
  },
  {
    code: null, // the code is not documented
    words: /\barchived\b/i,
    row: ['CAMPAIGN_NOT_FOUND', 'REFUSE', 'The Marketo program is archived and takes no members.'],
  },
  {
    code: '1003',
    words: /invalid fields?\b/i,
    row: ['MISSING_REMOTE_FIELD', 'REFUSE', 'Marketo does not know a field.'],
  },
  {
    code: '1037',
    words: /not in (the )?program/i,
    row: ['REMOTE_RECORD_GONE', 'REFUSE', 'The lead is not in the program.'],
  },
];

const unknown: Row = ['UNKNOWN', 'REFUSE', 'Marketo answered with a code that we do not know.'];

/** What Marketo's code, and where it says several things its words, ask for. */
export function ruleOf(fault: MarketoFault): Rule {
  const special = byWords.find(
    ({ code, words }) => (code === null || code === fault.code) && words.test(fault.message),
  );
  const [category, step, words, waitMs = 0] = special?.row ?? rows[fault.code] ?? unknown;
  return { category, step, words, waitMs };
}
