import { randomBytes } from 'node:crypto';
import { and, eq, inArray, sql } from 'drizzle-orm';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { afterAll } from 'vitest';
import type { Database } from '../../src/db/client.ts';
import { renewLogEpoch } from '../../src/db/log-epoch.ts';
import { gates, integrations, organizations, syncItems, syncLogs, vendorFlows } from '../../src/db/tables/index.ts';
import type { SyncErrorData } from '../../src/domain/error-categories.ts';
import type { Role } from '../../src/domain/roles.ts';
import type { Vendor } from '../../src/domain/vendors.ts';
import { type CapturedLead, captureLeads } from '../../src/sync/capture-leads.ts';
import { createHttpClient } from '../../src/sync/connectors/http/client.ts';
import { type CreateEvent, createEvent } from '../../src/sync/create-event.ts';
import type { Services } from '../../src/sync/services.ts';
import { createVault } from '../../src/sync/vault.ts';
import type { Viewer } from '../../src/sync/viewer.ts';

/** Services on a test's database, whose jobs nobody works off: what waits stays as a test put it. */
export async function createServices({ db }: Database): Promise<Services> {
  await renewLogEpoch(db);
  const http = createHttpClient({ allowPrivateNetworks: false });
  afterAll(() => http.close());
  return {
    db,
    jobs: { drain: async () => {}, drainAll: async () => {} },
    vault: createVault([{ id: 'test', key: randomBytes(32) }]),
    http,
    vendorUrls: {},
    mailer: null,
    log: pino({ level: 'silent' }),
    now: () => new Date(),
    newId: () => uuidv7(),
    random: Math.random,
  };
}

/** Says what was sent to the database since the last call. For reads: transactions go their own way. */
export function watchStatements({ sql }: Pick<Database, 'sql'>): () => string[] {
  let seen: string[] = [];
  const { unsafe } = sql;
  sql.unsafe = ((...args: Parameters<typeof unsafe>) => {
    seen.push(args[0]);
    return unsafe(...args);
  }) as typeof unsafe;
  return () => {
    const statements = seen;
    seen = [];
    return statements;
  };
}

type GateColumns = Partial<typeof gates.$inferInsert>;
type ItemColumns = Parameters<ReturnType<Services['db']['update']>['set']>[0];

/** An organization, and rows of it as no use case would write them. */
export class Tenant {
  readonly services: Services;
  readonly orgId: string;
  #captured = 0;

  private constructor(services: Services, orgId: string) {
    this.services = services;
    this.orgId = orgId;
  }

  static async create(services: Services): Promise<Tenant> {
    const orgId = services.newId();
    await services.db
      .insert(organizations)
      .values({ id: orgId, name: `Organization ${orgId}`, createdAt: services.now() });
    return new Tenant(services, orgId);
  }

  viewer(role: Role = 'ADMIN'): Viewer {
    return { orgId: this.orgId, role, name: `${role} of a test`, keyId: null };
  }

  /** Connected and mapped, in AUTOMATIC, unless `gate` says otherwise. */
  async createIntegration(vendor: Vendor = 'WEBHOOK', gate: GateColumns = {}): Promise<string> {
    const { db, newId, now } = this.services;
    const { orgId } = this;
    const id = newId();
    await db
      .insert(integrations)
      .values({ orgId, id, vendor, name: `${vendor} ${id}`, createdAt: now(), accountId: id, accountName: 'Acme' });
    await db.insert(gates).values({ orgId, integrationId: id, connection: 'CONNECTED', mapped: true, ...gate });
    await db.insert(syncLogs).values({ orgId, integrationId: id });
    await db.insert(vendorFlows).values({ orgId, integrationId: id, state: 'FLOWING' });
    return id;
  }

  createEvent(event: Partial<CreateEvent> = {}): Promise<string> {
    return createEvent(this.services, this.viewer(), { name: `Event ${this.services.newId()}`, ...event });
  }

  /** Enriched leads, each captured a second after the one before; returns their ids. */
  captureLeads(eventId: string, count: number, lead: CapturedLead = {}): Promise<string[]> {
    const leads = Array.from({ length: count }, () => {
      this.#captured += 1;
      return {
        firstName: `Lead ${this.#captured}`,
        capturedAt: new Date(Date.UTC(2026, 0, 1, 0, 0, this.#captured)),
        ...lead,
      };
    });
    return captureLeads(this.services, this.viewer(), { eventId, leads });
  }

  /** The items of an integration, captured first, first. */
  listItems(integrationId: string) {
    return this.services.db
      .select()
      .from(syncItems)
      .where(and(eq(syncItems.orgId, this.orgId), eq(syncItems.integrationId, integrationId)))
      .orderBy(syncItems.capturedAt, syncItems.id);
  }

  async fail(itemIds: readonly string[], category: SyncErrorData['category'] = 'UNKNOWN'): Promise<void> {
    const error: SyncErrorData = {
      category,
      message: 'Refused by a test.',
      vendorCode: '1003',
      vendorMessage: 'no',
      remoteField: null,
    };
    const failedAt = this.services.now();
    await this.move(itemIds, { state: 'FAILED', error, failedAt, cause: 'ANSWERED', claim: null, claimedUntil: null });
  }

  async clear(itemIds: readonly string[], remoteId: string | null = null): Promise<void> {
    const done = {
      claim: null,
      claimedUntil: null,
      clearedAt: this.services.now(),
      syncedRevision: 1,
      accountGeneration: 1,
    };
    await this.move(itemIds, { state: 'CLEARED', error: null, cause: 'ANSWERED', remoteId, ...done });
  }

  async claim(itemIds: readonly string[]): Promise<void> {
    const claimedUntil = new Date(this.services.now().getTime() + 3_600_000);
    await this.move(itemIds, { state: 'SYNCING', cause: 'CLAIMED', claim: this.services.newId(), claimedUntil });
  }

  /** Lets items pass a Manual gate of this release epoch. */
  async release(itemIds: readonly string[], releaseEpoch: number): Promise<void> {
    await this.move(itemIds, { releaseEpoch, cause: 'RELEASED' });
  }

  /** Writes items in one statement; the trigger logs and counts them. */
  async move(itemIds: readonly string[], columns: ItemColumns): Promise<void> {
    await this.services.db
      .update(syncItems)
      .set({ ...columns, version: sql`${syncItems.version} + 1` })
      .where(and(eq(syncItems.orgId, this.orgId), inArray(syncItems.id, [...itemIds])));
  }
}
