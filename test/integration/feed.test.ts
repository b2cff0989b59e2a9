import { afterEach, describe, expect, test, vi } from 'vitest';
import { BadInputError, CursorExpiredError, NotFoundError, SlowConsumerError } from '../../src/domain/errors.ts';
import { disable } from '../../src/sync/disable.ts';
import type { TransitionBatch, TransitionsOptions } from '../../src/sync/live/feed.ts';
import { encodeCursor } from '../../src/sync/log.ts';
import { retryEvent } from '../../src/sync/retry.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { startWorld } from '../support/engine.ts';
import { leadOf } from '../support/tenant.ts';

const world = await startWorld();
const { services, feed } = world;
const patience = () => AbortSignal.timeout(20_000);

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

async function given() {
  const tenant = await world.tenant();
  const { integrationId, marketo } = await tenant.connectMarketo();
  const eventId = await tenant.createEvent();
  const cursor = async (position?: number) => {
    const head = await tenant.snapshot(integrationId);
    return encodeCursor({ integrationId, logEpoch: head.logEpoch, position: position ?? head.position });
  };
  const stream = (options: Partial<TransitionsOptions> = {}, ended = patience()) =>
    feed.transitions(
      { orgId: tenant.orgId, integrationId, eventId: null, after: null, batchMax: 500, heartbeats: false, ...options },
      ended,
    );
  const counts = (ended = patience()) =>
    feed.reconciliations({ orgId: tenant.orgId, integrationId, eventId: null }, ended);
  return { tenant, integrationId, marketo, eventId, cursor, stream, counts };
}

const listPositions = (batch: TransitionBatch | undefined): number[] =>
  batch?.transitions.map(({ position }) => position) ?? [];

/** Positions of what a stream gives, until it has given so many. */
async function positionsOf(stream: AsyncIterableIterator<TransitionBatch>, count: number): Promise<number[]> {
  const positions: number[] = [];
  if (count === 0) return positions;
  for await (const batch of stream) {
    positions.push(...listPositions(batch));
    if (positions.length >= count) break;
  }
  return positions;
}

/** What the reader says first, of what `work` commits: again and again, since nobody can tell when the reader began. */
async function firstOf(reader: AsyncIterableIterator<TransitionBatch>, work: () => Promise<unknown>) {
  let first: TransitionBatch | undefined;
  const next = reader.next().then(({ value }) => {
    first = value;
  });
  while (!first) await work();
  await next;
  return first;
}

const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe('the stream of transitions', () => {
  test('gives every committed transition once and in order, to every subscriber, while they are committed', async () => {
    const { tenant, eventId, stream, cursor } = await given();
    const after = await cursor(0);
    const all = [1, 2, 3].map(() => positionsOf(stream({ after }), 300));
    for (let call = 0; call < 10; call++) await tenant.capture(eventId, 10);
    for (const positions of await Promise.all(all)) expect(positions).toEqual(upTo(300));
  });

  test('goes on behind a cursor exactly once, whatever the size of batches, from the log into what is live', async () => {
    const { tenant, integrationId, eventId, stream, cursor } = await given();
    await tenant.capture(eventId, 100);
    await tenant.until(integrationId, { cleared: 100 });
    const seen: number[] = [];
    let after = await cursor(0);
    for (const batchMax of [1, 7, 300, 1_000]) {
      const reader = stream({ after, batchMax });
      const { value: batch } = await reader.next();
      await reader.return?.();
      expect(batch?.transitions.length).toBeLessThanOrEqual(batchMax);
      seen.push(...listPositions(batch));
      after = encodeCursor({ integrationId, logEpoch: batch?.logEpoch ?? '', position: batch?.position ?? 0 });
      if (seen.length >= 300) break;
    }
    expect(seen).toEqual(upTo(300));

    const reader = stream({ after: await cursor(290), batchMax: 4 });
    const more = positionsOf(reader, 10 + 3 * 60);
    for (let call = 0; call < 6; call++) await tenant.capture(eventId, 10);
    expect(await more).toEqual(upTo(480, 291));
  });

  test('says whether there is more behind a batch', async () => {
    const { tenant, eventId, integrationId, stream, cursor } = await given();
    await disable(services, tenant.operator, { integrationId });
    await tenant.capture(eventId, 5);
    const reader = stream({ after: await cursor(0), batchMax: 3 });
    expect((await reader.next()).value).toMatchObject({ position: 3, caughtUp: false });
    expect((await reader.next()).value).toMatchObject({ position: 5, caughtUp: true });
  });

  test('without a cursor begins now', async () => {
    const { tenant, eventId, integrationId, stream } = await given();
    await disable(services, tenant.operator, { integrationId });
    await tenant.capture(eventId, 5);
    const reader = stream();
    const first = await firstOf(reader, () => tenant.capture(eventId, 1));
    expect(first.transitions[0]?.position).toBeGreaterThan(5);
  });

  test('of one event gives that event’s alone, and its position moves on over the others', async () => {
    const { tenant, eventId, integrationId, stream, cursor } = await given();
    const other = await tenant.createEvent();
    await disable(services, tenant.operator, { integrationId });
    await tenant.capture(eventId, 2);
    await tenant.capture(other, 3);
    await tenant.capture(eventId, 1);
    const reader = stream({ after: await cursor(0), eventId: other });
    const { value: batch } = await reader.next();
    expect(listPositions(batch)).toEqual([3, 4, 5]);
    const last = stream({ after: await cursor(0), eventId });
    expect(await positionsOf(last, 3)).toEqual([1, 2, 6]);
  });

  test('refuses what is no cursor and a cursor of another integration', async () => {
    const { integrationId, stream, cursor } = await given();
    const foreign = await (await given()).cursor();
    const open = async (after: string) => stream({ after }).next();
    for (const after of [
      '',
      'nonsense',
      btoa('a.b'),
      btoa(`x.${integrationId}.-1`),
      `${await cursor()}AAAA`,
      foreign,
    ]) {
      await expect(open(after), after).rejects.toThrow(BadInputError);
    }
  });

  test('refuses a cursor beyond the head and one of another history: CURSOR_EXPIRED, with where to begin', async () => {
    const { tenant, integrationId, stream, cursor } = await given();
    const { logEpoch } = await tenant.snapshot(integrationId);
    const beyond = stream({ after: await cursor(1_000) }).next();
    await expect(beyond).rejects.toThrow(CursorExpiredError);
    const other = encodeCursor({ integrationId, logEpoch: 'restored', position: 0 });
    await expect(stream({ after: other }).next()).rejects.toMatchObject({
      oldest: encodeCursor({ integrationId, logEpoch, position: 0 }),
    });
  });

  test('of an integration that the organization does not have is NOT_FOUND', async () => {
    const { stream } = await given();
    const stranger = await world.tenant();
    await expect(stream({ orgId: stranger.orgId }).next()).rejects.toThrow(NotFoundError);
    await expect(stream({ integrationId: services.newId() }).next()).rejects.toThrow(NotFoundError);
  });

  test('of a reader that stalls ends with SLOW_CONSUMER and a cursor that misses nothing; others are not held up', async () => {
    const { tenant, eventId, integrationId, stream } = await given();
    await disable(services, tenant.operator, { integrationId });
    const slow = stream({ batchMax: 100 });
    const fast = stream();
    const one = () => tenant.capture(eventId, 1);
    const [slowFirst, fastFirst] = await Promise.all([firstOf(slow, one), firstOf(fast, one)]);
    for (let call = 0; call < 5; call++) await tenant.capture(eventId, 1_000);
    const { position: head } = await tenant.snapshot(integrationId);
    expect(await positionsOf(fast, head - fastFirst.position)).toEqual(upTo(head, fastFirst.position + 1));

    const now = performance.now();
    vi.spyOn(performance, 'now').mockImplementation(() => now + 31_000);
    const error = await slow.next().catch((reason: unknown) => reason);
    vi.restoreAllMocks();
    expect(error).toBeInstanceOf(SlowConsumerError);
    const { value: resumed } = await stream({ after: (error as SlowConsumerError).cursor, batchMax: 1 }).next();
    expect(resumed).toMatchObject({ position: slowFirst.position + 1 });
  });

  test('of an idle reader beats once a minute, so that its cursor stays fresh', async () => {
    const { tenant, eventId, integrationId, stream, cursor } = await given();
    const other = await tenant.createEvent();
    await disable(services, tenant.operator, { integrationId });
    await tenant.capture(eventId, 3);
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const reader = stream({ after: await cursor(0), eventId: other, heartbeats: true });
    const next = reader.next();
    await tenant.capture(eventId, 2);
    await expect.poll(() => tenant.snapshot(integrationId)).toMatchObject({ position: 5 });
    vi.advanceTimersByTime(60_000);
    const { value: beat } = await next;
    expect(beat).toMatchObject({ transitions: [], caughtUp: true });
    expect(beat?.position).toBeGreaterThanOrEqual(3);
  });

  test('misses nothing when the connection that listens is killed, and listens again', async () => {
    const { tenant, eventId, integrationId, stream, cursor } = await given();
    const reader = stream({ after: await cursor(0) });
    const all = positionsOf(reader, 3 * 200);
    const { sql } = world.database;
    const listeners = () => sql`
      select pid from pg_stat_activity
      where datname = current_database() and application_name like '%world listens' and query ilike 'listen%'`;
    const before = await listeners();
    expect(before).toHaveLength(1);
    for (let call = 0; call < 10; call++) {
      await tenant.capture(eventId, 20);
      if (call === 4) await sql`select pg_terminate_backend(${before[0]?.pid})`;
    }
    expect(await all).toEqual(upTo(600));
    await expect.poll(async () => (await listeners()).map(({ pid }) => pid)).not.toEqual([before[0]?.pid]);
    await expect.poll(async () => (await listeners()).length).toBe(1);
    await tenant.until(integrationId, { cleared: 200 });
  });
});

describe('the stream of counts', () => {
  test('gives the present state first, tells a reader that sleeps once for many changes, and ends with what is true', async () => {
    const { tenant, eventId, integrationId, counts } = await given();
    const reader = counts();
    expect((await reader.next()).value).toMatchObject({ integrationId, cleared: 0, position: 0 });
    for (let call = 0; call < 30; call++) await tenant.capture(eventId, 5);
    await tenant.until(integrationId, { cleared: 150 });
    const messages: number[] = [];
    for await (const { cleared, syncing, queued } of reader) {
      messages.push(cleared);
      if (cleared === 150) {
        expect({ syncing, queued }).toEqual({ syncing: 0, queued: 0 });
        break;
      }
    }
    expect(messages.length).toBeLessThanOrEqual(2); // what was not taken was replaced by what is newer
  });

  test('says nothing when nothing changed for its reader', async () => {
    const { tenant, eventId, integrationId } = await given();
    const other = await tenant.createEvent();
    const target = { orgId: tenant.orgId, integrationId, eventId: other };
    const reader = feed.reconciliations(target, patience());
    expect((await reader.next()).value).toMatchObject({ eventId: other, cleared: 0 });
    const next = reader.next();
    await tenant.capture(eventId, 5);
    await tenant.until(integrationId, { cleared: 5 });
    await tenant.capture(other, 1);
    // The first that it hears is of its own event.
    const { value } = await next;
    expect((value?.queued ?? 0) + (value?.syncing ?? 0) + (value?.cleared ?? 0)).toBe(1);
  });

  test('tells a change of the setting, with the version that the counts belong to', async () => {
    const { tenant, integrationId, counts } = await given();
    const reader = counts();
    await reader.next();
    const next = reader.next();
    const { version } = await setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL', confirm: true });
    expect((await next).value?.gate).toMatchObject({ version, mode: 'MANUAL' });
  });

  test('without an integration tells of all of them, each with its own first', async () => {
    const { tenant, integrationId } = await given();
    const webhook = await tenant.connectWebhook();
    const reader = feed.reconciliations({ orgId: tenant.orgId, integrationId: null, eventId: null }, patience());
    const ids = [(await reader.next()).value?.integrationId, (await reader.next()).value?.integrationId];
    expect(ids.sort()).toEqual([integrationId, webhook.integrationId].sort());
    const next = reader.next();
    const third = await tenant.connectWebhook();
    expect((await next).value?.integrationId).toBe(third.integrationId);
  });
});

test('the stream of integrations gives each once, then those whose setting changed, and nothing for leads that move', async () => {
  const { tenant, eventId, integrationId } = await given();
  const webhook = await tenant.connectWebhook();
  const reader = feed.integrations({ orgId: tenant.orgId, integrationId: null }, patience());
  const ids = [(await reader.next()).value, (await reader.next()).value];
  expect(ids.sort()).toEqual([integrationId, webhook.integrationId].sort());
  const next = reader.next();
  await tenant.capture(eventId, 3);
  await tenant.until(integrationId, { cleared: 3 });
  await tenant.until(webhook.integrationId, { cleared: 3 });
  await disable(services, tenant.operator, { integrationId: webhook.integrationId });
  expect((await next).value).toBe(webhook.integrationId);
});

describe('the stream of a retry', () => {
  test('gives its state and completes when it has ended', async () => {
    const { tenant, eventId, integrationId, marketo } = await given();
    await setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL', confirm: true });
    const resume = marketo.pause();
    const same = { email: 'same@example.test' };
    await tenant.capture(eventId, [leadOf(1, same), leadOf(2, same)]);
    const retryId = await retryEvent(services, tenant.operator, { integrationId, eventId });
    const reader = feed.retry({ orgId: tenant.orgId, retryId }, patience());
    expect((await reader.next()).value).toMatchObject({ status: 'RUNNING', total: 2, cleared: 0 });
    resume();
    const seen: string[] = [];
    for await (const { status } of reader) seen.push(status);
    expect(seen.at(-1)).toBe('COMPLETED');
    expect(seen.slice(0, -1).every((status) => status === 'RUNNING')).toBe(true);
  });

  test('that has ended already gives it once', async () => {
    const { tenant, eventId, integrationId } = await given();
    const retryId = await retryEvent(services, tenant.operator, { integrationId, eventId });
    const seen: string[] = [];
    for await (const { status } of feed.retry({ orgId: tenant.orgId, retryId }, patience())) seen.push(status);
    expect(seen).toEqual(['COMPLETED']);
  });
});

describe('a stream that waits', () => {
  async function parked(ended: AbortSignal) {
    const { tenant, eventId, integrationId, marketo, stream, counts } = await given();
    const resume = marketo.pause();
    await setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL', confirm: true });
    await tenant.capture(eventId, 1);
    const retryId = await retryEvent(services, tenant.operator, { integrationId, eventId });
    await tenant.until(integrationId, { syncing: 1 });
    const { orgId } = tenant;
    const streams: AsyncIterableIterator<unknown>[] = [
      stream({}, ended),
      counts(ended),
      feed.integrations({ orgId, integrationId }, ended),
      feed.retry({ orgId, retryId }, ended),
    ];
    const nexts: Promise<IteratorResult<unknown>>[] = [];
    for (const [index, one] of streams.entries()) {
      if (index > 0) await one.next(); // the present state
      nexts.push(one.next());
    }
    return { streams, nexts, resume };
  }

  test('ends at once when its reader leaves', async () => {
    const { streams, nexts, resume } = await parked(patience());
    for (const one of streams) await one.return?.();
    expect(await Promise.all(nexts)).toEqual(Array(4).fill({ done: true, value: undefined }));
    for (const one of streams) expect(await one.next()).toEqual({ done: true, value: undefined });
    resume();
  });

  test('ends with the reason that it is given when it is ended from outside', async () => {
    const ended = new AbortController();
    const { streams, nexts, resume } = await parked(ended.signal);
    const outcomes = Promise.allSettled(nexts);
    ended.abort(new Error('the key was revoked'));
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { message: 'the key was revoked' } });
    for (const one of streams) expect(await one.next()).toEqual({ done: true, value: undefined });
    resume();
  });
});
