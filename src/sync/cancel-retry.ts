import { and, eq, or } from 'drizzle-orm';
import type { Tx } from '../db/client.ts';
import { lockGate } from '../db/statements/gates.ts';
import { ringDoorbell } from '../db/statements/log.ts';
import { releaseChunk, unreleaseItems } from '../db/statements/retry-items.ts';
import { forgetMembers } from '../db/statements/retry-members.ts';
import { retries } from '../db/tables/index.ts';
import { NotFoundError } from '../domain/errors.ts';
import type { Services } from './services.ts';
import { requireRole, type Viewer } from './viewer.ts';

/**
 * Ends a running retry: its waiting leads go back to where they were before it, failed ones with their last error; leads in flight finish; what it
 * has not released yet stays as it is. One that has ended stays as it is. When it returns, nothing of it waits any more. Operators and admins.
 */
export async function cancelRetry(services: Services, viewer: Viewer, retryId: string): Promise<void> {
  requireRole(viewer, 'OPERATOR');
  await endRetry(services, viewer.orgId, retryId, viewer.name);
}

/** Retries that ended but are not put back or forgotten entirely: their process died between two chunks, or they ended without one. */
export async function listEndingRetries(services: Services): Promise<{ orgId: string; id: string }[]> {
  return services.db
    .select({ orgId: retries.orgId, id: retries.id })
    .from(retries)
    .where(or(eq(retries.canceling, true), eq(retries.forgetting, true)));
}

/** Goes on with the end of a retry. `by`: who cancels it, where it runs; null: it has ended, and who canceled is known already. */
export async function endRetry(
  services: Services,
  orgId: string,
  retryId: string,
  by: string | null = null,
): Promise<void> {
  while (await services.db.transaction((tx) => endNextChunk(tx, orgId, retryId, by)));
}

/** True: there is more. Takes the gate's lock, so that nothing is claimed meanwhile, and writes the retry last: its row is locked after the items. */
async function endNextChunk(tx: Tx, orgId: string, retryId: string, by: string | null): Promise<boolean> {
  const ofRetry = and(eq(retries.orgId, orgId), eq(retries.id, retryId));
  const [found] = await tx.select({ integrationId: retries.integrationId }).from(retries).where(ofRetry);
  if (!found) throw new NotFoundError('retry');
  const gate = await lockGate(tx, orgId, found.integrationId);
  if (!gate) throw new NotFoundError('retry'); // its integration was deleted
  const [retry] = await tx.select().from(retries).where(ofRetry);
  if (!retry) return false;
  const cancels = by !== null && retry.status === 'RUNNING';
  if (!cancels && !retry.canceling && !retry.forgetting) return false;
  const canceledBy = cancels ? by : retry.canceledBy;
  const canceling =
    (cancels || retry.canceling) && (await unreleaseItems(tx, orgId, retryId, canceledBy)) === releaseChunk;
  const forgetting = canceling || (await forgetMembers(tx, orgId, retryId)) === releaseChunk;
  const ends = cancels ? ({ status: 'CANCELED', releasing: false, looking: false, canceledBy } as const) : {};
  await tx
    .update(retries)
    .set({ ...ends, canceling, forgetting })
    .where(ofRetry);
  await ringDoorbell(tx, found.integrationId);
  return canceling || forgetting;
}
