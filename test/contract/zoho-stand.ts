import { onTestFinished } from 'vitest';
import { startZoho, type ZohoOptions, type ZohoSimulator } from '../../simulators/zoho/start-zoho.ts';
import type { PushAnswer, PushRecord } from '../../src/sync/connectors/connector.ts';
import type { ZohoCredentials, ZohoInput } from '../../src/sync/connectors/zoho/credentials.ts';
import { zoho } from '../../src/sync/connectors/zoho/zoho.ts';
import { recordOf } from './records.ts';
import type { Stand } from './stand.ts';
import { createWorkbench } from './workbench.ts';

export const now = Date.parse('2026-11-23T12:00:00Z');
export const upsertPath = '/Leads/upsert';
const membershipPath = '/Campaigns';
const campaigns = [
  { id: '7244000000000900', Campaign_Name: 'Harbor Expo', Type: 'Trade Show', Status: 'Active' },
  { id: '7244000000000901', Campaign_Name: 'Spring Summit', Type: 'Conference', Status: 'Planning' },
];
export const [campaign] = campaigns as [(typeof campaigns)[0]];

const hostsOf = (vendor: ZohoSimulator) => ({ authUrl: vendor.url, apiUrl: vendor.url });

/** A lead as the engine hands it over, with all that Zoho requires. */
export const leadOf = (email: string, overrides: Partial<PushRecord> = {}): PushRecord => {
  const values = { Email: email, First_Name: email.split('@')[0] ?? '', Last_Name: 'Lovelace' };
  return recordOf(email, { values, ...overrides });
};

/** Credentials that a self client connected with some time ago. */
function credentialsOf(vendor: ZohoSimulator, more: Partial<ZohoCredentials> = {}): ZohoCredentials {
  const { accessToken, refreshToken } = vendor.signIn.issue(now);
  const { clientId, clientSecret } = vendor;
  return {
    accountsUrl: 'https://accounts.zoho.eu',
    clientId,
    clientSecret,
    refreshToken,
    accessToken,
    accessTokenExpiresAt: now + 3_600_000,
    apiDomain: vendor.url,
    creditsMax: 52_500,
    ...more,
  };
}

/** An organization on the workbench's clock, and pushes to it. */
export async function givenZoho(options: ZohoOptions = {}, more: Partial<ZohoCredentials> = {}) {
  const bench = createWorkbench();
  bench.now = now;
  const vendor = await startZoho({ clock: () => bench.now, campaigns, concurrencyMax: null, ...options });
  onTestFinished(() => vendor.close());
  bench.tools.hosts = hostsOf(vendor);
  const credentials = credentialsOf(vendor, more);
  const session = bench.session(credentials);
  const callsTo = (path: string) => vendor.calls().filter((one) => one.path.includes(path));
  const push = (batch: PushRecord[] = [leadOf('a@example.test'), leadOf('b@example.test')]) =>
    zoho.push(batch, session);
  /** Pushes the lead, and returns it as the engine hands it over the next time. */
  const known = async (email: string, overrides: Partial<PushRecord> = {}) => {
    await push([leadOf(email)]);
    const remoteId = vendor.leads().find(({ values }) => values.Email === email)?.id ?? null;
    return leadOf(email, { remoteId, ...overrides });
  };
  return { bench, vendor, credentials, session, callsTo, push, known };
}

/** What became of each record, or of the push. */
export const kindsOf = (answer: PushAnswer) =>
  answer.kind === 'answered' ? answer.outcomes.map(({ kind }) => kind) : answer.kind;

/** The stand of the suite. */
export async function standOf(options: ZohoOptions = {}): Promise<Stand<ZohoInput, ZohoCredentials>> {
  const vendor = await startZoho({ clock: () => now, campaigns, ...options });
  const credentials = credentialsOf(vendor);
  const { clientId, clientSecret, refreshToken } = credentials;
  const emailOf = (id: string) => String(vendor.leads().find((one) => one.id === id)?.values.Email);
  return {
    hosts: hostsOf(vendor),
    input: { accountsUrl: 'https://accounts.zoho.eu', clientId, clientSecret, refreshToken },
    credentials,
    secrets: [credentials.accessToken ?? '', refreshToken, clientSecret],
    stored: () => vendor.leads().map(({ values }) => String(values.Email)),
    received: (email) => vendor.received(email),
    requests: () => vendor.calls().length,
    throttle: () =>
      vendor.fault({
        kind: 'status',
        status: 429,
        body: '{"code":"TOO_MANY_REQUESTS","status":"error"}',
        path: upsertPath,
      }),
    refuse: (email) => vendor.fault({ kind: 'record', code: 'INVALID_DATA', field: 'First_Name', email, times: null }),
    hang: (afterWrite) => vendor.fault({ kind: 'hang', path: upsertPath, afterWrite }),
    untilHanging: vendor.untilHanging,
    answer: (kind) =>
      typeof kind === 'string'
        ? vendor.fault({ kind, path: upsertPath })
        : vendor.fault({ kind: 'status', ...kind, path: upsertPath }),
    refuseInWords: (message) =>
      vendor.fault({
        kind: 'status',
        status: 400,
        body: JSON.stringify({ code: 'INVALID_DATA', message, status: 'error', details: {} }),
        path: upsertPath,
        times: null,
      }),
    refuseTokens: () => vendor.refuseCalls(),
    campaign: {
      id: campaign.id,
      name: campaign.Campaign_Name,
      memberStatus: 'Attended',
      members: () =>
        Object.fromEntries([...vendor.membersOf(campaign.id)].map(([id, status]) => [emailOf(id), status])),
      writes: () =>
        vendor
          .calls()
          .filter(({ path, method }) => path.endsWith(upsertPath) || (path.endsWith('/Leads') && method === 'PUT'))
          .length,
      hang: (afterWrite) => vendor.fault({ kind: 'hang', path: membershipPath, afterWrite }),
      throttle: () => vendor.fault({ kind: 'status', status: 429, body: '{}', path: membershipPath }),
      remove: () => vendor.removeCampaign(campaign.id),
    },
    close: vendor.close,
  };
}
