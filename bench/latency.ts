import { z } from 'zod';
import { answerJson, jsonOf, type Listening, listen } from '../simulators/server.ts';
import { captureLeads } from '../src/sync/capture-leads.ts';
import { type Outlet, startDelivery, startHandler } from './contenders/single-jobs.ts';
import type { BenchServer } from './harness/postgres.ts';
import { median, percentile, type Report, type Row, short } from './harness/report.ts';
import { connectWebhook, createEvents, openSluice } from './harness/sluice.ts';

const perSecond = 50;
/** Of one turn. */
const seconds = 4;
const rounds = 5;

/** One lead's way: when its capture was called, when that had returned, when the lead arrived. All by performance.now(). */
interface Way {
  calledAt: number;
  storedAt: number;
  arrivedAt: number;
}

/** Who waits for a lead, by its externalId. */
type Arrivals = Map<string, PromiseWithResolvers<number>>;

/**
 * Single leads at a steady rate, whatever becomes of those before (an open loop), from their capture until a webhook has them; against
 * graphile-worker doing nothing, and doing as much. Turn by turn in one process.
 */
export async function run(server: BenchServer): Promise<Report> {
  const arrivals: Arrivals = new Map();
  const received = (externalId: string) => arrivals.get(externalId)?.resolve(performance.now());
  const vendor = await startVendor(received);
  const outlets = [
    await startOurs(await server.create('bench_latency'), vendor.url),
    await startHandler(await server.create('bench_latency_handler'), received),
    await startDelivery(await server.create('bench_latency_delivery'), vendor.url),
  ];
  const turns = outlets.map((): Way[][] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [index, outlet] of outlets.entries()) {
      const ways = await turn(`${round}.${index}`, outlet, arrivals);
      if (round > 0) turns[index]?.push(ways); // the first is to warm
    }
  }
  for (const outlet of outlets) await outlet.stop();
  await vendor.close();
  const [ours = [], handler = [], delivery = []] = turns;
  return {
    rows: [
      ...compare('graphile-worker to a handler that does nothing', ours, handler, fromStored, true),
      ...compare('graphile-worker to a handler that reads and posts', ours, delivery, fromStored, false),
      ...compare('the same, with the capture itself', ours, delivery, fromCall, false),
    ],
    notes: [
      `Medians of the capture itself: captureLeads ${short(callMs(ours))} ms, addJob ${short(callMs(handler))} ms, ` +
        `insert and add_job in a transaction ${short(callMs(delivery))} ms.`,
    ],
  };
}

const fromStored = ({ storedAt, arrivedAt }: Way): number => arrivedAt - storedAt;
const fromCall = ({ calledAt, arrivedAt }: Way): number => arrivedAt - calledAt;
const callMs = (turns: readonly Way[][]): number =>
  median(turns.flat().map(({ calledAt, storedAt }) => storedAt - calledAt));

function compare(against: string, ours: Way[][], theirs: Way[][], ms: (way: Way) => number, promised: boolean): Row[] {
  return [50, 99].map((percent) => {
    const of = (ways: readonly Way[]) => percentile(ways.map(ms), percent);
    return {
      what: `captured to received by a webhook, ${perSecond} leads/s, against ${against}: p${percent}`,
      ours: `${short(of(ours.flat()))} ms`,
      against: `${short(of(theirs.flat()))} ms`,
      ratios: ours.map((ways, round) => of(ways) / of(theirs[round] ?? [])),
      goal: promised ? { atMost: percent === 50 ? 1.5 : 1 } : null,
    };
  });
}

async function turn(name: string, outlet: Outlet, arrivals: Arrivals): Promise<Way[]> {
  const startsAt = performance.now() + 20;
  const ways = Array.from({ length: perSecond * seconds }, async (_, index): Promise<Way> => {
    const dueAt = startsAt + (index * 1_000) / perSecond;
    await new Promise((resolve) => setTimeout(resolve, dueAt - performance.now()));
    const externalId = `${name} ${index}`;
    const arrival = Promise.withResolvers<number>();
    arrivals.set(externalId, arrival);
    const calledAt = performance.now(); // a timer of ours that comes late is nobody's delay
    await outlet.capture(externalId);
    const storedAt = performance.now();
    return { calledAt, storedAt, arrivedAt: await arrival.promise };
  });
  return Promise.all(ways);
}

const Delivered = z.object({ data: z.object({ lead: z.object({ externalId: z.string() }) }) });

/** Takes everything, and checks nothing. */
function startVendor(received: (externalId: string) => void): Promise<Listening> {
  return listen({ bodyBytesMax: 65_536 }, async ({ body }, response) => {
    if (body.length > 0) received(Delivered.parse(jsonOf(body)).data.lead.externalId);
    answerJson(response, 200, {});
  });
}

async function startOurs(url: string, vendorUrl: string): Promise<Outlet> {
  const sluice = await openSluice(url);
  const { services, viewer } = sluice;
  await connectWebhook(sluice, vendorUrl);
  const [eventId = ''] = await createEvents(sluice, 1);
  await sluice.startEngine();
  return {
    capture: (externalId) => {
      const email = `${externalId.replaceAll(' ', '.')}@example.com`;
      return captureLeads(services, viewer, {
        eventId,
        leads: [{ externalId, firstName: 'Ada', lastName: 'Byron', email }],
      });
    },
    stop: () => sluice.stop(),
  };
}
