import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { MessageType, parseMessage } from 'graphql-ws';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createSchema } from '../../src/schema/index.ts';
import { decodeCursor } from '../../src/sync/log.ts';
import { Tenant } from '../support/factory.ts';
import { globalId } from '../support/graphql.ts';
import { type Messages, nextOf, startTestSluice, type TestClient } from '../support/sluice.ts';

/** The schema, counting how often the results of subscriptions are made. */
const schema = createSchema();
let executions: Record<string, number> = {};
for (const field of Object.values(schema.getSubscriptionType()?.getFields() ?? {})) {
  const { resolve } = field;
  field.resolve = (...args) => {
    executions[field.name] = (executions[field.name] ?? 0) + 1;
    return resolve?.(...args);
  };
}

const sluice = await startTestSluice({ environment: { ROLE: 'api' }, schema });
const { tenant } = sluice;
let eventId: string;
let integrationId: string;
let id: string;
beforeAll(async () => {
  eventId = await tenant.createEvent();
  integrationId = await tenant.createIntegration('WEBHOOK', { mode: 'MANUAL' });
  id = globalId('Integration', integrationId);
});

const moves =
  'subscription ($id: ID!, $after: Cursor) { leadStatusChanged(integrationId: $id, after: $after) { cursor } }';
const batches =
  'subscription ($id: ID!, $after: Cursor) { leadStatusesChanged(integrationId: $id, after: $after, maxBatch: 5) { cursor transitions { cursor } } }';
const counts = 'subscription ($id: ID) { reconciliationChanged(integrationId: $id) { counts { total } } }';

type Move = { leadStatusChanged: { cursor: string } };
type Batch = { leadStatusesChanged: { cursor: string; transitions: { cursor: string }[] } };
type Counts = { reconciliationChanged: { counts: { total: number } } };

const positionOf = (cursor: string): number => decodeCursor(cursor, integrationId).position;
const positionIn = ({ data }: { data?: Move | null }) => positionOf(data?.leadStatusChanged.cursor ?? '');
const total = ({ data }: { data?: Counts | null }) => data?.reconciliationChanged.counts.total;

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${sluice.url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(name));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

const groups = () => metric('sluice_subscription_groups');
const subscribers = () => metric('sluice_subscriptions{');
const until = (check: () => Promise<void>) => vi.waitFor(check, { interval: 10, timeout: 20_000 });

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

/** Several clients, each with a socket of its own. */
function clients(count: number, key?: string): TestClient[] {
  const made = Array.from({ length: count }, () => sluice.client(key));
  onTestFinished(async () => void (await Promise.all(made.map((client) => client.close()))));
  return made;
}

describe('subscribers that ask the same', () => {
  test('share one execution of every result, each under its own id', async () => {
    const { cursor: after, position } = await logStart();
    const pair = (client: TestClient) => [1, 2].map(() => client.subscribe<Move>(moves, { id, after }));
    const together = clients(4).flatMap(pair);
    const first = together.map(nextOf);
    await until(async () => expect([await subscribers(), await groups()]).toEqual([8, 1]));
    executions = {};
    await tenant.captureLeads(eventId, 1);
    expect((await Promise.all(first)).map(positionIn)).toEqual(together.map(() => position + 1));
    const late = clients(1).flatMap((client) => [client.subscribe<Move>(moves, { id })]);
    const all = [...together, ...late];
    const next = all.map(nextOf);
    await until(async () => expect([await subscribers(), await groups()]).toEqual([9, 1]));
    await tenant.captureLeads(eventId, 2);
    expect((await Promise.all(next)).map(positionIn)).toEqual(all.map(() => position + 2));
    expect((await Promise.all(all.map(nextOf))).map(positionIn)).toEqual(all.map(() => position + 3));
    expect(executions).toEqual({ leadStatusChanged: 3 });
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
    executions = {};
    await tenant.captureLeads(eventId, 2);
    expect([total(await nextOf(first)), total(await nextOf(second))]).toEqual([known + 2, known + 2]);
    expect(executions).toEqual({ reconciliationChanged: 1 });
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

describe('a subscriber that stops reading', async () => {
  const attributes = Array.from({ length: 25 }, (_, nth) => ({ name: `attribute ${nth}`, value: 'x'.repeat(1_000) }));
  const own = await Tenant.create(sluice.services);
  const key = (await sluice.createKey('ADMIN', { tenant: own })).secret;
  let event: string;
  let integration: string;
  beforeAll(async () => {
    event = await own.createEvent();
    integration = await own.createIntegration('WEBHOOK', { mode: 'MANUAL' });
  });

  /** A socket that can stop reading, with one subscription on it. */
  async function openSocket(query: string, variables: Record<string, unknown>) {
    const socket = new WebSocket(`${sluice.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const messages: ReturnType<typeof parseMessage>[] = [];
    const ended = Promise.withResolvers<void>();
    socket.on('message', (data) => {
      const message = parseMessage(String(data));
      if (message.type === MessageType.ConnectionAck) {
        socket.send(JSON.stringify({ type: 'subscribe', id: 'stalled', payload: { query, variables } }));
      } else messages.push(message);
      if (message.type === MessageType.Error) ended.resolve();
    });
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } }));
    onTestFinished(() => socket.terminate());
    return { socket, messages, ended: ended.promise };
  }

  async function headOf(one: string): Promise<string> {
    const { reconciliation } = await sluice
      .client(key)
      .data<{ reconciliation: { cursor: string } }>(
        'query ($id: ID!) { reconciliation(integrationId: $id) { cursor } }',
        {
          id: globalId('Integration', one),
        },
      );
    return reconciliation.cursor;
  }

  const heavy = `subscription ($id: ID!, $after: Cursor) {
    leadStatusChanged(integrationId: $id, after: $after) { cursor lead { attributes { name value } } }
  }`;
  const moveOf = ({ payload }: { payload?: unknown }) => (payload as { data: Move }).data.leadStatusChanged;
  const positionAt = (cursor: string) => decodeCursor(cursor, integration).position;

  test('is ended with SLOW_CONSUMER and goes on after its cursor, while the others get every move', async () => {
    const leads = 1_000; // some 25 MB: more than the kernel keeps for a socket
    const ofIntegration = { id: globalId('Integration', integration) };
    const watched = { ...ofIntegration, after: await headOf(integration) };
    const stalled = await openSocket(heavy, watched);
    const [quick] = clients(1, key);
    const others = quick?.subscribe<Move>(heavy, watched) as Messages<Move>;
    const first = nextOf(others);
    await until(async () => expect([await subscribers(), await groups()]).toEqual([2, 1]));
    stalled.socket.pause();
    const endedBefore = await metric('sluice_slow_consumers_total{outcome="ended"}');
    const captured = own.captureLeads(event, leads, { attributes });
    const seen = [(await first).data?.leadStatusChanged.cursor ?? ''];
    while (seen.length < leads) seen.push((await nextOf(others)).data?.leadStatusChanged.cursor ?? '');
    await captured;
    expect(seen.map(positionAt)).toEqual(Array.from({ length: leads }, (_, nth) => nth + 1));
    expect(await metric('sluice_slow_consumers_total{outcome="ended"}')).toBe(endedBefore + 1);
    expect(await subscribers()).toBe(1);

    stalled.socket.resume();
    await stalled.ended;
    const failure = stalled.messages.at(-1);
    expect(failure).toMatchObject({
      id: 'stalled',
      type: 'error',
      payload: [{ extensions: { code: 'SLOW_CONSUMER', cursor: expect.any(String) } }],
    });
    const got = stalled.messages.slice(0, -1).map((message) => positionAt(moveOf(message as object).cursor));
    const { cursor } = (failure as unknown as { payload: { extensions: { cursor: string } }[] }).payload[0]
      ?.extensions ?? { cursor: '' };
    expect(positionAt(cursor)).toBe(got.length);
    const resumed = sluice.client(key).subscribe<Move>(moves, { ...watched, after: cursor });
    for (let nth = got.length + 1; nth <= leads; nth += 1)
      got.push(positionAt((await nextOf(resumed)).data?.leadStatusChanged.cursor ?? ''));
    expect(got).toEqual(Array.from({ length: leads }, (_, nth) => nth + 1));
  });

  test('of a state gets the latest once it reads again, not everything in between', async () => {
    const page = `subscription ($id: ID!) {
      reconciliationChanged(integrationId: $id) {
        counts { total } items(first: 100) { edges { node { lead { attributes { name value } } } } }
      }
    }`;
    const watched = { id: globalId('Integration', integration) };
    const stalled = await openSocket(page, watched);
    const [quick] = clients(1, key);
    const others = quick?.subscribe<Counts>(page, watched) as Messages<Counts>;
    const known = total(await nextOf(others)) ?? 0;
    await until(async () => expect([stalled.messages.length, await groups()]).toEqual([1, 1]));
    stalled.socket.pause();
    const skippedBefore = await metric('sluice_slow_consumers_total{outcome="skipped"}');
    let changes = 0;
    while ((await metric('sluice_slow_consumers_total{outcome="skipped"}')) < skippedBefore + 3) {
      await own.captureLeads(event, 1);
      changes += 1;
      expect(total(await nextOf(others))).toBe(known + changes);
    }
    stalled.socket.resume();
    const totals = () =>
      stalled.messages.map((message) => total((message as unknown as { payload: { data: Counts } }).payload));
    await until(async () => expect(totals().at(-1)).toBe(known + changes));
    expect(totals().length).toBeLessThan(changes);
    await own.captureLeads(event, 1);
    await until(async () => expect(totals().at(-1)).toBe(known + changes + 1));
  });

  test('over Server-Sent Events makes its source wait, and goes on where it was', async () => {
    const leads = 1_000;
    const watched = { id: globalId('Integration', integration), after: await headOf(integration) };
    const request = httpRequest(`${sluice.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${key}` },
    });
    onTestFinished(() => void request.destroy());
    request.on('response', (answered) => answered.on('error', () => {})); // of the destruction
    request.end(JSON.stringify({ query: heavy, variables: watched }));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    executions = {};
    const [quick] = clients(1, key);
    const others = quick?.subscribe<Counts>(counts, { id: watched.id }) as Messages<Counts>;
    const known = total(await nextOf(others)) ?? 0;
    await own.captureLeads(event, leads, { attributes });
    // Others hear of everything, while nothing more is made for a reader that takes nothing.
    let made = -1;
    let captured = leads;
    while (made !== executions.leadStatusChanged) {
      made = executions.leadStatusChanged ?? 0;
      for (let round = 0; round < 3; round += 1) {
        while (total(await nextOf(others)) !== known + captured);
        await own.captureLeads(event, 1);
        captured += 1;
      }
    }
    expect(made).toBeLessThan(leads);
    const cursors: number[] = [];
    let rest = '';
    response.setEncoding('utf8');
    for await (const chunk of response) {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      const results = lines.filter((line) => line.startsWith('data: {')).map((line) => JSON.parse(line.slice(6)));
      cursors.push(...results.map((payload) => positionAt(moveOf({ payload }).cursor)));
      if (cursors.length === captured) break;
    }
    const start = positionAt(watched.after);
    expect(cursors).toEqual(Array.from({ length: captured }, (_, nth) => start + 1 + nth));
  });
});
