import { changeGate, type SyncModeReceipt } from './gate.ts';
import type { Services } from './services.ts';
import { requireRole, type Viewer } from './viewer.ts';

export interface Disable {
  integrationId: string;
  expectedVersion?: number | null | undefined;
  reason?: string | null | undefined;
}

/** Stops everything, retries included; connection, mappings, mode and work list are kept. Operators and admins. */
export async function disable(services: Services, viewer: Viewer, input: Disable): Promise<SyncModeReceipt> {
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
      (gate) => {
        if (!gate.enabled) return null;
        return {
          patch: { enabled: false },
          notes: [
            { kind: 'DISABLED', before: { enabled: true }, after: { enabled: false }, reason: input.reason ?? null },
          ],
        };
      },
    ),
  );
  return receipt;
}
