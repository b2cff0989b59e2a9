import type { SyncMode } from '../domain/gate.ts';
import { type ChangeNote, changeSetting, type SettingInput, type SyncModeReceipt } from './gate.ts';
import type { Services } from './services.ts';
import { manualNeedsConfirmation } from './set-sync-mode.ts';
import type { Viewer } from './viewer.ts';

export interface Enable extends SettingInput {
  /** Null: the one that it was disabled in. */
  mode?: SyncMode | null | undefined;
  confirm?: boolean | null | undefined;
}

/**
 * Resumes in the mode it was disabled in, or in `mode`. Asking for MANUAL keeps the whole backlog frozen, what was released before included;
 * without a mode releases go on where Disable suspended them. Of no effect on an enabled integration. Operators and admins.
 */
export function enable(services: Services, viewer: Viewer, input: Enable): Promise<SyncModeReceipt> {
  return changeSetting(services, viewer, input, async (gate, waiting) => {
    if (gate.enabled) return null;
    const mode = input.mode ?? gate.mode;
    const reason = input.reason ?? null;
    if (mode === 'MANUAL' && gate.mode === 'AUTOMATIC' && !input.confirm) throw await manualNeedsConfirmation(waiting);
    const notes: ChangeNote[] = [
      { kind: 'ENABLED', before: { enabled: false }, after: { enabled: true, mode }, reason },
    ];
    if (mode !== gate.mode)
      notes.push({ kind: 'SYNC_MODE_CHANGED', before: { mode: gate.mode }, after: { mode }, reason });
    const refreeze = input.mode === 'MANUAL';
    return { patch: { enabled: true, mode, ...(refreeze && { releaseEpoch: gate.releaseEpoch + 1 }) }, notes };
  });
}
