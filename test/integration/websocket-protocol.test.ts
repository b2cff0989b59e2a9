import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { startTestSluice } from '../support/sluice.ts';

const sluice = await startTestSluice({ environment: { ROLE: 'api' } });
await sluice.tenant.createIntegration();
const init = { type: 'connection_init', payload: { authorization: `Bearer ${sluice.adminKey}` } };
const watch = { query: 'subscription { integrationChanged { __typename } }' };

/** A socket spoken to word by word. */
class RawSocket {
  readonly socket: WebSocket;
  readonly closed: Promise<number>;
  readonly #received: unknown[] = [];
  #arrived = () => {};

  constructor(protocols: string[] = ['graphql-transport-ws'], path = '/graphql') {
    this.socket = new WebSocket(`${sluice.url.replace('http', 'ws')}${path}`, protocols);
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) => this.socket.on('close', resolve));
    this.socket.on('message', (data) => {
      this.#received.push(JSON.parse(String(data)));
      this.#arrived();
    });
    onTestFinished(() => this.socket.terminate());
  }

  async say(...messages: unknown[]): Promise<this> {
    if (this.socket.readyState === WebSocket.CONNECTING) await once(this.socket, 'open');
    for (const message of messages) this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
    return this;
  }

  async hear(): Promise<unknown> {
    while (this.#received.length === 0) {
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
    return this.#received.shift();
  }
}

/** Subscriptions, sockets and sources that the server has now. */
async function openThings(): Promise<number[]> {
  const metrics = await (await fetch(`${sluice.url}/metrics`)).text();
  const names = ['sluice_subscriptions{transport="websocket"}', 'sluice_websockets', 'sluice_subscription_groups'];
  return names.map((name) =>
    Number(
      metrics
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')
        .at(-1) ?? 0,
    ),
  );
}

const ack = { type: 'connection_ack' };
const subscribe = (id: string, payload: object = watch) => ({ id, type: 'subscribe', payload });

async function acknowledged(): Promise<RawSocket> {
  const socket = await new RawSocket().say(init);
  expect(await socket.hear()).toEqual(ack);
  return socket;
}

test('an operation runs from subscribe to complete', async () => {
  const socket = await acknowledged();
  await socket.say(subscribe('a', { query: '{ viewer { role } }' }));
  expect(await socket.hear()).toEqual({ id: 'a', type: 'next', payload: { data: { viewer: { role: 'ADMIN' } } } });
  expect(await socket.hear()).toEqual({ id: 'a', type: 'complete' });
});

test('a subscription runs until it is completed, and its id is free again', async () => {
  const socket = await acknowledged();
  for (let round = 0; round < 3; round += 1) {
    await socket.say(subscribe('"odd" id \u00fc'));
    expect(await socket.hear()).toMatchObject({ id: '"odd" id \u00fc', type: 'next' });
    await socket.say({ id: '"odd" id \u00fc', type: 'complete' });
  }
  await socket.say(subscribe('b', { query: '{ __typename }' }));
  expect(await socket.hear()).toMatchObject({ id: 'b', type: 'next' });
});

test('an operation that is completed before it has begun leaves nothing behind', async () => {
  const socket = await acknowledged();
  await socket.say(subscribe('a'), { id: 'a', type: 'complete' }, subscribe('b', { query: '{ __typename }' }));
  let message = (await socket.hear()) as { id: string };
  while (message.id === 'a') message = (await socket.hear()) as { id: string };
  expect(message).toMatchObject({ id: 'b', type: 'next' });
  expect(await socket.hear()).toEqual({ id: 'b', type: 'complete' });
  await expect.poll(openThings, { interval: 10 }).toEqual([0, 1, 0]);
});

test('what can not be executed is an error of the operation, not of the socket', async () => {
  const socket = await acknowledged();
  await socket.say(subscribe('a', { query: '{ viewer { shoeSize } }' }));
  expect(await socket.hear()).toMatchObject({
    id: 'a',
    type: 'error',
    payload: [{ extensions: { code: 'BAD_USER_INPUT', requestId: expect.any(String) } }],
  });
  await socket.say(subscribe('a', { query: '{ __typename }' }));
  expect(await socket.hear()).toMatchObject({ id: 'a', type: 'next' });
});

test('a ping is answered at any time, with what it carried', async () => {
  const socket = await new RawSocket().say({ type: 'ping', payload: { at: 1 } });
  expect(await socket.hear()).toEqual({ type: 'pong', payload: { at: 1 } });
  await socket.say({ type: 'pong' }, init);
  expect(await socket.hear()).toEqual(ack);
});

test.for<[string, number, unknown[]]>([
  ['text that is no JSON', 4400, ['{']],
  ['a message of no known type', 4400, [{ type: 'shout' }]],
  ['a subscription without a document', 4400, [init, subscribe('a', {})]],
  ['an operation before the connection is acknowledged', 4401, [subscribe('a')]],
  ['two initialisations', 4429, [init, init]],
  ['two operations with one id', 4409, [init, subscribe('a'), subscribe('a')]],
])('%s closes with %i', async ([, code, messages]) => {
  const socket = new RawSocket();
  for (const message of messages) {
    await socket.say(message);
    if (message === init && message !== messages.at(-1)) await socket.hear();
  }
  expect(await socket.closed).toBe(code);
});

test('silence closes with 4408', async () => {
  expect(await new RawSocket().closed).toBe(4408);
});

test('no protocol is not spoken', async () => {
  expect(await new RawSocket([]).closed).toBe(4406);
});

test('another path has no sockets', async () => {
  const socket = new RawSocket(['graphql-transport-ws'], '/socket');
  const [, response] = await once(socket.socket, 'unexpected-response');
  expect(response.statusCode).toBe(404);
});

test('a message that is larger than it may be closes the socket with 1009, and harms no other', async () => {
  const other = await acknowledged();
  const socket = await acknowledged();
  await socket.say(subscribe('a', { query: '{ __typename }', variables: { text: 'x'.repeat(9_000_000) } }));
  expect(await socket.closed).toBe(1009);
  await other.say(subscribe('a', { query: '{ __typename }' }));
  expect(await other.hear()).toMatchObject({ id: 'a', type: 'next' });
});

test('a client that vanishes without a word takes its subscriptions along', async () => {
  await expect.poll(openThings, { interval: 10 }).toEqual([0, 0, 0]);
  const socket = await acknowledged();
  await socket.say(subscribe('a'), subscribe('b', { query: 'subscription { reconciliationChanged { __typename } }' }));
  await socket.hear();
  await socket.hear();
  expect(await openThings()).toEqual([2, 1, 2]);
  socket.socket.terminate();
  await expect.poll(openThings, { interval: 10 }).toEqual([0, 0, 0]);
});
