import type { ErrorCategory } from '../../../domain/error-categories.ts';

/**
 * What a code asks for.
 *   REFRESH  a new access token, once            SIGN_IN  somebody has to connect again
 *   HOLD     the connection may not: everything stops until somebody connects again
 *   WAIT     slow down for `waitMs`              QUOTA    used up until midnight of the account
 *   OUTAGE   the vendor is in trouble            AGAIN    no answer in time: try again later
 *   POSTPONE this prospect later                 GONE     the prospect is not there (any more)
 *   REFUSE   a person has to mend something      DONE     it is as we want it already
 */
export type Step =
  | 'REFRESH'
  | 'SIGN_IN'
  | 'HOLD'
  | 'WAIT'
  | 'QUOTA'
  | 'OUTAGE'
  | 'AGAIN'
  | 'POSTPONE'
  | 'GONE'
  | 'REFUSE'
  | 'DONE';

export interface Rule {
  category: ErrorCategory;
  step: Step;
  /** In plain words, for an administrator. */
  words: string;
  /** Of WAIT. */
  waitMs: number;
}

const seconds = 1_000;
const minutes = 60 * seconds;

type Row = readonly [ErrorCategory, Step, string, number?];

const notSynced =
  'Account Engagement does not accept our access token: it ended, the app lacks the scope pardot_api, or the user is not synced to the business unit.';
const oldSignIn = 'Account Engagement does not accept this kind of sign-in: connect again through Salesforce.';
const mayNot =
  'The Salesforce user or the business unit may not use the API of Account Engagement. It needs the abilities to view and create prospects.';
const wrongUnit =
  'Account Engagement does not know the business unit, or it is not active, or it is on the other host: check the id, and whether it is a sandbox.';
const badHeader =
  'Account Engagement misses a header of the call, or does not take its value: check the id of the business unit.';
const internal = 'Account Engagement had an internal error.';
const tooMany = 'Account Engagement allows no more of these objects.';
const badValue = 'Account Engagement does not take a value.';
const badReference = 'Account Engagement does not know what a value refers to.';
const badField = 'A field does not exist in Account Engagement, or can not be written.';
const missing = 'Account Engagement misses a required value.';
const exists = 'There is such a record in Account Engagement already.';
const notTheSame = 'The ids of the call are not those of one prospect.';
const gone = 'The prospect is not in Account Engagement any more.';
const otherGone = 'Account Engagement does not find a record that the call names.';
const noList = 'Account Engagement has no such campaign or list.';
const crmState = 'The CRM connector or the Connected Campaigns of the business unit do not allow this.';
const fileState = 'An import or export of Account Engagement is not in a state that allows this.';
const ourCall = 'Account Engagement could not make sense of our call.';

// The code in the body decides, whatever the HTTP status. Source: Account Engagement API "Error Codes and Messages", 208 codes that versions 3 to 5
// share, read 2026-11. Those that are not here say nothing that we could act on: they are UNKNOWN, with the words of Account Engagement.
// biome-ignore format: a table
const rows: Record<string, Row> = {
  1:   ['AUTHENTICATION', 'SIGN_IN', oldSignIn],
  2:   ['UNKNOWN', 'REFUSE', ourCall],
  3:   ['REMOTE_RECORD_GONE', 'GONE', gone],
  4:   ['DATA_VALUE_VALIDATION', 'REFUSE', 'Account Engagement does not take the e-mail address.'],
  7:   ['DATA_VALUE_VALIDATION', 'REFUSE', 'Account Engagement expects a date and time.'],
  9:   ['DUPLICATE', 'REFUSE', 'A prospect with this e-mail address exists already.'],
  10:  ['DATA_VALUE_VALIDATION', 'REFUSE', badReference],
  11:  ['DATA_VALUE_VALIDATION', 'REFUSE', badReference],
  12:  ['DATA_VALUE_VALIDATION', 'REFUSE', badReference],
  13:  ['REQUIRED_REMOTE_FIELD', 'REFUSE', missing],
  14:  ['REQUIRED_REMOTE_FIELD', 'REFUSE', 'Account Engagement creates no prospect without an e-mail address.'],
  15:  ['AUTHENTICATION', 'SIGN_IN', oldSignIn],
  16:  ['DATA_VALUE_VALIDATION', 'REFUSE', 'Account Engagement expects an id, which is a whole number.'],
  22:  ['UNKNOWN', 'REFUSE', ourCall],
  24:  ['REMOTE_RECORD_GONE', 'GONE', otherGone],
  29:  ['DATA_VALUE_VALIDATION', 'REFUSE', 'Account Engagement expects a whole number as the score.'],
  32:  ['DATA_VALUE_VALIDATION', 'REFUSE', 'Account Engagement does not know the grade.'],
  35:  ['REMOTE_RECORD_GONE', 'GONE', otherGone],
  36:  ['REQUIRED_REMOTE_FIELD', 'REFUSE', missing],
  37:  ['CONNECTION_PERMISSION', 'REFUSE', crmState],
  38:  ['CAMPAIGN_NOT_FOUND', 'REFUSE', 'Account Engagement has no campaign with the id that is mapped to campaignId.'],
  39:  ['DATA_VALUE_VALIDATION', 'REFUSE', badReference],
  44:  ['DUPLICATE', 'REFUSE', notTheSame],
  45:  ['DUPLICATE', 'REFUSE', notTheSame],
  46:  ['CONNECTION_PERMISSION', 'HOLD', mayNot],
  49:  ['CONNECTION_PERMISSION', 'HOLD', mayNot],
  50:  ['DATA_VALUE_VALIDATION', 'REFUSE', 'Account Engagement expects true or false.'],
  51:  ['DATA_VALUE_VALIDATION', 'REFUSE', badValue],
  52:  ['DATA_VALUE_VALIDATION', 'REFUSE', 'A value is outside of what Account Engagement takes.'],
  53:  ['CONNECTION_PERMISSION', 'HOLD', 'Account Engagement does not take calls from our IP address: allow it there.'],
  54:  ['DUPLICATE', 'REFUSE', 'Another prospect has this e-mail address.'],
  55:  ['CAMPAIGN_NOT_FOUND', 'REFUSE', noList],
  56:  ['DATA_VALUE_VALIDATION', 'REFUSE', 'Account Engagement expects a number.'],
  57:  ['DATA_VALUE_VALIDATION', 'REFUSE', 'Account Engagement expects a date.'],
  58:  ['DUPLICATE', 'DONE', 'The prospect is a member of the list already.'],
  59:  ['CONNECTION_PERMISSION', 'REFUSE', crmState],
  60:  ['UNKNOWN', 'REFUSE', ourCall],
  61:  ['DATA_VALUE_VALIDATION', 'REFUSE', badReference],
  62:  ['VENDOR_UNAVAILABLE', 'POSTPONE', 'Somebody else was writing the same prospect.'],
  63:  ['DATA_VALUE_VALIDATION', 'REFUSE', 'There are too many ids in the call.'],
  66:  ['RATE_LIMITED', 'WAIT', 'Account Engagement executes 5 calls at once, shared by all that use the API of the business unit.', 2 * seconds],
  67:  ['QUOTA_EXCEEDED', 'REFUSE', tooMany],
  70:  ['UNKNOWN', 'REFUSE', ourCall],
  71:  ['UNKNOWN', 'REFUSE', ourCall],
  76:  ['CONNECTION_PERMISSION', 'HOLD', 'The API is switched off for the business unit.'],
  77:  ['REMOTE_RECORD_GONE', 'GONE', gone],
  79:  ['DATA_VALUE_VALIDATION', 'REFUSE', badReference],
  80:  ['DATA_VALUE_VALIDATION', 'REFUSE', badReference],
  81:  ['DUPLICATE', 'REFUSE', notTheSame],
  83:  ['CONNECTION_PERMISSION', 'REFUSE', crmState],
  85:  ['VENDOR_UNAVAILABLE', 'POSTPONE', 'Account Engagement could not save the prospect.'],
  88:  ['UNKNOWN', 'REFUSE', ourCall],
  89:  ['UNKNOWN', 'REFUSE', ourCall],
  90:  ['UNKNOWN', 'REFUSE', ourCall],
  91:  ['UNKNOWN', 'REFUSE', ourCall],
  92:  ['REMOTE_RECORD_GONE', 'GONE', gone],
  94:  ['UNKNOWN', 'REFUSE', ourCall],
  96:  ['CONNECTION_PERMISSION', 'HOLD', 'The Salesforce user may not use a folder of Account Engagement.'],
  97:  ['REMOTE_RECORD_GONE', 'GONE', otherGone],
  98:  ['DATA_VALUE_VALIDATION', 'REFUSE', 'The prospect takes no e-mail.'],
  99:  ['DUPLICATE', 'REFUSE', exists],
  100: ['DATA_VALUE_VALIDATION', 'REFUSE', 'Account Engagement does not know the time zone.'],
  103: ['CONNECTION_PERMISSION', 'REFUSE', crmState],
  109: ['REMOTE_RECORD_GONE', 'GONE', gone],
  113: ['REQUIRED_REMOTE_FIELD', 'REFUSE', missing],
  114: ['DATA_VALUE_VALIDATION', 'REFUSE', badReference],
  119: ['VENDOR_UNAVAILABLE', 'OUTAGE', 'Account Engagement can not reach Salesforce.'],
  120: ['VENDOR_UNAVAILABLE', 'OUTAGE', 'Account Engagement can not reach Salesforce.'],
  121: ['VENDOR_UNAVAILABLE', 'POSTPONE', 'Account Engagement could not sync the prospect with Salesforce.'],
  122: ['QUOTA_EXCEEDED', 'QUOTA', 'The daily API calls of the business unit are used up. They start anew at midnight, in the time zone of the account.'],
  125: ['DATA_VALUE_VALIDATION', 'REFUSE', 'userId and salesforceOwnerId can not both be set.'],
  126: ['AUTHENTICATION', 'SIGN_IN', oldSignIn],
  128: ['CONNECTION_PERMISSION', 'REFUSE', crmState],
  129: ['CONNECTION_PERMISSION', 'REFUSE', crmState],
  130: ['MISSING_REMOTE_FIELD', 'REFUSE', badField],
  131: ['AUTHENTICATION', 'SIGN_IN', 'The user of Account Engagement is locked after too many failed sign-ins: unlock it, then connect again.'],
  132: ['REMOTE_RECORD_GONE', 'GONE', 'The prospect is in the recycle bin of Account Engagement.'],
  137: ['DATA_VALUE_VALIDATION', 'REFUSE', 'Account Engagement expects an address that begins with http:// or https://.'],
  138: ['DATA_VALUE_VALIDATION', 'REFUSE', 'A name is too long for Account Engagement.'],
  139: ['DATA_VALUE_VALIDATION', 'REFUSE', badValue],
  150: ['UNKNOWN', 'REFUSE', ourCall],
  151: ['UNKNOWN', 'REFUSE', ourCall],
  152: ['UNKNOWN', 'REFUSE', ourCall],
  153: ['REQUIRED_REMOTE_FIELD', 'REFUSE', missing],
  154: ['DATA_VALUE_VALIDATION', 'REFUSE', badValue],
  155: ['UNKNOWN', 'REFUSE', fileState],
  156: ['UNKNOWN', 'REFUSE', fileState],
  157: ['VENDOR_UNAVAILABLE', 'OUTAGE', internal],
  158: ['UNKNOWN', 'REFUSE', ourCall],
  159: ['DATA_VALUE_VALIDATION', 'REFUSE', badValue],
  160: ['QUOTA_EXCEEDED', 'REFUSE', tooMany],
  161: ['UNKNOWN', 'REFUSE', fileState],
  162: ['UNKNOWN', 'REFUSE', ourCall],
  163: ['UNKNOWN', 'REFUSE', ourCall],
  164: ['QUOTA_EXCEEDED', 'WAIT', 'Account Engagement takes no more imports within 24 hours.', 60 * minutes],
  165: ['DATA_VALUE_VALIDATION', 'REFUSE', badValue],
  166: ['DATA_VALUE_VALIDATION', 'REFUSE', badValue],
  176: ['REQUIRED_REMOTE_FIELD', 'REFUSE', missing],
  178: ['UNKNOWN', 'REFUSE', fileState],
  180: ['MISSING_REMOTE_FIELD', 'REFUSE', badField],
  181: ['CONNECTION_PERMISSION', 'HOLD', badHeader],
  182: ['CONNECTION_PERMISSION', 'HOLD', badHeader],
  183: ['VENDOR_UNAVAILABLE', 'OUTAGE', internal],
  184: ['AUTHENTICATION', 'REFRESH', notSynced],
  190: ['CONNECTION_PERMISSION', 'HOLD', 'Account Engagement blocks e-mail of the business unit.'],
  192: ['REMOTE_RECORD_GONE', 'GONE', gone],
  197: ['REQUIRED_REMOTE_FIELD', 'REFUSE', missing],
  198: ['UNKNOWN', 'REFUSE', ourCall],
  199: ['AUTHENTICATION', 'SIGN_IN', oldSignIn],
  201: ['CONNECTION_PERMISSION', 'HOLD', wrongUnit],
  202: ['RATE_LIMITED', 'WAIT', 'Account Engagement asked for fewer calls a minute.', 60 * seconds],
  203: ['CONNECTION_PERMISSION', 'HOLD', 'The business unit has no user with the role of an administrator.'],
  204: ['UNKNOWN', 'REFUSE', ourCall],
  205: ['UNKNOWN', 'REFUSE', ourCall],
  206: ['DATA_VALUE_VALIDATION', 'REFUSE', badValue],
  207: ['REQUIRED_REMOTE_FIELD', 'REFUSE', missing],
  208: ['UNKNOWN', 'REFUSE', ourCall],
  214: ['TIMEOUT', 'AGAIN', 'Account Engagement gave up because the call took too long.'],
  215: ['DATA_VALUE_VALIDATION', 'REFUSE', badValue],
  216: ['QUOTA_EXCEEDED', 'REFUSE', tooMany],
  218: ['CONNECTION_PERMISSION', 'REFUSE', crmState],
  219: ['REMOTE_RECORD_GONE', 'GONE', 'The prospect is in the recycle bin of Account Engagement.'],
  224: ['MISSING_REMOTE_FIELD', 'REFUSE', badField],
  226: ['MISSING_REMOTE_FIELD', 'REFUSE', badField],
  227: ['MISSING_REMOTE_FIELD', 'REFUSE', badField],
  228: ['UNKNOWN', 'REFUSE', fileState],
  233: ['CONNECTION_PERMISSION', 'REFUSE', crmState],
  234: ['CONNECTION_PERMISSION', 'REFUSE', crmState],
  236: ['CAMPAIGN_NOT_FOUND', 'REFUSE', noList],
  242: ['REMOTE_RECORD_GONE', 'GONE', otherGone],
  244: ['VENDOR_UNAVAILABLE', 'OUTAGE', internal],
  245: ['DUPLICATE', 'REFUSE', exists],
};

/** Null: a code that is not in the table. */
export function ruleOf(code: string): Rule | null {
  const row = rows[code];
  if (!row) return null;
  const [category, step, words, waitMs = 0] = row;
  return { category, step, words, waitMs };
}
