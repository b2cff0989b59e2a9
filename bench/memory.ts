import { encodeGlobalID } from '@pothos/plugin-relay';
import { answerJson, listen } from '../simulators/server.ts';
import { createApiKey } from '../src/sync/api-keys.ts';
import { captureLeads } from '../src/sync/capture-leads.ts';
import type { BenchServer } from './harness/postgres.ts';
import { Program } from './harness/program.ts';
import { median, type Report, short } from './harness/report.ts';
import { connectWebhook, createEvents, openSluice } from './harness/sluice.ts';
import { Subscriber } from './harness/subscriber.ts';

const transitions = 50_000;
const warm = 10_000;
const perWrite = 500;
const rounds = 3;
const sampleMs = 100;

/** The server's memory while 50,000 transitions pass, all of which one subscriber reads: with a second one that has stalled, and without. */
export async function run(server: BenchServer): Promise<Report> {
  const stalled: number[] = [];
  const alone: number[] = [];
  for (let round = 0; round < rounds; round++) {
    stalled.push(await peakOf(server, true));
    alone.push(await peakOf(server, false));
  }
  return {
    rows: [
      {
        what: `peak memory over ${transitions.toLocaleString('en')} transitions, with a stalled subscriber against without`,
        ours: `${short(median(stalled))} MB`,
        against: `${short(median(alone))} MB`,
        ratios: stalled.map((megabytes, round) => megabytes / (alone[round] ?? megabytes)),
        goal: { atMost: 1.2 },
      },
    ],
    notes: [
      `Resident memory of a server process of its own, after ${warm.toLocaleString('en')} transitions to warm it.`,
    ],
  };
}

async function peakOf(server: BenchServer, withStalled: boolean): Promise<number> {
  const url = await server.create('bench_memory');
  const sluice = await openSluice(url);
  const { services, viewer } = sluice;
  const vendor = await listen({ bodyBytesMax: 0 }, async (_received, response) => answerJson(response, 200, {}));
  const integrationId = await connectWebhook(sluice, vendor.url);
  await vendor.close(); // nothing drains: nobody will call it
  const [eventId = ''] = await createEvents(sluice, 1);
  const { secret } = await createApiKey(services, viewer, { name: 'bench', role: 'VIEWER' });
  const program = await Program.start(url);

  let read = 0;
  let awaited = Promise.withResolvers<void>();
  const id = encodeGlobalID('Integration', integrationId);
  const query = `subscription { leadStatusChanged(integrationId: "${id}") { id cursor at from to cause } }`;
  const reader = await Subscriber.open(program.socketUrl, secret, query, () => {
    read += 1;
    awaited.resolve();
  });
  // Not the same document, or it would share the reader's group and its fate.
  const other = withStalled
    ? await Subscriber.open(program.socketUrl, secret, query.replace('{ id', '{ itemVersion id'), () => {})
    : null;
  other?.stall();

  const pass = async (count: number) => {
    const until = read + count;
    for (let written = 0; written < count; written += perWrite) {
      const leads = Array.from({ length: perWrite }, () => ({ firstName: 'Ada' }));
      await captureLeads(services, viewer, { eventId, leads });
    }
    while (read < until) {
      awaited = Promise.withResolvers();
      await awaited.promise;
    }
  };
  await pass(warm);
  let peak = 0;
  const sample = async () => {
    peak = Math.max(peak, await program.residentMegabytes());
  };
  const timer = setInterval(() => void sample(), sampleMs);
  await pass(transitions);
  clearInterval(timer);
  await sample();

  reader.close();
  other?.close();
  await program.stop();
  await sluice.stop();
  await server.drop('bench_memory');
  return peak;
}
