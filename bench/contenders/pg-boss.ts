import { setTimeout } from 'node:timers/promises';
import { PgBoss } from 'pg-boss';
import { openDatabase } from '../../src/db/client.ts';
import { settleDatabase } from '../harness/postgres.ts';
import type { Contender, Release } from './contender.ts';

const queue = 'push';
const batch = 300;
/** Fetches under way at once: the best of 1, 2 and 4 on two cores. */
const loops = 2;

/** One job per lead, fetched and completed 300 at a time without waiting in between. */
export const pgBoss =
  (release: Release): Contender =>
  async (url, leads, meter) => {
    const boss = new PgBoss({ connectionString: url, max: loops + 1, supervise: false, schedule: false });
    boss.on('error', (error) => console.error('pg-boss had an error:', error));
    await boss.start();
    await boss.createQueue(queue);
    const database = openDatabase(url, { name: 'bench', connectionsMax: 1, statementTimeoutMs: 0 });

    if (release === 'jobs wait') await insertJobs(boss, leads);
    await settleDatabase(database.sql);
    const run = await meter.start();
    let inserted = release === 'jobs wait';
    let completed = 0;
    const work = async () => {
      for (;;) {
        const noMore = inserted; // before the fetch: what came after it would be missed
        const jobs = await boss.fetch(queue, { batchSize: batch });
        if (jobs.length === 0 && noMore) return;
        const ids = jobs.map((job) => job.id);
        if (ids.length > 0) await boss.complete(queue, ids);
        else await setTimeout(2);
        completed += ids.length;
      }
    };
    const insert = async () => {
      if (!inserted) await insertJobs(boss, leads);
      inserted = true;
    };
    await Promise.all([insert(), ...Array.from({ length: loops }, work)]);
    const flushed = await run.stop();
    if (completed !== leads) throw new Error(`pg-boss completed ${completed} of ${leads}`);
    await boss.stop({ graceful: false });
    await database.close();
    return flushed;
  };

async function insertJobs(boss: PgBoss, leads: number): Promise<void> {
  for (let first = 0; first < leads; first += 1_000) {
    const jobs = Array.from({ length: Math.min(1_000, leads - first) }, (_, index) => ({
      data: { itemId: `01900000-0000-7000-9000-${String(first + index).padStart(12, '0')}` },
    }));
    await boss.insert(queue, jobs);
  }
}
