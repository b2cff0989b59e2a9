import { pruneLogs } from '../../db/statements/prune.ts';
import type { Services } from '../services.ts';

const hourMs = 60 * 60_000;

/** Removes, once an hour, what is older than the log's retention, in small transactions. Returns a function that ends it. */
export function startRetention(services: Services, days: number): () => Promise<void> {
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  const prune = () => {
    running = pruneAll(services, days, () => stopped).catch((error: unknown) => {
      services.log.error(
        { event: 'retention.failed', err: error },
        'the log was not pruned; the next hour tries again',
      );
    });
  };
  const timer = setInterval(prune, hourMs);
  return async () => {
    stopped = true;
    clearInterval(timer);
    await running;
  };
}

/** Prunes until nothing older is left. */
async function pruneAll(services: Services, days: number, stopped: () => boolean = () => false): Promise<void> {
  while (!stopped() && (await pruneLogs(services.db, days)) > 0);
}
