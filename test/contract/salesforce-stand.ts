import { onTestFinished } from 'vitest';
import {
  type SalesforceOptions,
  type SalesforceSimulator,
  startSalesforce,
} from '../../simulators/salesforce/start-salesforce.ts';
import type { PushAnswer, PushRecord } from '../../src/sync/connectors/connector.ts';
import type { LoginInput, SalesforceLogin } from '../../src/sync/connectors/salesforce-login/credentials.ts';
import { recordOf } from './records.ts';
import type { Stand } from './stand.ts';
import { createWorkbench } from './workbench.ts';

export const campaignId = '701Sim000000001AAA';
const campaign = { id: campaignId, name: 'Harbor Expo', statuses: ['Sent', 'Responded', 'Booth visit'] };
/** Of a push's requests those that write leads, and those that write members. */
export const leadPath = 'sobjects Lead';
export const memberPath = 'sobjects CampaignMember';
const startedAt = Date.parse('2026-11-23T12:00:00Z');

const hostsOf = ({ url }: SalesforceSimulator) => ({ authUrl: url, apiUrl: url });

/** What a sign-in of a person left behind. */
function credentialsOf({ login, url }: SalesforceSimulator): SalesforceLogin {
  const { accessToken, refreshToken } = login.issue(startedAt);
  const { clientId, clientSecret } = login;
  return {
    accessToken,
    accessTokenExpiresAt: null,
    loginUrl: 'https://login.salesforce.com',
    instanceUrl: url,
    orgId: login.orgId.slice(0, 15),
    way: { kind: 'refresh', clientId, clientSecret, refreshToken },
  };
}

export const required = { LastName: 'Lovelace', Company: 'Analytical Engines' };

export const leadOf = (email: string, values: Record<string, string> = {}, more: Partial<PushRecord> = {}) =>
  recordOf(email, { values: { Email: email, FirstName: email.split('@')[0] ?? '', ...required, ...values }, ...more });

export const membership = (memberStatus = 'Booth visit') => ({ campaignId, memberStatus });

export async function given(options: SalesforceOptions = {}) {
  const bench = createWorkbench();
  const vendor = await startSalesforce({ clock: () => bench.now, campaigns: [campaign], ...options });
  onTestFinished(() => vendor.close());
  bench.tools.hosts = hostsOf(vendor);
  const session = bench.session(credentialsOf(vendor));
  const paths = () => vendor.calls().map(({ method, path }) => `${method} ${path.replace(/.*\/v\d+\.0/, '')}`);
  const emails = () => vendor.leads().map(({ Email }) => Email);
  const members = () =>
    vendor.org.all('CampaignMember').map(({ LeadId, ContactId, Status }) => ({ person: LeadId ?? ContactId, Status }));
  return { bench, vendor, session, paths, emails, members };
}

export const kindsOf = (answer: PushAnswer) =>
  answer.kind === 'answered' ? answer.outcomes.map(({ kind }) => kind) : answer.kind;

export const idOf = (answer: PushAnswer, index = 0): string => {
  const outcome = answer.kind === 'answered' ? answer.outcomes[index] : null;
  if (outcome?.kind !== 'cleared' || !outcome.remoteId) throw new Error(`not cleared: ${JSON.stringify(answer)}`);
  return outcome.remoteId;
};

/** An org that somebody signed in to. */
export async function salesforceStand(): Promise<Stand<LoginInput, SalesforceLogin>> {
  const vendor = await startSalesforce({ clock: () => startedAt, campaigns: [campaign] });
  const credentials = credentialsOf(vendor);
  const { clientId, clientSecret } = vendor.login;
  const { way, accessToken } = credentials;
  const isMembership = (body: unknown) => JSON.stringify(body).includes('"CampaignMember"');
  const members = () =>
    vendor.org.all('CampaignMember').map(({ LeadId, Status }) => {
      const email = vendor.org.find('Lead', String(LeadId))?.Email;
      return [String(email), String(Status)];
    });
  const writes = () =>
    vendor
      .calls()
      .filter(
        ({ method, path, body }) => method !== 'GET' && path.includes('/composite/sobjects') && !isMembership(body),
      ).length;
  return {
    hosts: hostsOf(vendor),
    input: { clientCredentials: { loginUrl: 'https://acme.my.salesforce.com', clientId, clientSecret } },
    credentials,
    secrets: [accessToken ?? '', clientSecret, way.kind === 'refresh' ? way.refreshToken : ''],
    stored: () => vendor.leads().map(({ Email }) => String(Email)),
    received: (email) => vendor.received(email),
    requests: () => vendor.calls().length,
    throttle: () =>
      vendor.fault({
        kind: 'status',
        status: 403,
        body: '[{"message":"ConcurrentPerOrgLongTxn Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]',
        path: leadPath,
      }),
    refuse: (email) => vendor.fault({ kind: 'record', code: 'FIELD_CUSTOM_VALIDATION_EXCEPTION', email, times: null }),
    hang: (afterWrite) => vendor.fault({ kind: 'hang', path: leadPath, afterWrite }),
    untilHanging: vendor.untilHanging,
    answer: (kind) =>
      typeof kind === 'string'
        ? vendor.fault({ kind, path: leadPath })
        : vendor.fault({ kind: 'status', ...kind, path: leadPath }),
    refuseInWords: (words) =>
      vendor.fault({
        kind: 'status',
        status: 400,
        body: JSON.stringify([{ errorCode: 'APEX_ERROR', message: words }]),
        path: leadPath,
        times: null,
      }),
    refuseTokens: () => vendor.refuseCalls(),
    campaign: {
      id: campaignId,
      name: campaign.name,
      memberStatus: 'Booth visit',
      members: () => Object.fromEntries(members()),
      writes,
      hang: (afterWrite) => vendor.fault({ kind: 'hang', path: memberPath, afterWrite }),
      throttle: () => vendor.fault({ kind: 'status', status: 429, body: '[]', path: memberPath }),
      remove: () => vendor.org.remove('Campaign', campaignId),
    },
    close: vendor.close,
  };
}
