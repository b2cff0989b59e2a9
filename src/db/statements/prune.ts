import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Db } from '../client.ts';
import { rowsOf } from '../rows.ts';

/** Most transitions that one transaction removes. */
const chunk = 5_000;
/** Most attempts: each is as large as what was sent and answered. */
const attemptChunk = 1_000;
const activityChunk = 10_000;

/**
 * Removes the oldest transitions that are older than `days`, at most a chunk, and notes in each log how far it was pruned, so that a cursor
 * from before is told that it expired. Returns how many it removed.
 */
export async function pruneLogs(db: Db, days: number): Promise<number> {
  const [pruned] = await rowsOf(
    z.object({ removed: z.coerce.number() }),
    db.execute(sql`
      with old as (
        select org_id, integration_id, position from transitions
        where at < sluice_now() - make_interval(days => ${days}) order by at, position limit ${chunk}),
      reached as (select org_id, integration_id, max(position) as position from old group by 1, 2),
      removed as (
        delete from transitions t using reached r
        where t.org_id = r.org_id and t.integration_id = r.integration_id and t.position <= r.position returning 1),
      noted as (
        update sync_logs l set pruned_to = r.position from reached r
        where l.org_id = r.org_id and l.integration_id = r.integration_id and l.pruned_to < r.position returning 1)
      select count(*) as removed from removed`),
  );
  return pruned?.removed ?? 0;
}

/** Removes the oldest attempts that began more than `days` ago, at most a chunk; 0: all there are. Returns how many it removed. */
export async function pruneAttempts(db: Db, days: number): Promise<number> {
  const [pruned] = await rowsOf(
    z.object({ removed: z.coerce.number() }),
    db.execute(sql`
      with old as materialized (
        select org_id, item_id, item_version from push_attempts
        where ${days} = 0 or started_at < sluice_now() - make_interval(days => ${days}) order by started_at
        limit ${attemptChunk} for update skip locked),
      removed as (
        delete from push_attempts a using old o 
        where a.org_id = o.org_id and a.item_id = o.item_id and a.item_version = o.item_version returning 1)
      select count(*) as removed from removed`),
  );
  return pruned?.removed ?? 0;
}

/** Removes what happened in minutes that are older than `days`, at most a chunk. Returns how many rows it removed. */
export async function pruneActivity(db: Db, days: number): Promise<number> {
  const [pruned] = await rowsOf(
    z.object({ removed: z.coerce.number() }),
    db.execute(sql`
      with removed as (
        delete from activity where ctid = any(array(
          select ctid from activity where minute < sluice_now() - make_interval(days => ${days}) limit ${activityChunk})) returning 1)
      select count(*) as removed from removed`),
  );
  return pruned?.removed ?? 0;
}
