import type { Connector } from '../connector.ts';
import { messageOfStop, unhurried } from '../rest/call.ts';
import { salesforceDoor } from '../salesforce-login/door.ts';
import { name } from './api.ts';
import { connect } from './connect.ts';
import { type PardotCredentials, type PardotInput, pardotCredentials } from './credentials.ts';
import { describeProspects, mayHave } from './describe.ts';
import { lookUp, readLagMs } from './lookup.ts';
import { check, payloadOf } from './payload.ts';
import { push } from './push.ts';

/** Salesforce Account Engagement (Pardot): one prospect a call, matched by id, then by e-mail address. */
export const pardot: Connector<PardotInput, PardotCredentials> = {
  vendor: 'PARDOT',
  // A business unit has five calls at once, whoever makes them: one is left for look-ups, descriptions and others.
  limits: { batchMax: 1, concurrentMax: 4, rate: null },
  matchField: 'email',
  worksUnmapped: false,
  canWriteIfBlank: true,
  credentials: pardotCredentials,
  connect,
  authorization: salesforceDoor(name, 'pardot_api refresh_token'),
  async describe(session) {
    const answer = await describeProspects(unhurried(session));
    if (answer.kind === 'fields') return { kind: 'described', fields: answer.fields };
    return { kind: 'unavailable', message: messageOfStop(answer.answer) };
  },
  mayHave,
  check,
  recommended: [
    { source: 'email', remoteField: 'email' },
    { source: 'firstName', remoteField: 'firstName' },
    { source: 'lastName', remoteField: 'lastName' },
    { source: 'company', remoteField: 'company' },
    { source: 'jobTitle', remoteField: 'jobTitle' },
    { source: 'phone', remoteField: 'phone' },
  ],
  payload: payloadOf,
  /** What it reads may be up to 60 seconds old: who was just written may be missing. */
  async lookup(records, fields, session) {
    const answer = await lookUp(records, fields, unhurried(session));
    return answer.kind === 'found' ? answer : { kind: 'unavailable', message: messageOfStop(answer.answer) };
  },
  readLagMs,
  campaigns: null, // prospects have one campaign, which is a field: campaignId
  push,
  remoteUrl: (remoteId) => `https://pi.pardot.com/prospect/read/id/${encodeURIComponent(remoteId)}`,
};
