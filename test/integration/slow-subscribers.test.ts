import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { MessageType, parseMessage } from 'graphql-ws';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { decodeCursor } from '../../src/sync/log.ts';
import { Tenant } from '../support/factory.ts';
import { globalId } from '../support/graphql.ts';
import { type Messages, nextOf } from '../support/sluice.ts';
import { type Counts, counts, type Move, moves, startWatchedSluice, total, until } from '../support/watched-sluice.ts';

const { sluice, executions, metric, groups, subscribers, clients } = await startWatchedSluice();

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
    executions.clear();
    const [quick] = clients(1, key);
    const others = quick?.subscribe<Counts>(counts, { id: watched.id }) as Messages<Counts>;
    const known = total(await nextOf(others)) ?? 0;
    await own.captureLeads(event, leads, { attributes });
    // Others hear of everything, while nothing more is made for a reader that takes nothing.
    let made = -1;
    let captured = leads;
    while (made !== executions.get('leadStatusChanged')) {
      made = executions.get('leadStatusChanged') ?? 0;
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
