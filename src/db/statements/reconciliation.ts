import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { errorCategories } from '../../domain/error-categories.ts';
import { connectionStatuses, flows, syncModes } from '../../domain/gate.ts';
import type { Db, Tx } from '../client.ts';
import { rowsOf } from '../rows.ts';

/** What of the work list is wanted: one integration, over all events or at one. */
export interface ReconciliationTarget {
  integrationId: string;
  eventId: string | null;
}

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
  not_enriched: z.coerce.number(),
});

/** The work list's counts at one moment, with the gate and the position they belong to. */
export interface ReconciliationSnapshot extends ReconciliationTarget {
  orgId: string;
  position: number;
  logEpoch: string;
  gate: z.output<typeof Snapshot>['gate'];
  frozen: number;
  queued: number;
  syncing: number;
  cleared: number;
  /** By category, without those that have none. */
  failed: z.output<typeof Snapshot>['failed'];
  /** Captured, not enriched yet: on no work list. */
  notEnriched: number;
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
        coalesce(n.cleared, 0) as cleared, coalesce(f.failed, '{}'::jsonb) as failed, coalesce(u.not_enriched, 0) as not_enriched
      from jsonb_to_recordset(${JSON.stringify(targets.map((t) => ({ integration_id: t.integrationId, event_id: t.eventId })))}::jsonb)
        as t(integration_id uuid, event_id uuid)
      join gates g on g.org_id = ${orgId} and g.integration_id = t.integration_id
      join sync_logs l on l.org_id = ${orgId} and l.integration_id = t.integration_id
      cross join log_epochs e
      cross join lateral (
        select sum(c.n) filter (where c.bucket = 'PENDING') as pending,
          sum(c.n) filter (where c.bucket = 'RELEASED:' || g.release_epoch) as released,
          sum(c.n) filter (where c.bucket = 'SYNCING') as syncing, sum(c.n) filter (where c.bucket = 'CLEARED') as cleared
        from counts c where c.org_id = ${orgId} and c.integration_id = t.integration_id and (t.event_id is null or c.event_id = t.event_id)
      ) n
      cross join lateral (
        select jsonb_object_agg(category, n) as failed from (
          select substr(c.bucket, 8) as category, sum(c.n) as n from counts c
          where c.org_id = ${orgId} and c.integration_id = t.integration_id and (t.event_id is null or c.event_id = t.event_id)
            and c.bucket like 'FAILED:%'
          group by 1 having sum(c.n) > 0) by_category
      ) f
      cross join lateral (
        select sum(lc.not_enriched) as not_enriched from lead_counts lc
        where lc.org_id = ${orgId} and (t.event_id is null or lc.event_id = t.event_id)
      ) u`),
  );
  return rows.map((row) => {
    const frozen = row.gate.flow === 'ALL' ? 0 : row.gate.flow === 'NONE' ? row.pending : row.pending - row.released;
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
      notEnriched: row.not_enriched,
    };
  });
}
