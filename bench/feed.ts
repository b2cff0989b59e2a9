import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { encodeGlobalID } from '@pothos/plugin-relay';
import { WebSocket } from 'ws';
import { answerJson, listen } from '../simulators/server.ts';
import { createApiKey } from '../src/sync/api-keys.ts';
import { captureLeads } from '../src/sync/capture-leads.ts';
import { createOrganization } from '../src/sync/organizations.ts';
import type { BenchServer } from './harness/postgres.ts';
import { Program } from './harness/program.ts';
import { median, percentile, type Report, type Row, short } from './harness/report.ts';
import { type BenchSluice, connectWebhook, createEvents, openSluice } from './harness/sluice.ts';
import { openSubscribers } from './harness/subscriber.ts';

const many = 1_000;
const rounds = 5;
const perSecond = 20;
const turnSeconds = 4;
/** Transitions of one write, each a message to everybody. */
const burst = 100;

/** What is committed, to the browsers that watch it: over WebSocket from the whole server, which runs in a process of its own. */
export async function run(server: BenchServer): Promise<Report> {
  const url = await server.create('bench_feed');
  const sluice = await openSluice(url);
  const program = await Program.start(url);
  const few = await openAudience(sluice, program, 'One', 1, 'leadStatusChanged');
  const crowd = await openAudience(sluice, program, 'Crowd', many, 'leadStatusChanged');
  const latencies = await compareLatency(few, crowd);
  const fanOut = await compareFanOut(crowd);
  few.close();
  crowd.close();
  const batched = await openAudience(sluice, program, 'Batches', many, 'leadStatusesChanged');
  const inBatches = await compareBatches(batched, fanOut.bytes);
  batched.close();
  await program.stop();
  await sluice.stop();
  await server.drop('bench_feed');
  return {
    rows: [latencies, fanOut.row, inBatches],
    notes: [`A message of the fan-out has ${fanOut.bytes.length} bytes.`],
  };
}

/** Subscribers of an integration that has an organization to itself, and a way to make something happen there. */
interface Audience {
  size: number;
  write(count: number): Promise<void>;
  /** Called with every message that a subscriber gets. */
  onMessage: (message: Buffer) => void;
  close(): void;
}

const fields = 'id cursor at itemVersion from to cause attempt';
const queries = {
  leadStatusChanged: (id: string) => `subscription { leadStatusChanged(integrationId: "${id}") { ${fields} } }`,
  leadStatusesChanged: (id: string) =>
    `subscription { leadStatusesChanged(integrationId: "${id}") { transitions { ${fields} } cursor caughtUp } }`,
};

async function openAudience(
  sluice: BenchSluice,
  program: Program,
  name: string,
  size: number,
  subscription: keyof typeof queries,
): Promise<Audience> {
  const { services } = sluice;
  const orgId = await createOrganization(services, name);
  const own = { ...sluice, viewer: { ...sluice.viewer, orgId } };
  const vendor = await listen({ bodyBytesMax: 0 }, async (_received, response) => answerJson(response, 200, {}));
  const integrationId = await connectWebhook(own, vendor.url);
  await vendor.close(); // nothing drains: nobody will call it
  const [eventId = ''] = await createEvents(own, 1);
  const { secret } = await createApiKey(services, own.viewer, { name: 'bench', role: 'VIEWER' });
  const query = queries[subscription](encodeGlobalID('Integration', integrationId));
  const audience: Audience = {
    size,
    onMessage: () => {},
    write: async (count) => {
      await captureLeads(services, own.viewer, {
        eventId,
        leads: Array.from({ length: count }, () => ({ firstName: 'Ada' })),
      });
    },
    close: () => {
      for (const subscriber of subscribers) subscriber.close();
    },
  };
  const subscribers = await openSubscribers(size, program.socketUrl, secret, query, (message) =>
    audience.onMessage(message),
  );
  return audience;
}

async function compareLatency(few: Audience, crowd: Audience): Promise<Row> {
  await latencyTurn(few, 1);
  await latencyTurn(crowd, 1);
  const ofFew: number[] = [];
  const ofMany: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ofFew.push(percentile(await latencyTurn(few, turnSeconds), 99));
    ofMany.push(percentile(await latencyTurn(crowd, turnSeconds), 99));
  }
  return {
    what: `committed to received, ${perSecond} leads/s: p99 with ${many.toLocaleString('en')} subscribers against 1`,
    ours: `${short(median(ofMany))} ms`,
    against: `${short(median(ofFew))} ms`,
    ratios: ofMany.map((ms, round) => ms / (ofFew[round] ?? ms)),
    goal: { atMost: 3 },
  };
}

const atOf = /"at":"([^"]+)"/;

/** Milliseconds from the log's instant, under whose lock the transaction commits, to each subscriber's receipt. */
async function latencyTurn(audience: Audience, seconds: number): Promise<number[]> {
  const all: number[] = [];
  const writes = perSecond * seconds;
  const everything = Promise.withResolvers<void>();
  audience.onMessage = (message) => {
    const now = performance.timeOrigin + performance.now();
    all.push(now - Date.parse(atOf.exec(message.toString())?.[1] ?? ''));
    if (all.length === writes * audience.size) everything.resolve();
  };
  const startsAt = performance.now();
  for (let index = 0; index < writes; index++) {
    const waitMs = startsAt + (index * 1_000) / perSecond - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    await audience.write(1);
  }
  await everything.promise;
  return all;
}

async function compareFanOut(crowd: Audience): Promise<{ row: Row; bytes: string }> {
  const bytes = await sampleOf(crowd);
  const raw = await RawBroadcast.start(many);
  await burstTurn(crowd);
  await raw.turn(bytes, burst);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await burstTurn(crowd));
    theirs.push(await raw.turn(bytes, burst));
  }
  await raw.stop();
  const row: Row = {
    what: `fan-out to ${many.toLocaleString('en')} subscribers, ${burst} transitions: messages/s against a raw ws broadcast of the same bytes`,
    ours: `${short((burst * many) / median(ours))}/s`,
    against: `${short((burst * many) / median(theirs))}/s`,
    ratios: ours.map((seconds, round) => (theirs[round] ?? seconds) / seconds),
    goal: { atLeast: 0.9 },
  };
  return { row, bytes };
}

async function compareBatches(batched: Audience, bytes: string): Promise<Row> {
  const raw = await RawBroadcast.start(many);
  await burstTurn(batched);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await burstTurn(batched));
    theirs.push(await raw.turn(bytes, burst));
  }
  await raw.stop();
  return {
    what: `the same in batches: transitions/s against a raw ws broadcast, one message each`,
    ours: `${short((burst * many) / median(ours))}/s`,
    against: `${short((burst * many) / median(theirs))}/s`,
    ratios: ours.map((seconds, round) => (theirs[round] ?? seconds) / seconds),
    goal: { atLeast: 4 },
  };
}

async function sampleOf(audience: Audience): Promise<string> {
  const sample = Promise.withResolvers<string>();
  let left = audience.size;
  audience.onMessage = (message) => {
    left -= 1;
    if (left === 0) sample.resolve(message.toString());
  };
  await audience.write(1);
  return sample.promise;
}

const transition = Buffer.from('"itemVersion":');

/** Seconds from the first message of a burst to the last; the write and the reading of the log are not in it. */
async function burstTurn(audience: Audience): Promise<number> {
  let left = burst * audience.size;
  let firstAt = 0;
  const everything = Promise.withResolvers<number>();
  audience.onMessage = (message) => {
    firstAt ||= performance.now();
    left -= countOf(message, transition);
    if (left === 0) everything.resolve(performance.now());
  };
  await audience.write(burst);
  return ((await everything.promise) - firstAt) / 1_000;
}

function countOf(message: Buffer, part: Buffer): number {
  let count = 0;
  for (let at = message.indexOf(part); at >= 0; at = message.indexOf(part, at + part.length)) count += 1;
  return count;
}

/** A server that does nothing but send, and as many clients in this process. */
class RawBroadcast {
  readonly #child: ChildProcess;
  readonly #clients: WebSocket[];
  #heard: (message: Buffer) => void = () => {};

  private constructor(child: ChildProcess, clients: WebSocket[]) {
    this.#child = child;
    this.#clients = clients;
    for (const client of clients) client.on('message', (message: Buffer) => this.#heard(message));
  }

  static async start(size: number): Promise<RawBroadcast> {
    const child = fork(fileURLToPath(new URL('./contenders/raw-broadcast.ts', import.meta.url)), { execArgv: [] });
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    const clients: WebSocket[] = [];
    while (clients.length < size) {
      const client = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
      await once(client, 'open');
      clients.push(client);
    }
    return new RawBroadcast(child, clients);
  }

  /** Seconds from the first message to the last. */
  async turn(message: string, count: number): Promise<number> {
    let left = count * this.#clients.length;
    let firstAt = 0;
    const everything = Promise.withResolvers<number>();
    this.#heard = (data) => {
      firstAt ||= performance.now();
      left -= countOf(data, transition); // the same work as for ours
      if (left === 0) everything.resolve(performance.now());
    };
    this.#child.send({ message, count });
    return ((await everything.promise) - firstAt) / 1_000;
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.terminate();
    this.#child.disconnect();
    await once(this.#child, 'exit');
  }
}
