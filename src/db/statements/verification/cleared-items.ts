import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Db, Tx } from '../../client.ts';
import { bigintColumn, instantColumn, rowsOf } from '../../rows.ts';

const Cleared = z.object({
  id: z.string(),
  lead_id: z.string(),
  event_id: z.string(),
  captured_at: instantColumn,
  match_key: z.string().nullable(),
  remote_id: z.string().nullable(),
  account_generation: z.number().nullable(),
  revision: z.number(),
  /** Since it was last cleared. */
  cleared_ms_ago: z.coerce.number(),
});
export type ClearedItem = z.output<typeof Cleared>;

/** CLEARED items of an integration, by capture, behind `after`. Their order never changes, so that what stays CLEARED is met exactly once. */
export async function listCleared(
  db: Db,
  orgId: string,
  integrationId: string,
  after: { capturedAt: string; id: string } | null,
  limit: number,
): Promise<ClearedItem[]> {
  const behind =
    after === null ? sql`` : sql`and (s.captured_at, s.id) > (${after.capturedAt}::timestamptz, ${after.id}::uuid)`;
  return rowsOf(
    Cleared,
    db.execute(sql`
      select s.id, s.lead_id, s.event_id, s.captured_at, s.match_key, s.remote_id, s.account_generation, s.revision,
        extract(epoch from sluice_now() - s.cleared_at) * 1000 as cleared_ms_ago
      from sync_items s
      where s.org_id = ${orgId} and s.integration_id = ${integrationId} and s.state = 'CLEARED' ${behind}
      order by s.captured_at, s.id limit ${limit}`),
  );
}

/** Which of these items are still CLEARED as this very record at the vendor. */
export async function stillCleared(
  tx: Tx,
  orgId: string,
  items: readonly Pick<ClearedItem, 'id' | 'match_key' | 'remote_id'>[],
): Promise<Set<string>> {
  if (items.length === 0) return new Set();
  const rows = await rowsOf(
    z.object({ id: z.string() }),
    tx.execute(sql`
      select s.id from jsonb_to_recordset(${JSON.stringify(items)}::jsonb) as asked(id uuid, remote_id text, match_key text)
      join sync_items s on s.org_id = ${orgId} and s.id = asked.id and s.state = 'CLEARED'
        and (s.remote_id = asked.remote_id or (asked.remote_id is null and s.remote_id is null and s.match_key = asked.match_key))`),
  );
  return new Set(rows.map((row) => row.id));
}

const Size = z.object({
  integration_id: z.string(),
  items: bigintColumn,
  cleared: bigintColumn,
  transitions: bigintColumn,
  head: bigintColumn,
});
export type IntegrationSize = z.output<typeof Size>;

/** The organization's integrations that can be verified, by id: all or one, and about how much there is to look at. None that is being deleted. */
export async function listIntegrationSizes(
  db: Db | Tx,
  orgId: string,
  integrationId: string | null,
): Promise<IntegrationSize[]> {
  const only = integrationId === null ? sql`` : sql`and g.integration_id = ${integrationId}`;
  return rowsOf(
    Size,
    db.execute(sql`
      select g.integration_id, coalesce(c.items, 0) as items, coalesce(c.cleared, 0) as cleared, l.position - l.pruned_to as transitions,
        l.position as head
      from gates g
      join sync_logs l on l.org_id = g.org_id and l.integration_id = g.integration_id
      left join lateral (
        select sum(n) filter (where bucket in ('PENDING', 'SYNCING', 'CLEARED', 'WITHDRAWN') or bucket like 'FAILED:%') as items,
          sum(n) filter (where bucket = 'CLEARED') as cleared
        from counts c where c.org_id = g.org_id and c.integration_id = g.integration_id) c on true
      where g.org_id = ${orgId} ${only}
        and not exists (
          select from operations o where o.org_id = g.org_id and o.integration_id = g.integration_id
            and o.kind = 'INTEGRATION_DELETION' and o.status = 'RUNNING')
      order by g.integration_id`),
  );
}
