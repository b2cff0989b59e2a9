import { and, eq } from 'drizzle-orm';
import { integrations } from '../db/tables/index.ts';
import { ConfirmationRequiredError } from '../domain/errors.ts';
import { changeGate, type SyncModeReceipt } from './gate.ts';
import type { Services } from './services.ts';
import { requireRole, type Viewer } from './viewer.ts';

export interface Disconnect {
  integrationId: string;
  confirm?: boolean | null | undefined;
  expectedVersion?: number | null | undefined;
  reason?: string | null | undefined;
}

/** Forgets the credentials; mappings, history and work list are kept, and so is the account's id, to notice another one later. Admins. */
export async function disconnect(services: Services, viewer: Viewer, input: Disconnect): Promise<SyncModeReceipt> {
  requireRole(viewer, 'ADMIN');
  return services.db.transaction(async (tx) => {
    const { receipt, changed } = await changeGate(
      services,
      tx,
      {
        orgId: viewer.orgId,
        integrationId: input.integrationId,
        by: viewer.name,
        expectedVersion: input.expectedVersion,
      },
      async (gate, waiting) => {
        if (gate.connection === 'DISCONNECTED') return null;
        if (!input.confirm) {
          throw new ConfirmationRequiredError(
            'Disconnecting forgets the credentials. Mappings, history and the work list are kept; waiting leads are held until somebody ' +
              'connects again. Send the same input with confirm: true.',
            await waiting(),
          );
        }
        return {
          patch: {
            connection: 'DISCONNECTED',
            permitted: true,
            endpointGone: false,
            connectionEpoch: gate.connectionEpoch + 1,
          },
          notes: [
            {
              kind: 'DISCONNECTED',
              before: { connection: gate.connection },
              after: { connection: 'DISCONNECTED' },
              reason: input.reason ?? null,
            },
          ],
        };
      },
    );
    if (changed) {
      await tx
        .update(integrations)
        .set({ credentials: null, credentialsKeyId: null, problem: null })
        .where(and(eq(integrations.orgId, viewer.orgId), eq(integrations.id, input.integrationId)));
    }
    return receipt;
  });
}
