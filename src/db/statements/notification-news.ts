import { and, asc, eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Db, Tx } from '../client.ts';
import { instantColumn, rowOf, rowsOf } from '../rows.ts';
import { notificationCursors, notificationLosses, notificationTallies } from '../tables/index.ts';

// The log is read once per rule, in order, behind a cursor, and summed up. The cursor and the sums move together, so whatever dies in between,
// no failure is counted twice or not at all. Locks: rule -> cursors -> tallies (ascending).

/** Transitions that one statement reads for one cursor. */
const positionsMax = 5_000;
/** Cursors that one statement moves. */
const cursorsMax = 20;

/** The database's clock: what is due is decided by it. */
export async function readClock(db: Db | Tx): Promise<Date> {
  const clock = await rowOf(z.object({ now: instantColumn }), db.execute(sql`select sluice_now() as now`));
  if (!clock) throw new Error('the database has no clock');
  return clock.now;
}

/** Forgets what the rule has read and not told, and lets it begin at this moment: only what happens from now on is news. */
export async function restartNews(tx: Tx, orgId: string, ruleId: string): Promise<void> {
  await tx
    .delete(notificationCursors)
    .where(and(eq(notificationCursors.orgId, orgId), eq(notificationCursors.ruleId, ruleId)));
  await tx.execute(sql`
    insert into notification_cursors (org_id, rule_id, integration_id, position, version)
    select r.org_id, r.id, l.integration_id, l.position, g.version
    from notification_rules r
    join sync_logs l on l.org_id = r.org_id and (r.integration_id is null or r.integration_id = l.integration_id)
    join gates g on g.org_id = l.org_id and g.integration_id = l.integration_id
    join integrations i on i.org_id = l.org_id and i.id = l.integration_id
    where r.org_id = ${orgId} and r.id = ${ruleId}`);
}

/**
 * Begins to read integrations that came after their rules, from their first position on, and forgets those that are deleted: they have no gate
 * any more, while the rest of them goes in the background. A rule that somebody deletes just now is left alone.
 */
export async function followIntegrations(db: Db): Promise<void> {
  await db.execute(sql`
    delete from notification_rules r where r.integration_id is not null
      and not exists (select from gates g where g.org_id = r.org_id and g.integration_id = r.integration_id)`);
  await db.execute(sql`
    delete from notification_cursors c
    where not exists (select from gates g where g.org_id = c.org_id and g.integration_id = c.integration_id)`);
  await db.execute(sql`
    with rules as (select org_id, id, integration_id from notification_rules where active for key share skip locked)
    insert into notification_cursors (org_id, rule_id, integration_id, position, version)
    select r.org_id, r.id, g.integration_id, 0, 0
    from rules r
    join gates g on g.org_id = r.org_id and (r.integration_id is null or r.integration_id = g.integration_id)
    join integrations i on i.org_id = g.org_id and i.id = g.integration_id
    where not exists (
      select from notification_cursors c where c.org_id = r.org_id and c.rule_id = r.id and c.integration_id = g.integration_id)
    on conflict do nothing`);
}

/**
 * Moves cursors that are behind, a chunk each, and adds up what lies between; the farthest behind first. Returns whether there is more to read.
 * Cursors that another process moves are left to it. A lead that failed is at version 2 at least, so one that cleared after a failure is at 5; the others need not be looked up.
 */
export async function readNews(db: Db): Promise<boolean> {
  const moved = await rowsOf(
    z.object({ more: z.boolean() }),
    db.execute(sql`
      with behind as (
        select c.org_id, c.rule_id, c.integration_id, c.position, c.version, r.event_id,
          greatest(c.position, least(l.position, c.position + ${positionsMax})) as upto, greatest(c.version, g.version) as upto_version, l.position as last,
          'SYNC_ERRORS' = any(r.triggers) as wants_failures, 'AUTHORIZATION_LOST' = any(r.triggers) as wants_losses
        from notification_cursors c
        join notification_rules r on r.org_id = c.org_id and r.id = c.rule_id and r.active
        join sync_logs l on l.org_id = c.org_id and l.integration_id = c.integration_id
        join gates g on g.org_id = c.org_id and g.integration_id = c.integration_id
        where l.position > c.position or g.version > c.version
        order by l.position - c.position desc limit ${cursorsMax}
        for no key update of c skip locked),
      moves as (
        select b.org_id, b.rule_id, b.integration_id, t.position, t.item_id, t.to_status, t.item_version, t.error->>'category' as category
        from behind b
        join transitions t on t.org_id = b.org_id and t.integration_id = b.integration_id and t.position > b.position and t.position <= b.upto
        where b.wants_failures and (b.event_id is null or t.event_id = b.event_id)
          and t.to_status in ('FAILED', 'CLEARED') and t.cause in ('ANSWERED', 'REFUSED_LOCALLY')),
      news as (
        select org_id, rule_id, integration_id, category, 1 as failed, 0 as cleared from moves where to_status = 'FAILED'
        union all
        select m.org_id, m.rule_id, m.integration_id, earlier.category, 0, 1
        from moves m
        cross join lateral (
          select t.to_status, t.error->>'category' as category from transitions t
          where t.org_id = m.org_id and t.item_id = m.item_id and t.position < m.position and t.to_status in ('FAILED', 'CLEARED')
          order by t.position desc limit 1) earlier
        where m.to_status = 'CLEARED' and m.item_version >= 5 and earlier.to_status = 'FAILED'),
      tallied as (
        insert into notification_tallies as n (org_id, rule_id, integration_id, category, failed, cleared, first_at, last_at)
        select org_id, rule_id, integration_id, category, sum(failed)::int, sum(cleared)::int, sluice_now(), sluice_now()
        from news group by 1, 2, 3, 4 order by 1, 2, 3, 4
        on conflict (org_id, rule_id, integration_id, category) do update
          set failed = n.failed + excluded.failed, cleared = n.cleared + excluded.cleared,
            first_at = case when n.failed = 0 then excluded.first_at else n.first_at end,
            last_at = case when excluded.failed = 0 then n.last_at else excluded.last_at end),
      lost as (
        insert into notification_losses (org_id, rule_id, change_id, integration_id, kind)
        select b.org_id, b.rule_id, h.id, b.integration_id, h.kind
        from behind b
        join integration_changes h on h.org_id = b.org_id and h.integration_id = b.integration_id
        where b.wants_losses and h.version > b.version and h.version <= b.upto_version
          and h.kind in ('AUTHORIZATION_LOST', 'PERMISSION_LOST', 'ENDPOINT_GONE'))
      update notification_cursors c set position = b.upto, version = b.upto_version
      from behind b where c.org_id = b.org_id and c.rule_id = b.rule_id and c.integration_id = b.integration_id
      returning b.upto < b.last as more`),
  );
  return moved.length === cursorsMax || moved.some(({ more }) => more);
}

/** What a rule has read of failures and not told yet. */
export type Tally = Awaited<ReturnType<typeof listTallies>>[number];

/** In the order of the integrations' creation, most failures first. */
export function listTallies(db: Pick<Db, 'select'>, orgId: string, ruleId: string) {
  return db
    .select({
      integrationId: notificationTallies.integrationId,
      category: notificationTallies.category,
      failed: notificationTallies.failed,
      cleared: notificationTallies.cleared,
    })
    .from(notificationTallies)
    .where(and(eq(notificationTallies.orgId, orgId), eq(notificationTallies.ruleId, ruleId)))
    .orderBy(asc(notificationTallies.integrationId), asc(notificationTallies.category));
}

/** Lost connections that a rule has read and not told yet, oldest first. */
export function listLosses(db: Pick<Db, 'select'>, orgId: string, ruleId: string) {
  return db
    .select({
      changeId: notificationLosses.changeId,
      integrationId: notificationLosses.integrationId,
      loss: notificationLosses.kind,
    })
    .from(notificationLosses)
    .where(and(eq(notificationLosses.orgId, orgId), eq(notificationLosses.ruleId, ruleId)))
    .orderBy(asc(notificationLosses.changeId));
}
