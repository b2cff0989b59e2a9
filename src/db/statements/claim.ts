import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { attemptReasons, lanes } from '../../domain/lane.ts';
import { type Db, preparedMark } from '../client.ts';
import { rowsOf } from '../rows.ts';

export interface Claim {
  orgId: string;
  integrationId: string;
  /** Names the claim: settling under another one changes nothing. */
  token: string;
  /** How long until the claim's owner is presumed dead. */
  claimSeconds: number;
  limit: number;
  /** Match keys that are at the vendor now: leads that share one are left for later. */
  busyKeys: readonly string[];
  /** Items to leave: they are to be claimed as a group of their own. */
  except: readonly string[];
  /** Only these, where not null. */
  only: readonly string[] | null;
  /** True: only leads that came live since the gate opened; the rest of a daily quota is kept for them. */
  liveOnly: boolean;
  /** UNTRIED: only those that were never without an answer. UNSPENT: only those that have spent no attempt. */
  which?: 'UNTRIED' | 'UNSPENT';
}

const whichCondition = {
  ALL: sql``,
  UNTRIED: sql`and failures = 0 and error is null`,
  UNSPENT: sql`and failures = 0`,
};

const ClaimedItem = z.object({
  id: z.string(),
  lead_id: z.string(),
  event_id: z.string(),
  match_key: z.string().nullable(),
  failures: z.number(),
  attempts: z.number(),
  remote_id: z.string().nullable(),
  account_generation: z.number().nullable(),
  written_revision: z.number().nullable(),
  written_digest: z.string().nullable(),
  connection_epoch: z.number(),
  suspected: z.boolean(),
  reason: z.enum(attemptReasons),
});
export type ClaimedItem = z.output<typeof ClaimedItem>;

/**
 * Claims up to `limit` items that are due and may pass the gate, one of each match key: what came live first, then what the gate's opening
 * flushed, then retries, then backfills; within each, oldest due first. Takes the gate's lock: a switch waits for us and then wins, and after it
 * commits nothing is claimed under the old setting. Empty when the gate is closed or nothing is due. The rest of the statement may be older than
 * the gate it saw, so "nothing left" is only true of a claim that began after the last news of work.
 */
export function claimDueItems(db: Db, claim: Claim): Promise<ClaimedItem[]> {
  const { orgId, integrationId, token, claimSeconds, limit } = claim;
  const busyKeys = sql`${sql.param([...claim.busyKeys])}::text[]`;
  const except = sql`${sql.param([...claim.except])}::uuid[]`;
  const only = claim.only ? sql`and id = any(${sql.param([...claim.only])}::uuid[])` : sql``;
  const due = sql`org_id = ${orgId} and integration_id = ${integrationId} and state = 'PENDING' and due_at <= sluice_now()
    and (match_key is null or match_key <> all(${busyKeys})) and id <> all(${except}) ${only} ${whichCondition[claim.which ?? 'ALL']}`;
  const columns = (place: number) => sql`id, match_key, due_at, ${sql.raw(String(place))} as place, ${reasonOf}`;
  const left = (taken: string[]) =>
    sql`greatest(0, ${limit} ${sql.join(
      taken.map((arm) => sql`- (select count(*) from ${sql.raw(arm)})`),
      sql` `,
    )})`;
  const others = sql.raw(claim.liveOnly ? 'and false' : '');
  // Each arm is a scan of one index, in its order, cut to what the arms before it left. The flow is looked at once, not per row.
  return rowsOf(
    ClaimedItem,
    db.execute(sql`${preparedMark}
      with gate as materialized (
        select flow, release_epoch, connection_epoch, coalesce(opened_at, '-infinity') as opened_at from gates
        where org_id = ${orgId} and integration_id = ${integrationId} and flow <> 'NONE' for no key update),
      live as (
        select ${columns(0)} from sync_items
        where ${due} and lane = ${lanes.LIVE} and (select flow from gate) = 'ALL' and due_at >= (select opened_at from gate)
        order by due_at limit ${limit} for no key update skip locked),
      flushed as (
        select ${columns(1)} from sync_items
        where ${due} and lane = ${lanes.LIVE} and (select flow from gate) = 'ALL' and due_at < (select opened_at from gate) ${others}
        order by due_at limit ${left(['live'])} for no key update skip locked),
      retried as (
        select ${columns(2)} from sync_items where ${due} and lane = ${lanes.RETRY} and (select flow from gate) = 'ALL' ${others}
        order by due_at limit ${left(['live', 'flushed'])} for no key update skip locked),
      backfilled as (
        select ${columns(3)} from sync_items where ${due} and lane = ${lanes.BACKFILL} and (select flow from gate) = 'ALL' ${others}
        order by due_at limit ${left(['live', 'flushed', 'retried'])} for no key update skip locked),
      released as (
        select ${columns(2)} from sync_items
        where ${due} and release_epoch is not null and release_epoch = (select release_epoch from gate where flow = 'RELEASED') ${others}
        order by due_at limit ${limit} for no key update skip locked),
      candidates as (
        select * from live union all select * from flushed union all select * from retried union all select * from backfilled
        union all select * from released),
      chosen as (
        select distinct on (coalesce(match_key, id::text)) id, reason
        from candidates order by coalesce(match_key, id::text), place, due_at),
      claimed as (
        update sync_items s set state = 'SYNCING', version = s.version + 1, cause = 'CLAIMED', caused_by = null, attempts = s.attempts + 1,
          claim = ${token}, claimed_until = sluice_clock() + make_interval(secs => ${claimSeconds})
        from gate g
        where s.org_id = ${orgId} and s.id = any(array(select id from chosen))
        returning s.id, s.lead_id, s.event_id, s.match_key, s.failures, s.attempts, s.remote_id, s.account_generation, s.written_revision,
          s.written_digest, g.connection_epoch, coalesce(s.error->>'category' in ('VENDOR_UNAVAILABLE', 'TIMEOUT'), false) as suspected)
      select claimed.*, case when chosen.reason = 'AUTOMATIC' and claimed.id = any(array(select id from flushed)) then 'FLUSHED'
                             else chosen.reason end as reason
      from claimed join chosen using (id)`),
  );
}

/** Why a push of the item runs, from what the item tells before it is claimed; that it was flushed follows from the arm that found it. */
const reasonOf = sql`case when cause = 'RECOVERED' then 'RECOVERED'
  when failures > 0 or (cause = 'ANSWERED' and error is not null) then 'AGAIN'
  when before_retry->>'state' = 'FAILED' then 'RETRIED' when before_retry is not null then 'RELEASED'
  when lane = ${lanes.BACKFILL} then 'BACKFILLED' else 'AUTOMATIC' end as reason`;

/** Prolongs a claim whose vendor takes its time. False: nothing of it is ours any more. */
export async function prolongClaim(
  db: Db,
  orgId: string,
  ids: readonly string[],
  token: string,
  claimSeconds: number,
): Promise<boolean> {
  const prolonged = await rowsOf(
    z.object({ id: z.string() }),
    db.execute(sql`
      with held as materialized (
        select id from sync_items
        where org_id = ${orgId} and id = any(${sql.param([...ids])}::uuid[]) and state = 'SYNCING' and claim = ${token}
        order by id for no key update)
      update sync_items set claimed_until = sluice_clock() + make_interval(secs => ${claimSeconds}), cause = 'RENEWED'
      where org_id = ${orgId} and id = any(array(select id from held)) and claim = ${token} returning id`),
  );
  return prolonged.length === ids.length;
}

/**
 * Gives back what processes held that are presumed dead: claims that ended `marginSeconds` ago, at most 500. Returns their integrations.
 * The margin covers what a live owner may still send in the last moment of its claim.
 */
export function recoverExpiredClaims(db: Db, marginSeconds: number): Promise<RecoveredIntegration[]> {
  return recover(db, sql`claimed_until < sluice_clock() - make_interval(secs => ${marginSeconds})`);
}

/** Gives back every claim, at most 500: only for a process that knows that all others are dead, and has claimed nothing yet. */
export function recoverAllClaims(db: Db): Promise<RecoveredIntegration[]> {
  return recover(db, sql`true`);
}

export interface RecoveredIntegration {
  orgId: string;
  integrationId: string;
}

/** One whose retry was canceled while it was in flight goes back to where it was before the retry, and one that was erased is withdrawn, as in settling. */
async function recover(db: Db, condition: SQL): Promise<RecoveredIntegration[]> {
  const canceled = sql`s.retry_id is not null and s.release_epoch is null`;
  const recovered = await rowsOf(
    z.object({ org_id: z.string(), integration_id: z.string() }),
    db.execute(sql`
      with lost as (
        select org_id, id from sync_items where state = 'SYNCING' and ${condition}
        order by id limit 500 for no key update skip locked)
      update sync_items s set version = s.version + 1, claim = null, claimed_until = null, due_at = sluice_now(),
        state = case when s.erased then 'WITHDRAWN' when ${canceled} then s.before_retry->>'state' else 'PENDING' end,
        error = case when s.erased then null when ${canceled} and s.before_retry->>'state' = 'FAILED' then s.before_retry->'error' else s.error end,
        cause = case when s.erased then 'ERASED' when ${canceled} then 'RETRY_CANCELED' else 'RECOVERED' end,
        caused_by = case when ${canceled} then ${cancelerOf} end,
        release_epoch = case when s.erased then null else s.release_epoch end,
        before_retry = case when ${canceled} or s.erased then null else s.before_retry end,
        retry_id = case when ${canceled} or s.erased then null else s.retry_id end
      from lost l where s.org_id = l.org_id and s.id = l.id returning s.org_id, s.integration_id`),
  );
  const seen = new Map(
    recovered.map((row) => [row.integration_id, { orgId: row.org_id, integrationId: row.integration_id }]),
  );
  return [...seen.values()];
}

/** Who canceled the retry of the item `s`. */
const cancelerOf = sql`(select r.canceled_by from retries r where r.org_id = s.org_id and r.id = s.retry_id)`;

/** Match keys of items that are at the vendor now. A drain that begins asks for those of the drain before it. */
export async function listBusyKeys(db: Db, orgId: string, integrationId: string): Promise<string[]> {
  const busy = await rowsOf(
    z.object({ match_key: z.string() }),
    db.execute(sql`
      select match_key from sync_items
      where org_id = ${orgId} and integration_id = ${integrationId} and state = 'SYNCING' and match_key is not null`),
  );
  return busy.map((row) => row.match_key);
}

/** Each lane is a range of its own in the index of what is due. */
const laneValues = sql.raw(
  Object.values(lanes)
    .map((lane) => `(${lane}::smallint)`)
    .join(', '),
);

/** When the next item of an integration may be claimed, in ms from now (0: at once); null when nothing waits that may pass the gate. `liveOnly` as in a claim. */
export async function msUntilNextDue(
  db: Db,
  orgId: string,
  integrationId: string,
  liveOnly: boolean,
): Promise<number | null> {
  if (liveOnly) return msUntilNextLive(db, orgId, integrationId);
  const [next] = await rowsOf(
    z.object({ ms: z.coerce.number().nullable() }),
    db.execute(sql`
      select extract(epoch from min(due_at) - sluice_now()) * 1000 as ms from (
        (select first.due_at from gates g cross join (values ${laneValues}) lanes (lane) cross join lateral (
           select s.due_at from sync_items s
           where s.org_id = g.org_id and s.integration_id = g.integration_id and s.lane = lanes.lane and s.state = 'PENDING'
           order by s.due_at limit 1) first
         where g.org_id = ${orgId} and g.integration_id = ${integrationId} and g.flow = 'ALL')
        union all
        (select s.due_at from gates g join sync_items s using (org_id, integration_id)
         where g.org_id = ${orgId} and g.integration_id = ${integrationId} and g.flow = 'RELEASED' and s.state = 'PENDING'
           and s.release_epoch is not null and s.release_epoch = g.release_epoch
         order by s.due_at limit 1)) due`),
  );
  return next?.ms == null ? null : Math.max(0, Math.ceil(next.ms));
}

/** The same of what came live since the gate opened, and of nothing else. */
async function msUntilNextLive(db: Db, orgId: string, integrationId: string): Promise<number | null> {
  const [next] = await rowsOf(
    z.object({ ms: z.coerce.number().nullable() }),
    db.execute(sql`
      select extract(epoch from s.due_at - sluice_now()) * 1000 as ms
      from gates g join sync_items s using (org_id, integration_id)
      where g.org_id = ${orgId} and g.integration_id = ${integrationId} and g.flow = 'ALL' and s.state = 'PENDING'
        and s.lane = ${lanes.LIVE} and s.due_at >= coalesce(g.opened_at, '-infinity')
      order by s.due_at limit 1`),
  );
  return next?.ms == null ? null : Math.max(0, Math.ceil(next.ms));
}

/** Integrations that have something to push now: the safety net for a drain whose job got lost. */
export async function listIntegrationsWithWork(db: Db): Promise<{ orgId: string; integrationId: string }[]> {
  const found = await rowsOf(
    z.object({ org_id: z.string(), integration_id: z.string() }),
    db.execute(sql`
      select g.org_id, g.integration_id from gates g
      where (g.flow = 'ALL' and exists (select from (values ${laneValues}) lanes (lane) join sync_items s on s.lane = lanes.lane
               where s.org_id = g.org_id and s.integration_id = g.integration_id and s.state = 'PENDING' and s.due_at <= sluice_now()))
         or (g.flow = 'RELEASED' and exists (select from sync_items s where s.org_id = g.org_id and s.integration_id = g.integration_id
               and s.state = 'PENDING' and s.release_epoch is not null and s.release_epoch = g.release_epoch and s.due_at <= sluice_now()))`),
  );
  return found.map((row) => ({ orgId: row.org_id, integrationId: row.integration_id }));
}
