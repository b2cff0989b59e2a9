import type { Connector, PushRecord } from '../connector.ts';
import { syncError } from '../connector.ts';
import { messageOfStop, unhurried } from '../rest/call.ts';
import { authorizationDoor } from '../rest/oauth.ts';
import { urlOfLead } from './account.ts';
import { name } from './api.ts';
import { findCampaign, searchCampaigns } from './campaigns.ts';
import { connect } from './connect.ts';
import { type ZohoCredentials, type ZohoInput, zohoCredentials } from './credentials.ts';
import { accountsServerOf, firstAccountsUrl } from './data-centre.ts';
import { describeLeads } from './describe.ts';
import { lookUp } from './lookup.ts';
import { emailField, payloadOf } from './payload.ts';
import { push } from './push.ts';
import { tokenUrlOf } from './token.ts';
import { expectationOf, typedValue } from './typed-value.ts';

const scopes = [
  'ZohoCRM.modules.leads.ALL',
  'ZohoCRM.modules.campaigns.ALL',
  'ZohoCRM.settings.fields.READ',
  'ZohoCRM.settings.layouts.READ',
  'ZohoCRM.coql.READ',
  'ZohoCRM.org.READ',
];

/** Zoho CRM leads: up to 100 a call, matched by id, then by e-mail address. Workflows run, as with leads that people enter. */
export const zoho: Connector<ZohoInput, ZohoCredentials> = {
  vendor: 'ZOHO',
  // Zoho counts no calls a second, but calls at once: 5 in its smallest edition. One is left for what people ask meanwhile.
  limits: { batchMax: 100, concurrentMax: 4, rate: null },
  matchField: emailField,
  worksUnmapped: false,
  canWriteIfBlank: true,
  credentials: zohoCredentials,
  connect,
  authorization: authorizationDoor({
    name,
    authorizeUrl: (_request, { authUrl }) => `${authUrl ?? firstAccountsUrl}/oauth/v2/auth`,
    tokenUrl: (_request, { authUrl }, callback) =>
      tokenUrlOf(authUrl ?? accountsServerOf(callback) ?? firstAccountsUrl),
    scope: scopes.join(','),
    // Without both there is no refresh token the second time somebody signs in.
    parameters: { access_type: 'offline', prompt: 'consent' },
    keep: ['location', 'accounts-server'],
  }),
  async describe(session) {
    const answer = await describeLeads(unhurried(session));
    if (answer.kind === 'described') return { kind: 'described', fields: answer.fields };
    return { kind: 'unavailable', message: messageOfStop(answer.answer) };
  },
  check,
  recommended: [
    { source: 'email', remoteField: emailField },
    { source: 'firstName', remoteField: 'First_Name' },
    { source: 'lastName', remoteField: 'Last_Name' },
    { source: 'company', remoteField: 'Company' },
    { source: 'jobTitle', remoteField: 'Designation' },
    { source: 'phone', remoteField: 'Phone' },
  ],
  payload: payloadOf,
  async lookup(records, fields, session) {
    const answer = await lookUp(records, fields, unhurried(session));
    if (answer.kind === 'stopped') return { kind: 'unavailable', message: messageOfStop(answer.answer) };
    const found = answer.records.map((one) => one && { remoteId: one.remoteId, values: one.values });
    return { kind: 'found', records: found };
  },
  campaigns: { list: searchCampaigns, find: findCampaign },
  push,
  remoteUrl: urlOfLead,
};

function check(record: PushRecord) {
  const email = record.values[emailField]?.trim();
  if (!email || !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) {
    const words = 'Zoho takes e-mail addresses such as name@example.com.';
    return syncError('DATA_VALUE_VALIDATION', words, { field: emailField });
  }
  for (const [field, text] of Object.entries(record.values)) {
    const described = record.fields.get(field);
    if (!described || typedValue(described, text)) continue;
    const words = `The field ${field} takes ${expectationOf(described)} in Zoho.`;
    return syncError('DATA_VALUE_VALIDATION', words, { field });
  }
  return null;
}
