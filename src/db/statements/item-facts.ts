import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { lanes } from '../../domain/lane.ts';
import type { Db } from '../client.ts';
import { bigintColumn, instantColumn, rowsOf } from '../rows.ts';
import type { IntegrationChangeKind } from '../tables/index.ts';

const LatestChange = z.object({
  integration_id: z.string(),
  kind: z.custom<IntegrationChangeKind>(),
  at: instantColumn,
  by: z.string(),
  reason: z.string().nullable(),
});
export type LatestChange = Omit<z.output<typeof LatestChange>, 'integration_id'>;

/** The latest change of each kind, of each integration. */
export async function listLatestChanges(
  db: Pick<Db, 'execute'>,
  orgId: string,
  integrationIds: readonly string[],
  kinds: readonly IntegrationChangeKind[],
): Promise<Map<string, LatestChange[]>> {
  const rows = await rowsOf(
    LatestChange,
    db.execute(sql`
      select latest.integration_id, latest.kind, latest.at, latest.by, latest.reason
      from unnest(${sql.param([...integrationIds])}::uuid[]) as owner(id)
      cross join unnest(${sql.param([...kinds])}::text[]) as wanted(kind)
      cross join lateral (
        select c.* from integration_changes c
        where c.org_id = ${orgId} and c.integration_id = owner.id and c.kind = wanted.kind
        order by c.position desc, c.id desc limit 1) latest`),
  );
  return Map.groupBy(rows, (row) => row.integration_id);
}

/**
 * How many items are claimed before each of these, counted up to `max` + 1: the same order as claimDueItems has. Each lane is a range of an
 * index, so it costs no more than the counting.
 */
export async function countAhead(
  db: Pick<Db, 'execute'>,
  orgId: string,
  itemIds: readonly string[],
  max: number,
): Promise<Map<string, number>> {
  const most = max + 1;
  const due = sql`s.org_id = ${orgId} and s.integration_id = i.integration_id and s.state = 'PENDING' and s.due_at <= sluice_now()`;
  // All of an arm that goes before the item's, those due earlier of its own, none of one that goes behind.
  const until = (arm: number) =>
    sql`case when i.arm > ${arm} then 'infinity' when i.arm = ${arm} then i.due_at else '-infinity' end`;
  const rows = await rowsOf(
    z.object({ id: z.string(), n: bigintColumn }),
    db.execute(sql`
      select i.id, (select count(*) from (
        (select from sync_items s where ${due} and i.flow = 'ALL' and s.lane = ${lanes.LIVE}
           and s.due_at >= i.opened_at and s.due_at < ${until(0)} limit ${most})
        union all
        (select from sync_items s where ${due} and i.flow = 'ALL' and s.lane = ${lanes.LIVE}
           and s.due_at < i.opened_at and s.due_at < ${until(1)} limit ${most})
        union all
        (select from sync_items s where ${due} and i.flow = 'ALL' and s.lane = ${lanes.RETRY} and s.due_at < ${until(2)} limit ${most})
        union all
        (select from sync_items s where ${due} and i.flow = 'ALL' and s.lane = ${lanes.BACKFILL} and s.due_at < ${until(3)} limit ${most})
        union all
        (select from sync_items s where ${due} and i.flow = 'RELEASED' and s.release_epoch is not null
           and s.release_epoch = i.gate_epoch and s.due_at < i.due_at limit ${most})
        limit ${most}) before) as n
      from (
        select s.id, s.integration_id, s.due_at, g.flow, g.release_epoch as gate_epoch, coalesce(g.opened_at, '-infinity') as opened_at,
          case when s.lane = ${lanes.RETRY} then 2 when s.lane = ${lanes.BACKFILL} then 3
               when s.due_at < coalesce(g.opened_at, '-infinity') then 1 else 0 end as arm
        from sync_items s join gates g on g.org_id = s.org_id and g.integration_id = s.integration_id
        where s.org_id = ${orgId} and s.id = any(${sql.param([...itemIds])}::uuid[]) and s.state = 'PENDING') i`),
  );
  return new Map(rows.map((row) => [row.id, row.n]));
}
