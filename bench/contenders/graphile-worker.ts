import { type AddJobsJobSpec, Logger, makeWorkerUtils, run, type WorkerUtils } from 'graphile-worker';
import { openDatabase } from '../../src/db/client.ts';
import { settleDatabase } from '../harness/postgres.ts';
import type { Contender, Flushed, Meter, Release } from './contender.ts';

/** The best of 4, 10 and 24 on two cores. */
const concurrentJobs = 10;
const silent = new Logger(() => () => {});

/** One job per lead, as its manual has it: each is fetched, handled and completed by itself. */
export const graphileWorker =
  (release: Release): Contender =>
  (url, leads, meter) =>
    flush(url, leads, meter, release, {});

/** The same with what its manual offers for throughput: jobs are fetched 500 at a time and completions gathered for a moment. */
export const graphileWorkerInBatches =
  (release: Release): Contender =>
  (url, leads, meter) =>
    flush(url, leads, meter, release, { localQueue: { size: 500 }, completeJobBatchDelay: 5, failJobBatchDelay: 5 });

interface Batching {
  localQueue?: { size: number };
  completeJobBatchDelay?: number;
  failJobBatchDelay?: number;
}

async function flush(url: string, leads: number, meter: Meter, release: Release, batching: Batching): Promise<Flushed> {
  const utils = await makeWorkerUtils({ connectionString: url, logger: silent });
  await utils.migrate();
  const database = openDatabase(url, { name: 'bench', connectionsMax: 2, statementTimeoutMs: 0 });
  const handled = Promise.withResolvers<void>();
  let firstMs: number | undefined;
  let left = leads;
  const startRunner = async () => {
    const runner = await run({
      preset: {
        worker: { connectionString: url, concurrentJobs, maxPoolSize: concurrentJobs + 2, logger: silent, ...batching },
      },
      noHandleSignals: true,
      taskList: {
        push: () => {
          firstMs ??= Date.now();
        },
      },
    });
    runner.events.on('job:complete', () => {
      left -= 1;
      if (left === 0) handled.resolve();
    });
    return runner;
  };

  if (release === 'jobs wait') await addJobs(utils, leads);
  await settleDatabase(database.sql);
  const early = release === 'at release' ? await startRunner() : null;
  const started = await meter.start();
  if (release === 'at release') await addJobs(utils, leads);
  const runner = early ?? (await startRunner()); // takes a moment to start, which is not held against it
  await handled.promise;
  for (;;) {
    const [jobs] = await database.sql<{ any: boolean }[]>`select exists (select from graphile_worker.jobs) as any`;
    if (!jobs?.any) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const flushed = await started.stop(release === 'jobs wait' && firstMs !== undefined ? { fromMs: firstMs } : {});
  await runner.stop();
  await utils.release();
  await database.close();
  return flushed;
}

async function addJobs(utils: WorkerUtils, leads: number): Promise<void> {
  for (let first = 0; first < leads; first += 1_000) {
    const jobs: AddJobsJobSpec[] = Array.from({ length: Math.min(1_000, leads - first) }, (_, index) => ({
      identifier: 'push',
      payload: { itemId: `01900000-0000-7000-9000-${String(first + index).padStart(12, '0')}` },
    }));
    await utils.addJobs(jobs);
  }
}
