import { buildSchema, type ExecutionResult } from 'graphql';
import { pino } from 'pino';
import { expect } from 'vitest';
import type { Context } from '../../src/schema/context.ts';
import { FanOut } from '../../src/server/fan-out/fan-out.ts';
import type { GroupMember } from '../../src/server/fan-out/member.ts';
import { Gateway, type OperationScope } from '../../src/server/gateway.ts';
import { createMetrics } from '../../src/server/metrics.ts';
import { isRefused, Operations } from '../../src/server/operations.ts';
import { RateLimit } from '../../src/server/rate-limit.ts';
import type { SocketConnection } from '../../src/server/socket-connection.ts';
import type { Feed, TransitionBatch } from '../../src/sync/live/feed.ts';
import { encodeCursor } from '../../src/sync/log.ts';
import type { Services } from '../../src/sync/services.ts';

export const integrationId = 'one';

export const cursorAt = (position: number) => encodeCursor({ integrationId, logEpoch: 'epoch', position });

/** What a source was told last: values that a test hands out one by one. */
class Source<Value> implements AsyncIterableIterator<Value> {
  readonly asked: string | null;
  ended = false;
  #queue: Value[] = [];
  #wake = () => {};

  constructor(asked: string | null) {
    this.asked = asked;
  }

  push(value: Value): void {
    this.#queue.push(value);
    this.#wake();
  }

  async next(): Promise<IteratorResult<Value, undefined>> {
    while (this.#queue.length === 0 && !this.ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const [value] = this.#queue.splice(0, 1);
    return value === undefined ? { done: true, value: undefined } : { done: false, value };
  }

  async return(): Promise<IteratorResult<Value, undefined>> {
    this.ended = true;
    this.#wake();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** A socket that keeps what is written until a test lets it go. */
class FakeConnection {
  backlogBytes = 0;
  stalled = false;
  largestBacklog = 0;
  readonly messages: { id: string; payload: ExecutionResult }[] = [];
  readonly #held: Buffer[] = [];
  readonly #drained = new Map<object, () => void>();

  write(parts: readonly Buffer[]): void {
    const frame = Buffer.concat(parts);
    if (!this.stalled) {
      this.#take(frame);
      return;
    }
    this.#held.push(frame);
    this.backlogBytes += frame.length;
    this.largestBacklog = Math.max(this.largestBacklog, this.backlogBytes);
  }

  onceDrained(owner: object, call: () => void): void {
    this.#drained.set(owner, call);
  }

  resume(): void {
    this.stalled = false;
    this.backlogBytes = 0;
    for (const frame of this.#held.splice(0)) this.#take(frame);
    const calls = [...this.#drained.values()];
    this.#drained.clear();
    for (const call of calls) call();
  }

  /** Reads the frame as a client would. */
  #take(frame: Buffer): void {
    const short = (frame[1] ?? 0) & 0x7f;
    const header = short < 126 ? 2 : short === 126 ? 4 : 10;
    expect(frame[0]).toBe(0x81);
    const length = short < 126 ? short : short === 126 ? frame.readUInt16BE(2) : Number(frame.readBigUInt64BE(2));
    expect(frame.length).toBe(header + length);
    this.messages.push(JSON.parse(frame.subarray(header).toString()));
  }
}

export function createStand() {
  const schema = buildSchema(`
    type Query { none: Int }
    type Move { position: Int text(as: String): String }
    type State { key: ID value: Int text: String }
    type Subscription {
      leadStatusChanged(integrationId: ID, after: String): Move
      leadStatusesChanged(integrationId: ID, after: String): Move
      integrationChanged(integrationId: ID): State
    }`);
  const logs: Source<TransitionBatch>[] = [];
  const states: Source<string>[] = [];
  const text = { now: '' };
  const fields = schema.getSubscriptionType()?.getFields() ?? {};
  for (const name of ['leadStatusChanged', 'leadStatusesChanged'] as const) {
    const field = fields[name];
    if (!field) throw new Error('the schema above has it');
    field.subscribe = (_root, { after = null }, { feed, ended }: Context) =>
      feed.transitions({ orgId: 'org', integrationId, eventId: null, after, batchMax: 1, heartbeats: false }, ended);
    field.resolve = (batch: TransitionBatch) => ({ position: batch.position, text: text.now });
  }
  const { integrationChanged } = fields;
  if (!integrationChanged) throw new Error('the schema above has it');
  integrationChanged.subscribe = (_root, args, { feed, ended }: Context) =>
    feed.integrations({ orgId: 'org', integrationId: args.integrationId }, ended);
  const values = new Map<string, number>();
  integrationChanged.resolve = (key: string) => ({ key, value: values.get(key) ?? 0, text: text.now });
  const feed = {
    transitions: ({ after }) => {
      const source = new Source<TransitionBatch>(after);
      logs.push(source);
      return source;
    },
    integrations: () => {
      const source = new Source<string>(null);
      states.push(source);
      return source;
    },
  } as Partial<Feed> as Feed;
  const metrics = createMetrics();
  const services = { log: pino({ level: 'silent' }), now: () => new Date() } as Partial<Services> as Services;
  const gateway = new Gateway({
    operations: new Operations(schema),
    services,
    feed,
    metrics,
    publicUrl: '',
    rateLimit: new RateLimit(),
  });
  const fanOut = new FanOut(gateway, metrics);

  async function join(query: string, variables: Record<string, unknown> = {}) {
    const connection = new FakeConnection();
    const scope = {
      session: {
        ended: new AbortController().signal,
        identity: { viewer: { orgId: 'org', role: 'VIEWER', name: 'x', keyId: 'k' }, keyId: 'k', expiresAt: null },
      },
      requestId: 'r',
      transport: 'websocket',
    } as unknown as OperationScope;
    const operation = gateway.begin({ query, variables }, scope);
    if (isRefused(operation)) throw operation[0] ?? new Error('refused');
    const member = await fanOut.subscribe(
      operation,
      scope,
      connection as unknown as SocketConnection,
      `of ${logs.length}`,
    );
    if (isRefused(member)) throw member[0] ?? new Error('refused');
    const ended = (member as GroupMember).next();
    ended.catch(() => {});
    const seen = () =>
      connection.messages.map(({ payload }) => Object.values(payload.data ?? {})[0] as Record<string, unknown>);
    return { connection, member, ended, seen, positions: () => seen().map(({ position }) => position) };
  }

  const batch = (position: number, caughtUp = true) =>
    ({ transitions: [{ position }], logEpoch: 'epoch', position, caughtUp }) as unknown as TransitionBatch;
  return { logs, states, values, text, join, batch };
}

/** Until everything that was handed out has been executed, sent and looked at. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
