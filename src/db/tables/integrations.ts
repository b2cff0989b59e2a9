import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { ConnectionStatus, GateFlow, SyncMode } from '../../domain/gate.ts';
import type { RemoteField, ValueMapping, WriteBehavior } from '../../domain/mapping.ts';
import type { Vendor } from '../../domain/vendors.ts';
import { bytea, instant, orgId } from './columns.ts';
import { organizations } from './organizations.ts';

export const integrations = pgTable(
  'integrations',
  {
    orgId: orgId().references(() => organizations.id),
    id: uuid().notNull(),
    vendor: text().$type<Vendor>().notNull(),
    name: text().notNull(),
    createdAt: instant().notNull(),
    accountId: text(), // kept after disconnecting, to notice another account
    accountName: text(),
    accountGeneration: integer().notNull().default(1), // goes up with another account: remote ids of older ones are ignored
    credentials: bytea(), // AES-256-GCM: nonce, tag, ciphertext; null when disconnected
    credentialsKeyId: text(),
    connectedAt: instant(),
    connectedBy: text(),
    problem: text(), // why the connection is not usable, in plain words
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.id] }),
    uniqueIndex('integrations_one_per_account')
      .on(t.orgId, t.vendor, t.accountId)
      .where(sql`${t.credentials} is not null`),
  ],
);

/** The setting behind the gate. Locked by every claim and every switch, so nothing refers to it and nothing else is in it. */
export const gates = pgTable(
  'gates',
  {
    orgId: orgId(),
    integrationId: uuid().notNull(),
    connection: text().$type<ConnectionStatus>().notNull(),
    enabled: boolean().notNull().default(true),
    mode: text().$type<SyncMode>().notNull().default('AUTOMATIC'),
    permitted: boolean().notNull().default(true),
    endpointGone: boolean().notNull().default(false),
    mapped: boolean().notNull(),
    version: integer().notNull().default(1),
    connectionEpoch: integer().notNull().default(1), // goes up with every connect and disconnect: answers to older credentials close nothing
    releaseEpoch: integer().notNull().default(1), // goes up when the gate becomes Manual: older releases count for nothing
    flow: text()
      .$type<GateFlow>()
      .notNull()
      .generatedAlwaysAs(
        sql`case when connection <> 'CONNECTED' or not enabled or not permitted or endpoint_gone or not mapped then 'NONE' when mode = 'MANUAL' then 'RELEASED' else 'ALL' end`,
      ),
    openedAt: instant(), // when `flow` last became ALL: what was due before is a flush, and goes behind what comes live
    changedAt: instant(),
    changedBy: text(),
  },
  (t) => [primaryKey({ columns: [t.orgId, t.integrationId] })],
);

/** What the vendor makes us wait for. One row per integration, written by its drain. */
export const vendorFlows = pgTable(
  'vendor_flows',
  {
    orgId: orgId(),
    integrationId: uuid().notNull(),
    state: text().$type<'FLOWING' | 'THROTTLED' | 'QUOTA_EXHAUSTED' | 'VENDOR_DOWN'>().notNull(),
    resumesAt: instant(),
    failures: integer().notNull().default(0), // pauses in a row while down; 0: only one lead's word says so
    suspectId: uuid(), // the item whose call failed last, alone
    quotaLimit: integer(), // calls a day, as the vendor told last; null: it did not
    quotaRemaining: integer(),
    quotaResetsAt: instant(), // null: they come back little by little
    quotaLearntAt: instant(),
    rateCalls: integer(), // most calls in a window, as the vendor told last; null: what the connector goes by
    rateWindowMs: integer(),
  },
  (t) => [primaryKey({ columns: [t.orgId, t.integrationId] })],
);

/** Who changed an integration, what, when and why; with the position in its log at which the change took hold. */
export const integrationChanges = pgTable(
  'integration_changes',
  {
    orgId: orgId(),
    id: uuid().notNull(),
    integrationId: uuid().notNull(),
    at: instant().notNull(),
    by: text().notNull(),
    kind: text().$type<IntegrationChangeKind>().notNull(),
    before: jsonb(),
    after: jsonb(),
    reason: text(),
    version: integer().notNull(),
    position: bigint({ mode: 'number' }).notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.id] }),
    index('integration_changes_newest').on(t.orgId, t.integrationId, t.id.desc()),
    index('integration_changes_position').on(t.orgId, t.integrationId, t.position, t.id),
    index('integration_changes_kind').on(t.orgId, t.integrationId, t.kind, t.position, t.id),
  ],
);

export const integrationChangeKinds = [
  'CREATED',
  'CONNECTED',
  'DISCONNECTED',
  'AUTHORIZATION_LOST',
  'PERMISSION_LOST',
  'ENDPOINT_GONE',
  'SYNC_MODE_CHANGED',
  'DISABLED',
  'ENABLED',
  'MAPPING_CHANGED',
  'CAMPAIGN_CHANGED',
  'RENAMED',
] as const;
export type IntegrationChangeKind = (typeof integrationChangeKinds)[number];

export const fieldMappings = pgTable(
  'field_mappings',
  {
    orgId: orgId(),
    integrationId: uuid().notNull(),
    place: integer().notNull(), // order on the Mapping tab, from 0
    source: text().notNull(),
    remoteField: text().notNull(),
    writeBehavior: text().$type<WriteBehavior>().notNull(),
    values: jsonb().$type<ValueMapping[]>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.orgId, t.integrationId, t.place] })],
);

/** The vendor's fields as last read. */
export const remoteFields = pgTable(
  'remote_fields',
  {
    orgId: orgId(),
    integrationId: uuid().notNull(),
    fields: jsonb().$type<RemoteField[]>().notNull(),
    readAt: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.orgId, t.integrationId] })],
);

/** The campaign that an event's leads become members of, per integration. */
export const eventCampaigns = pgTable(
  'event_campaigns',
  {
    orgId: orgId(),
    integrationId: uuid().notNull(),
    eventId: uuid().notNull(),
    campaignId: text().notNull(),
    campaignName: text().notNull(), // as the vendor named it when it was set
    memberStatus: text().notNull(), // empty where members have no status
    setAt: instant().notNull(),
    setBy: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.orgId, t.integrationId, t.eventId] })],
);
