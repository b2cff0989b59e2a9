import { Logger, makeWorkerUtils, run as runWorker, type WorkerUtils } from 'graphile-worker';
import { z } from 'zod';
import { answerJson, jsonOf, listen } from '../simulators/server.ts';
import { captureLeads } from '../src/sync/capture-leads.ts';
import { type BenchServer, settleDatabase } from './harness/postgres.ts';
import { median, percentile, type Report, type Row, short } from './harness/report.ts';
import { type BenchSluice, connectWebhook, createEvents, openSluice } from './harness/sluice.ts';

const perSecond = 50;
/** Of one turn. */
const seconds = 4;
const rounds = 5;
const concurrentJobs = 10;

/** One lead's way: when its capture was called, when that had returned, when the lead arrived. All by performance.now(). */
interface Way {
  calledAt: number;
  storedAt: number;
  arrivedAt: number;
}

type Arrivals = Map<string, PromiseWithResolvers<number>>;

/**
 * Single leads at a steady rate, whatever becomes of those before (an open loop): from its capture until a webhook has it, against the same
 * from addJob to the handler. Turn by turn in one process.
 */
export async function run(server: BenchServer): Promise<Report> {
  const arrivals: Arrivals = new Map();
  const sluice = await openSluice(await server.create('bench_latency'));
  const graphileUrl = await server.create('bench_latency_graphile');
  const ours = await startOurs(sluice, arrivals);
  const theirs = await startTheirs(graphileUrl, arrivals);
  await settleDatabase(sluice.sql);
  await turn('warm', ours.capture, arrivals, 1);
  await turn('warm', theirs.capture, arrivals, 1);

  const ourTurns: Way[][] = [];
  const theirTurns: Way[][] = [];
  for (let round = 0; round < rounds; round++) {
    ourTurns.push(await turn(`ours ${round}`, ours.capture, arrivals, seconds));
    theirTurns.push(await turn(`theirs ${round}`, theirs.capture, arrivals, seconds));
  }
  await ours.stop();
  await theirs.stop();
  await server.drop('bench_latency');
  await server.drop('bench_latency_graphile');

  const compare = (what: string, ms: (way: Way) => number, percent: number, atMost: number | null): Row => {
    const of = (ways: readonly Way[]) => percentile(ways.map(ms), percent);
    return {
      what: `${perSecond} leads/s, ${what}: p${percent}`,
      ours: `${short(of(ourTurns.flat()))} ms`,
      against: `graphile-worker ${short(of(theirTurns.flat()))} ms`,
      ratios: ourTurns.map((ways, round) => of(ways) / of(theirTurns[round] ?? [])),
      goal: atMost === null ? null : { atMost },
    };
  };
  const fromCall = ({ calledAt, arrivedAt }: Way) => arrivedAt - calledAt;
  const fromStored = ({ storedAt, arrivedAt }: Way) => arrivedAt - storedAt;
  const callMs = (ways: readonly Way[]) => median(ways.map(({ calledAt, storedAt }) => storedAt - calledAt));
  return {
    rows: [
      compare('captured (the call has returned) to received', fromStored, 50, 1.5),
      compare('captured (the call has returned) to received', fromStored, 99, 1),
      compare('beginning of the call to received', fromCall, 50, null),
      compare('beginning of the call to received', fromCall, 99, null),
    ],
    notes: [
      `The call itself: captureLeads ${short(callMs(ourTurns.flat()))} ms, addJob ${short(callMs(theirTurns.flat()))} ms (medians).`,
    ],
  };
}

/** Captures one lead and resolves when it is stored. */
type Capture = (id: string) => Promise<unknown>;

async function turn(name: string, capture: Capture, arrivals: Arrivals, turnSeconds: number): Promise<Way[]> {
  const startsAt = performance.now() + 20;
  const ways = Array.from({ length: perSecond * turnSeconds }, async (_, index): Promise<Way> => {
    const dueAt = startsAt + (index * 1_000) / perSecond;
    await new Promise((resolve) => setTimeout(resolve, dueAt - performance.now()));
    const id = `${name} ${index}`;
    const arrival = Promise.withResolvers<number>();
    arrivals.set(id, arrival);
    const calledAt = performance.now(); // a timer of ours that comes late is nobody's delay
    await capture(id);
    const storedAt = performance.now();
    return { calledAt, storedAt, arrivedAt: await arrival.promise };
  });
  return Promise.all(ways);
}

function arrive(arrivals: Arrivals, id: string): void {
  arrivals.get(id)?.resolve(performance.now());
  arrivals.delete(id);
}

const delivered = z.object({ data: z.object({ lead: z.object({ externalId: z.string() }) }) });

async function startOurs(sluice: BenchSluice, arrivals: Arrivals) {
  const receiver = await listen({ bodyBytesMax: 64 * 1_024 }, async ({ body }, response) => {
    if (body.length > 0) arrive(arrivals, delivered.parse(jsonOf(body)).data.lead.externalId);
    answerJson(response, 200, {});
  });
  await connectWebhook(sluice, receiver.url);
  const [eventId = ''] = await createEvents(sluice, 1);
  await sluice.startEngine();
  const capture: Capture = (externalId) =>
    captureLeads(sluice.services, sluice.viewer, {
      eventId,
      leads: [
        { externalId, firstName: 'Ada', lastName: 'Byron', email: `${externalId.replace(' ', '.')}@example.com` },
      ],
    });
  return {
    capture,
    async stop() {
      await sluice.stop();
      await receiver.close();
    },
  };
}

async function startTheirs(url: string, arrivals: Arrivals) {
  const logger = new Logger(() => () => {});
  const utils: WorkerUtils = await makeWorkerUtils({ connectionString: url, logger });
  await utils.migrate();
  const runner = await runWorker({
    preset: { worker: { connectionString: url, concurrentJobs, maxPoolSize: concurrentJobs + 2, logger } },
    noHandleSignals: true,
    taskList: { push: (payload) => arrive(arrivals, z.object({ id: z.string() }).parse(payload).id) },
  });
  const capture: Capture = (id) => utils.addJob('push', { id });
  return {
    capture,
    async stop() {
      await runner.stop();
      await utils.release();
    },
  };
}
