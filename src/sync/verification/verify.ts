import { and, desc, eq, isNull } from 'drizzle-orm';
import type { OperationRow } from '../../db/statements/operations.ts';
import { gates, operations } from '../../db/tables/index.ts';
import { NotFoundError } from '../../domain/errors.ts';
import { cancelOperation } from '../operations/cancel-operation.ts';
import { type NewOperation, startOperation } from '../operations/start-operation.ts';
import type { Services } from '../services.ts';
import { requireRole, type Viewer } from '../viewer.ts';
import type { VerificationInput } from './verification.ts';

export interface VerifyOptions extends VerificationInput {
  /** Null: all of the organization's integrations. */
  integrationId: string | null;
  /** The process that works on it itself; absent: a worker does. */
  owner?: NewOperation['owner'];
}

/**
 * Starts to prove that counts, work list, log and leads agree, and, asked for, that the vendor has what is CLEARED. Changes nothing. One that checks
 * the same and runs already is returned instead, unless the caller works on it himself. Returns the operation's id. Operators and admins.
 */
export async function verify(
  services: Pick<Services, 'db' | 'now' | 'newId'>,
  viewer: Viewer,
  { integrationId, readBack, owner }: VerifyOptions,
): Promise<string> {
  requireRole(viewer, 'OPERATOR');
  const input: VerificationInput = { readBack };
  return services.db.transaction(async (tx) => {
    const { orgId } = viewer;
    if (integrationId !== null) {
      const [gate] = await tx
        .select({ integrationId: gates.integrationId })
        .from(gates)
        .where(and(eq(gates.orgId, orgId), eq(gates.integrationId, integrationId)));
      if (!gate) throw new NotFoundError('integration');
    }
    const [same] = await tx
      .select({ id: operations.id })
      .from(operations)
      .where(
        and(
          eq(operations.orgId, orgId),
          eq(operations.kind, 'VERIFICATION'),
          eq(operations.status, 'RUNNING'),
          integrationId === null ? isNull(operations.integrationId) : eq(operations.integrationId, integrationId),
          eq(operations.input, input),
        ),
      )
      .orderBy(desc(operations.id));
    if (same && !owner) return same.id;
    return startOperation(services, tx, viewer, {
      kind: 'VERIFICATION',
      integrationId,
      input,
      ...(owner && { owner }),
    });
  });
}

/** Ends a verification where it is; what it found stays. One that has ended is left as it is. Operators and admins. */
export async function cancelVerification(
  services: Services,
  viewer: Viewer,
  verificationId: string,
): Promise<OperationRow> {
  requireRole(viewer, 'OPERATOR');
  const canceled = await services.db.transaction((tx) =>
    cancelOperation(services, tx, { orgId: viewer.orgId, kind: 'VERIFICATION', operationId: verificationId }),
  );
  if (!canceled) throw new NotFoundError('verification');
  return canceled;
}
