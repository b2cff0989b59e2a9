import { afterAll, expect, test } from 'vitest';
import { startEloqua } from '../../simulators/eloqua/start-eloqua.ts';
import { startHubspot } from '../../simulators/hubspot/start-hubspot.ts';
import { startPardot } from '../../simulators/pardot/start-pardot.ts';
import { startPipedrive } from '../../simulators/pipedrive/start-pipedrive.ts';
import { startSalesforce } from '../../simulators/salesforce/start-salesforce.ts';
import { startZoho } from '../../simulators/zoho/start-zoho.ts';
import type { Vendor } from '../../src/domain/vendors.ts';
import { startWorld } from '../support/engine.ts';
import { SchemaClient } from '../support/graphql.ts';

/** A vendor's simulator, and how somebody connects it. */
interface VendorRow {
  vendor: Vendor;
  /** Where it is reached: sign-in and API. */
  url: string;
  /** CredentialsInput. */
  credentials: Record<string, unknown>;
  /** E-mail addresses of its records. */
  stored(): (string | undefined)[];
  close(): Promise<void>;
}

const starts: (() => Promise<VendorRow>)[] = [
  async () => {
    const hubspot = await startHubspot({ rateMax: null });
    return {
      vendor: 'HUBSPOT',
      url: hubspot.url,
      credentials: { hubspot: { accessToken: hubspot.accessToken } },
      stored: () => hubspot.contacts().map(({ properties }) => properties.email),
      close: hubspot.close,
    };
  },
  async () => {
    const pardot = await startPardot();
    const { clientId, clientSecret } = pardot.login;
    const clientCredentials = { loginUrl: pardot.url, clientId, clientSecret };
    return {
      vendor: 'PARDOT',
      url: pardot.url,
      credentials: { pardot: { businessUnitId: pardot.businessUnitId, clientCredentials } },
      stored: () => pardot.prospects().map(({ email }) => email),
      close: pardot.close,
    };
  },
  async () => {
    const refreshToken = '1000.of-a-self-client';
    const zoho = await startZoho({ refreshToken });
    const { clientId, clientSecret } = zoho;
    return {
      vendor: 'ZOHO',
      url: zoho.url,
      credentials: { zoho: { accountsUrl: 'https://accounts.zoho.eu', clientId, clientSecret, refreshToken } },
      stored: () => zoho.leads().map(({ values }) => String(values.Email)),
      close: zoho.close,
    };
  },
  async () => {
    const salesforce = await startSalesforce();
    const { clientId, username, privateKey } = salesforce.login;
    return {
      vendor: 'SALESFORCE',
      url: salesforce.url,
      credentials: {
        salesforce: { jwt: { loginUrl: 'https://login.salesforce.com', clientId, username, privateKey } },
      },
      stored: () => salesforce.leads().map(({ Email }) => String(Email)),
      close: salesforce.close,
    };
  },
  async () => {
    const eloqua = await startEloqua({ syncMs: 100 });
    const { company, username, password } = eloqua;
    return {
      vendor: 'ELOQUA',
      url: eloqua.url,
      credentials: { eloqua: { company, username, password } },
      stored: () => eloqua.contacts().map(({ values }) => values.C_EmailAddress),
      close: eloqua.close,
    };
  },
  async () => {
    const pipedrive = await startPipedrive();
    return {
      vendor: 'PIPEDRIVE',
      url: pipedrive.url,
      credentials: { pipedrive: { companyDomain: 'acme', apiToken: pipedrive.apiToken } },
      stored: () => pipedrive.persons().map(({ emails }) => emails[0]?.value),
      close: pipedrive.close,
    };
  },
];

const rows = await Promise.all(starts.map((start) => start()));
afterAll(() => Promise.all(rows.map(({ close }) => close())));
const urls = rows.map(({ vendor, url }) => [vendor, { authUrl: url, apiUrl: url }] as const);
const world = await startWorld({ vendorUrls: Object.fromEntries(urls) });
const { services } = world;

const connecting = `mutation ($input: ConnectInput!) { connect(input: $input) { __typename
  ... on ConnectSuccess { integration { id vendor connection { status } } } ... on Error { message } } }`;
const applying = `mutation ($id: ID!) { applyRecommendedMappings(integrationId: $id) { __typename } }`;

/** `revoke`: nobody's credentials are good any more; `restore`: they are again. */
async function change({ url }: VendorRow, kind: 'revoke' | 'restore'): Promise<void> {
  const answer = await fetch(`${url}/__change`, { method: 'POST', body: JSON.stringify({ kind }) });
  expect(answer.status).toBe(200);
}

test.for(rows.map((row) => [row.vendor, row] as const))(
  '%s is connected and mapped over the API, and leads flow; lost credentials hold everything and fail nobody, and connecting again lets all go on',
  async ([vendor, row]) => {
    const tenant = await world.tenant();
    const client = new SchemaClient(services, tenant.admin);
    const connect = async (integrationId?: string) => {
      const input = { vendor, credentials: row.credentials, ...(integrationId && { integrationId }) };
      const { connect: connected } = await client.data(connecting, { input });
      expect(connected).toMatchObject({ integration: { vendor, connection: { status: 'CONNECTED' } } });
      return String(connected.integration.id);
    };
    const id = await connect();
    const integrationId = Buffer.from(id, 'base64').toString().split(':')[1] ?? '';
    expect((await client.data(applying, { id })).applyRecommendedMappings.__typename).toMatch(/Success$/);
    const eventId = await tenant.createEvent();
    await tenant.capture(eventId, 3);
    await tenant.until(integrationId, { cleared: 3 });

    await change(row, 'revoke');
    await tenant.capture(eventId, 2);
    await tenant.untilIntegration(integrationId, ({ gate }) => gate.connection === 'NEEDS_AUTHORIZATION');
    await tenant.until(integrationId, { cleared: 3, failed: 0, frozen: 2 }); // those under way come back

    await change(row, 'restore');
    expect(await connect(id)).toBe(id);
    await tenant.until(integrationId, { cleared: 5, failed: 0 });
    expect(row.stored().toSorted()).toEqual([0, 1, 2, 3, 4].map((index) => `lead${index}@example.test`));
  },
);
