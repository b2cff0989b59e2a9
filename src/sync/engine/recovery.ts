import { listIntegrationsWithWork, recoverAllClaims, recoverExpiredClaims } from '../../db/statements/claim.ts';
import { advanceRetry, listAbandonedRetries } from '../advance-retry.ts';
import { endRetry, listEndingRetries } from '../cancel-retry.ts';
import type { Engine } from './engine.ts';
import type { DrainJob } from './jobs.ts';

/** One round in so many also looks for work whose job got lost. */
const roundsPerSweep = 3;

/**
 * Gives back what dead processes held, and is the safety net under the jobs: whatever is due and has no drain gets one. Runs in every worker;
 * rounds do not overlap. Returns a function that ends it after the round under way.
 */
export function startRecovery(engine: Engine): () => Promise<void> {
  let stopped = false;
  let round = 0;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const next = () => {
    running = recover(engine, round++ % roundsPerSweep === 0).finally(() => {
      if (!stopped) timer = setTimeout(next, engine.times.recoveryMs);
    });
  };
  next();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}

async function recover(engine: Engine, sweep: boolean): Promise<void> {
  const { services, queue, times } = engine;
  try {
    const recovered = await recoverExpiredClaims(services.db, times.claimMarginSeconds);
    for (const job of recovered) await queue.drainNow(job);
    if (!sweep) return;
    const isWanted = () => !engine.stopping;
    for (const { orgId, id } of await listAbandonedRetries(services)) await advanceRetry(services, orgId, id, isWanted);
    for (const { orgId, id } of await listEndingRetries(services)) await endRetry(services, orgId, id);
    for (const job of await listIntegrationsWithWork(services.db)) await queue.drainNow(job);
  } catch (error) {
    services.log.error({ event: 'recovery.failed', err: error }, 'recovery failed; the next round tries again');
  }
}

/** For a process that found nobody else: what the dead held goes on at once, instead of when their claims and jobs have run out. */
export async function takeOver({ services, queue }: Pick<Engine, 'services' | 'queue'>): Promise<void> {
  await queue.forget();
  const jobs = new Map<string, DrainJob>();
  for (;;) {
    const recovered = await recoverAllClaims(services.db);
    if (recovered.length === 0) break;
    for (const job of recovered) jobs.set(job.integrationId, job);
  }
  if (jobs.size > 0)
    services.log.info(
      { event: 'recovery.tookOver', integrations: jobs.size },
      'took over what a dead process had begun',
    );
  for (const job of [...jobs.values(), ...(await listIntegrationsWithWork(services.db))]) await queue.drainNow(job);
}
