import type { Db } from '../../db/client.ts';
import { findLearntLimits, writeLearntLimits } from '../../db/statements/vendor-flow.ts';
import { isKeptForLive } from '../../domain/backlog.ts';
import type { LearntLimits } from '../connectors/connector.ts';

/** What was learnt longer ago, of calls that come back little by little, is worth another look. */
const staleMs = 15 * 60_000;

/** How long what is left of the vendor's calls of the day is kept for leads that come live, in ms; 0: others may call too. */
export async function msUntilCallsAreLeft(db: Db, orgId: string, integrationId: string): Promise<number> {
  const { quota } = await findLearntLimits(db, orgId, integrationId);
  if (!quota || !isKeptForLive({ limit: quota.limit, remaining: quota.remaining, resetsAt: null })) return 0;
  return Math.max(0, quota.resetsInMs ?? staleMs - quota.learntMsAgo);
}

/** Stores what an answer told of the calls of the day: whoever calls next keeps to it. */
export async function noteDailyCalls(
  db: Db,
  orgId: string,
  integrationId: string,
  daily: NonNullable<LearntLimits['daily']>,
  nowMs: number,
): Promise<void> {
  const { rate } = await findLearntLimits(db, orgId, integrationId);
  const { limit, remaining, resetsAt } = daily;
  const resetsInMs = resetsAt && Math.max(0, resetsAt.getTime() - nowMs);
  await writeLearntLimits(db, orgId, integrationId, { rate, quota: { limit, remaining, resetsInMs, learntMsAgo: 0 } });
}
