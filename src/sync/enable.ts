import type { SyncMode } from '../domain/gate.ts';
import { type ChangeNote, changeGate, type SyncModeReceipt } from './gate.ts';
import type { Services } from './services.ts';
import { manualNeedsConfirmation } from './set-sync-mode.ts';
import { requireRole, type Viewer } from './viewer.ts';

export interface Enable {
  integrationId: string;
  mode?: SyncMode | null | undefined;
  confirm?: boolean | null | undefined;
  expectedVersion?: number | null | undefined;
  reason?: string | null | undefined;
}

/**
 * Resumes in the mode it was disabled in, or in `mode`. Asking for MANUAL keeps the whole backlog frozen, what was released before included;
 * without a mode releases go on where Disable suspended them. Of no effect on an enabled integration. Operators and admins.
 */
export async function enable(services: Services, viewer: Viewer, input: Enable): Promise<SyncModeReceipt> {
  requireRole(viewer, 'OPERATOR');
  const { receipt } = await services.db.transaction((tx) =>
    changeGate(
      services,
      tx,
      {
        orgId: viewer.orgId,
        integrationId: input.integrationId,
        by: viewer.name,
        expectedVersion: input.expectedVersion,
      },
      async (gate, waiting) => {
        if (gate.enabled) return null;
        const mode = input.mode ?? gate.mode;
        if (mode === 'MANUAL' && gate.mode === 'AUTOMATIC' && !input.confirm)
          throw await manualNeedsConfirmation(waiting);
        const notes: ChangeNote[] = [
          { kind: 'ENABLED', before: { enabled: false }, after: { enabled: true, mode }, reason: input.reason ?? null },
        ];
        if (mode !== gate.mode) {
          notes.push({
            kind: 'SYNC_MODE_CHANGED',
            before: { mode: gate.mode },
            after: { mode },
            reason: input.reason ?? null,
          });
        }
        const refreeze = input.mode === 'MANUAL';
        return { patch: { enabled: true, mode, ...(refreeze && { releaseEpoch: gate.releaseEpoch + 1 }) }, notes };
      },
    ),
  );
  return receipt;
}
