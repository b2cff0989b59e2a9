import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { SyncErrorData } from '../../domain/error-categories.ts';
import { type AttemptReason, lanes } from '../../domain/lane.ts';
import { type Db, preparedMark } from '../client.ts';
import { rowsOf } from '../rows.ts';
import type { RecordedExchange } from '../tables/push-attempts.ts';
import { withoutWords } from './erase-lead.ts';

/** What to record of one claimed item. */
export interface Settlement {
  id: string;
  /** The claim it was pushed under; the item is left alone when it belongs to another by now. */
  claim: string;
  outcome: 'CLEARED' | 'FAILED' | 'PENDING';
  cause: 'ANSWERED' | 'REFUSED_LOCALLY' | 'RECOVERED';
  /** False: nothing reached the vendor, so no push was begun. */
  begun: boolean;
  /** The lead's revision that was sent; null when nothing was. */
  sentRevision: number | null;
  remoteId: string | null;
  /** True: the vendor has the record under `remoteId`, though a later step is missing. False: it has not. Null: as it was known before. */
  written: boolean | null;
  /** Of what was sent. */
  digest: string | null;
  accountGeneration: number;
  error: SyncErrorData | null;
  /** For PENDING: when it is due again, in ms from now. */
  dueInMs: number;
  /** For PENDING: the transient failures in a row, this one included where it counts. */
  failures: number;
  /** For FAILED: the lead's value that was refused, at most 200 characters; null: none was, or it is not known. */
  failedValue: string | null;
  /** For FAILED: tells what the vendor refused, where it would refuse the same again; null: it may pass although nothing has changed. */
  refusedDigest: string | null;
  /** The push, as people are shown it; null: none was begun, or none is kept. */
  attempt: AttemptRecord | null;
}

/** What is kept of one push of one lead, besides its number and its outcome. */
export interface AttemptRecord {
  reason: AttemptReason;
  startedAt: Date;
  durationMs: number;
  /** Bounded, without secrets, and storable as they are. */
  exchanges: readonly RecordedExchange[];
}

const SettledItem = z.object({ id: z.string(), state: z.enum(['PENDING', 'FAILED', 'CLEARED', 'WITHDRAWN']) });

/**
 * Records answers, of several pushes at once, in one statement. Guarded by each item's claim: a late answer of an owner that was given up changes
 * nothing. An item whose lead was edited meanwhile waits again instead of being CLEARED, its remote id kept. One whose retry was canceled
 * while it was in flight goes back to where it was before the retry, unless it was answered for good. One whose person was erased meanwhile is
 * CLEARED or WITHDRAWN, and nothing of the answer but the vendor's id is kept. What was really settled has its attempt
 * recorded with it.
 */
export function settleItems(
  db: Db,
  orgId: string,
  settlements: readonly Settlement[],
): Promise<z.output<typeof SettledItem>[]> {
  const rows = settlements.map((row) => ({
    id: row.id,
    claim: row.claim,
    outcome: row.outcome,
    cause: row.cause,
    begun: row.begun,
    sent: row.sentRevision,
    remote_id: row.remoteId,
    written: row.written,
    digest: row.digest,
    account_generation: row.accountGeneration,
    error: row.error,
    due_in_ms: row.dueInMs,
    failures: row.failures,
    failed_value: row.failedValue,
    refused_digest: row.refusedDigest,
    reason: row.attempt?.reason,
    started_at: row.attempt?.startedAt,
    duration_ms: row.attempt?.durationMs,
    exchanges: row.attempt?.exchanges,
  }));
  return rowsOf(
    SettledItem,
    db.execute(sql`${preparedMark}
      with answers as materialized (
        select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as a(id uuid, claim uuid, outcome text, cause text, begun boolean,
          sent integer, remote_id text, written boolean, digest text, account_generation integer, error jsonb, due_in_ms double precision,
          failures integer, failed_value text, refused_digest text, reason text, started_at timestamptz, duration_ms integer,
          exchanges jsonb)),
      held as materialized (
        select s.id from sync_items s
        where s.org_id = ${orgId} and s.id = any(array(select id from answers)) and s.claim = any(array(select claim from answers))
        order by s.id for no key update),
      settled as (
        update sync_items s set
          version = s.version + 1, claim = null, claimed_until = null,
          cause = case when s.erased and a.outcome <> 'CLEARED' then 'ERASED' when a.outcome = 'PENDING' and s.retry_id is not null and s.release_epoch is null then 'RETRY_CANCELED' else a.cause end,
          caused_by = case when a.outcome = 'PENDING' and s.retry_id is not null and s.release_epoch is null
            then (select r.canceled_by from retries r where r.org_id = s.org_id and r.id = s.retry_id) end,
          attempts = s.attempts - case when a.begun then 0 else 1 end,
          state = case
            when s.erased then case a.outcome when 'CLEARED' then 'CLEARED' else 'WITHDRAWN' end
            when a.outcome = 'CLEARED' and s.revision > a.sent then 'PENDING'
            when a.outcome = 'PENDING' and s.retry_id is not null and s.release_epoch is null then s.before_retry->>'state'
            else a.outcome end,
          error = case
            when a.outcome = 'CLEARED' or s.erased then null
            when a.outcome = 'PENDING' and s.retry_id is not null and s.release_epoch is null and s.before_retry->>'state' = 'FAILED'
              then s.before_retry->'error'
            else coalesce(a.error, s.error) end,
          failures = case when a.outcome <> 'PENDING' or s.revision > a.sent then 0 else a.failures end,
          failed_at = case when a.outcome = 'FAILED' then sluice_now() else s.failed_at end,
          failed_value = case when s.erased then null else case a.outcome when 'FAILED' then a.failed_value when 'CLEARED' then null else s.failed_value end end,
          refused_digest = case when s.erased then null else case a.outcome when 'FAILED' then a.refused_digest when 'CLEARED' then null else s.refused_digest end end,
          repeated = case a.outcome
            when 'FAILED' then coalesce(s.before_retry->>'state' = 'FAILED' and (s.before_retry->'error'->>'category') = (a.error->>'category')
              and s.before_retry->'error'->>'remoteField' is not distinct from a.error->>'remoteField'
              and s.before_retry->'error'->>'vendorCode' is not distinct from a.error->>'vendorCode', false)
            when 'CLEARED' then false else s.repeated end,
          due_at = case when a.outcome = 'PENDING' and not (s.revision > coalesce(a.sent, s.revision))
                        then sluice_clock() + make_interval(secs => a.due_in_ms / 1000) else sluice_now() end,
          synced_revision = case when a.outcome = 'CLEARED' then a.sent else s.synced_revision end,
          cleared_at = case when a.outcome = 'CLEARED' then sluice_now() else s.cleared_at end,
          remote_id = case when a.outcome = 'CLEARED' or a.written then coalesce(a.remote_id, s.remote_id) else s.remote_id end,
          account_generation = case when a.outcome = 'CLEARED' or a.written then a.account_generation else s.account_generation end,
          written_revision = case when a.outcome = 'CLEARED' or not a.written then null when a.written then a.sent else s.written_revision end,
          written_digest = case when a.outcome = 'CLEARED' or not a.written or s.erased then null when a.written then a.digest else s.written_digest end,
          release_epoch = case when a.outcome = 'PENDING' and not s.erased then s.release_epoch else null end,
          lane = case when a.outcome = 'PENDING' then s.lane else ${lanes.LIVE} end,
          before_retry = case when a.outcome = 'PENDING' and s.release_epoch is not null and not s.erased then s.before_retry else null end,
          retry_id = case when a.outcome = 'PENDING' and s.release_epoch is not null and not s.erased then s.retry_id else null end
        from answers a
        where s.org_id = ${orgId} and s.id = any(array(select id from held)) and s.id = a.id and s.claim = a.claim
        returning s.id, s.state, s.integration_id, s.version, s.attempts, s.erased),
      recorded as (
        insert into push_attempts (org_id, item_id, integration_id, item_version, attempt, reason, started_at, duration_ms,
          outcome, error, exchanges)
        select ${orgId}, s.id, s.integration_id, s.version, s.attempts, a.reason, a.started_at, a.duration_ms,
          case a.outcome when 'PENDING' then 'WAITING' else a.outcome end,
          case when s.erased then ${withoutWords(sql`a.error`)} else a.error end, case when s.erased then '[]' else a.exchanges end
        from settled s join answers a using (id) where a.reason is not null)
      select id, state from settled`),
  );
}

/** What the vendor has of a claimed item, before its push has ended. */
export interface WrittenItem {
  id: string;
  remoteId: string;
  sentRevision: number | null;
  digest: string | null;
  accountGeneration: number;
}

/** Stores what the vendor has already of items that are in a push with a later step: no move. Left alone where the claim is another's by now. */
export async function noteWritten(db: Db, orgId: string, claim: string, items: readonly WrittenItem[]): Promise<void> {
  const rows = items.map((item) => ({
    id: item.id,
    remote_id: item.remoteId,
    sent: item.sentRevision,
    digest: item.digest,
    account_generation: item.accountGeneration,
  }));
  await db.execute(sql`
    with written as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as w(id uuid, remote_id text, sent integer, digest text,
        account_generation integer)),
    held as materialized (
      select s.id from sync_items s
      where s.org_id = ${orgId} and s.id = any(array(select id from written)) and s.claim = ${claim}
      order by s.id for no key update)
    update sync_items s set remote_id = w.remote_id, account_generation = w.account_generation, written_revision = w.sent,
      written_digest = case when s.erased then null else w.digest end
    from written w where s.org_id = ${orgId} and s.id = any(array(select id from held)) and s.id = w.id and s.claim = ${claim}`);
}
