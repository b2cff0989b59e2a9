import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Balance, Finding } from '../../../domain/verification.ts';
import type { Db } from '../../client.ts';
import { bigintColumn, rowsOf } from '../../rows.ts';

const EventSize = z.object({ id: z.string(), size: bigintColumn });

/** The organization's events behind `after`, by id, with about how many leads each has. */
export async function listEventSizes(
  db: Db,
  orgId: string,
  after: string | null,
  limit: number,
): Promise<z.output<typeof EventSize>[]> {
  const behind = after === null ? sql`` : sql`and e.id > ${after}::uuid`;
  return rowsOf(
    EventSize,
    db.execute(sql`
      select e.id, coalesce(c.captured, 0) as size from events e left join lead_counts c on c.org_id = e.org_id and c.event_id = e.id
      where e.org_id = ${orgId} ${behind} order by e.id limit ${limit}`),
  );
}

const LeadCount = z.object({
  event_id: z.string(),
  kept_captured: bigintColumn,
  counted_captured: bigintColumn,
  kept_not_enriched: bigintColumn,
  counted_not_enriched: bigintColumn,
});

/** Where the kept counts of leads are not what counting gives. One statement, so both are of one moment. */
export async function checkLeadCounts(db: Db, orgId: string, eventIds: readonly string[]): Promise<Finding[]> {
  const rows = await rowsOf(
    LeadCount,
    db.execute(sql`
      with counted as (
        select event_id, count(*) as captured, count(*) filter (where enriched_at is null) as not_enriched
        from leads where org_id = ${orgId} and event_id = any(${sql.param([...eventIds])}::uuid[]) group by event_id),
      kept as (
        select event_id, captured, not_enriched from lead_counts
        where org_id = ${orgId} and event_id = any(${sql.param([...eventIds])}::uuid[]))
      select event_id, coalesce(k.captured, 0) as kept_captured, coalesce(c.captured, 0) as counted_captured,
        coalesce(k.not_enriched, 0) as kept_not_enriched, coalesce(c.not_enriched, 0) as counted_not_enriched
      from kept k full join counted c using (event_id)
      where (coalesce(k.captured, 0), coalesce(k.not_enriched, 0)) is distinct from (coalesce(c.captured, 0), coalesce(c.not_enriched, 0))
      order by event_id`),
  );
  return rows.map((row) => ({
    kind: 'LEAD_COUNT_WRONG',
    message:
      `The event has ${row.counted_captured} leads, ${row.counted_not_enriched} of them not enriched; ` +
      `its count says ${row.kept_captured} and ${row.kept_not_enriched}.`,
    integrationId: null,
    eventId: row.event_id,
    itemId: null,
    position: null,
  }));
}

const EventCheck = z.object({
  event_id: z.string(),
  captured: bigintColumn,
  not_enriched: bigintColumn,
  not_taken: bigintColumn,
  waiting: bigintColumn,
  failed: bigintColumn,
  cleared: bigintColumn,
  withdrawn: bigintColumn,
  differing: z.array(z.object({ bucket: z.string(), kept: z.number(), counted: z.number() })),
});

export interface EventCheck {
  eventId: string;
  balance: Balance;
  /** Buckets whose kept count is not what counting the items gives. */
  differing: { bucket: string; kept: number; counted: number }[];
}

/**
 * What the counts of an integration say of these events, beside what counting its items and the leads that it did not take gives. One statement,
 * so everything is of one moment, whatever moves. Costs as much as the events have leads.
 */
export async function checkEvents(
  db: Db,
  orgId: string,
  integrationId: string,
  eventIds: readonly string[],
): Promise<EventCheck[]> {
  const rows = await rowsOf(
    EventCheck,
    db.execute(sql`
      with asked as (select unnest(${sql.param([...eventIds])}::uuid[]) as event_id),
      items as materialized (
        select s.event_id, s.state, s.release_epoch, s.category, s.repeated, count(*) as n from sync_items s
        where s.org_id = ${orgId} and s.integration_id = ${integrationId} and s.event_id = any(${sql.param([...eventIds])}::uuid[])
        group by 1, 2, 3, 4, 5),
      counted as (
        select i.event_id, b.bucket, sum(i.n) as n
        from items i, unnest(sluice_buckets(i.state, i.release_epoch, i.category, i.repeated)) b (bucket) group by 1, 2),
      kept as materialized (
        select event_id, bucket, n from counts
        where org_id = ${orgId} and integration_id = ${integrationId} and event_id = any(${sql.param([...eventIds])}::uuid[])),
      differing as (
        select event_id, jsonb_agg(jsonb_build_object('bucket', bucket, 'kept', coalesce(k.n, 0), 'counted', coalesce(c.n, 0)) order by bucket) as buckets
        from kept k full join counted c using (event_id, bucket) where coalesce(k.n, 0) <> coalesce(c.n, 0) group by event_id),
      waiting as (
        select event_id, sum(n) filter (where bucket in ('PENDING', 'SYNCING')) as waiting,
          sum(n) filter (where bucket like 'FAILED:%') as failed, sum(n) filter (where bucket = 'CLEARED') as cleared
        from kept group by event_id),
      withdrawn as (select event_id, sum(n) as n from items where state = 'WITHDRAWN' group by event_id),
      untaken as (
        select l.event_id, count(*) as n from leads l
        where l.org_id = ${orgId} and l.event_id = any(${sql.param([...eventIds])}::uuid[]) and l.enriched_at is not null
          and not exists (
            select from sync_items s where s.org_id = l.org_id and s.lead_id = l.id and s.integration_id = ${integrationId})
        group by l.event_id)
      select a.event_id, coalesce(l.captured, 0) as captured, coalesce(l.not_enriched, 0) as not_enriched, coalesce(u.n, 0) as not_taken,
        coalesce(w.waiting, 0) as waiting, coalesce(w.failed, 0) as failed, coalesce(w.cleared, 0) as cleared, coalesce(x.n, 0) as withdrawn,
        coalesce(d.buckets, '[]'::jsonb) as differing
      from asked a
      left join lead_counts l on l.org_id = ${orgId} and l.event_id = a.event_id
      left join waiting w on w.event_id = a.event_id
      left join withdrawn x on x.event_id = a.event_id
      left join untaken u on u.event_id = a.event_id
      left join differing d on d.event_id = a.event_id
      order by a.event_id`),
  );
  return rows.map((row) => ({
    eventId: row.event_id,
    balance: {
      captured: row.captured,
      notEnriched: row.not_enriched,
      notTaken: row.not_taken,
      waiting: row.waiting,
      failed: row.failed,
      cleared: row.cleared,
      withdrawn: row.withdrawn,
    },
    differing: row.differing,
  }));
}
