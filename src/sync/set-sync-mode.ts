import { ConfirmationRequiredError } from '../domain/errors.ts';
import type { SyncMode } from '../domain/gate.ts';
import { changeSetting, type SettingInput, type SyncModeReceipt } from './gate.ts';
import type { Services } from './services.ts';
import type { Viewer } from './viewer.ts';

export interface SetSyncMode extends SettingInput {
  mode: SyncMode;
  confirm?: boolean | null | undefined;
}

/**
 * Switches between Automatic and Manual, whatever else holds the integration. To Manual needs `confirm`: it changes what the integration does
 * by default. Costs the same with ten frozen leads and with ten million. Operators and admins.
 */
export function setSyncMode(services: Services, viewer: Viewer, input: SetSyncMode): Promise<SyncModeReceipt> {
  return changeSetting(services, viewer, input, async (gate, waiting) => {
    if (gate.mode === input.mode) return null;
    if (input.mode === 'MANUAL' && !input.confirm) throw await manualNeedsConfirmation(waiting);
    const note = { kind: 'SYNC_MODE_CHANGED', before: { mode: gate.mode }, after: { mode: input.mode } } as const;
    return {
      patch: { mode: input.mode, ...(input.mode === 'MANUAL' && { releaseEpoch: gate.releaseEpoch + 1 }) },
      notes: [{ ...note, reason: input.reason ?? null }],
    };
  });
}

/** The question to ask before an integration becomes Manual. */
export async function manualNeedsConfirmation(waiting: () => Promise<number>): Promise<ConfirmationRequiredError> {
  return new ConfirmationRequiredError(
    'In Manual mode no lead is pushed by itself: leads are captured and enriched as before and wait in Pre-Sync as Frozen until somebody ' +
      'pushes their event or the mode returns to Automatic. Send the same input with confirm: true.',
    await waiting(),
  );
}
