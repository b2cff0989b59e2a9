import { pruneActivity, pruneAttempts, pruneLogs } from '../../db/statements/prune.ts';
import { pruneFindings } from '../../db/statements/verification/findings.ts';
import type { Services } from '../services.ts';

const hourMs = 60 * 60_000;

export interface RetentionDays {
  /** Of transitions, and of what verifications found. */
  logDays: number;
  /** 0: attempts are not kept, and what there is from before goes. */
  attemptDays: number;
}

/** Removes, at the start and then once an hour, what is older than its retention, in small transactions. Returns a function that ends it. */
export function startRetention(services: Services, days: RetentionDays): () => Promise<void> {
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  const prune = () => {
    running = pruneAll(services, days, () => stopped).catch((error: unknown) => {
      services.log.error(
        { event: 'retention.failed', err: error },
        'what is too old was not removed; the next hour tries again',
      );
    });
  };
  prune();
  const timer = setInterval(prune, hourMs);
  return async () => {
    stopped = true;
    clearInterval(timer);
    await running;
  };
}

/** Prunes until nothing older is left. */
async function pruneAll(
  { db }: Services,
  { logDays, attemptDays }: RetentionDays,
  stopped: () => boolean,
): Promise<void> {
  while (!stopped() && (await pruneLogs(db, logDays)) > 0);
  while (!stopped() && (await pruneAttempts(db, attemptDays)) > 0);
  while (!stopped() && (await pruneFindings(db, logDays)) > 0);
  while (!stopped() && (await pruneActivity(db, logDays)) > 0);
}
