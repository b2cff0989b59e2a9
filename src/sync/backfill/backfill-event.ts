import { and, eq } from 'drizzle-orm';
import { lockGate } from '../../db/statements/gates.ts';
import type { OperationRow } from '../../db/statements/operations.ts';
import { countUntaken } from '../../db/statements/untaken-leads.ts';
import { events, operations } from '../../db/tables/index.ts';
import { ConfirmationRequiredError, NotFoundError } from '../../domain/errors.ts';
import { cancelOperation } from '../operations/cancel-operation.ts';
import { startOperation } from '../operations/start-operation.ts';
import type { Services } from '../services.ts';
import { requireRole, type Viewer } from '../viewer.ts';

export interface BackfillEvent {
  integrationId: string;
  eventId: string;
  confirm?: boolean | null | undefined;
}

/**
 * Starts to put the leads of an event that an integration did not take, because it came later, onto its work list: in the background, behind
 * everything else. Whether they are pushed is up to the mode, as with any other. One that runs already for the same is returned instead. Returns
 * the operation's id. Operators and admins.
 */
export async function backfillEvent(services: Services, viewer: Viewer, input: BackfillEvent): Promise<string> {
  requireRole(viewer, 'OPERATOR');
  const { orgId } = viewer;
  const { integrationId, eventId } = input;
  const total = await countUntaken(services.db, { orgId, integrationId, eventId }); // not under the gate's lock: a large event takes its time
  return services.db.transaction(async (tx) => {
    const gate = await lockGate(tx, orgId, integrationId); // two at once: the second finds what the first has started
    if (!gate) throw new NotFoundError('integration');
    const [event] = await tx
      .select({ id: events.id })
      .from(events)
      .where(and(eq(events.orgId, orgId), eq(events.id, eventId)));
    if (!event) throw new NotFoundError('event');
    const [running] = await tx
      .select({ id: operations.id })
      .from(operations)
      .where(
        and(
          eq(operations.orgId, orgId),
          eq(operations.kind, 'BACKFILL'),
          eq(operations.status, 'RUNNING'),
          eq(operations.integrationId, integrationId),
          eq(operations.eventId, eventId),
        ),
      );
    if (running && input.confirm) return running.id;
    if (!input.confirm) {
      throw new ConfirmationRequiredError(
        'A backfill puts every enriched lead of the event that this integration has not taken onto its work list; in AUTOMATIC they are pushed. ' +
          'Send the same input with confirm: true.',
        total,
      );
    }
    return startOperation(services, tx, viewer, { kind: 'BACKFILL', integrationId, eventId, input: {}, total });
  });
}

/** Ends a backfill where it is; what it put onto the list stays there. One that has ended is left as it is. Operators and admins. */
export async function cancelBackfill(services: Services, viewer: Viewer, backfillId: string): Promise<OperationRow> {
  requireRole(viewer, 'OPERATOR');
  const canceled = await services.db.transaction((tx) =>
    cancelOperation(services, tx, { orgId: viewer.orgId, kind: 'BACKFILL', operationId: backfillId }),
  );
  if (!canceled) throw new NotFoundError('backfill');
  return canceled;
}
