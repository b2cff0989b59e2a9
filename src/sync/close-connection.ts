import { and, eq } from 'drizzle-orm';
import type { Gate, GatePatch } from '../db/statements/gates.ts';
import { type IntegrationChangeKind, integrations } from '../db/tables/index.ts';
import type { SyncErrorData } from '../domain/error-categories.ts';
import { changeGate } from './gate.ts';
import type { Services } from './services.ts';
import { systemName } from './viewer.ts';

interface Target {
  orgId: string;
  integrationId: string;
}

/** The vendor refused our credentials, also after a refresh: everything is held, nobody fails, until somebody connects again. */
export function loseAuthorization(
  services: Services,
  target: Target,
  connectionEpoch: number,
  error: SyncErrorData,
): Promise<void> {
  return close(services, target, connectionEpoch, error, 'AUTHORIZATION_LOST', (gate) =>
    gate.connection === 'CONNECTED' ? { connection: 'NEEDS_AUTHORIZATION' } : null,
  );
}

/** The account may not write, or the webhook's receiver is gone for good: held until somebody connects again. */
export function losePermission(
  services: Services,
  target: Target,
  connectionEpoch: number,
  hold: 'NO_PERMISSION' | 'ENDPOINT_GONE',
  error: SyncErrorData,
): Promise<void> {
  if (hold === 'ENDPOINT_GONE') {
    return close(services, target, connectionEpoch, error, 'ENDPOINT_GONE', (gate) =>
      gate.endpointGone ? null : { endpointGone: true },
    );
  }
  return close(services, target, connectionEpoch, error, 'PERMISSION_LOST', (gate) =>
    gate.permitted ? { permitted: false } : null,
  );
}

/** Closes the gate unless somebody connected anew since `connectionEpoch`: an answer to old credentials says nothing of the new ones. */
async function close(
  services: Services,
  target: Target,
  connectionEpoch: number,
  error: SyncErrorData,
  kind: IntegrationChangeKind,
  patchOf: (gate: Gate) => GatePatch | null,
): Promise<void> {
  await services.db.transaction(async (tx) => {
    const { changed } = await changeGate(services, tx, { ...target, by: systemName }, (gate) => {
      const patch = gate.connectionEpoch === connectionEpoch ? patchOf(gate) : null;
      return patch && { patch, notes: [{ kind, before: null, after: patch, reason: error.message }] };
    });
    if (!changed) return;
    await tx
      .update(integrations)
      .set({ problem: error.message })
      .where(and(eq(integrations.orgId, target.orgId), eq(integrations.id, target.integrationId)));
  });
}
