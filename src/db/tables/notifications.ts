import { sql } from 'drizzle-orm';
import { bigint, boolean, check, foreignKey, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import type { ErrorCategory } from '../../domain/error-categories.ts';
import type {
  ConnectionLoss,
  NotificationChannelKind,
  NotificationTrigger,
} from '../../domain/notification-content.ts';
import type { NotificationCadence } from '../../domain/notification-schedule.ts';
import { bytea, instant, orgId } from './columns.ts';
import { integrations } from './integrations.ts';
import { events } from './leads.ts';
import { organizations } from './organizations.ts';

/** Who is told of what, and how far that has come. A worker that sends holds the claim. */
export const notificationRules = pgTable(
  'notification_rules',
  {
    orgId: orgId().references(() => organizations.id),
    id: uuid().notNull(),
    name: text().notNull(),
    active: boolean().notNull(),
    triggers: text().array().$type<NotificationTrigger[]>().notNull(),
    integrationId: uuid(), // null: all
    eventId: uuid(), // null: all
    cadence: text().$type<NotificationCadence>().notNull(),
    timeZone: text().notNull(),
    channel: text().$type<NotificationChannelKind>().notNull(),
    recipients: text().array(), // of EMAIL
    url: bytea(), // of WEBHOOK, encrypted: whoever knows it can post
    urlKeyId: text(),
    urlHost: text(),
    createdAt: instant().notNull(),
    createdBy: text().notNull(),
    sent: integer().notNull().default(0), // messages delivered: numbers them
    lastSentAt: instant(),
    lastError: text(), // why the last message was not delivered, or not to everybody
    failures: integer().notNull().default(0), // deliveries that failed in a row
    retryAt: instant(), // nothing is sent before
    digestDueAt: instant(), // null: told at once, or not of sync errors
    reminderDueAt: instant(), // null: no reminders
    claim: uuid(), // of the process that sends
    claimedUntil: instant(), // once past, that process is presumed dead
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.id] }),
    foreignKey({
      columns: [t.orgId, t.integrationId],
      foreignColumns: [integrations.orgId, integrations.id],
      name: 'notification_rules_integration',
    }).onDelete('cascade'),
    foreignKey({
      columns: [t.orgId, t.eventId],
      foreignColumns: [events.orgId, events.id],
      name: 'notification_rules_event',
    }).onDelete('cascade'),
    check(
      'notification_rules_target',
      sql`case channel when 'EMAIL' then recipients is not null and url is null else recipients is null and url is not null and url_host is not null end`,
    ),
    check('notification_rules_claim', sql`(claim is null) = (claimed_until is null)`),
  ],
);

/** How far a rule has read an integration: its log, and the versions of its setting. What it read and has not told is in the two tables below. */
export const notificationCursors = pgTable(
  'notification_cursors',
  {
    orgId: orgId(),
    ruleId: uuid().notNull(),
    integrationId: uuid().notNull(),
    position: bigint({ mode: 'number' }).notNull(),
    version: integer().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.ruleId, t.integrationId] }),
    foreignKey({
      columns: [t.orgId, t.ruleId],
      foreignColumns: [notificationRules.orgId, notificationRules.id],
      name: 'notification_cursors_rule',
    }).onDelete('cascade'),
    foreignKey({
      columns: [t.orgId, t.integrationId],
      foreignColumns: [integrations.orgId, integrations.id],
      name: 'notification_cursors_integration',
    }).onDelete('cascade'),
  ],
);

/** Failures that a rule has not told yet, summed up while the log is read, so that a weekly digest outlives the log's retention. */
export const notificationTallies = pgTable(
  'notification_tallies',
  {
    orgId: orgId(),
    ruleId: uuid().notNull(),
    integrationId: uuid().notNull(),
    category: text().$type<ErrorCategory>().notNull(),
    failed: integer().notNull(),
    cleared: integer().notNull(), // of leads that had failed with this category
    firstAt: instant().notNull(), // when the first failure was read
    lastAt: instant().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.ruleId, t.integrationId, t.category] }),
    foreignKey({
      columns: [t.orgId, t.ruleId, t.integrationId],
      foreignColumns: [notificationCursors.orgId, notificationCursors.ruleId, notificationCursors.integrationId],
      name: 'notification_tallies_cursor',
    }).onDelete('cascade'),
  ],
);

/** Lost connections that a rule has not told yet. */
export const notificationLosses = pgTable(
  'notification_losses',
  {
    orgId: orgId(),
    ruleId: uuid().notNull(),
    changeId: uuid().notNull(), // of integration_changes
    integrationId: uuid().notNull(),
    kind: text().$type<ConnectionLoss>().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.ruleId, t.changeId] }),
    foreignKey({
      columns: [t.orgId, t.ruleId, t.integrationId],
      foreignColumns: [notificationCursors.orgId, notificationCursors.ruleId, notificationCursors.integrationId],
      name: 'notification_losses_cursor',
    }).onDelete('cascade'),
  ],
);
