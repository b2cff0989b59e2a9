import type { Connector, PushRecord } from '../connector.ts';
import { syncError } from '../connector.ts';
import { messageOfStop, unhurried } from '../rest/call.ts';
import { authorizationDoor } from '../rest/oauth.ts';
import { name, tokenUrlOf } from './api.ts';
import { connect } from './connect.ts';
import { type EloquaCredentials, type EloquaInput, eloquaCredentials } from './credentials.ts';
import { emailField } from './definitions.ts';
import { describeContacts } from './describe.ts';
import { lookUp } from './lookup.ts';
import { payloadOf } from './payload.ts';
import { push } from './push.ts';
import { loginUrlOf } from './site.ts';

/**
 * Eloqua contacts by bulk imports, matched by e-mail address. An import works in the background and takes seconds whatever its size, for one
 * live lead too; docs/adr/0016 says why nothing else is used for those.
 */
export const eloqua: Connector<EloquaInput, EloquaCredentials> = {
  vendor: 'ELOQUA',
  // The rate is that of imports, of which a site may start 2,000 an hour; calls have no published limit. Several go at once, so that one which takes
  // its time keeps nobody waiting.
  limits: { batchMax: 500, concurrentMax: 6, rate: { calls: 1_800, windowMs: 3_600_000 } },
  matchField: emailField,
  tellsNoIds: true,
  worksUnmapped: false,
  // Eloqua looks as it writes, so there is no race with others.
  canWriteIfBlank: true,
  vendorKeepsFilled: true,
  credentials: eloquaCredentials,
  connect,
  authorization: authorizationDoor({
    name,
    authorizeUrl: (_request, hosts) => `${loginUrlOf(hosts)}/auth/oauth2/authorize`,
    tokenUrl: (_request, hosts) => tokenUrlOf(hosts),
    scope: 'full',
    basic: true,
  }),
  async describe(session) {
    const answer = await describeContacts(unhurried(session));
    if (answer.kind === 'fields') return { kind: 'described', fields: answer.fields };
    return { kind: 'unavailable', message: messageOfStop(answer.answer) };
  },
  check,
  recommended: [
    { source: 'email', remoteField: emailField },
    { source: 'firstName', remoteField: 'C_FirstName' },
    { source: 'lastName', remoteField: 'C_LastName' },
    { source: 'company', remoteField: 'C_Company' },
    { source: 'jobTitle', remoteField: 'C_Title' },
    { source: 'phone', remoteField: 'C_BusPhone' },
  ],
  payload: payloadOf,
  async lookup(records, fields, session) {
    const answer = await lookUp(records, fields, unhurried(session));
    return answer.kind === 'found' ? answer : { kind: 'unavailable', message: messageOfStop(answer.answer) };
  },
  // Eloqua's campaigns take contacts from segments. An import can put contacts into a contact list, but which lists there are can not be asked by
  // anything that is documented, nor who is in one.
  campaigns: null,
  push,
  remoteUrl: () => null, // imports tell no ids
};

function check(record: PushRecord) {
  const email = record.values[emailField]?.trim();
  if (email && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) return null;
  return syncError('DATA_VALUE_VALIDATION', 'Eloqua takes e-mail addresses such as name@example.com.', {
    field: emailField,
  });
}
