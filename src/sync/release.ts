import { and, eq, lt, sql } from 'drizzle-orm';
import type { Tx } from '../db/client.ts';
import { lockGate } from '../db/statements/gates.ts';
import { ringDoorbell } from '../db/statements/log.ts';
import { type RetrySelection, releaseChunk, releaseItems } from '../db/statements/retry-items.ts';
import { retries } from '../db/tables/index.ts';
import type { Services } from './services.ts';

/** A release whose process has not moved it on for so long is taken up by another. */
const abandonedSeconds = 30;

/**
 * Releases what a retry selected, chunk by chunk, so that a switch of mode never waits for more than one; then fixes its total. Each chunk
 * commits how far it came: if the process dies, recovery goes on from there. Two that release the same retry share the chunks.
 */
export async function releaseAll(services: Services, orgId: string, retryId: string): Promise<void> {
  while (await services.db.transaction((tx) => releaseNextChunk(services, tx, orgId, retryId)));
}

/** True: there may be more. */
async function releaseNextChunk(services: Services, tx: Tx, orgId: string, retryId: string): Promise<boolean> {
  const ofRetry = and(eq(retries.orgId, orgId), eq(retries.id, retryId));
  const [found] = await tx.select({ integrationId: retries.integrationId }).from(retries).where(ofRetry);
  const gate = found && (await lockGate(tx, orgId, found.integrationId));
  const [retry] = await tx.select().from(retries).where(ofRetry); // after the lock: as the chunk before left it
  if (!gate || !retry?.releasing || retry.releaseUntil === null) return false;
  const { integrationId, releaseEpoch, releaseUntil: until } = retry;
  const selection = retry.selection as RetrySelection;
  const [state, ...statesLeft] = selection.states;
  const held = gate.flow === 'NONE' || gate.releaseEpoch !== releaseEpoch; // what is released stays so, and no more is
  const chunk =
    held || !state
      ? { released: 0, paged: 0, last: null }
      : await releaseItems(tx, { orgId, integrationId, retryId, releaseEpoch }, selection, {
          state,
          after: retry.releasedUpTo,
          until,
        });
  const moreOfState = chunk.paged === releaseChunk;
  const more = moreOfState || (!held && statesLeft.length > 0);
  await tx
    .update(retries)
    .set({
      total: sql`${retries.total} + ${chunk.released}`,
      selection: moreOfState ? selection : { ...selection, states: statesLeft },
      releasedUpTo: moreOfState ? chunk.last : null,
      releasedAt: services.now(),
      releasing: more,
      ...(!more && {
        status: sql`case when ${retries.status} = 'RUNNING' and ${retries.cleared} + ${retries.failed} >= ${retries.total} + ${chunk.released}
                         then 'COMPLETED' else ${retries.status} end`,
      }),
    })
    .where(ofRetry);
  await ringDoorbell(tx, integrationId);
  if (chunk.released > 0) await services.jobs.drain(tx, orgId, integrationId);
  return more;
}

/** Retries that a process left half released. */
export async function listAbandonedReleases(services: Services): Promise<{ orgId: string; id: string }[]> {
  const since = new Date(services.now().getTime() - abandonedSeconds * 1_000);
  return services.db
    .select({ orgId: retries.orgId, id: retries.id })
    .from(retries)
    .where(and(eq(retries.releasing, true), lt(retries.releasedAt, since)));
}
