import { and, eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import { flowOf, type GateRule } from '../../domain/gate.ts';
import type { Db, Tx } from '../client.ts';
import { bigintColumn, rowOf } from '../rows.ts';
import { gates } from '../tables/index.ts';

export type Gate = typeof gates.$inferSelect;
/** What a change may write; `flow` follows. */
export type GatePatch = Partial<Omit<Gate, 'orgId' | 'integrationId' | 'flow' | 'openedAt'>>;

/**
 * Locks the gate until the transaction ends and returns it as it is then. The first lock of every transaction that takes it. Claims take the
 * same lock, and FOR NO KEY UPDATE rather than FOR SHARE, under which overlapping claims would keep a switch waiting for ever.
 */
export async function lockGate(tx: Tx, orgId: string, integrationId: string): Promise<Gate | null> {
  const [gate] = await tx
    .select()
    .from(gates)
    .where(and(eq(gates.orgId, orgId), eq(gates.integrationId, integrationId)))
    .for('no key update');
  return gate ?? null;
}

/** Writes a gate that the transaction has locked and returns it with the flow that follows; notes when it opened for all. */
export async function updateGate(tx: Tx, gate: Gate, patch: GatePatch): Promise<Gate> {
  const opens = gate.flow !== 'ALL' && flowOf({ ...gate, ...patch }) === 'ALL';
  const [updated] = await tx
    .update(gates)
    .set({ ...patch, ...(opens && { openedAt: sql`sluice_now()` }) })
    .where(and(eq(gates.orgId, gate.orgId), eq(gates.integrationId, gate.integrationId)))
    .returning();
  if (!updated) throw new Error(`gate ${gate.integrationId} vanished under its lock`);
  return updated;
}

/** Sums over all events of an integration, at one position of its log. */
export interface GateSums {
  position: number;
  pending: number;
  /** Of pending: released in the gate's present release epoch. */
  released: number;
  /** Of pending: released in the release epoch before the change; equals `released` where the epoch stayed. */
  releasedBefore: number;
  syncing: number;
  /** Names the history that positions belong to. */
  logEpoch: string;
}

/**
 * Locks the log row, so that no transition commits until this transaction does, and sums the counts in a statement of its own: exact, whatever
 * committed while we waited.
 */
export async function sumUnderLogLock(tx: Tx, gate: Gate, releaseEpochBefore: number): Promise<GateSums> {
  await tx.execute(
    sql`select from sync_logs where org_id = ${gate.orgId} and integration_id = ${gate.integrationId} for no key update`,
  );
  return sumCounts(tx, gate, releaseEpochBefore);
}

const Sums = z.object({
  position: bigintColumn,
  pending: bigintColumn,
  released: bigintColumn,
  released_before: bigintColumn,
  syncing: bigintColumn,
  log_epoch: z.string(),
});

async function sumCounts(tx: Db | Tx, gate: Gate, releaseEpochBefore: number): Promise<GateSums> {
  const sums = await rowOf(
    Sums,
    tx.execute(sql`
      select l.position, e.epoch as log_epoch,
        coalesce(sum(c.n) filter (where c.bucket = 'PENDING'), 0) as pending,
        coalesce(sum(c.n) filter (where c.bucket = ${`RELEASED:${gate.releaseEpoch}`}), 0) as released,
        coalesce(sum(c.n) filter (where c.bucket = ${`RELEASED:${releaseEpochBefore}`}), 0) as released_before,
        coalesce(sum(c.n) filter (where c.bucket = 'SYNCING'), 0) as syncing
      from sync_logs l cross join log_epochs e
      left join counts c on c.org_id = l.org_id and c.integration_id = l.integration_id
      where l.org_id = ${gate.orgId} and l.integration_id = ${gate.integrationId}
      group by l.position, e.epoch`),
  );
  if (!sums) throw new Error(`integration ${gate.integrationId} has no log`);
  return {
    position: sums.position,
    pending: sums.pending,
    released: sums.released,
    releasedBefore: sums.released_before,
    syncing: sums.syncing,
    logEpoch: sums.log_epoch,
  };
}

/** How many waiting leads a gate holds. */
export function frozenOf(rule: GateRule & Pick<Gate, 'flow'>, pending: number, released: number): number {
  if (rule.flow === 'ALL') return 0;
  return rule.flow === 'NONE' ? pending : pending - released;
}
