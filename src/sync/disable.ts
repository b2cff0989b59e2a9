import { changeSetting, type SettingInput, type SyncModeReceipt } from './gate.ts';
import type { Services } from './services.ts';
import type { Viewer } from './viewer.ts';

/** Stops everything, retries included; connection, mappings, mode and work list are kept. Operators and admins. */
export function disable(services: Services, viewer: Viewer, input: SettingInput): Promise<SyncModeReceipt> {
  return changeSetting(services, viewer, input, (gate) => {
    if (!gate.enabled) return null;
    return {
      patch: { enabled: false },
      notes: [{ kind: 'DISABLED', before: { enabled: true }, after: { enabled: false }, reason: input.reason ?? null }],
    };
  });
}
