import { and, eq, inArray, sql } from 'drizzle-orm';
import { z } from 'zod';
import { burst, immediateGapSeconds } from '../../domain/notification-schedule.ts';
import type { Db, Tx } from '../client.ts';
import { instantColumn, rowsOf } from '../rows.ts';
import { notificationLosses, notificationRules } from '../tables/index.ts';
import type { Tally } from './notification-news.ts';

/** How long a process may take to deliver; longer than the longest wait for a mail server or a receiver. */
const claimSeconds = 60;

const Due = z
  .object({
    org_id: z.string(),
    id: z.string(),
    failures_due: z.boolean(),
    reminder_due: z.boolean(),
    now: instantColumn,
  })
  .transform((row) => ({
    orgId: row.org_id,
    ruleId: row.id,
    failuresDue: row.failures_due,
    reminderDue: row.reminder_due,
    now: row.now,
  }));

/** A rule that this process tells of now, and of what. Lost connections are always due. */
export type DueRule = z.output<typeof Due>;

/**
 * Claims up to `limit` rules that are due, so that no other process delivers for them. A digest and a reminder are due by the clock, whether or
 * not there is news; what is told at once, when a burst is over; a lost connection immediately; nothing before the wait after a failed
 * delivery is over. What a dead process had claimed is due again.
 */
export function claimDueRules(db: Db, token: string, limit: number): Promise<DueRule[]> {
  return rowsOf(
    Due,
    db.execute(sql`
      with due as (
        select r.org_id, r.id, ${failuresDue} as failures_due, ${reminderDue} as reminder_due
        from notification_rules r
        where r.active and (r.claimed_until is null or r.claimed_until < sluice_clock()) and (r.retry_at is null or r.retry_at <= sluice_now())
          and (${failuresDue} or ${reminderDue}
            or exists (select from notification_losses a where a.org_id = r.org_id and a.rule_id = r.id))
        order by r.org_id, r.id limit ${limit} for no key update of r skip locked)
      update notification_rules r set claim = ${token}, claimed_until = sluice_clock() + make_interval(secs => ${claimSeconds})
      from due where r.org_id = due.org_id and r.id = due.id
      returning r.org_id, r.id, due.failures_due, due.reminder_due, sluice_now() as now`),
  );
}

// By columns of the locked row: of two processes that look at once, the later one sees what the other has moved on.
const failuresDue = sql`('SYNC_ERRORS' = any(r.triggers) and case when r.cadence = 'IMMEDIATE'
  then coalesce(r.last_sent_at <= sluice_now() - make_interval(secs => ${immediateGapSeconds}), true)
    and exists (
      select from notification_tallies t where t.org_id = r.org_id and t.rule_id = r.id and t.failed > 0
      having max(t.last_at) <= sluice_now() - make_interval(secs => ${burst.quietSeconds})
        or min(t.first_at) <= sluice_now() - make_interval(secs => ${burst.waitSecondsMax}))
  else coalesce(r.digest_due_at <= sluice_now(), false) end)`;
const reminderDue = sql`coalesce(r.reminder_due_at <= sluice_now(), false)`;

interface Target {
  orgId: string;
  ruleId: string;
  /** Of claimDueRules. */
  token: string;
}

/** When the rule is due again; absent: as it is. */
export interface NextDue {
  digestDueAt?: Date | null;
  reminderDueAt?: Date;
}

/** What was in a delivered message. */
export interface Told {
  tallies: readonly Tally[];
  changeIds: readonly string[];
}

/** There was nothing to tell. */
export async function passOver(db: Db, target: Target, next: NextDue): Promise<void> {
  await db
    .update(notificationRules)
    .set({ ...released, ...next, failures: 0, retryAt: null })
    .where(claimed(target));
}

/** The process does not get to it: another one may at once. */
export async function giveBack(db: Db, target: Target): Promise<void> {
  await db.update(notificationRules).set(released).where(claimed(target));
}

/**
 * The message was taken: what it told is not told again. `warning`: what was not quite right. False: the claim had run out or the rule was
 * changed meanwhile, and nothing was recorded.
 */
export function recordDelivery(
  db: Db,
  target: Target,
  told: Told,
  next: NextDue,
  warning: string | null,
): Promise<boolean> {
  const { orgId, ruleId } = target;
  return db.transaction(async (tx) => {
    const recorded = await tx
      .update(notificationRules)
      .set({
        ...released,
        ...next,
        sent: sql`${notificationRules.sent} + 1`,
        lastSentAt: sql`sluice_now()`,
        lastError: warning,
        failures: 0,
        retryAt: null,
      })
      .where(claimed(target))
      .returning({ id: notificationRules.id });
    if (recorded.length === 0) return false;
    await subtract(tx, orgId, ruleId, told.tallies);
    await tx
      .delete(notificationLosses)
      .where(
        and(
          eq(notificationLosses.orgId, orgId),
          eq(notificationLosses.ruleId, ruleId),
          inArray(notificationLosses.changeId, [...told.changeIds]),
        ),
      );
    return true;
  });
}

/** The message was not taken: it is composed anew, with what has come by then, after `waitMs`. */
export async function recordFailedDelivery(db: Db, target: Target, error: string, waitMs: number): Promise<void> {
  await db
    .update(notificationRules)
    .set({
      ...released,
      lastError: error,
      failures: sql`${notificationRules.failures} + 1`,
      retryAt: sql`sluice_now() + make_interval(secs => ${waitMs / 1_000})`,
    })
    .where(claimed(target));
}

/** Takes off what was told; what was read while the message was on its way stays. */
async function subtract(tx: Tx, orgId: string, ruleId: string, tallies: readonly Tally[]): Promise<void> {
  const told = tallies.map(({ integrationId, category, failed, cleared }) => ({
    integration_id: integrationId,
    category,
    failed,
    cleared,
  }));
  await tx.execute(sql`
    with told as (select * from jsonb_to_recordset(${JSON.stringify(told)}::jsonb) as t(integration_id uuid, category text, failed int, cleared int)),
    locked as (
      select n.integration_id, n.category from notification_tallies n where n.org_id = ${orgId} and n.rule_id = ${ruleId}
      order by n.integration_id, n.category for no key update)
    update notification_tallies n set failed = n.failed - told.failed, cleared = n.cleared - told.cleared
    from told join locked using (integration_id, category)
    where n.org_id = ${orgId} and n.rule_id = ${ruleId} and n.integration_id = told.integration_id and n.category = told.category`);
  await tx.execute(sql`
    delete from notification_tallies where org_id = ${orgId} and rule_id = ${ruleId} and failed <= 0 and cleared <= 0`);
}

const released = { claim: null, claimedUntil: null } as const;

const claimed = ({ orgId, ruleId, token }: Target) =>
  and(eq(notificationRules.orgId, orgId), eq(notificationRules.id, ruleId), eq(notificationRules.claim, token));
