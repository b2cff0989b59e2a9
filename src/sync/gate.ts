import { and, eq } from 'drizzle-orm';
import type { Tx } from '../db/client.ts';
import {
  frozenOf,
  type Gate,
  type GatePatch,
  type GateSums,
  lockGate,
  sumUnderLogLock,
  updateGate,
} from '../db/statements/gates.ts';
import { ringDoorbell, ringRetries } from '../db/statements/log.ts';
import { type IntegrationChangeKind, integrationChanges, retries } from '../db/tables/index.ts';
import { NotFoundError, StaleVersionError } from '../domain/errors.ts';
import { encodeCursor } from './log.ts';
import type { Services } from './services.ts';
import { requireRole, type Viewer } from './viewer.ts';

/** What a change of the setting did, decided in the transaction of the change. */
export interface SyncModeReceipt {
  version: number;
  inFlight: number;
  held: number;
  released: number;
  cursor: string;
}

/** One line of the history that a change leaves. */
export interface ChangeNote {
  kind: IntegrationChangeKind;
  before: unknown;
  after: unknown;
  reason?: string | null;
}

export interface GateTarget {
  orgId: string;
  integrationId: string;
  /** Who, for the history. */
  by: string;
  expectedVersion?: number | null | undefined;
}

/** What every input that changes a setting has. */
export interface SettingInput {
  integrationId: string;
  expectedVersion?: number | null | undefined;
  /** Kept in the history of changes. */
  reason?: string | null | undefined;
}

/** What to make of the gate: nothing (it holds already), or a patch with the history of it. */
export type GateDecision = null | { patch: GatePatch; notes: ChangeNote[] };

/**
 * The one way to change a gate. In the caller's transaction: locks the gate, lets `decide` look at it (and throw what it refuses), writes it
 * with the next version, then, under the log's lock, sums the receipt and takes the position at which the change holds. No lead is claimed
 * under the old setting once the transaction commits. Locks the gate first: nothing may be locked before.
 */
export async function changeGate(
  services: Services,
  tx: Tx,
  target: GateTarget,
  decide: (gate: Gate, waiting: () => Promise<number>) => GateDecision | Promise<GateDecision>,
): Promise<{ gate: Gate; receipt: SyncModeReceipt; changed: boolean }> {
  const before = await lockGate(tx, target.orgId, target.integrationId);
  if (!before) throw new NotFoundError('integration');
  if (target.expectedVersion != null && target.expectedVersion !== before.version) {
    throw new StaleVersionError('setting', target.expectedVersion, before.version);
  }
  const waiting = async () => (await sumUnderLogLock(tx, before, before.releaseEpoch)).pending;
  const decision = await decide(before, waiting);
  if (!decision) {
    const sums = await sumUnderLogLock(tx, before, before.releaseEpoch);
    return { gate: before, receipt: receiptOf(before, before, sums), changed: false };
  }
  const { patch, notes } = decision;
  const changedAt = services.now();
  const after = await updateGate(tx, before, {
    ...patch,
    version: before.version + 1,
    changedAt,
    changedBy: target.by,
  });
  const sums = await sumUnderLogLock(tx, after, before.releaseEpoch);
  await tx.insert(integrationChanges).values(
    notes.map((note) => ({
      orgId: target.orgId,
      id: services.newId(),
      integrationId: target.integrationId,
      at: changedAt,
      by: target.by,
      kind: note.kind,
      before: note.before,
      after: note.after,
      reason: note.reason ?? null,
      version: after.version,
      position: sums.position,
    })),
  );
  if (after.releaseEpoch !== before.releaseEpoch) await cancelRunningRetries(tx, after);
  await ringDoorbell(tx, target.integrationId);
  if (after.flow !== 'NONE') await services.jobs.drain(tx, target.orgId, target.integrationId);
  if (after.flow !== 'NONE' && before.flow === 'NONE') await ringRetries(tx, target.orgId, target.integrationId);
  return { gate: after, receipt: receiptOf(before, after, sums), changed: true };
}

/** Releases of an older epoch count for nothing, so the retries that made them have ended. Their leads in flight finish. */
async function cancelRunningRetries(tx: Tx, gate: Gate): Promise<void> {
  await tx
    .update(retries)
    .set({ status: 'CANCELED', releasing: false, looking: false, forgetting: true })
    .where(
      and(eq(retries.orgId, gate.orgId), eq(retries.integrationId, gate.integrationId), eq(retries.status, 'RUNNING')),
    );
}

function receiptOf(before: Gate, after: Gate, sums: GateSums): SyncModeReceipt {
  const heldBefore = frozenOf(before, sums.pending, sums.releasedBefore);
  const held = frozenOf(after, sums.pending, sums.released);
  return {
    version: after.version,
    inFlight: sums.syncing,
    held,
    released: Math.max(0, heldBefore - held),
    cursor: encodeCursor({ integrationId: after.integrationId, logEpoch: sums.logEpoch, position: sums.position }),
  };
}

/** changeGate in a transaction of its own, for what operators may do. */
export async function changeSetting(
  services: Services,
  viewer: Viewer,
  input: SettingInput,
  decide: Parameters<typeof changeGate>[3],
): Promise<SyncModeReceipt> {
  requireRole(viewer, 'OPERATOR');
  const { integrationId, expectedVersion } = input;
  const target = { orgId: viewer.orgId, integrationId, by: viewer.name, expectedVersion };
  const { receipt } = await services.db.transaction((tx) => changeGate(services, tx, target, decide));
  return receipt;
}
