import { and, eq, sql } from 'drizzle-orm';
import type { Tx } from '../../db/client.ts';
import { readClock, restartNews } from '../../db/statements/notification-news.ts';
import {
  countNotificationRules,
  findNotificationRule,
  listNotificationRules,
  lockNotificationRule,
  type NotificationRuleRow,
  type NotificationRuleView,
} from '../../db/statements/notification-rules.ts';
import { events, integrations, notificationRules } from '../../db/tables/index.ts';
import { DeliveryFailedError, NotFoundError, ValidationError } from '../../domain/errors.ts';
import type { NotificationTrigger } from '../../domain/notification-content.ts';
import { testMessageOf } from '../../domain/notification-message.ts';
import { type NotificationCadence, nextDigestAfter, nextReminderAfter } from '../../domain/notification-schedule.ts';
import type { Services } from '../services.ts';
import { requireRole, type Viewer } from '../viewer.ts';
import { sealContextOf, send } from './send.ts';
import { type ChannelInput, validateRule } from './validate-rule.ts';

export interface CreateNotificationRule {
  name: string;
  active: boolean;
  triggers: NotificationTrigger[];
  /** Null: all. */
  integrationId: string | null;
  eventId: string | null;
  cadence: NotificationCadence;
  /** IANA name: by whose clock digests and reminders are due. */
  timeZone: string;
  channel: ChannelInput;
}

/** Absent fields stay as they are. */
export type UpdateNotificationRule = { id: string } & {
  [Field in keyof CreateNotificationRule]?: CreateNotificationRule[Field] | undefined;
};

/** More would be read at every transition, and by nobody. */
const rulesMax = 100;

/** The organization's rules, oldest first. Admins: they name addresses. */
export async function listRules({ db }: Pick<Services, 'db'>, viewer: Viewer): Promise<NotificationRuleView[]> {
  requireRole(viewer, 'ADMIN');
  return listNotificationRules(db, viewer.orgId);
}

/** Creates a rule. What happens from now on is news to it. Returns its id. Admins. */
export async function createNotificationRule(
  services: Services,
  viewer: Viewer,
  input: CreateNotificationRule,
): Promise<string> {
  requireRole(viewer, 'ADMIN');
  validateRule(services, input);
  const { orgId } = viewer;
  const id = services.newId();
  await services.db.transaction(async (tx) => {
    await requireScope(tx, orgId, input);
    // Two at once would count the same: the organization's row makes one of them wait.
    await tx.execute(sql`select from organizations where id = ${orgId} for no key update`);
    if ((await countNotificationRules(tx, orgId)) >= rulesMax) {
      const message = `the organization has ${rulesMax} rules, which is the most. Delete one first.`;
      throw new ValidationError([{ path: 'name', message }]);
    }
    const now = await readClock(tx);
    await tx.insert(notificationRules).values({
      orgId,
      id,
      name: input.name.trim(),
      active: input.active,
      triggers: [...new Set(input.triggers)],
      integrationId: input.integrationId,
      eventId: input.eventId,
      cadence: input.cadence,
      timeZone: input.timeZone,
      ...channelColumns(services, orgId, id, input.channel),
      createdAt: now,
      createdBy: viewer.name,
      ...dueColumns(input, now),
    });
    await restartNews(tx, orgId, id);
  });
  return id;
}

/**
 * Changes a rule. Other triggers, another scope and a new start after a pause make it begin at this moment; other changes keep what it has yet
 * to tell. Admins.
 */
export async function updateNotificationRule(
  services: Services,
  viewer: Viewer,
  { id, channel, ...fields }: UpdateNotificationRule,
): Promise<void> {
  requireRole(viewer, 'ADMIN');
  validateRule(services, { ...fields, channel });
  const { orgId } = viewer;
  await services.db.transaction(async (tx) => {
    const before = await lockNotificationRule(tx, orgId, id);
    if (!before) throw new NotFoundError('notification rule');
    const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
    const after: NotificationRuleRow = { ...before, ...given };
    await requireScope(tx, orgId, after);
    const restarted = beginsAnew(before, after);
    const rescheduled = restarted || before.cadence !== after.cadence || before.timeZone !== after.timeZone;
    await tx
      .update(notificationRules)
      .set({
        name: after.name.trim(),
        active: after.active,
        triggers: [...new Set(after.triggers)],
        integrationId: after.integrationId,
        eventId: after.eventId,
        cadence: after.cadence,
        timeZone: after.timeZone,
        ...(channel && {
          ...channelColumns(services, orgId, id, channel),
          failures: 0,
          retryAt: null,
          lastError: null,
        }),
        ...(rescheduled && dueColumns(after, await readClock(tx))),
        ...(restarted && { claim: null, claimedUntil: null, failures: 0, retryAt: null }), // who is sending records nothing
      })
      .where(and(eq(notificationRules.orgId, orgId), eq(notificationRules.id, id)));
    if (restarted) await restartNews(tx, orgId, id);
  });
}

/** Ends a rule for good; what it had yet to tell is forgotten. A message under way still arrives. Admins. */
export async function deleteNotificationRule(services: Services, viewer: Viewer, id: string): Promise<void> {
  requireRole(viewer, 'ADMIN');
  const deleted = await services.db
    .delete(notificationRules)
    .where(and(eq(notificationRules.orgId, viewer.orgId), eq(notificationRules.id, id)))
    .returning({ id: notificationRules.id });
  if (deleted.length === 0) throw new NotFoundError('notification rule');
}

/**
 * Sends a message that says it is a test, at once, whether or not the rule is active. Changes nothing. Admins.
 * @throws DeliveryFailedError
 */
export async function sendTestNotification(services: Services, viewer: Viewer, id: string): Promise<void> {
  requireRole(viewer, 'ADMIN');
  const rule = await findNotificationRule(services.db, viewer.orgId, id);
  if (!rule) throw new NotFoundError('notification rule');
  const messageId = `sluice.${rule.id}.test-${services.newId()}`;
  const never = new AbortController().signal;
  const sending = await send(services, rule, testMessageOf(rule.name), messageId, never);
  if (sending.kind === 'failed') throw new DeliveryFailedError(sending.message);
  if (sending.warning) throw new DeliveryFailedError(sending.warning);
}

/** What the rule had gathered under the old scope would be told under the new one. */
function beginsAnew(before: NotificationRuleRow, after: NotificationRuleRow): boolean {
  return (
    (after.active && !before.active) ||
    before.integrationId !== after.integrationId ||
    before.eventId !== after.eventId ||
    before.triggers.length !== after.triggers.length ||
    before.triggers.some((trigger) => !after.triggers.includes(trigger))
  );
}

async function requireScope(
  tx: Tx,
  orgId: string,
  { integrationId, eventId }: { integrationId: string | null; eventId: string | null },
): Promise<void> {
  if (integrationId) {
    const own = and(eq(integrations.orgId, orgId), eq(integrations.id, integrationId));
    const [found] = await tx.select({ id: integrations.id }).from(integrations).where(own);
    if (!found) throw new NotFoundError('integration');
  }
  if (eventId) {
    const own = and(eq(events.orgId, orgId), eq(events.id, eventId));
    const [found] = await tx.select({ id: events.id }).from(events).where(own);
    if (!found) throw new NotFoundError('event');
  }
}

function channelColumns(
  { vault }: Pick<Services, 'vault'>,
  orgId: string,
  id: string,
  { webhook, email }: ChannelInput,
) {
  if (email) {
    const recipients = [...new Set(email.recipients.map((address) => address.trim()))];
    return { channel: 'EMAIL' as const, recipients, url: null, urlKeyId: null, urlHost: null };
  }
  const url = new URL(webhook?.url.trim() ?? '');
  const { bytes, keyId } = vault.seal(url.href, sealContextOf(orgId, id));
  return { channel: 'WEBHOOK' as const, recipients: null, url: bytes, urlKeyId: keyId, urlHost: url.host };
}

function dueColumns(
  { triggers, cadence, timeZone }: Pick<CreateNotificationRule, 'triggers' | 'cadence' | 'timeZone'>,
  now: Date,
) {
  return {
    digestDueAt: triggers.includes('SYNC_ERRORS') ? nextDigestAfter(cadence, timeZone, now) : null,
    reminderDueAt: triggers.includes('FROZEN_AFTER_EVENT') ? nextReminderAfter(timeZone, now) : null,
  };
}
