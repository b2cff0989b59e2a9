import { and, asc, count, eq, inArray, isNotNull, isNull, or } from 'drizzle-orm';
import type { Db, Tx } from '../client.ts';
import { gates, notificationRules } from '../tables/index.ts';

/** A rule as people see it: of a webhook's URL no more than its host. */
export type NotificationRuleView = Awaited<ReturnType<typeof listNotificationRules>>[number];

const viewColumns = {
  id: notificationRules.id,
  name: notificationRules.name,
  active: notificationRules.active,
  triggers: notificationRules.triggers,
  integrationId: notificationRules.integrationId,
  eventId: notificationRules.eventId,
  cadence: notificationRules.cadence,
  timeZone: notificationRules.timeZone,
  channel: notificationRules.channel,
  recipients: notificationRules.recipients,
  urlHost: notificationRules.urlHost,
  createdAt: notificationRules.createdAt,
  createdBy: notificationRules.createdBy,
  lastSentAt: notificationRules.lastSentAt,
  lastError: notificationRules.lastError,
  retryAt: notificationRules.retryAt,
  digestDueAt: notificationRules.digestDueAt,
  reminderDueAt: notificationRules.reminderDueAt,
};

/** The organization's rules, oldest first: all, or those of these ids. Without those of a deleted integration, which go with it. */
export function listNotificationRules(db: Pick<Db, 'select'>, orgId: string, ids?: readonly string[]) {
  return db
    .select(viewColumns)
    .from(notificationRules)
    .leftJoin(
      gates,
      and(eq(gates.orgId, notificationRules.orgId), eq(gates.integrationId, notificationRules.integrationId)),
    )
    .where(
      and(
        eq(notificationRules.orgId, orgId),
        ids && inArray(notificationRules.id, [...ids]),
        or(isNull(notificationRules.integrationId), isNotNull(gates.integrationId)),
      ),
    )
    .orderBy(asc(notificationRules.createdAt), asc(notificationRules.id));
}

export type NotificationRuleRow = typeof notificationRules.$inferSelect;

/** The whole rule, its sealed URL included; null: the organization has no such. */
export async function findNotificationRule(
  db: Pick<Db, 'select'>,
  orgId: string,
  id: string,
): Promise<NotificationRuleRow | null> {
  const [rule] = await db
    .select()
    .from(notificationRules)
    .where(and(eq(notificationRules.orgId, orgId), eq(notificationRules.id, id)));
  return rule ?? null;
}

/** The same, locked until the transaction ends. The first lock of every change of a rule. */
export async function lockNotificationRule(tx: Tx, orgId: string, id: string): Promise<NotificationRuleRow | null> {
  const [rule] = await tx
    .select()
    .from(notificationRules)
    .where(and(eq(notificationRules.orgId, orgId), eq(notificationRules.id, id)))
    .for('no key update');
  return rule ?? null;
}

/** How many rules the organization has. */
export async function countNotificationRules(db: Pick<Db, 'select'>, orgId: string): Promise<number> {
  const [counted] = await db.select({ n: count() }).from(notificationRules).where(eq(notificationRules.orgId, orgId));
  return counted?.n ?? 0;
}
