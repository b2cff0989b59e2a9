import { and, eq } from 'drizzle-orm';
import type { Tx } from '../../db/client.ts';
import { type OperationRow, ringRunners } from '../../db/statements/operations.ts';
import { type OperationKind, operations } from '../../db/tables/index.ts';
import type { Services } from '../services.ts';

/**
 * Ends an operation where it is: nothing more of it is committed from the commit of the transaction on. One that has ended stays as it is. Null:
 * the organization has no such operation of that kind. Checks no role: the use case does.
 */
export async function cancelOperation(
  services: Pick<Services, 'now'>,
  tx: Tx,
  { orgId, kind, operationId }: { orgId: string; kind: OperationKind; operationId: string },
): Promise<OperationRow | null> {
  const isThis = and(eq(operations.orgId, orgId), eq(operations.id, operationId), eq(operations.kind, kind));
  const [canceled] = await tx
    .update(operations)
    .set({ status: 'CANCELED', finishedAt: services.now(), owner: null, ownedUntil: null })
    .where(and(isThis, eq(operations.status, 'RUNNING')))
    .returning();
  if (canceled) {
    await ringRunners(tx, operationId);
    return canceled;
  }
  const [found] = await tx.select().from(operations).where(isThis);
  return found ?? null;
}
