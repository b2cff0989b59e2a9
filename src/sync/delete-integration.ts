import { countListed, deleteSmallRows } from '../db/statements/delete-integration.ts';
import { lockGate, sumUnderLogLock } from '../db/statements/gates.ts';
import { ringDoorbell } from '../db/statements/log.ts';
import { ConfirmationRequiredError, NotFoundError, ValidationError } from '../domain/errors.ts';
import { startOperation } from './operations/start-operation.ts';
import type { Services } from './services.ts';
import { requireRole, type Viewer } from './viewer.ts';

/**
 * Deletes an integration that is DISCONNECTED and has nothing in flight. It is gone from every answer at once; its work list, log and history are
 * removed in the background, which survives restarts. Leads stay, and so do other integrations. Admins.
 */
export async function deleteIntegration(
  services: Services,
  viewer: Viewer,
  input: { integrationId: string; confirm?: boolean | null | undefined },
): Promise<void> {
  requireRole(viewer, 'ADMIN');
  const target = { orgId: viewer.orgId, integrationId: input.integrationId };
  await services.db.transaction(async (tx) => {
    const gate = await lockGate(tx, target.orgId, target.integrationId);
    if (!gate) throw new NotFoundError('integration');
    if (gate.connection !== 'DISCONNECTED') {
      throw new ValidationError([{ path: 'integrationId', message: 'is connected: disconnect it first.' }]);
    }
    const { syncing } = await sumUnderLogLock(tx, gate, gate.releaseEpoch);
    if (syncing > 0) {
      throw new ValidationError([
        { path: 'integrationId', message: `has ${syncing} leads in flight: try again when they are answered.` },
      ]);
    }
    const leads = await countListed(tx, target);
    if (!input.confirm) {
      throw new ConfirmationRequiredError(
        'Deleting removes the work list, its log and every history of this integration for good. The leads stay, and so does what the vendor has. ' +
          'Send the same input with confirm: true.',
        leads,
      );
    }
    await deleteSmallRows(tx, target);
    const { integrationId } = target;
    await startOperation(services, tx, viewer, {
      kind: 'INTEGRATION_DELETION',
      integrationId,
      input: {},
      total: leads,
    });
    await ringDoorbell(tx, integrationId);
  });
}
