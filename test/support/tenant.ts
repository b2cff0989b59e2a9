import { and, asc, eq } from 'drizzle-orm';
import { onTestFinished } from 'vitest';
import { type MarketoOptions, type MarketoSimulator, startMarketo } from '../../simulators/marketo/start-marketo.ts';
import {
  startWebhookReceiver,
  type WebhookReceiver,
  type WebhookReceiverOptions,
} from '../../simulators/webhook/start-webhook-receiver.ts';
import { type IntegrationView, listIntegrations } from '../../src/db/statements/integration-views.ts';
import { listRetries } from '../../src/db/statements/live-state.ts';
import { type ReconciliationSnapshot, readReconciliations } from '../../src/db/statements/reconciliation.ts';
import { integrationChanges, leads, syncItems, transitions } from '../../src/db/tables/index.ts';
import { statusOf } from '../../src/domain/gate.ts';
import type { SyncStatus } from '../../src/domain/lifecycle.ts';
import type { FieldMapping } from '../../src/domain/mapping.ts';
import { type CapturedLead, captureLeads } from '../../src/sync/capture-leads.ts';
import { connect } from '../../src/sync/connect.ts';
import type { Connected } from '../../src/sync/connected.ts';
import { createEvent } from '../../src/sync/create-event.ts';
import type { RetryRow, TransitionRow } from '../../src/sync/live/feed.ts';
import { encodeCursor } from '../../src/sync/log.ts';
import { setFieldMappings } from '../../src/sync/set-field-mappings.ts';
import type { Viewer } from '../../src/sync/viewer.ts';
import type { World } from './engine.ts';

export interface Counts {
  frozen: number;
  queued: number;
  syncing: number;
  failed: number;
  cleared: number;
}

export type Item = typeof syncItems.$inferSelect & { status: SyncStatus; externalId: string | null };

export interface MarketoStand {
  orgId: string;
  integrationId: string;
  marketo: MarketoSimulator;
  credentials: { marketo: { baseUrl: string; clientId: string; clientSecret: string } };
}

export interface WebhookStand {
  orgId: string;
  integrationId: string;
  receiver: WebhookReceiver;
  credentials: { webhook: { url: string } };
}

const mapped = (source: string, remoteField: string): FieldMapping => ({
  source,
  remoteField,
  writeBehavior: 'OVERWRITE',
  values: [],
});

export const marketoMappings: FieldMapping[] = [
  mapped('email', 'email'),
  mapped('firstName', 'firstName'),
  mapped('lastName', 'lastName'),
  mapped('company', 'company'),
];

/** The `index`-th lead; the same index is the same person. */
export const leadOf = (index: number, more: Partial<CapturedLead> = {}): CapturedLead => ({
  externalId: `badge-${index}`,
  firstName: `First${index}`,
  lastName: 'Lovelace',
  email: `lead${index}@example.test`,
  company: 'Analytical Engines',
  ...more,
});

/** How long a test waits for what never comes before it says so. */
const patienceMs = 20_000;

/** One organization as its people see it. */
export class Tenant {
  readonly #world: World;
  readonly orgId: string;
  readonly admin: Viewer;
  readonly operator: Viewer;
  readonly viewer: Viewer;
  #captured = 0;

  constructor(world: World, orgId: string) {
    this.#world = world;
    this.orgId = orgId;
    this.admin = { orgId, role: 'ADMIN', name: 'Ada', keyId: null };
    this.operator = { orgId, role: 'OPERATOR', name: 'Otto', keyId: null };
    this.viewer = { orgId, role: 'VIEWER', name: 'Vera', keyId: null };
  }

  /** An integration connected to a simulator of its own, which ends with the test. */
  async connectMarketo(options: MarketoOptions = {}, mappings = marketoMappings): Promise<MarketoStand> {
    const { marketo, credentials } = await marketoAccount(options);
    const { integrationId } = await this.connect('MARKETO', credentials);
    if (mappings.length > 0) await setFieldMappings(this.#services, this.admin, { integrationId, mappings });
    return { orgId: this.orgId, integrationId, marketo, credentials };
  }

  async connectWebhook(options: WebhookReceiverOptions = {}): Promise<WebhookStand> {
    const { receiver, credentials } = await webhookEndpoint(options);
    const { integrationId } = await this.connect('WEBHOOK', credentials);
    return { orgId: this.orgId, integrationId, receiver, credentials };
  }

  connect(
    vendor: 'MARKETO' | 'WEBHOOK',
    credentials: Record<string, unknown>,
    integrationId?: string,
  ): Promise<Connected> {
    return connect(this.#services, this.admin, { vendor, credentials, integrationId });
  }

  createEvent(name = `Event ${this.#services.newId()}`): Promise<string> {
    return createEvent(this.#services, this.operator, { name });
  }

  /** Captures leads: these, or so many new ones. Returns their ids. */
  capture(eventId: string, what: number | CapturedLead[]): Promise<string[]> {
    const captured =
      typeof what === 'number' ? Array.from({ length: what }, (_, k) => leadOf(this.#captured + k)) : what;
    if (typeof what === 'number') this.#captured += what;
    return captureLeads(this.#services, this.operator, { eventId, leads: captured });
  }

  async snapshot(integrationId: string, eventId: string | null = null): Promise<ReconciliationSnapshot> {
    const [snapshot] = await readReconciliations(this.#services.db, this.orgId, [{ integrationId, eventId }]);
    if (!snapshot) throw new Error('there is no such integration');
    return snapshot;
  }

  async counts(integrationId: string, eventId: string | null = null): Promise<Counts> {
    return countsOf(await this.snapshot(integrationId, eventId));
  }

  /** Waits until the counts are as wanted: told by the feed, not by a clock. */
  async until(integrationId: string, wanted: Partial<Counts>, eventId: string | null = null): Promise<Counts> {
    let last: Counts | null = null;
    return this.#wait(
      (ended) => this.#world.feed.reconciliations({ orgId: this.orgId, integrationId, eventId }, ended),
      (snapshot) => {
        last = countsOf(snapshot);
        const fits = Object.entries(wanted).every(([name, count]) => last?.[name as keyof Counts] === count);
        return fits ? last : null;
      },
      () => `counts ${JSON.stringify(wanted)}, last ${JSON.stringify(last)}`,
    );
  }

  async integration(integrationId: string): Promise<IntegrationView> {
    const [found] = await listIntegrations(this.#services.db, this.orgId, { ids: [integrationId] });
    if (!found) throw new Error('there is no such integration');
    return found;
  }

  /** Waits until the setting, the connection or the flow is as wanted. */
  async untilIntegration(integrationId: string, fits: (view: IntegrationView) => boolean): Promise<IntegrationView> {
    let last: IntegrationView | null = null;
    return this.#wait(
      (ended) => this.#world.feed.integrations({ orgId: this.orgId, integrationId }, ended),
      async () => {
        last = await this.integration(integrationId);
        return fits(last) ? last : null;
      },
      () => `integration, last ${JSON.stringify(last)}`,
    );
  }

  /** Waits until the work list is as wanted. */
  async untilItems(integrationId: string, fits: (items: Item[]) => boolean): Promise<Item[]> {
    const { position, logEpoch } = await this.snapshot(integrationId);
    const after = encodeCursor({ integrationId, logEpoch, position });
    const now = await this.items(integrationId);
    if (fits(now)) return now;
    let last: Item[] = now;
    const options = { orgId: this.orgId, integrationId, eventId: null, after, batchMax: 500, heartbeats: false };
    return this.#wait(
      (ended) => this.#world.feed.transitions(options, ended),
      async () => {
        last = await this.items(integrationId);
        return fits(last) ? last : null;
      },
      () => `items, last ${JSON.stringify(last.slice(0, 5))}`,
    );
  }

  /** Waits until a retry is as wanted; by default until it has ended. */
  async untilRetry(
    retryId: string,
    fits: (retry: RetryRow) => boolean = (retry) => retry.status !== 'RUNNING',
  ): Promise<RetryRow> {
    let last: RetryRow | null = null;
    return this.#wait(
      (ended) => this.#world.feed.retry({ orgId: this.orgId, retryId }, ended),
      (retry) => {
        last = retry;
        return fits(retry) ? retry : null;
      },
      () => `retry, last ${JSON.stringify(last)}`,
    );
  }

  async retry(retryId: string): Promise<RetryRow> {
    const [found] = await listRetries(this.#services.db, [{ orgId: this.orgId, retryId }]);
    if (!found) throw new Error('there is no such retry');
    return found;
  }

  /** The work list in the order of capture, read with its gate. */
  async items(integrationId: string): Promise<Item[]> {
    const { gate } = await this.snapshot(integrationId);
    const rows = await this.#services.db
      .select({ item: syncItems, externalId: leads.externalId })
      .from(syncItems)
      .innerJoin(leads, and(eq(leads.orgId, syncItems.orgId), eq(leads.id, syncItems.leadId)))
      .where(and(eq(syncItems.orgId, this.orgId), eq(syncItems.integrationId, integrationId)))
      .orderBy(asc(syncItems.id));
    return rows.map(({ item, externalId }) => ({ ...item, externalId, status: statusOf(item, gate) }));
  }

  /** The whole log of an integration. */
  log(integrationId: string): Promise<TransitionRow[]> {
    return this.#services.db
      .select()
      .from(transitions)
      .where(and(eq(transitions.orgId, this.orgId), eq(transitions.integrationId, integrationId)))
      .orderBy(asc(transitions.position));
  }

  /** The history of an integration's setting, oldest first. */
  history(integrationId: string) {
    return this.#services.db
      .select()
      .from(integrationChanges)
      .where(and(eq(integrationChanges.orgId, this.orgId), eq(integrationChanges.integrationId, integrationId)))
      .orderBy(asc(integrationChanges.id));
  }

  get #services() {
    return this.#world.services;
  }

  async #wait<News, Found>(
    open: (ended: AbortSignal) => AsyncIterableIterator<News>,
    look: (news: News) => Promise<Found | null> | Found | null,
    expected: () => string,
  ): Promise<Found> {
    const ended = AbortSignal.timeout(patienceMs);
    try {
      for await (const news of open(ended)) {
        const found = await look(news);
        if (found !== null) return found;
      }
    } catch (error) {
      if (!ended.aborted) throw error;
    }
    throw new Error(`waited in vain for ${expected()}`);
  }
}

/** A Marketo account that nothing is connected to yet; it ends with the test. */
export async function marketoAccount(options: MarketoOptions = {}) {
  const marketo = await startMarketo(options);
  onTestFinished(() => marketo.close());
  const { url: baseUrl, clientId, clientSecret } = marketo;
  return { marketo, credentials: { marketo: { baseUrl, clientId, clientSecret } } };
}

async function webhookEndpoint(options: WebhookReceiverOptions = {}) {
  const receiver = await startWebhookReceiver(options);
  onTestFinished(() => receiver.close());
  return { receiver, credentials: { webhook: { url: receiver.url } } };
}

function countsOf({ frozen, queued, syncing, failed, cleared }: ReconciliationSnapshot): Counts {
  const sum = Object.values(failed).reduce((total, n) => total + n, 0);
  return { frozen, queued, syncing, failed: sum, cleared };
}
