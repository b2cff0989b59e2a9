import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { lanes } from '../../domain/lane.ts';
import type { Tx } from '../client.ts';
import { rowsOf } from '../rows.ts';
import { releaseChunk } from './retry-items.ts';

// Members are leads that a running retry will release and that are as they were before it. All of this needs the lock of the gate.

/** Makes items members, in this order, behind those that are. A member that an ended retry has not forgotten yet is taken over. */
export async function addMembers(
  tx: Tx,
  orgId: string,
  retryId: string,
  items: readonly { id: string; state: 'PENDING' | 'FAILED' }[],
): Promise<void> {
  if (items.length === 0) return;
  await tx.execute(sql`
    insert into retry_members as m (org_id, retry_id, place, item_id, state)
    select ${orgId}::uuid, ${retryId}::uuid, coalesce(last.place, 0) + i.nth, i.id, i.state
    from jsonb_to_recordset(${JSON.stringify(items.map(({ id, state }, nth) => ({ id, state, nth: nth + 1 })))}::jsonb)
      as i(id uuid, state text, nth integer)
    cross join (select max(place) as place from retry_members where org_id = ${orgId} and retry_id = ${retryId}) last
    on conflict (org_id, item_id) do update set retry_id = excluded.retry_id, place = excluded.place, state = excluded.state`);
}

const Chunk = z.object({
  /** Members that are none any more. */
  members: z.coerce.number(),
  /** Of them: released, or found in flight, so that the retry waits for their outcome. */
  released: z.coerce.number(),
  /** Of them: those that waited and had their outcome before their turn came, because the gate let them pass anyway. */
  cleared: z.coerce.number(),
  failed: z.coerce.number(),
});
export type ReleasedChunk = z.output<typeof Chunk>;

/** Releases the next members, at most `limit` and a chunk. What is left of the sum is off the work list: nobody's to wait for. */
export async function releaseMembers(
  tx: Tx,
  target: { orgId: string; retryId: string; releaseEpoch: number },
  limit: number,
): Promise<ReleasedChunk> {
  const { orgId, retryId, releaseEpoch } = target;
  const inFlight = sql`s.state = 'SYNCING'`;
  const [chunk] = await rowsOf(
    Chunk,
    tx.execute(sql`
      with page as materialized (
        select place, item_id, state from retry_members where org_id = ${orgId} and retry_id = ${retryId}
        order by place limit ${Math.min(limit, releaseChunk)}),
      locked as materialized (
        select s.id, s.state, s.erased from sync_items s where s.org_id = ${orgId} and s.id = any(array(select item_id from page))
        order by s.id for no key update),
      found as materialized (
        select l.id, case when l.erased then 'LOST' when l.state in ('PENDING', 'SYNCING') or (l.state = 'FAILED' and p.state = 'FAILED') then 'CHOSEN'
                          else l.state end as state
        from locked l join page p on p.item_id = l.id),
      moved as (
        update sync_items s set version = s.version + case when ${inFlight} then 0 else 1 end,
          cause = case s.state when 'SYNCING' then s.cause when 'FAILED' then 'RETRIED' else 'RELEASED' end,
          caused_by = case when ${inFlight} then s.caused_by else (select requested_by from retries where org_id = ${orgId} and id = ${retryId}) end,
          before_retry = jsonb_build_object('state', case when ${inFlight} then 'PENDING' else s.state end, 'error', s.error),
          state = case when ${inFlight} then s.state else 'PENDING' end,
          due_at = case when ${inFlight} then s.due_at else sluice_now() end,
          failures = case when ${inFlight} then s.failures else 0 end,
          retry_id = ${retryId}, release_epoch = ${releaseEpoch}, lane = ${lanes.RETRY}
        where s.org_id = ${orgId} and s.id = any(array(select id from found where state = 'CHOSEN'))
        returning 1),
      gone as (
        delete from retry_members where org_id = ${orgId} and retry_id = ${retryId} and place = any(array(select place from page)))
      select (select count(*) from page) as members, (select count(*) from moved) as released,
        count(*) filter (where state = 'CLEARED') as cleared, count(*) filter (where state = 'FAILED') as failed from found`),
  );
  return chunk ?? { members: 0, released: 0, cleared: 0, failed: 0 };
}

/** Forgets the next chunk of a retry's members: they are as they were. Fewer than a chunk: that was all. */
export async function forgetMembers(tx: Tx, orgId: string, retryId: string): Promise<number> {
  const forgotten = await rowsOf(
    z.object({ place: z.number() }),
    tx.execute(sql`
      delete from retry_members where org_id = ${orgId} and retry_id = ${retryId} and place = any(array(
        select place from retry_members where org_id = ${orgId} and retry_id = ${retryId} order by place limit ${releaseChunk}))
      returning place`),
  );
  return forgotten.length;
}

/** Whether the retry has something left to release. */
export async function hasMembers(tx: Tx, orgId: string, retryId: string): Promise<boolean> {
  const [found] = await rowsOf(
    z.object({ left: z.boolean() }),
    tx.execute(
      sql`select exists (select from retry_members where org_id = ${orgId} and retry_id = ${retryId}) as left`,
    ),
  );
  return found?.left ?? false;
}
