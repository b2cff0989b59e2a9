import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { createClient } from 'graphql-ws';
import { describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { Authentication } from '../../src/server/authentication.ts';
import { watchRevocations } from '../../src/server/revocation.ts';
import { Sessions } from '../../src/server/sessions.ts';
import type { Doorbell } from '../../src/sync/live/doorbell.ts';
import { Tenant } from '../support/factory.ts';
import { globalId } from '../support/graphql.ts';
import { type AnsweredError, nextOf, startTestSluice, TestClient } from '../support/sluice.ts';

const sluice = await startTestSluice({ environment: { ROLE: 'api' } });
const integrationId = await sluice.tenant.createIntegration();

const whoAmI = '{ viewer { role } }';
const watch = 'subscription { reconciliationChanged { counts { total } } }';
const anHourAgo = () => new Date(Date.now() - 3_600_000);

/** A key whose time is over. */
async function expiredKey(): Promise<string> {
  const { id, secret } = await sluice.createKey('VIEWER', { expiresAt: new Date(Date.now() + 3_600_000) });
  const { sql } = sluice.database.open();
  await sql`update api_keys set expires_at = ${anHourAgo()} where id = ${id}`;
  return secret;
}

/** How a socket that shows this ends. */
function closeCodeOf(connectionParams: Record<string, unknown>): Promise<number> {
  const client = createClient({
    url: `${sluice.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams,
    lazy: false,
    retryAttempts: 0,
    onNonLazyError: () => {},
  });
  return new Promise((resolve) => client.on('closed', (event) => resolve((event as { code: number }).code)));
}

describe('a key opens', () => {
  test('HTTP', async () => {
    const { secret } = await sluice.createKey('OPERATOR');
    expect(await sluice.client(secret).data(whoAmI)).toEqual({ viewer: { role: 'OPERATOR' } });
  });

  test('HTTP with GET', async () => {
    const url = `${sluice.url}/graphql?query=${encodeURIComponent(whoAmI)}`;
    const response = await fetch(url, { headers: { authorization: `Bearer ${sluice.adminKey}` } });
    expect(await response.json()).toEqual({ data: { viewer: { role: 'ADMIN' } } });
  });

  test('Server-Sent Events', async () => {
    expect(await nextOf(sluice.client().stream(watch))).toEqual({
      data: { reconciliationChanged: { counts: { total: 0 } } },
    });
  });

  test('a WebSocket, for queries and mutations as well', async () => {
    const client = sluice.client();
    expect(await nextOf(client.subscribe(watch))).toEqual({
      data: { reconciliationChanged: { counts: { total: 0 } } },
    });
    expect(await nextOf(client.subscribe(whoAmI))).toEqual({ data: { viewer: { role: 'ADMIN' } } });
    const create = 'mutation { createEvent(input: { name: "Expo" }) { ... on CreateEventSuccess { event { name } } } }';
    expect(await nextOf(client.subscribe(create))).toEqual({ data: { createEvent: { event: { name: 'Expo' } } } });
  });

  test('a WebSocket, with the word as headers spell it', async () => {
    const socket = createClient({
      url: `${sluice.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { Authorization: `bearer ${sluice.adminKey}` },
    });
    const answers = socket.iterate({ query: whoAmI });
    expect((await answers.next()).value).toEqual({ data: { viewer: { role: 'ADMIN' } } });
    await socket.dispose();
  });
});

describe('nothing is answered', () => {
  test.for<[string, (() => Promise<string>) | null]>([
    ['without a key', null],
    ['for a key that nobody made', async () => 'slk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
    [
      'for a revoked key',
      async () => {
        const { id, secret } = await sluice.createKey('ADMIN');
        await sluice.revokeKey(id);
        return secret;
      },
    ],
    ['for an expired key', expiredKey],
  ])('%s', async ([, makeKey]) => {
    const key = await makeKey?.();
    const response = await fetch(`${sluice.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
      body: JSON.stringify({ query: whoAmI }),
    });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    const requestId = response.headers.get('x-request-id');
    expect(await response.json()).toEqual({
      errors: [{ message: expect.any(String), extensions: { code: 'UNAUTHENTICATED', requestId } }],
    });
  });

  test('over a WebSocket: 4401 is final, and 4403 asks for a new key', async () => {
    expect(await closeCodeOf({})).toBe(4401);
    expect(await closeCodeOf({ authorization: 'Bearer nobody-made-this-key' })).toBe(4401);
    expect(await closeCodeOf({ authorization: sluice.adminKey })).toBe(4401);
    expect(await closeCodeOf({ authorization: `Bearer ${await expiredKey()}` })).toBe(4403);
  });

  test('to a socket that asks before it has shown a key', async () => {
    const socket = new WebSocket(`${sluice.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    socket.on('open', () => socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: whoAmI } })));
    expect(await new Promise((resolve) => socket.on('close', resolve))).toBe(4401);
  });

  test('to a page of another origin that opens a WebSocket', async () => {
    const opened = (origin: string) =>
      new Promise((resolve) => {
        const socket = new WebSocket(`${sluice.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { origin });
        socket.on('open', () => {
          socket.close();
          resolve('open');
        });
        socket.on('unexpected-response', (_request, response) => {
          socket.terminate();
          resolve(response.statusCode);
        });
        socket.on('error', () => {});
      });
    expect(await opened('https://evil.example')).toBe(403);
    expect(await opened('null')).toBe(403);
    expect(await opened(sluice.url)).toBe('open');
  });
});

describe('a key that ends while it is in use', () => {
  test('by revocation closes its sockets with 4401, and no others', async () => {
    const { id, secret } = await sluice.createKey('VIEWER');
    const watching = sluice.client(secret).subscribe(watch);
    const other = sluice.client().subscribe(watch);
    await Promise.all([nextOf(watching), nextOf(other)]);
    const next = nextOf(other);
    const ended = expect(watching.next()).rejects.toMatchObject({ code: 4401 });
    await sluice.revokeKey(id);
    await ended;
    await sluice.tenant.createEvent().then((eventId) => sluice.tenant.captureLeads(eventId, 1));
    expect(await next).toEqual({ data: { reconciliationChanged: { counts: { total: 1 } } } });
  });

  test('by revocation does nothing more on a socket whose client does not hear that it is closed', async () => {
    const { id, secret } = await sluice.createKey('ADMIN');
    const deaf = new WebSocket(`${sluice.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const say = (message: object) => deaf.send(JSON.stringify(message));
    deaf.on('open', () => say({ type: 'connection_init', payload: { authorization: `Bearer ${secret}` } }));
    await new Promise((resolve) => deaf.once('message', resolve));
    deaf.pause();
    const hearing = sluice.client(secret).subscribe(watch);
    await nextOf(hearing);
    await sluice.revokeKey(id);
    await expect(hearing.next()).rejects.toMatchObject({ code: 4401 });
    const query = 'mutation { createEvent(input: { name: "Too late" }) { __typename } }';
    say({ id: '1', type: 'subscribe', payload: { query } });
    deaf.resume();
    expect(await new Promise((resolve) => deaf.once('close', resolve))).toBe(4401);
    const found = await sluice.client().data('{ events(search: "Too late") { totalCount } }');
    expect(found).toEqual({ events: { totalCount: 0 } });
  });

  test('by revocation refuses a request that is still arriving', async () => {
    const { id, secret } = await sluice.createKey('ADMIN');
    const hearing = sluice.client(secret).subscribe(watch);
    await nextOf(hearing);
    const body = JSON.stringify({ query: 'mutation { createEvent(input: { name: "Too slow" }) { __typename } }' });
    const request = httpRequest(`${sluice.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-length': body.length,
        authorization: `Bearer ${secret}`,
        expect: '100-continue', // tells when the server has seen the head, and so the key
      },
    });
    const answered = once(request, 'response');
    await once(request, 'continue');
    await sluice.revokeKey(id);
    await expect(hearing.next()).rejects.toMatchObject({ code: 4401 });
    request.end(body);
    const [response] = (await answered) as [IncomingMessage];
    expect(response.statusCode).toBe(401);
    const { errors } = (await json(response)) as { errors: AnsweredError[] };
    expect(errors[0]?.extensions.code).toBe('UNAUTHENTICATED');
  });

  test('by revocation ends its streams with UNAUTHENTICATED', async () => {
    const { id, secret } = await sluice.createKey('VIEWER');
    const watching = sluice.client(secret).stream(watch);
    await nextOf(watching);
    await sluice.revokeKey(id);
    expect(await nextOf(watching)).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    expect(await watching.next()).toMatchObject({ done: true });
  });

  test('by revocation is refused at the next request, though it was good a moment ago', async () => {
    const { id, secret } = await sluice.createKey('ADMIN');
    const client = sluice.client(secret);
    await client.data(whoAmI);
    const { revokeApiKey } = await sluice
      .client()
      .data<{ revokeApiKey: object }>(
        'mutation ($id: ID!) { revokeApiKey(id: $id) { ... on RevokeApiKeySuccess { apiKey { name } } } }',
        { id: globalId('ApiKey', id) },
      );
    expect(revokeApiKey).toEqual({ apiKey: { name: 'ADMIN of a test' } });
    await vi.waitFor(async () => expect(await client.ask(whoAmI)).toMatchObject({ status: 401 }), { interval: 20 });
  });

  test('by revocation, though no notification arrives: it is looked up again by and by', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const { services } = sluice;
      const deaf = { on: async () => {}, onReconnect: () => {} } as unknown as Doorbell;
      const sessions = new Sessions(services.now);
      const authentication = new Authentication(services);
      const { id, secret } = await sluice.createKey('VIEWER');
      const session = sessions.open(await authentication.authenticate(`Bearer ${secret}`), 'socket');
      const watching = await watchRevocations(services, deaf, authentication, sessions);
      await sluice.revokeKey(id);
      expect(session.ended.aborted).toBe(false);
      const ended = new Promise((resolve) => session.ended.addEventListener('abort', resolve));
      vi.advanceTimersByTime(10_000);
      await ended;
      expect(session.ended.reason).toMatchObject({ code: 'UNAUTHENTICATED' });
      watching.stop();
    } finally {
      vi.useRealTimers();
    }
  });

  test('by its own expiry closes its sockets with 4403', async () => {
    const { secret } = await sluice.createKey('VIEWER', { expiresAt: new Date(Date.now() + 1_500) });
    const watching = sluice.client(secret).subscribe(watch);
    await nextOf(watching);
    await expect(watching.next()).rejects.toMatchObject({ code: 4403 });
  });
});

describe('organizations', () => {
  test('see nothing of each other, by no way', async () => {
    const { secret } = await sluice.createKey('ADMIN', { tenant: await Tenant.create(sluice.services) });
    const foreigner = sluice.client(secret);
    const { id: keyId } = await sluice.createKey('VIEWER');
    const id = globalId('Integration', integrationId);
    expect(
      await foreigner.data(
        'query ($id: ID!) { integrations { id } integration(id: $id) { id } node(id: $id) { id } apiKeys { role } }',
        { id },
      ),
    ).toEqual({ integrations: [], integration: null, node: null, apiKeys: [{ role: 'ADMIN' }] });
    const setMode =
      'mutation ($id: ID!) { setSyncMode(input: { integrationId: $id, mode: AUTOMATIC }) { __typename } }';
    expect(await foreigner.data(setMode, { id })).toEqual({ setSyncMode: { __typename: 'NotFoundError' } });
    const revoke = 'mutation ($id: ID!) { revokeApiKey(id: $id) { __typename } }';
    expect(await foreigner.data(revoke, { id: globalId('ApiKey', keyId) })).toEqual({
      revokeApiKey: { __typename: 'NotFoundError' },
    });
    const transitions = 'subscription ($id: ID!) { leadStatusChanged(integrationId: $id) { id } }';
    const notFound = { extensions: { code: 'NOT_FOUND', requestId: expect.any(String) } };
    await expect(nextOf(foreigner.subscribe(transitions, { id }))).rejects.toMatchObject([notFound]);
    expect(await nextOf(foreigner.stream(transitions, { id }))).toMatchObject({ errors: [notFound] });
  });
});

test('the use of a key is noted, once a minute at most', async () => {
  const { id, secret } = await sluice.createKey('VIEWER');
  const { sql } = sluice.database.open();
  const lastUsedAt = async () =>
    (await sql<{ at: string | null }[]>`select last_used_at as at from api_keys where id = ${id}`)[0]?.at;
  expect(await lastUsedAt()).toBeNull();
  await new TestClient(sluice.url, secret).data(whoAmI);
  await vi.waitFor(async () => expect(await lastUsedAt()).not.toBeNull(), { interval: 20 });
  const first = await lastUsedAt();
  await new TestClient(sluice.url, secret).data(whoAmI);
  expect(await lastUsedAt()).toEqual(first);
});
