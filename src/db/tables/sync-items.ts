import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { ErrorCategory, SyncErrorData } from '../../domain/error-categories.ts';
import type { Lane } from '../../domain/lane.ts';
import type { SyncState, SyncStatus, TransitionCause } from '../../domain/lifecycle.ts';
import type { Ramp } from '../../domain/ramp.ts';
import { databaseNow, instant, orgId } from './columns.ts';
import { leads } from './leads.ts';

/** One lead's way to one integration. Every change raises `version` and sets `cause`: the trigger logs and counts it. */
export const syncItems = pgTable(
  'sync_items',
  {
    orgId: orgId(),
    id: uuid().notNull(),
    integrationId: uuid().notNull(),
    eventId: uuid().notNull(),
    leadId: uuid().notNull(),
    capturedAt: instant().notNull(), // the lead's
    version: integer().notNull().default(1),
    state: text().$type<SyncState>().notNull().default('PENDING'),
    error: jsonb().$type<SyncErrorData>(), // the last one; null once CLEARED
    category: text().$type<ErrorCategory>().generatedAlwaysAs(sql`error->>'category'`),
    releaseEpoch: integer(), // somebody let it pass a Manual gate, in this release epoch; null: nobody
    dueAt: instant().notNull().default(databaseNow), // not claimed before
    matchKey: text(), // items that share it are pushed one after the other
    claim: uuid(), // whose push it is in
    claimedUntil: instant(), // once past, the claim's owner is presumed dead
    retryId: uuid(), // the retry that waits for its outcome
    beforeRetry: jsonb().$type<{ state: 'PENDING' | 'FAILED'; error: SyncErrorData | null }>(), // where canceling puts it back
    attempts: integer().notNull().default(0), // pushes begun
    failures: integer().notNull().default(0), // transient failures in a row: the backoff's budget
    revision: integer().notNull().default(1), // the lead's, written by every edit whatever the state
    syncedRevision: integer(),
    remoteId: text(),
    accountGeneration: integer(), // of the account that remoteId belongs to
    createSentAt: instant(), // when it was last sent to be created, where the vendor may create it twice; null: never, or it is not noted
    clearedAt: instant(),
    lane: smallint().$type<Lane>().notNull().default(0), // which of the due ones goes first: see lane.ts in the domain
    failedAt: instant(), // when it last became FAILED
    failedValue: text(), // the lead's value that was refused, where one was; personal, so it is no part of `error`, which the log copies
    refusedDigest: text(), // of FAILED, or of before a retry: tells what the vendor refused, where the same again would be refused again
    repeated: boolean().notNull().default(false), // FAILED again for the same cause after somebody retried
    writtenRevision: integer(), // the vendor has this revision under remoteId, though a later step (the membership) is missing
    writtenDigest: text(), // of what was written then: after a change of the mappings it is another record
    beforeWithdrawal: jsonb().$type<{ state: 'PENDING' | 'FAILED' | 'CLEARED'; error: SyncErrorData | null }>(), // where restoring puts it back
    erased: boolean().notNull().default(false), // the person was erased: nothing of it is pushed any more
    cause: text().$type<TransitionCause | 'RENEWED'>().notNull(),
    causedBy: text(), // who asked for the last move; null: nobody, it is the engine's own. Set by every change that sets `cause`; the trigger logs it
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.id] }),
    foreignKey({ columns: [t.orgId, t.leadId], foreignColumns: [leads.orgId, leads.id] }),
    uniqueIndex('sync_items_lead').on(t.orgId, t.leadId, t.integrationId),
    index('sync_items_due').on(t.orgId, t.integrationId, t.lane, t.dueAt).where(sql`${t.state} = 'PENDING'`),
    index('sync_items_released')
      .on(t.orgId, t.integrationId, t.releaseEpoch, t.dueAt)
      .where(sql`${t.state} = 'PENDING' and ${t.releaseEpoch} is not null`),
    index('sync_items_claimed').on(t.claimedUntil).where(sql`${t.state} = 'SYNCING'`),
    index('sync_items_list').on(t.orgId, t.integrationId, t.state, t.capturedAt, t.id),
    index('sync_items_event_list').on(t.orgId, t.integrationId, t.eventId, t.state, t.capturedAt, t.id),
    index('sync_items_category')
      .on(t.orgId, t.integrationId, t.category, t.capturedAt, t.id)
      .where(sql`${t.state} = 'FAILED'`),
    index('sync_items_remote_field')
      .on(t.orgId, t.integrationId, sql`(error->>'remoteField')`, t.capturedAt, t.id)
      .where(sql`${t.state} = 'FAILED'`),
    index('sync_items_failed')
      .on(t.orgId, t.integrationId, t.category, t.failedAt, t.id)
      .where(sql`${t.state} = 'FAILED'`),
    index('sync_items_event_failed')
      .on(t.orgId, t.integrationId, t.eventId, t.category, t.failedAt, t.id)
      .where(sql`${t.state} = 'FAILED'`),
    index('sync_items_created')
      .on(t.orgId, t.integrationId, t.matchKey, t.createSentAt.desc())
      .where(sql`${t.createSentAt} is not null`),
    index('sync_items_retry').on(t.orgId, t.retryId, t.id).where(sql`${t.retryId} is not null`),
    check(
      'sync_items_claimed_iff_syncing',
      sql`(state = 'SYNCING') = (claim is not null and claimed_until is not null)`,
    ),
    check('sync_items_failed_has_error', sql`state <> 'FAILED' or error is not null`),
    check('sync_items_cleared_has_no_error', sql`state <> 'CLEARED' or error is null`),
  ],
);

/** One row per integration: the last position given out. The last lock that a writer takes, held through its commit. */
export const syncLogs = pgTable(
  'sync_logs',
  {
    orgId: orgId(),
    integrationId: uuid().notNull(),
    position: bigint({ mode: 'number' }).notNull().default(0),
    lastAt: instant(), // instants in the log never run backwards
    prunedTo: bigint({ mode: 'number' }).notNull().default(0), // what retention removed: positions up to and including this
  },
  (t) => [primaryKey({ columns: [t.orgId, t.integrationId] })],
);

/** Which history the positions belong to: a restore or a failover starts another one. One row. */
export const logEpochs = pgTable('log_epochs', {
  one: boolean().primaryKey().default(true),
  epoch: text().notNull(), // random; in every cursor
  fingerprint: text().notNull(), // of the server and its timeline
});

/** The log: every committed move, numbered without gaps per integration, in commit order. Written by the trigger only. */
export const transitions = pgTable(
  'transitions',
  {
    orgId: orgId(),
    integrationId: uuid().notNull(),
    position: bigint({ mode: 'number' }).notNull(),
    at: instant().notNull(),
    itemId: uuid().notNull(),
    leadId: uuid().notNull(),
    eventId: uuid().notNull(),
    itemVersion: integer().notNull(),
    fromStatus: text().$type<SyncStatus>(), // null: new on the work list
    toStatus: text().$type<SyncStatus>().notNull(),
    settingVersion: integer().notNull(), // FROZEN and QUEUED are as of this version of the gate
    attempt: integer().notNull(),
    error: jsonb().$type<SyncErrorData>(),
    cause: text().$type<TransitionCause>().notNull(),
    causedBy: text(), // who asked for it; null: the engine's own doing
    revision: integer(), // the lead's, as the item knew it; null: logged before this was kept
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.integrationId, t.position] }),
    index('transitions_item').on(t.orgId, t.itemId, t.position),
    index('transitions_at').on(t.at),
  ],
);

/**
 * How many items are in each bucket. Buckets: PENDING (released ones too), RELEASED:<epoch> (of PENDING), SYNCING, CLEARED, FAILED:<category>,
 * REPEATED:<category> (of FAILED: again for the same cause after a retry), WITHDRAWN.
 * Written by the trigger only.
 */
export const counts = pgTable(
  'counts',
  {
    orgId: orgId(),
    integrationId: uuid().notNull(),
    eventId: uuid().notNull(),
    bucket: text().notNull(),
    n: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.orgId, t.integrationId, t.eventId, t.bucket] })],
);

/** A push of many leads that somebody asked for. `cleared` and `failed` are kept by the trigger. */
export const retries = pgTable(
  'retries',
  {
    orgId: orgId(),
    id: uuid().notNull(),
    integrationId: uuid().notNull(),
    eventId: uuid(),
    status: text().$type<'RUNNING' | 'COMPLETED' | 'CANCELED' | 'STOPPED'>().notNull(),
    requestedAt: instant().notNull(),
    requestedBy: text().notNull(),
    releaseEpoch: integer().notNull(),
    total: integer().notNull().default(0), // its leads: fixed once nothing is looked for any more
    released: integer().notNull().default(0), // of total: those that it let go
    cleared: integer().notNull().default(0),
    failed: integer().notNull().default(0),
    skipped: integer().notNull().default(0), // selected, and left where they were because they would have failed
    onlyPassing: boolean().notNull().default(false),
    selection: jsonb().notNull(), // what is to be looked for yet
    looking: boolean().notNull().default(false), // true until everything that matched at the start is a member
    releasing: boolean().notNull(), // true until every member is released
    releasedUpTo: uuid(), // the last item that was looked at; oldest captures go first
    releaseUntil: uuid(), // the highest id when it started
    releasedAt: instant(), // when the last chunk was looked for or released: a retry that stands still lost its process
    canceling: boolean().notNull().default(false), // true until everything that waits is put back
    canceledBy: text(), // null: nobody did
    forgetting: boolean().notNull().default(false), // ended before it had released everything: true until its members are forgotten
    ramp: jsonb().$type<Ramp>(), // null: everything at once
    step: integer().notNull().default(0), // of the ramp, from 1; one more than there are steps: the rest goes
    stepReleased: integer().notNull().default(0), // leads of the step
    stepFailed: integer().notNull().default(0), // what `failed` was when the step began
    opensGate: boolean().notNull().default(false), // after the last step the mode becomes AUTOMATIC
    reason: text(), // why, for the history of that change
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.id] }),
    index('retries_newest').on(t.orgId, t.integrationId, t.id.desc()),
    index('retries_running').on(t.orgId, t.integrationId).where(sql`${t.status} = 'RUNNING'`),
    index('retries_ending').on(t.orgId, t.id).where(sql`${t.canceling} or ${t.forgetting}`),
  ],
);

/**
 * Leads of a running retry that it has not released: they are as they were before it, and no other retry takes them. Written under the lock of
 * the integration's gate.
 */
export const retryMembers = pgTable(
  'retry_members',
  {
    orgId: orgId(),
    retryId: uuid().notNull(),
    place: integer().notNull(), // in the order of release
    itemId: uuid().notNull(),
    state: text().$type<'PENDING' | 'FAILED'>().notNull(), // the item's, when it became a member
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.retryId, t.place] }),
    uniqueIndex('retry_members_item').on(t.orgId, t.itemId),
  ],
);
