import { beforeAll, describe, expect, test } from 'vitest';
import { decodeCursor } from '../../src/sync/log.ts';
import { Tenant } from '../support/factory.ts';
import { globalId } from '../support/graphql.ts';
import { type Messages, nextOf, type TestClient } from '../support/sluice.ts';
import { type Counts, counts, type Move, moves, startWatchedSluice, total, until } from '../support/watched-sluice.ts';

const { sluice, executions, groups, subscribers, clients } = await startWatchedSluice();
const { tenant } = sluice;
let eventId: string;
let integrationId: string;
let id: string;
beforeAll(async () => {
  eventId = await tenant.createEvent();
  integrationId = await tenant.createIntegration('WEBHOOK', { mode: 'MANUAL' });
  id = globalId('Integration', integrationId);
});

const batches =
  'subscription ($id: ID!, $after: Cursor) { leadStatusesChanged(integrationId: $id, after: $after, maxBatch: 5) { cursor transitions { cursor } } }';
type Batch = { leadStatusesChanged: { cursor: string; transitions: { cursor: string }[] } };
const positionOf = (cursor: string): number => decodeCursor(cursor, integrationId).position;
const positionIn = ({ data }: { data?: Move | null }) => positionOf(data?.leadStatusChanged.cursor ?? '');

/** The end of the log, as a dashboard finds it before it subscribes. */
async function logStart(): Promise<{ cursor: string; position: number }> {
  const { reconciliation } = await sluice
    .client()
    .data<{ reconciliation: { cursor: string } }>(
      'query ($id: ID!) { reconciliation(integrationId: $id) { cursor } }',
      { id },
    );
  return { cursor: reconciliation.cursor, position: positionOf(reconciliation.cursor) };
}

describe('subscribers that ask the same', () => {
  test('share one execution of every result, each under its own id', async () => {
    const { cursor: after, position } = await logStart();
    const pair = (client: TestClient) => [1, 2].map(() => client.subscribe<Move>(moves, { id, after }));
    const together = clients(4).flatMap(pair);
    const first = together.map(nextOf);
    await until(async () => expect([await subscribers(), await groups()]).toEqual([8, 1]));
    executions.clear();
    await tenant.captureLeads(eventId, 1);
    expect((await Promise.all(first)).map(positionIn)).toEqual(together.map(() => position + 1));
    const late = clients(1).flatMap((client) => [client.subscribe<Move>(moves, { id })]);
    const all = [...together, ...late];
    const next = all.map(nextOf);
    await until(async () => expect([await subscribers(), await groups()]).toEqual([9, 1]));
    await tenant.captureLeads(eventId, 2);
    expect((await Promise.all(next)).map(positionIn)).toEqual(all.map(() => position + 2));
    expect((await Promise.all(all.map(nextOf))).map(positionIn)).toEqual(all.map(() => position + 3));
    expect(Object.fromEntries(executions)).toEqual({ leadStatusChanged: 3 });
  });

  test('get the present state first, however late they come, and share what follows', async () => {
    const [early, late] = clients(2);
    const before = await sluice
      .client()
      .data<{ reconciliation: { counts: { total: number } } }>(
        'query ($id: ID!) { reconciliation(integrationId: $id) { counts { total } } }',
        { id },
      );
    const known = before.reconciliation.counts.total;
    const first = early?.subscribe<Counts>(counts, { id }) as Messages<Counts>;
    expect(total(await nextOf(first))).toBe(known);
    const second = late?.subscribe<Counts>(counts, { id }) as Messages<Counts>;
    expect(total(await nextOf(second))).toBe(known);
    await until(async () => expect(await groups()).toBe(1));
    executions.clear();
    await tenant.captureLeads(eventId, 2);
    expect([total(await nextOf(first)), total(await nextOf(second))]).toEqual([known + 2, known + 2]);
    expect(Object.fromEntries(executions)).toEqual({ reconciliationChanged: 1 });
  });

  test('of all integrations share as well, once both have heard of each', async () => {
    await tenant.createIntegration('WEBHOOK', { mode: 'MANUAL' });
    const all = 'subscription { integrationChanged { id name } }';
    const [early, late] = clients(2);
    const first = early?.subscribe(all) as Messages<Record<string, unknown>>;
    const opening = [await nextOf(first), await nextOf(first)];
    const second = late?.subscribe(all) as Messages<Record<string, unknown>>;
    expect([await nextOf(second), await nextOf(second)]).toEqual(opening);
    await until(async () => expect(await groups()).toBe(1));
  });

  test('leave one by one, and the source ends with the last', async () => {
    const [one, other] = clients(2);
    const leaving = one?.subscribe<Counts>(counts, { id }) as Messages<Counts>;
    const staying = other?.subscribe<Counts>(counts, { id }) as Messages<Counts>;
    const [, present] = await Promise.all([nextOf(leaving), nextOf(staying)]);
    await until(async () => expect(await groups()).toBe(1));
    await leaving.return?.();
    await until(async () => expect(await subscribers()).toBe(1));
    await tenant.captureLeads(eventId, 1);
    expect(total(await nextOf(staying))).toBe((total(present) ?? 0) + 1);
    await staying.return?.();
    await until(async () => expect([await subscribers(), await groups()]).toEqual([0, 0]));
  });
});

describe('subscribers do not share', () => {
  test('over organizations, roles, values or documents', async () => {
    const foreign = await Tenant.create(sluice.services);
    const foreignKey = (await sluice.createKey('ADMIN', { tenant: foreign })).secret;
    await foreign.createIntegration();
    const viewerKey = (await sluice.createKey('VIEWER')).secret;
    const watch = 'subscription ($id: ID) { integrationChanged(integrationId: $id) { id } }';
    const streams = [
      ...clients(2).map((client) => client.subscribe(watch, { id })),
      ...clients(1).map((client) => client.subscribe(watch)),
      ...clients(1).map((client) => client.subscribe(`${watch} #`, { id })),
      ...clients(1, viewerKey).map((client) => client.subscribe(watch, { id })),
      ...clients(1, foreignKey).map((client) => client.subscribe(watch)),
    ];
    await Promise.all(streams.map(nextOf));
    await until(async () => expect([await subscribers(), await groups()]).toEqual([6, 5]));
  });

  test('what was refused to one: an unknown integration is NOT_FOUND to each', async () => {
    const unknown = globalId('Integration', '00000000-0000-7000-8000-000000000000');
    const streams = clients(3).map((client) => client.subscribe(moves, { id: unknown }));
    for (const stream of streams)
      await expect(nextOf(stream)).rejects.toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
    expect([await subscribers(), await groups()]).toEqual([0, 0]);
  });
});

describe('whoever goes on after a cursor', () => {
  test.for([moves, batches])(
    'gets every move behind it exactly once, though groups form and join meanwhile: %#',
    async (document) => {
      await tenant.captureLeads(eventId, 20);
      const start = await logStart();
      const done = 300;
      const writing = (async () => {
        for (let captured = 0; captured < done; captured += 3) await tenant.captureLeads(eventId, 3);
      })();
      const readers = clients(24).map(async (client, nth) => {
        if (nth % 3 === 0) await nextMove(start.cursor); // some come while others are under way
        const { cursor, position } = nth % 2 === 0 ? start : await cursorAfter(start.cursor, nth);
        return {
          from: position,
          positions: await readAll(client.subscribe(document, { id, after: cursor }), start.position + done),
        };
      });
      const read = await Promise.all(readers);
      await writing;
      for (const { from, positions } of read) {
        expect(positions).toEqual(Array.from({ length: start.position + done - from }, (_, nth) => from + 1 + nth));
      }
    },
  );

  test('shares with those who hear it live, once it has caught up', async () => {
    const start = await logStart();
    await tenant.captureLeads(eventId, 10);
    const { cursor: after } = await logStart();
    const [live, behind] = clients(2);
    const first = live?.subscribe<Move>(moves, { id, after }) as Messages<Move>;
    const next = nextOf(first);
    const second = behind?.subscribe<Move>(moves, { id, after: start.cursor }) as Messages<Move>;
    for (let nth = 1; nth <= 10; nth += 1) expect(positionIn(await nextOf(second))).toBe(start.position + nth);
    await tenant.captureLeads(eventId, 1);
    expect(await next).toEqual(await nextOf(second));
    await until(async () => expect(await groups()).toBe(1));
    await tenant.captureLeads(eventId, 1);
    expect(await nextOf(first)).toEqual(await nextOf(second));
  });

  async function cursorAfter(after: string, count: number) {
    const client = sluice.client();
    const messages = client.subscribe<Move>(moves, { id, after });
    let cursor = after;
    for (let nth = 0; nth < count; nth += 1) cursor = (await nextOf(messages)).data?.leadStatusChanged.cursor ?? '';
    await client.close();
    return { cursor, position: positionOf(cursor) };
  }

  const nextMove = (after: string) => cursorAfter(after, 5);

  async function readAll(messages: Messages<Record<string, unknown>>, last: number): Promise<number[]> {
    const positions: number[] = [];
    while ((positions.at(-1) ?? 0) < last) {
      const { data } = (await nextOf(messages)) as { data: Partial<Move & Batch> };
      const single = data.leadStatusChanged ? [data.leadStatusChanged] : [];
      positions.push(
        ...[...single, ...(data.leadStatusesChanged?.transitions ?? [])].map(({ cursor }) => positionOf(cursor)),
      );
    }
    return positions;
  }
});
