import type { Browser } from 'playwright-core';
import { onTestFinished, vi } from 'vitest';
import { startMarketo } from '../../simulators/marketo/start-marketo.ts';
import type { WebhookReceiver } from '../../simulators/webhook/start-webhook-receiver.ts';
import { openPage, type WatchedPage } from './browser.ts';
import { Tenant } from './factory.ts';
import type { TestClient, TestSluice } from './sluice.ts';

/** A fresh organization with an event, and a webhook that takes whatever comes. */
export class DashboardStage {
  readonly sluice: TestSluice;
  readonly browser: Browser;
  readonly tenant: Tenant;
  readonly key: string;
  readonly client: TestClient;
  readonly integrationId: string;
  readonly eventId: string;

  private constructor(
    sluice: TestSluice,
    browser: Browser,
    known: { tenant: Tenant; key: string; integrationId: string; eventId: string },
  ) {
    this.sluice = sluice;
    this.browser = browser;
    this.client = sluice.client(known.key);
    this.tenant = known.tenant;
    this.key = known.key;
    this.integrationId = known.integrationId;
    this.eventId = known.eventId;
  }

  static async set(sluice: TestSluice, browser: Browser, receiver: WebhookReceiver): Promise<DashboardStage> {
    const tenant = await Tenant.create(sluice.services);
    const { secret: key } = await sluice.createKey('ADMIN', { tenant });
    const { connect } = await sluice.client(key).data<{ connect: { integration: { id: string } } }>(
      `mutation ($input: ConnectInput!) {
        connect(input: $input) { ... on ConnectSuccess { integration { id } } }
      }`,
      { input: { vendor: 'WEBHOOK', name: 'Data warehouse', credentials: { webhook: { url: receiver.url } } } },
    );
    const { createEvent } = await sluice.client(key).data<{ createEvent: { event: { id: string } } }>(
      `mutation {
        createEvent(input: { name: "Spring Expo" }) { ... on CreateEventSuccess { event { id } } }
      }`,
    );
    return new DashboardStage(sluice, browser, {
      tenant,
      key,
      integrationId: connect.integration.id,
      eventId: createEvent.event.id,
    });
  }

  async capture(count: number, firstName = 'Ada'): Promise<void> {
    for (let done = 0; done < count; done += 1_000) {
      const leads = Array.from({ length: Math.min(1_000, count - done) }, (_, index) => ({
        firstName,
        lastName: `Nº ${done + index + 1}`,
        email: `lead-${done + index + 1}@example.com`,
      }));
      await this.captureLeads(leads);
    }
  }

  /** At most 1,000. */
  async captureLeads(leads: object[]): Promise<void> {
    await this.client.data(`mutation ($input: CaptureLeadsInput!) { captureLeads(input: $input) { __typename } }`, {
      input: { eventId: this.eventId, leads },
    });
  }

  /** A second integration of the organization, at a Marketo that ends with the test; the phone number is written if blank there. */
  async connectMarketo() {
    const marketo = await startMarketo();
    onTestFinished(() => marketo.close());
    const { url: baseUrl, clientId, clientSecret } = marketo;
    const { connect } = await this.client.data<{ connect: { integration: { id: string } } }>(
      'mutation ($input: ConnectInput!) { connect(input: $input) { ... on ConnectSuccess { integration { id } } } }',
      { input: { vendor: 'MARKETO', name: 'Marketo', credentials: { marketo: { baseUrl, clientId, clientSecret } } } },
    );
    const integrationId = connect.integration.id;
    const mappings = [
      { source: 'email', remoteField: 'email' },
      { source: 'firstName', remoteField: 'firstName' },
      { source: 'phone', remoteField: 'phone', writeBehavior: 'WRITE_IF_BLANK' },
    ];
    await this.client.data(
      'mutation ($input: SetFieldMappingsInput!) { setFieldMappings(input: $input) { __typename } }',
      { input: { integrationId, mappings } },
    );
    return { marketo, integrationId };
  }

  async setMode(mode: 'AUTOMATIC' | 'MANUAL', integrationId = this.integrationId): Promise<void> {
    await this.client.data('mutation ($input: SetSyncModeInput!) { setSyncMode(input: $input) { __typename } }', {
      input: { integrationId, mode, confirm: true },
    });
  }

  async mode(): Promise<string> {
    const { syncMode } = await this.client.data<{ syncMode: { mode: string } }>(
      'query ($id: ID!) { syncMode(integrationId: $id) { mode } }',
      { id: this.integrationId },
    );
    return syncMode.mode;
  }

  /** When every lead that may leave has its answer. */
  async settled(integrationId = this.integrationId): Promise<void> {
    const query = 'query ($id: ID!) { reconciliation(integrationId: $id) { counts { queued syncing } } }';
    type Counts = { reconciliation: { counts: { queued: number; syncing: number } } };
    await vi.waitFor(
      async () => {
        const { counts } = (await this.client.data<Counts>(query, { id: integrationId })).reconciliation;
        if (counts.queued + counts.syncing > 0) throw new Error(`still on their way: ${JSON.stringify(counts)}`);
      },
      { timeout: 15_000, interval: 30 },
    );
  }

  /** Connects another tool. Gives the integration's id. */
  async connect(vendor: string, credentials: object): Promise<string> {
    const { connect } = await this.client.data<{ connect: { integration: { id: string } } }>(
      `mutation ($input: ConnectInput!) { connect(input: $input) { ... on ConnectSuccess { integration { id } } } }`,
      { input: { vendor, credentials } },
    );
    return connect.integration.id;
  }

  /** Where a tab of the integration is, or of another one. */
  path(tab = 'reconciliation', search = '', id = this.integrationId): string {
    return `/integrations/${encodeURIComponent(id)}/${tab}${search}`;
  }

  /** The dashboard, signed in by the address. `vendors`: stand-ins that the browser may go to. */
  async open(path = '/', { key = this.key, width = 1280, vendors = [] as string[] } = {}): Promise<WatchedPage> {
    const watched = await openPage(this.browser, this.sluice.url, vendors);
    await watched.page.setViewportSize({ width, height: 900 });
    await watched.page.goto(`${this.sluice.url}${path}#key=${encodeURIComponent(key)}`);
    return watched;
  }
}
