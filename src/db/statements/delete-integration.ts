import { and, eq, inArray, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Tx } from '../client.ts';
import { rowOf } from '../rows.ts';
import {
  counts,
  eventCampaigns,
  fieldMappings,
  gates,
  integrations,
  operations,
  remoteFields,
  retries,
  syncLogs,
  vendorFlows,
} from '../tables/index.ts';

export interface DeletedIntegration {
  orgId: string;
  integrationId: string;
}

/** How many leads are on the work list, withdrawn ones included. */
export async function countListed(tx: Tx, { orgId, integrationId }: DeletedIntegration): Promise<number> {
  const row = await rowOf(
    z.object({ n: z.coerce.number() }),
    tx.execute(sql`
      select coalesce(sum(n), 0) as n from counts
      where org_id = ${orgId} and integration_id = ${integrationId}
        and (bucket in ('PENDING', 'SYNCING', 'CLEARED', 'WITHDRAWN') or bucket like 'FAILED:%')`),
  );
  return row?.n ?? 0;
}

/**
 * Removes what makes an integration one: whatever reads through its gate finds nothing from the commit on, and nothing is put on its work list. What
 * is left goes chunk by chunk. The gate and the log are locked.
 */
export async function deleteSmallRows(tx: Tx, { orgId, integrationId }: DeletedIntegration): Promise<void> {
  await tx
    .update(retries)
    .set({ status: 'CANCELED', looking: false, releasing: false, canceling: false, forgetting: false })
    .where(and(eq(retries.orgId, orgId), eq(retries.integrationId, integrationId), isUnderWay));
  await tx
    .update(operations)
    .set({ status: 'CANCELED', finishedAt: sql`sluice_now()`, owner: null, ownedUntil: null })
    .where(
      and(
        eq(operations.orgId, orgId),
        eq(operations.integrationId, integrationId),
        eq(operations.status, 'RUNNING'),
        inArray(operations.kind, ['BACKFILL', 'VERIFICATION']),
      ),
    );
  for (const table of [gates, vendorFlows, fieldMappings, remoteFields, eventCampaigns]) {
    await tx.delete(table).where(and(eq(table.orgId, orgId), eq(table.integrationId, integrationId)));
  }
  await tx.delete(integrations).where(and(eq(integrations.orgId, orgId), eq(integrations.id, integrationId)));
}

const isUnderWay = sql`(${retries.status} = 'RUNNING' or ${retries.canceling} or ${retries.forgetting})`;

/** What is removed one after the other: the counts follow the items, and the log's own row is locked by whoever still changes one. */
export const deletionStages = ['ITEMS', 'LOG', 'RETRIES', 'CHANGES', 'ACTIVITY', 'REST'] as const;
export type DeletionStage = (typeof deletionStages)[number];

const rowsPerChunk = 500;
const transitionsPerChunk = 5_000;

/** Removes the next chunk of a stage and returns how many rows it was; 0: nothing is left. */
export async function deleteChunk(
  tx: Tx,
  { orgId, integrationId }: DeletedIntegration,
  stage: DeletionStage,
): Promise<number> {
  const ofIntegration = sql`org_id = ${orgId} and integration_id = ${integrationId}`;
  switch (stage) {
    case 'ITEMS':
      return removed(
        tx,
        sql`
        with chosen as materialized (
          select id from sync_items where ${ofIntegration} order by id limit ${rowsPerChunk} for update),
        attempts as (
          delete from push_attempts where org_id = ${orgId} and item_id = any(array(select id from chosen))),
        members as (
          delete from retry_members where org_id = ${orgId} and item_id = any(array(select id from chosen))),
        gone as (delete from sync_items where org_id = ${orgId} and id = any(array(select id from chosen)) returning 1)
        select count(*) as n from gone`,
      );
    case 'LOG':
      return removed(
        tx,
        sql`
        with chosen as materialized (
          select position from transitions where ${ofIntegration} order by position limit ${transitionsPerChunk}),
        gone as (delete from transitions where ${ofIntegration} and position <= (select max(position) from chosen) returning 1)
        select count(*) as n from gone`,
      );
    case 'RETRIES':
      return removed(
        tx,
        sql`
        with gone as (
          delete from retries where org_id = ${orgId} and id = any(array(select id from retries where ${ofIntegration} limit ${rowsPerChunk}))
          returning 1)
        select count(*) as n from gone`,
      );
    case 'CHANGES':
      return removed(
        tx,
        sql`
        with gone as (
          delete from integration_changes where org_id = ${orgId}
            and id = any(array(select id from integration_changes where ${ofIntegration} limit ${rowsPerChunk})) returning 1)
        select count(*) as n from gone`,
      );
    case 'ACTIVITY':
      return removed(
        tx,
        sql`
        with chosen as materialized (
          select minute from activity where ${ofIntegration} order by minute limit ${rowsPerChunk}),
        gone as (delete from activity where ${ofIntegration} and minute <= (select max(minute) from chosen) returning 1)
        select count(*) as n from gone`,
      );
    case 'REST':
      await tx.delete(counts).where(and(eq(counts.orgId, orgId), eq(counts.integrationId, integrationId)));
      await tx
        .delete(operations)
        .where(
          and(
            eq(operations.orgId, orgId),
            eq(operations.integrationId, integrationId),
            eq(operations.kind, 'BACKFILL'),
          ),
        );
      await tx.delete(syncLogs).where(and(eq(syncLogs.orgId, orgId), eq(syncLogs.integrationId, integrationId)));
      return 0;
  }
}

async function removed(tx: Tx, statement: ReturnType<typeof sql>): Promise<number> {
  const row = await rowOf(z.object({ n: z.coerce.number() }), tx.execute(statement));
  return row?.n ?? 0;
}
