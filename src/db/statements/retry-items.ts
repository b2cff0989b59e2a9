import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { ErrorCategory, SyncErrorData } from '../../domain/error-categories.ts';
import { lanes } from '../../domain/lane.ts';
import type { Db, Tx } from '../client.ts';
import { rowsOf } from '../rows.ts';

/** Which items a retry takes, of those that wait or failed. All that is given must match. */
export interface RetrySelection {
  /** Only these ids. */
  ids?: string[] | undefined;
  /** Looked for one after the other; what is done is taken off. FAILED first. */
  states: ('FAILED' | 'PENDING')[];
  eventId?: string | undefined;
  category?: ErrorCategory | undefined;
  /** Part of name, e-mail or company, in lower case. */
  search?: string | undefined;
  capturedFrom?: string | undefined;
  capturedUntil?: string | undefined;
}

/** Leads looked at or released in one transaction: a switch of mode waits for no longer. */
export const releaseChunk = 500;

const Id = z.object({ id: z.string() });

const SelectedItem = z.object({
  id: z.string(),
  state: z.enum(['PENDING', 'FAILED']),
  /** A running retry has it already. */
  taken: z.boolean(),
  lead_id: z.string(),
  remote_id: z.string().nullable(),
  account_generation: z.number().nullable(),
  written_revision: z.number().nullable(),
  written_digest: z.string().nullable(),
  error: z.custom<SyncErrorData>().nullable(),
  refused_digest: z.string().nullable(),
});
export type SelectedItem = z.output<typeof SelectedItem>;

/**
 * The next page of what was selected in one state, oldest capture first, without locks, by the index of the lists. Fewer than a chunk: that was
 * all. `until`: nothing that came onto the list later than this item.
 */
export async function listSelectedItems(
  db: Db | Tx,
  target: { orgId: string; integrationId: string; releaseEpoch: number },
  selection: RetrySelection,
  range: { state: 'PENDING' | 'FAILED'; after: string | null; until: string },
): Promise<SelectedItem[]> {
  const { orgId, integrationId, releaseEpoch } = target;
  const behind = range.after
    ? sql`and (s.captured_at, s.id) > ((select captured_at from sync_items where org_id = ${orgId} and id = ${range.after}), ${range.after}::uuid)`
    : sql``;
  return rowsOf(
    SelectedItem,
    db.execute(sql`
      select s.id, s.state, s.lead_id, s.remote_id, s.account_generation, s.written_revision, s.written_digest, s.error,
        s.refused_digest,
        (s.state = 'PENDING' and s.retry_id is not null and s.release_epoch is not distinct from ${releaseEpoch}::integer)
          or exists (select from retry_members m join retries r on r.org_id = m.org_id and r.id = m.retry_id
                     where m.org_id = s.org_id and m.item_id = s.id and r.status = 'RUNNING') as taken
      from sync_items s
      where ${selected(orgId, integrationId, range.state, selection)} and s.id <= ${range.until}::uuid ${behind}
      order by s.captured_at, s.id limit ${releaseChunk}`),
  );
}

/** The highest id of the organization's items: what comes onto the list later is not of the retry. Null when there is none. */
export async function findLastItem(tx: Db | Tx, orgId: string): Promise<string | null> {
  const [last] = await rowsOf(
    Id,
    tx.execute(sql`select id from sync_items where org_id = ${orgId} order by org_id desc, id desc limit 1`),
  );
  return last?.id ?? null;
}

function selected(orgId: string, integrationId: string, state: 'PENDING' | 'FAILED', selection: RetrySelection): SQL {
  const parts: SQL[] = [
    sql`s.org_id = ${orgId} and s.integration_id = ${integrationId} and s.state = ${state} and not s.erased`,
  ];
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
    Id,
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
