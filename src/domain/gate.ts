import type { SyncState, SyncStatus } from './lifecycle.ts';

export const syncModes = ['AUTOMATIC', 'MANUAL'] as const;
export type SyncMode = (typeof syncModes)[number];

export const connectionStatuses = ['CONNECTED', 'NEEDS_AUTHORIZATION', 'DISCONNECTED'] as const;
export type ConnectionStatus = (typeof connectionStatuses)[number];

export const holdReasons = [
  'DISCONNECTED',
  'NEEDS_AUTHORIZATION',
  'NO_PERMISSION',
  'ENDPOINT_GONE',
  'DISABLED',
  'NO_MAPPING',
  'MANUAL_MODE',
] as const;
export type HoldReason = (typeof holdReasons)[number];

/** Which waiting leads may leave: all, those that somebody released in this release epoch, or none. */
export const flows = ['ALL', 'RELEASED', 'NONE'] as const;
export type GateFlow = (typeof flows)[number];

/** The columns of a gate that decide who may leave. */
export interface GateRule {
  connection: ConnectionStatus;
  enabled: boolean;
  mode: SyncMode;
  /** False: the account may not write the mapped objects. */
  permitted: boolean;
  /** The webhook answered 410. */
  endpointGone: boolean;
  /** Something is mapped; always true for a webhook, which needs no mapping. */
  mapped: boolean;
  /** Releases marked with another epoch count for nothing. */
  releaseEpoch: number;
}

/** Every reason that must end before all waiting leads flow; empty when nothing is held. */
export function holdsOf(gate: GateRule): HoldReason[] {
  const holds: HoldReason[] = [];
  if (gate.connection === 'DISCONNECTED') holds.push('DISCONNECTED');
  if (gate.connection === 'NEEDS_AUTHORIZATION') holds.push('NEEDS_AUTHORIZATION');
  if (!gate.permitted) holds.push('NO_PERMISSION');
  if (gate.endpointGone) holds.push('ENDPOINT_GONE');
  if (!gate.enabled) holds.push('DISABLED');
  if (!gate.mapped) holds.push('NO_MAPPING');
  if (gate.mode === 'MANUAL') holds.push('MANUAL_MODE');
  return holds;
}

/** The same rule as the generated column `gates.flow`; a test holds the two against each other. */
export function flowOf(gate: GateRule): GateFlow {
  const holds = holdsOf(gate);
  if (holds.some((hold) => hold !== 'MANUAL_MODE')) return 'NONE';
  return holds.length === 0 ? 'ALL' : 'RELEASED';
}

/** Whether somebody's release of the item still counts. */
function isReleased(item: { releaseEpoch: number | null }, gate: GateRule): boolean {
  return item.releaseEpoch === gate.releaseEpoch;
}

/** How an item reads under the gate: PENDING is FROZEN or QUEUED, every other state is itself. */
export function statusOf(item: { state: SyncState; releaseEpoch: number | null }, gate: GateRule): SyncStatus {
  if (item.state !== 'PENDING') return item.state;
  const flow = flowOf(gate);
  return flow === 'ALL' || (flow === 'RELEASED' && isReleased(item, gate)) ? 'QUEUED' : 'FROZEN';
}

/** Why the item is FROZEN; empty when it isn't. A released item is not held by the mode. */
export function holdsOfItem(item: { state: SyncState; releaseEpoch: number | null }, gate: GateRule): HoldReason[] {
  if (statusOf(item, gate) !== 'FROZEN') return [];
  return holdsOf(gate).filter((hold) => hold !== 'MANUAL_MODE' || !isReleased(item, gate));
}
