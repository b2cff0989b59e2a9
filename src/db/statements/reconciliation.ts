import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { errorCategories } from '../../domain/error-categories.ts';
import { connectionStatuses, flows, type GateFlow, syncModes } from '../../domain/gate.ts';
import type { Db, Tx } from '../client.ts';
import { rowsOf } from '../rows.ts';

/** What of the work list is wanted: one integration, over all events or at one. */
export interface ReconciliationTarget {
  integrationId: string;
  eventId: string | null;
  /** Also the counts of every event that has leads. */
  withEvents?: boolean;
}

const EventCounts = z.object({
  eventId: z.string(),
  pending: z.number(),
  released: z.number(),
  syncing: z.number(),
  cleared: z.number(),
  failed: z.number(),
});

const Snapshot = z.object({
  integration_id: z.string(),
  event_id: z.string().nullable(),
  position: z.coerce.number(),
  log_epoch: z.string(),
  gate: z.object({
    connection: z.enum(connectionStatuses),
    enabled: z.boolean(),
    mode: z.enum(syncModes),
    permitted: z.boolean(),
    endpointGone: z.boolean(),
    mapped: z.boolean(),
    releaseEpoch: z.number(),
    version: z.number(),
    flow: z.enum(flows),
  }),
  pending: z.coerce.number(),
  released: z.coerce.number(),
  syncing: z.coerce.number(),
  cleared: z.coerce.number(),
  failed: z.partialRecord(z.enum(errorCategories), z.number()),
  withdrawn: z.coerce.number(),
  repeated: z.partialRecord(z.enum(errorCategories), z.number()),
  not_enriched: z.coerce.number(),
  events: z.array(EventCounts).nullable(),
});

/** How many leads of one event are where on the work list. */
export interface EventCounts {
  eventId: string;
  frozen: number;
  queued: number;
  syncing: number;
  cleared: number;
  failed: number;
}

/** The work list's counts at one moment, with the gate and the position they belong to. */
export interface ReconciliationSnapshot {
  orgId: string;
  integrationId: string;
  eventId: string | null;
  position: number;
  logEpoch: string;
  gate: z.output<typeof Snapshot>['gate'];
  frozen: number;
  queued: number;
  syncing: number;
  cleared: number;
  /** By category, without those that have none. */
  failed: z.output<typeof Snapshot>['failed'];
  /** Taken off the list: in none of the others. */
  withdrawn: number;
  /** Of `failed`, by category: again for the same cause after a retry. */
  repeated: z.output<typeof Snapshot>['repeated'];
  /** Captured, not enriched yet: on no work list. */
  notEnriched: number;
  /** Of every event that has leads, in no order; null where it was not asked for. */
  events: EventCounts[] | null;
}

/**
 * Reads counts, gates and positions of any number of targets in one statement: in two, a switch between them would give frozen and queued leads
 * that never were. Integrations that the organization does not have are left out. Costs as much as there are counts, whatever they count.
 */
export async function readReconciliations(
  db: Db | Tx,
  orgId: string,
  targets: readonly ReconciliationTarget[],
): Promise<ReconciliationSnapshot[]> {
  if (targets.length === 0) return [];
  const rows = await rowsOf(
    Snapshot,
    db.execute(sql`
      select t.integration_id, t.event_id, l.position, e.epoch as log_epoch,
        jsonb_build_object('connection', g.connection, 'enabled', g.enabled, 'mode', g.mode, 'permitted', g.permitted,
          'endpointGone', g.endpoint_gone, 'mapped', g.mapped, 'releaseEpoch', g.release_epoch, 'version', g.version, 'flow', g.flow) as gate,
        coalesce(n.pending, 0) as pending, coalesce(n.released, 0) as released, coalesce(n.syncing, 0) as syncing,
        coalesce(n.cleared, 0) as cleared, coalesce(f.failed, '{}'::jsonb) as failed, coalesce(f.repeated, '{}'::jsonb) as repeated,
        coalesce(n.withdrawn, 0) as withdrawn, coalesce(u.not_enriched, 0) as not_enriched,
        case when t.with_events then coalesce(v.events, '[]'::jsonb) end as events
      from jsonb_to_recordset(${JSON.stringify(targets.map(rowOfTarget))}::jsonb)
        as t(integration_id uuid, event_id uuid, with_events boolean)
      join gates g on g.org_id = ${orgId} and g.integration_id = t.integration_id
      join sync_logs l on l.org_id = ${orgId} and l.integration_id = t.integration_id
      cross join log_epochs e
      cross join lateral (
        select sum(c.n) filter (where c.bucket = 'PENDING') as pending,
          sum(c.n) filter (where c.bucket = 'RELEASED:' || g.release_epoch) as released,
          sum(c.n) filter (where c.bucket = 'SYNCING') as syncing, sum(c.n) filter (where c.bucket = 'CLEARED') as cleared,
          sum(c.n) filter (where c.bucket = 'WITHDRAWN') as withdrawn
        from counts c where c.org_id = ${orgId} and c.integration_id = t.integration_id and (t.event_id is null or c.event_id = t.event_id)
      ) n
      cross join lateral (
        select jsonb_object_agg(category, n) filter (where kind = 'FAILED') as failed,
          jsonb_object_agg(category, n) filter (where kind = 'REPEATED') as repeated
        from (
          select split_part(c.bucket, ':', 1) as kind, split_part(c.bucket, ':', 2) as category, sum(c.n) as n from counts c
          where c.org_id = ${orgId} and c.integration_id = t.integration_id and (t.event_id is null or c.event_id = t.event_id)
            and (c.bucket like 'FAILED:%' or c.bucket like 'REPEATED:%')
          group by 1, 2 having sum(c.n) > 0) by_category
      ) f
      cross join lateral (
        select sum(lc.not_enriched) as not_enriched from lead_counts lc
        where lc.org_id = ${orgId} and (t.event_id is null or lc.event_id = t.event_id)
      ) u
      cross join lateral (
        select jsonb_agg(jsonb_build_object('eventId', lc.event_id, 'pending', coalesce(n.pending, 0), 'released', coalesce(n.released, 0),
          'syncing', coalesce(n.syncing, 0), 'cleared', coalesce(n.cleared, 0), 'failed', coalesce(n.failed, 0))) as events
        from lead_counts lc
        left join (
          select c.event_id, sum(c.n) filter (where c.bucket = 'PENDING') as pending,
            sum(c.n) filter (where c.bucket = 'RELEASED:' || g.release_epoch) as released,
            sum(c.n) filter (where c.bucket = 'SYNCING') as syncing, sum(c.n) filter (where c.bucket = 'CLEARED') as cleared,
            sum(c.n) filter (where c.bucket like 'FAILED:%') as failed
          from counts c where c.org_id = ${orgId} and c.integration_id = t.integration_id group by c.event_id
        ) n on n.event_id = lc.event_id
        where t.with_events and lc.org_id = ${orgId} and lc.captured > 0 and (t.event_id is null or lc.event_id = t.event_id)
      ) v`),
  );
  return rows.map((row) => {
    const frozen = frozenUnder(row.gate, row);
    return {
      orgId,
      integrationId: row.integration_id,
      eventId: row.event_id,
      position: row.position,
      logEpoch: row.log_epoch,
      gate: row.gate,
      frozen,
      queued: row.pending - frozen,
      syncing: row.syncing,
      cleared: row.cleared,
      failed: row.failed,
      withdrawn: row.withdrawn,
      repeated: row.repeated,
      notEnriched: row.not_enriched,
      events: row.events?.map((event) => eventCountsOf(row.gate, event)) ?? null,
    };
  });
}

function rowOfTarget({ integrationId, eventId, withEvents = false }: ReconciliationTarget) {
  return { integration_id: integrationId, event_id: eventId, with_events: withEvents };
}

/** How many of the waiting leads the gate holds. */
function frozenUnder(gate: { flow: GateFlow }, counts: { pending: number; released: number }): number {
  if (gate.flow === 'ALL') return 0;
  return gate.flow === 'NONE' ? counts.pending : counts.pending - counts.released;
}

function eventCountsOf(gate: { flow: GateFlow }, counts: z.output<typeof EventCounts>): EventCounts {
  const { eventId, pending, syncing, cleared, failed } = counts;
  const frozen = frozenUnder(gate, counts);
  return { eventId, frozen, queued: pending - frozen, syncing, cleared, failed };
}
