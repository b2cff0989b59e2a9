import type { ConnectAnswer, Connector, ConnectTools, PushRecord } from '../connector.ts';
import { syncError } from '../connector.ts';
import { messageOfStop, unhurried } from '../rest/call.ts';
import { refusedConnection, unstoredSession } from '../rest/unstored-session.ts';
import { type LoginInput, type SalesforceLogin, salesforceLogin } from '../salesforce-login/credentials.ts';
import { salesforceDoor } from '../salesforce-login/door.ts';
import { logIn } from '../salesforce-login/log-in.ts';
import { name } from './api.ts';
import { campaigns } from './campaigns.ts';
import { recordsMax } from './collection.ts';
import { readFields, remoteFieldOf } from './describe.ts';
import { lookUp } from './lookup.ts';
import { payloadOf } from './payload.ts';
import { push } from './push.ts';

/** Leads of Salesforce: up to 200 a call, matched by id, then by a mapped external id, then by e-mail address. See docs/adr/0014. */
export const salesforce: Connector<LoginInput, SalesforceLogin> = {
  vendor: 'SALESFORCE',
  // Salesforce limits calls that run for 20 s and longer; few at once keep locks of a campaign short.
  limits: { batchMax: recordsMax, concurrentMax: 3, rate: null },
  matchField: 'Email',
  worksUnmapped: false,
  canWriteIfBlank: true,
  optionCodes: ['INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST'],
  credentials: salesforceLogin,
  connect,
  authorization: salesforceDoor(name, 'api refresh_token'),
  async describe(session) {
    const answer = await readFields(unhurried(session));
    if (answer.kind === 'fields') return { kind: 'described', fields: answer.fields.map(remoteFieldOf) };
    return { kind: 'unavailable', message: messageOfStop(answer.answer) };
  },
  check,
  recommended: [
    { source: 'email', remoteField: 'Email' },
    { source: 'firstName', remoteField: 'FirstName' },
    { source: 'lastName', remoteField: 'LastName' },
    { source: 'company', remoteField: 'Company' },
    { source: 'jobTitle', remoteField: 'Title' },
    { source: 'phone', remoteField: 'Phone' },
  ],
  payload: payloadOf,
  async lookup(records, fields, session) {
    const answer = await lookUp(records, fields, unhurried(session));
    if (answer.kind === 'stopped') return { kind: 'unavailable', message: messageOfStop(answer.answer) };
    return { kind: 'found', records: answer.matches.map((match) => (match.kind === 'none' ? null : match.found)) };
  },
  campaigns,
  push,
  remoteUrl(remoteId, _accountId, accountName = '') {
    const [host = ''] = accountName.split(' ');
    return isHostName(host) ? `https://${host}/${remoteId}` : null;
  },
};

async function connect(input: LoginInput, tools: ConnectTools): Promise<ConnectAnswer<SalesforceLogin>> {
  const answer = await logIn(name, input, tools);
  if (answer.kind !== 'loggedIn') return answer;
  const { login } = answer;
  const described = await readFields(unstoredSession(tools, login, refusedToken));
  if (described.kind === 'stopped') return refusedConnection(described.answer, refusedToken);
  const { host } = new URL(login.instanceUrl);
  return {
    kind: 'connected',
    accountId: login.orgId,
    accountName: host === login.orgId ? host : `${host} (${login.orgId})`,
    credentials: login,
    generatedSecret: null,
  };
}

/** Not an address, and without a port. */
const isHostName = (host: string): boolean => /^[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}$/.test(host);

const refusedToken =
  'Salesforce refused the access token: the app needs the scope api, and the user the permission "API Enabled".';

function check(record: PushRecord) {
  const email = record.values.Email?.trim();
  if (email && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) return null;
  return syncError('DATA_VALUE_VALIDATION', 'Salesforce takes e-mail addresses such as name@example.com.', {
    field: 'Email',
  });
}
