import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { ErrorCategory } from '../../domain/error-categories.ts';
import { lanes } from '../../domain/lane.ts';
import type { SyncState } from '../../domain/lifecycle.ts';
import type { Tx } from '../client.ts';
import { rowsOf } from '../rows.ts';
import { likePattern } from './retry-items.ts';

/** Where a withdrawn item was, and is put back to. */
export type StateBefore = Extract<SyncState, 'PENDING' | 'FAILED' | 'CLEARED'>;

/** Which items to take off the list, or to put back onto it; all that is given must match. Of withdrawn ones: as they were before. */
export interface WithdrawalFilter {
  states: readonly StateBefore[];
  eventId: string | null;
  category: ErrorCategory | null;
  /** Part of name, e-mail or company. */
  search: string | null;
  capturedFrom: Date | null;
  capturedUntil: Date | null;
}

export interface WithdrawalTarget {
  orgId: string;
  integrationId: string;
  /** Who asked for it. */
  by: string;
}

/** Items that one transaction moves at most. */
export const withdrawalChunk = 500;

const Locked = z.object({
  id: z.string(),
  state: z.enum(['PENDING', 'SYNCING', 'FAILED', 'CLEARED', 'WITHDRAWN']),
  erased: z.boolean(),
});

/** The items of these ids, locked in the order of their ids. Those that the integration does not have are left out. */
export function lockItems(tx: Tx, { orgId, integrationId }: WithdrawalTarget, ids: readonly string[]) {
  return rowsOf(
    Locked,
    tx.execute(sql`
      select id, state, erased from sync_items
      where org_id = ${orgId} and integration_id = ${integrationId} and id = any(${sql.param([...ids])}::uuid[])
      order by id for no key update`),
  );
}

/**
 * Takes items off the work list that the transaction has locked: neither in flight nor withdrawn. One that a retry has released and not pushed
 * leaves the retry, and is remembered as it was before it.
 */
export async function withdrawItems(tx: Tx, target: WithdrawalTarget, ids: readonly string[]): Promise<void> {
  await tx.execute(withdrawal(target, sql`${sql.param([...ids])}::uuid[]`));
}

/** Puts items back onto the work list that the transaction has locked. One that was CLEARED, and whose lead was edited since, waits to be sent again. */
export async function restoreItems(tx: Tx, target: WithdrawalTarget, ids: readonly string[]): Promise<void> {
  await tx.execute(restoration(target, sql`${sql.param([...ids])}::uuid[]`));
}

/** A stretch of what a filter matches, by capture. */
export interface WithdrawalRange {
  /** Behind this item; null: from the first. */
  after: string | null;
  /** Nothing that came onto the list later than this item. */
  until: string;
}

const Chunk = z.object({ moved: z.coerce.number(), paged: z.coerce.number(), last: z.string().nullable() });
export type WithdrawalPage = z.output<typeof Chunk>;

/**
 * Takes the next chunk of what waits, failed or is CLEARED and matches off the list. The page is found without locks, by the index of the lists,
 * and then locked in the order of ids. `last`: the page's last item, to go on behind; fewer `paged` than a chunk: that was all.
 */
export async function withdrawPage(
  tx: Tx,
  target: WithdrawalTarget,
  filter: Omit<WithdrawalFilter, 'states'> & { state: StateBefore },
  range: WithdrawalRange,
): Promise<WithdrawalPage> {
  const category = filter.category === null ? sql`` : sql`and s.state = 'FAILED' and s.category = ${filter.category}`;
  const matching = sql`s.state = ${filter.state} and not s.erased ${category}`;
  return movePage(tx, target, { matching, filter, range }, withdrawal);
}

/** Puts the next chunk of what is withdrawn and was as the filter says back onto the list; as withdrawPage. Leaves those of erased persons alone. */
export async function restorePage(
  tx: Tx,
  target: WithdrawalTarget,
  filter: WithdrawalFilter,
  range: WithdrawalRange,
): Promise<WithdrawalPage> {
  const category =
    filter.category === null
      ? sql``
      : sql`and s.before_withdrawal->>'state' = 'FAILED' and s.before_withdrawal->'error'->>'category' = ${filter.category}`;
  const matching = sql`s.state = 'WITHDRAWN' and not s.erased
    and s.before_withdrawal->>'state' = any(${sql.param([...filter.states])}::text[]) ${category}`;
  return movePage(tx, target, { matching, filter, range }, restoration);
}

async function movePage(
  tx: Tx,
  target: WithdrawalTarget,
  page: { matching: SQL; filter: Omit<WithdrawalFilter, 'states'>; range: WithdrawalRange },
  move: (target: WithdrawalTarget, ids: SQL) => SQL,
): Promise<WithdrawalPage> {
  const { orgId, integrationId } = target;
  const { matching, filter, range } = page;
  const behind = range.after
    ? sql`and (s.captured_at, s.id) > ((select captured_at from sync_items where org_id = ${orgId} and id = ${range.after}), ${range.after}::uuid)`
    : sql``;
  const [chunk] = await rowsOf(
    Chunk,
    tx.execute(sql`
      with page as materialized (
        select s.id, s.captured_at from sync_items s
        where s.org_id = ${orgId} and s.integration_id = ${integrationId} and ${matching} ${filtered(filter)}
          and s.id <= ${range.until}::uuid ${behind}
        order by s.captured_at, s.id limit ${withdrawalChunk}),
      chosen as materialized (
        select s.id from sync_items s
        where s.org_id = ${orgId} and s.id = any(array(select id from page)) and ${matching}
        order by s.id for no key update),
      moved as (${move(target, sql`array(select id from chosen)`)} returning 1)
      select (select count(*) from moved) as moved, (select count(*) from page) as paged,
        (select id from page order by captured_at desc, id desc limit 1) as last`),
  );
  return chunk ?? { moved: 0, paged: 0, last: null };
}

function filtered({ eventId, search, capturedFrom, capturedUntil }: Omit<WithdrawalFilter, 'states'>): SQL {
  const parts: SQL[] = [];
  if (eventId !== null) parts.push(sql`and s.event_id = ${eventId}`);
  if (capturedFrom !== null) parts.push(sql`and s.captured_at >= ${capturedFrom.toISOString()}::timestamptz`);
  if (capturedUntil !== null) parts.push(sql`and s.captured_at < ${capturedUntil.toISOString()}::timestamptz`);
  if (search !== null) {
    parts.push(
      sql`and exists (select from leads l where l.org_id = s.org_id and l.id = s.lead_id and l.search_text like ${likePattern(search)})`,
    );
  }
  return sql.join(parts, sql` `);
}

function withdrawal({ orgId, by }: WithdrawalTarget, ids: SQL): SQL {
  return sql`
    update sync_items s set state = 'WITHDRAWN', version = s.version + 1, cause = 'WITHDRAWN', caused_by = ${by},
      before_withdrawal = case when s.retry_id is not null and s.before_retry is not null and s.release_epoch = g.release_epoch
                               then s.before_retry
                               else jsonb_build_object('state', s.state, 'error', s.error) end,
      retry_id = null, before_retry = null, release_epoch = null,
      lane = case when s.lane = ${lanes.RETRY} then ${lanes.LIVE} else s.lane end
    from gates g
    where s.org_id = ${orgId} and s.id = any(${ids}) and g.org_id = s.org_id and g.integration_id = s.integration_id`;
}

/** What an item is put back to is cleared at the vendor as of `synced_revision`: an edit since then has to go there as well. */
const editedSince = sql`s.before_withdrawal->>'state' = 'CLEARED' and s.revision > s.synced_revision`;

function restoration({ orgId, by }: WithdrawalTarget, ids: SQL): SQL {
  return sql`
    update sync_items s set version = s.version + 1, cause = 'RESTORED', caused_by = ${by},
      state = case when ${editedSince} then 'PENDING' else s.before_withdrawal->>'state' end,
      error = nullif(s.before_withdrawal->'error', 'null'::jsonb),
      due_at = case when ${editedSince} then sluice_now() else s.due_at end,
      failures = case when ${editedSince} then 0 else s.failures end,
      before_withdrawal = null
    where s.org_id = ${orgId} and s.id = any(${ids})`;
}
