import type { Contender, Flushed, Meter } from './contenders/contender.ts';
import { graphileWorker, graphileWorkerInBatches } from './contenders/graphile-worker.ts';
import { flushByHand } from './contenders/hand-written-sql.ts';
import { pgBoss } from './contenders/pg-boss.ts';
import { flushSluice } from './contenders/sluice.ts';
import type { BenchServer } from './harness/postgres.ts';
import { type Goal, median, type Report, type Row, short } from './harness/report.ts';

const leads = 20_000;
const many = 100_000;
const rounds = 3;
const roundsOfMany = 2;

/** A backlog, from its release to the last lead recorded, against other ways to move the same number of rows from one state to another. */
export async function run(server: BenchServer): Promise<Report> {
  const sluice: Flushed[] = [];
  const others = contenders.map((contender) => ({ ...contender, flushes: [] as Flushed[] }));
  await flush(server, flushSluice, 2_000); // warm
  for (let round = 0; round < rounds; round++) {
    sluice.push(await flush(server, flushSluice, leads));
    for (const other of others) other.flushes.push(await flush(server, other.run, leads));
  }
  const rateOf = ({ seconds }: Flushed) => leads / seconds;
  const rows: Row[] = others.map(({ name, goal, flushes }) => ({
    what: `flush of ${leads.toLocaleString('en')}: leads/s against ${name}`,
    ours: `${short(median(sluice.map(rateOf)))}/s`,
    against: `${short(median(flushes.map(rateOf)))}/s`,
    ratios: sluice.map((ours, round) => rateOf(ours) / rateOf(flushes[round] ?? ours)),
    goal,
  }));
  rows.push({
    what: 'the same: CPU per lead, our process and PostgreSQL together',
    ours: `${short(median(sluice.map(cpuMicrosOf)))} us`,
    against: others.map(({ name, flushes }) => `${name} ${short(median(flushes.map(cpuMicrosOf)))} us`).join(', '),
    ratios: sluice.map(cpuMicrosOf),
    goal: { atMost: 75, unit: ' us' },
  });
  rows.push(await compareSizes(server));
  return {
    rows,
    notes: ['One drain; the vendor is in the process and answers at once (contenders/instant-registry.ts).'],
  };
}

const contenders: { name: string; run: Contender; goal: Goal | null }[] = [
  { name: 'graphile-worker, a job per lead, jobs waiting', run: graphileWorker('jobs wait'), goal: { atLeast: 8 } },
  { name: 'graphile-worker, jobs made at the release', run: graphileWorker('at release'), goal: null },
  { name: 'graphile-worker with its batching, jobs waiting', run: graphileWorkerInBatches('jobs wait'), goal: null },
  { name: 'pg-boss in batches of 300, jobs waiting', run: pgBoss('jobs wait'), goal: { atLeast: 2 } },
  { name: 'pg-boss in batches of 300, jobs made at the release', run: pgBoss('at release'), goal: null },
  { name: 'hand-written SQL without a log', run: flushByHand, goal: { atLeast: 0.7 } },
];

const cpuMicrosOf = ({ cpuSeconds }: Flushed): number => (cpuSeconds / leads) * 1e6;

async function compareSizes(server: BenchServer): Promise<Row> {
  const ofFew: number[] = [];
  const ofMany: number[] = [];
  for (let round = 0; round < roundsOfMany; round++) {
    ofFew.push(leads / (await flush(server, flushSluice, leads)).seconds);
    ofMany.push(many / (await flush(server, flushSluice, many)).seconds);
  }
  ofFew.push(leads / (await flush(server, flushSluice, leads)).seconds);
  return {
    what: `flush of ${many.toLocaleString('en')} against ${leads.toLocaleString('en')}: leads/s`,
    ours: `${short(median(ofMany))}/s`,
    against: `${short(median(ofFew))}/s`,
    // Each against the mean of the two around it.
    ratios: ofMany.map((rate, round) => (2 * rate) / ((ofFew[round] ?? rate) + (ofFew[round + 1] ?? rate))),
    goal: { atLeast: 0.9 },
  };
}

async function flush(server: BenchServer, contender: Contender, count: number): Promise<Flushed> {
  const name = 'bench_flush';
  const url = await server.create(name);
  try {
    return await contender(url, count, meterOf(server));
  } finally {
    await server.drop(name);
  }
}

function meterOf(server: BenchServer): Meter {
  const cpuSeconds = async () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6 + (await server.cpuSeconds());
  };
  return {
    async start() {
      const cpuBefore = await cpuSeconds();
      const startedAt = Date.now();
      return {
        async stop({ fromMs = startedAt, untilMs = Date.now() } = {}) {
          return { seconds: (untilMs - fromMs) / 1_000, cpuSeconds: (await cpuSeconds()) - cpuBefore };
        },
      };
    },
  };
}
