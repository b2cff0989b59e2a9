import { type Connector, type PushRecord, syncError } from '../connector.ts';
import { messageOfStop, unhurried } from '../rest/call.ts';
import { authorizationDoor } from '../rest/oauth.ts';
import { tokenUrlOf } from './api.ts';
import { connect } from './connect.ts';
import { type HubspotCredentials, type HubspotInput, hubspotCredentials } from './credentials.ts';
import { describeContacts } from './describe.ts';
import { findList, searchLists } from './lists.ts';
import { lookUp } from './lookup.ts';
import { payloadOf } from './payload.ts';
import { push } from './push.ts';
import { name } from './stops.ts';

/** HubSpot contacts: up to 100 a call, matched by id, then by e-mail address. */
export const hubspot: Connector<HubspotInput, HubspotCredentials> = {
  vendor: 'HUBSPOT',
  // The lowest of HubSpot's rates, 100 calls in 10 s, less what other programs of the account need; the real one is learnt from its headers.
  limits: { batchMax: 100, concurrentMax: 5, rate: { calls: 90, windowMs: 10_000 } },
  matchField: 'email',
  worksUnmapped: false,
  canWriteIfBlank: true,
  optionCodes: ['INVALID_OPTION'],
  credentials: hubspotCredentials,
  connect,
  authorization: authorizationDoor({
    name,
    authorizeUrl: (_request, { authUrl }) => `${authUrl ?? 'https://app.hubspot.com'}/oauth/authorize`,
    tokenUrl: (_request, hosts) => tokenUrlOf(hosts),
    scope:
      'oauth crm.objects.contacts.read crm.objects.contacts.write crm.schemas.contacts.read crm.lists.read crm.lists.write',
  }),
  async describe(session) {
    const answer = await describeContacts(unhurried(session));
    if (answer.kind === 'fields') return { kind: 'described', fields: answer.fields };
    return { kind: 'unavailable', message: messageOfStop(answer.answer) };
  },
  check,
  recommended: [
    { source: 'email', remoteField: 'email' },
    { source: 'firstName', remoteField: 'firstname' },
    { source: 'lastName', remoteField: 'lastname' },
    { source: 'company', remoteField: 'company' },
    { source: 'jobTitle', remoteField: 'jobtitle' },
    { source: 'phone', remoteField: 'phone' },
  ],
  payload: payloadOf,
  async lookup(records, fields, session) {
    const answer = await lookUp(records, fields, unhurried(session));
    return answer.kind === 'found' ? answer : { kind: 'unavailable', message: messageOfStop(answer.answer) };
  },
  // HubSpot's campaigns have no members. What leads can be put into are static lists.
  campaigns: { list: searchLists, find: findList },
  push,
  remoteUrl: (remoteId, accountId) =>
    /^\d+$/.test(accountId) ? `https://app.hubspot.com/contacts/${accountId}/record/0-1/${remoteId}` : null,
};

function check(record: PushRecord) {
  const email = record.values.email?.trim();
  if (email && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) return null;
  return syncError('DATA_VALUE_VALIDATION', 'HubSpot takes e-mail addresses such as name@example.com.', {
    field: 'email',
  });
}
