import type { Connector } from '../connector.ts';
import { messageOfStop, unhurried } from '../rest/call.ts';
import { authorizationDoor } from '../rest/oauth.ts';
import { name, tokenUrlOf } from './api.ts';
import { problemOf } from './check.ts';
import { connect } from './connect.ts';
import { type PipedriveCredentials, type PipedriveInput, pipedriveCredentials } from './credentials.ts';
import { describePersons } from './describe.ts';
import { lookUp } from './lookup.ts';
import { payloadOf } from './payload.ts';
import { push } from './push.ts';

/** Pipedrive persons: one a call, matched by id, then by e-mail address. */
export const pipedrive: Connector<PipedriveInput, PipedriveCredentials> = {
  vendor: 'PIPEDRIVE',
  // The lowest of Pipedrive's rates, 20 calls in 2 s, and 10 for searches, less some of each: calls don't all take the same time until they are there.
  limits: {
    batchMax: 1,
    concurrentMax: 4,
    rate: { calls: 16, windowMs: 2_200 },
    kinds: { search: { calls: 9, windowMs: 2_300 } },
  },
  matchField: 'emails',
  worksUnmapped: false,
  notesCreates: true,
  canWriteIfBlank: true,
  credentials: pipedriveCredentials,
  connect,
  // The scopes are those of the app: Pipedrive takes none in the address.
  authorization: authorizationDoor({
    name,
    authorizeUrl: (_request, { authUrl }) => `${authUrl ?? 'https://oauth.pipedrive.com'}/oauth/authorize`,
    tokenUrl: (_request, hosts) => tokenUrlOf(hosts),
    scope: null,
    basic: true,
  }),
  async describe(session) {
    const answer = await describePersons(unhurried(session));
    if (answer.kind === 'fields') return { kind: 'described', fields: answer.fields };
    return { kind: 'unavailable', message: messageOfStop(answer.answer) };
  },
  check: (record) => problemOf(record),
  recommended: [
    { source: 'email', remoteField: 'emails' },
    { source: 'firstName', remoteField: 'first_name' },
    { source: 'lastName', remoteField: 'last_name' },
    { source: 'phone', remoteField: 'phones' },
    { source: 'jobTitle', remoteField: 'job_title' },
  ],
  payload: payloadOf,
  lookup: (records, fields, session) => lookUp(records, fields, unhurried(session)),
  // Pipedrive has nothing that persons could be made members of.
  campaigns: null,
  push,
  // Where only the number of the company is known, Pipedrive itself leads to the company's own address.
  remoteUrl: (remoteId, accountId) =>
    /^[a-z0-9-]+$/.test(accountId)
      ? `https://${/^\d+$/.test(accountId) ? 'app' : accountId}.pipedrive.com/person/${remoteId}`
      : null,
};
