import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { ErrorCategory } from '../../domain/error-categories.ts';
import { lanes } from '../../domain/lane.ts';
import type { Tx } from '../client.ts';
import { rowsOf } from '../rows.ts';

/** Which items a retry takes, of those that wait or failed. All that is given must match. */
export interface RetrySelection {
  /** Only these ids. */
  ids?: string[] | undefined;
  /** Released one after the other; what is done is taken off. FAILED first: what fails again meanwhile is not taken a second time. */
  states: ('FAILED' | 'PENDING')[];
  eventId?: string | undefined;
  category?: ErrorCategory | undefined;
  /** Part of name, e-mail or company, in lower case. */
  search?: string | undefined;
  capturedFrom?: string | undefined;
  capturedUntil?: string | undefined;
}

/** Leads released in one transaction: a switch of mode waits for no longer. */
export const releaseChunk = 500;

const Released = z.object({ id: z.string() });

const Chunk = z.object({ released: z.coerce.number(), paged: z.coerce.number(), last: z.string().nullable() });

/**
 * Releases the next chunk of what was selected in one state, oldest capture first, into the retry. Leaves alone what another running retry has
 * released. The page is found without locks, by the index of the lists, and then locked in the order of ids; the transaction holds the gate's lock,
 * so it should be short. `last`: the page's last item, to go on behind; fewer `paged` than a chunk: that was all.
 */
export async function releaseItems(
  tx: Tx,
  target: { orgId: string; integrationId: string; retryId: string; releaseEpoch: number },
  selection: RetrySelection,
  range: { state: 'PENDING' | 'FAILED'; after: string | null; until: string },
): Promise<z.output<typeof Chunk>> {
  const { orgId, integrationId, retryId, releaseEpoch } = target;
  const behind = range.after
    ? sql`and (s.captured_at, s.id) > ((select captured_at from sync_items where org_id = ${orgId} and id = ${range.after}), ${range.after}::uuid)`
    : sql``;
  const [chunk] = await rowsOf(
    Chunk,
    tx.execute(sql`
      with page as materialized (
        select s.id, s.captured_at from sync_items s
        where ${selected(orgId, integrationId, range.state, selection)} and s.id <= ${range.until}::uuid ${behind}
        order by s.captured_at, s.id limit ${releaseChunk}),
      chosen as materialized (
        select s.id from sync_items s
        where s.org_id = ${orgId} and s.id = any(array(select id from page)) and s.state = ${range.state}
          and not (s.state = 'PENDING' and s.retry_id is not null and s.release_epoch is not distinct from ${releaseEpoch}::integer)
        order by s.id for no key update),
      moved as (
        update sync_items s set state = 'PENDING', version = s.version + 1,
          cause = case when s.state = 'FAILED' then 'RETRIED' else 'RELEASED' end,
          caused_by = (select requested_by from retries where org_id = ${orgId} and id = ${retryId}),
          before_retry = jsonb_build_object('state', s.state, 'error', s.error), retry_id = ${retryId}, release_epoch = ${releaseEpoch},
          lane = ${lanes.RETRY},
          due_at = sluice_now(), failures = 0
        where s.org_id = ${orgId} and s.id = any(array(select id from chosen))
        returning 1)
      select (select count(*) from moved) as released, (select count(*) from page) as paged,
        (select id from page order by captured_at desc, id desc limit 1) as last`),
  );
  return chunk ?? { released: 0, paged: 0, last: null };
}

/** The highest id of the organization's items: what comes onto the list later is not of the retry. Null when there is none. */
export async function findLastItem(tx: Tx, orgId: string): Promise<string | null> {
  const [last] = await rowsOf(
    Released,
    tx.execute(sql`select id from sync_items where org_id = ${orgId} order by org_id desc, id desc limit 1`),
  );
  return last?.id ?? null;
}

function selected(orgId: string, integrationId: string, state: 'PENDING' | 'FAILED', selection: RetrySelection): SQL {
  const parts: SQL[] = [sql`s.org_id = ${orgId} and s.integration_id = ${integrationId} and s.state = ${state}`];
  if (selection.ids) parts.push(sql`s.id = any(${sql.param(selection.ids)}::uuid[])`);
  if (selection.eventId) parts.push(sql`s.event_id = ${selection.eventId}`);
  if (selection.category) parts.push(sql`s.state = 'FAILED' and s.category = ${selection.category}`);
  if (selection.capturedFrom) parts.push(sql`s.captured_at >= ${selection.capturedFrom}::timestamptz`);
  if (selection.capturedUntil) parts.push(sql`s.captured_at < ${selection.capturedUntil}::timestamptz`);
  if (selection.search) {
    parts.push(
      sql`exists (select from leads l where l.org_id = s.org_id and l.id = s.lead_id and l.search_text like ${likePattern(selection.search)})`,
    );
  }
  return sql.join(parts, sql` and `);
}

/** A LIKE pattern that finds the text anywhere, taken literally. */
export function likePattern(search: string): string {
  return `%${search.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
}

/**
 * Puts the next chunk of a canceled retry's waiting items back to where they were before it, and marks those in flight, so that they go back too
 * unless they are answered for good. Returns how many it touched; fewer than a chunk: that was all.
 */
export async function unreleaseItems(
  tx: Tx,
  orgId: string,
  retryId: string,
  canceledBy: string | null,
): Promise<number> {
  const touched = await rowsOf(
    Released,
    tx.execute(sql`
      with chosen as materialized (
        select id from sync_items where org_id = ${orgId} and retry_id = ${retryId} and release_epoch is not null
        order by id limit ${releaseChunk} for no key update)
      update sync_items s set
        version = s.version + case when s.state = 'SYNCING' then 0 else 1 end,
        cause = case when s.state = 'SYNCING' then s.cause else 'RETRY_CANCELED' end,
        caused_by = case when s.state = 'SYNCING' then s.caused_by else ${canceledBy} end,
        state = case when s.state = 'PENDING' then s.before_retry->>'state' else s.state end,
        error = case when s.state = 'PENDING' then nullif(s.before_retry->'error', 'null'::jsonb) else s.error end,
        retry_id = case when s.state = 'SYNCING' then s.retry_id else null end,
        before_retry = case when s.state = 'SYNCING' then s.before_retry else null end,
        release_epoch = null, failures = 0, lane = ${lanes.LIVE}
      where s.org_id = ${orgId} and s.id = any(array(select id from chosen)) returning s.id`),
  );
  return touched.length;
}
