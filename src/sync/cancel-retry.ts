import { and, eq } from 'drizzle-orm';
import type { Tx } from '../db/client.ts';
import { lockGate } from '../db/statements/gates.ts';
import { ringDoorbell } from '../db/statements/log.ts';
import { releaseChunk, unreleaseItems } from '../db/statements/retry-items.ts';
import { retries } from '../db/tables/index.ts';
import { NotFoundError } from '../domain/errors.ts';
import type { Services } from './services.ts';
import { requireRole, type Viewer } from './viewer.ts';

/**
 * Ends a running retry: its waiting leads go back to where they were before it, failed ones with their last error; leads in flight finish. One
 * that has ended stays as it is. When it returns, nothing of it waits any more. Operators and admins.
 */
export async function cancelRetry(services: Services, viewer: Viewer, retryId: string): Promise<void> {
  requireRole(viewer, 'OPERATOR');
  await putBackAll(services, viewer.orgId, retryId, viewer.name);
}

/** Also goes on with a cancellation whose process died between two chunks: then `by` is null, and who canceled is known already. */
export async function putBackAll(
  services: Services,
  orgId: string,
  retryId: string,
  by: string | null = null,
): Promise<void> {
  while (await services.db.transaction((tx) => cancelNextChunk(tx, orgId, retryId, by)));
}

/** Retries that are canceled but not put back entirely. */
export async function listHalfCanceled(services: Services): Promise<{ orgId: string; id: string }[]> {
  return services.db.select({ orgId: retries.orgId, id: retries.id }).from(retries).where(eq(retries.canceling, true));
}

/** True: there is more. Takes the gate's lock, so that nothing is claimed meanwhile, and writes the retry last: its row is locked after the items. */
async function cancelNextChunk(tx: Tx, orgId: string, retryId: string, by: string | null): Promise<boolean> {
  const ofRetry = and(eq(retries.orgId, orgId), eq(retries.id, retryId));
  const [found] = await tx.select({ integrationId: retries.integrationId }).from(retries).where(ofRetry);
  if (!found) throw new NotFoundError('retry');
  await lockGate(tx, orgId, found.integrationId);
  const [retry] = await tx
    .select({ status: retries.status, canceling: retries.canceling, canceledBy: retries.canceledBy })
    .from(retries)
    .where(ofRetry);
  if (retry?.status !== 'RUNNING' && !retry?.canceling) return false;
  const canceledBy = retry.canceledBy ?? by;
  const more = (await unreleaseItems(tx, orgId, retryId, canceledBy)) === releaseChunk;
  await tx.update(retries).set({ status: 'CANCELED', releasing: false, canceling: more, canceledBy }).where(ofRetry);
  await ringDoorbell(tx, found.integrationId);
  return more;
}
