import { type AddJobsJobSpec, Logger, makeWorkerUtils, run } from 'graphile-worker';
import { openDatabase } from '../../src/db/client.ts';
import { settleDatabase } from '../harness/postgres.ts';
import type { Contender } from './contender.ts';

/** The best of 4, 10 and 24 on two cores. */
const concurrentJobs = 10;
const silent = new Logger(() => () => {});

/** One job per lead, as its manual has it: each is fetched, handled and completed by itself. */
export const flushGraphileWorker: Contender = (url, leads, meter) => flush(url, leads, meter, {});

/** The same with what its manual offers for throughput: jobs are fetched 500 at a time and completions gathered for a moment. */
export const flushGraphileWorkerInBatches: Contender = (url, leads, meter) =>
  flush(url, leads, meter, { localQueue: { size: 500 }, completeJobBatchDelay: 5, failJobBatchDelay: 5 });

interface Batching {
  localQueue?: { size: number };
  completeJobBatchDelay?: number;
  failJobBatchDelay?: number;
}

async function flush(url: string, leads: number, meter: Parameters<Contender>[2], batching: Batching) {
  const utils = await makeWorkerUtils({ connectionString: url, logger: silent });
  await utils.migrate();
  for (let first = 0; first < leads; first += 1_000) {
    const jobs: AddJobsJobSpec[] = Array.from({ length: Math.min(1_000, leads - first) }, (_, index) => ({
      identifier: 'push',
      payload: { itemId: `01900000-0000-7000-9000-${String(first + index).padStart(12, '0')}` },
    }));
    await utils.addJobs(jobs);
  }
  await utils.release();
  const database = openDatabase(url, { name: 'bench', connectionsMax: 2, statementTimeoutMs: 0 });
  await settleDatabase(database.sql);

  const started = await meter.start();
  let fromMs: number | undefined; // the runner takes a moment to start, which is not held against it
  const runner = await run({
    preset: {
      worker: { connectionString: url, concurrentJobs, maxPoolSize: concurrentJobs + 2, logger: silent, ...batching },
    },
    noHandleSignals: true,
    taskList: {
      push: () => {
        fromMs ??= Date.now();
      },
    },
  });
  const handled = Promise.withResolvers<void>();
  let completed = 0;
  runner.events.on('job:complete', () => {
    completed += 1;
    if (completed === leads) handled.resolve();
  });
  await handled.promise;
  for (;;) {
    const [left] = await database.sql<{ any: boolean }[]>`select exists (select from graphile_worker.jobs) as any`;
    if (!left?.any) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const flushed = await started.stop({ ...(fromMs !== undefined && { fromMs }) });
  await runner.stop();
  await database.close();
  return flushed;
}
