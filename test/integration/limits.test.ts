import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { limits } from '../../src/server/limits.ts';
import { RateLimit } from '../../src/server/rate-limit.ts';
import { globalId } from '../support/graphql.ts';
import { nextOf, startTestSluice } from '../support/sluice.ts';

const sluice = await startTestSluice({ environment: { ROLE: 'api' } });
const refusal = (exceeded: string) => ({
  data: undefined,
  errors: [
    {
      message: expect.stringMatching(/at most /),
      extensions: { code: 'LIMIT_EXCEEDED', exceeded, limit: expect.any(Number), requestId: expect.any(String) },
    },
  ],
});
const repeat = (count: number, text: (nth: number) => string, separator = ' ') =>
  Array.from({ length: count }, (_, nth) => text(nth)).join(separator);

/** 2^40 aliases, in forty lines. */
const bomb = `{ ...F0 } ${repeat(40, (nth) => `fragment F${nth} on Query { a: __typename ...F${nth + 1} ...F${nth + 1} }`)} fragment F40 on Query { __typename }`;

describe('a document that asks for too much is refused before anything is read', () => {
  test.for<[string, string, string]>([
    ['a thousand aliases', `{ ${repeat(1_000, (nth) => `a${nth}: __typename`)} }`, 'aliases'],
    ['aliases that fragments multiply', bomb, 'aliases'],
    ['a hundred directives', `{ __typename ${repeat(100, () => '@include(if: true)')} }`, 'directives'],
    ['ten thousand tokens', `{ ${repeat(10_000, () => 'a')} }`, 'tokens'],
    [
      'a hundred and twenty levels of brackets',
      `${repeat(120, () => '{ viewer', ' ')} ${repeat(120, () => '}')}`,
      'nesting',
    ],
    ['two thousand levels of a list', `{ node(id: ${'['.repeat(2_000)}`, 'nesting'],
    ['a megabyte', `{ __typename } #${'x'.repeat(1_000_000)}`, 'documentBytes'],
  ])('%s', async ([, query, exceeded]) => {
    expect(await sluice.client().ask(query)).toMatchObject({ status: 400, ...refusal(exceeded) });
    await expect(nextOf(sluice.client().subscribe(query))).rejects.toMatchObject(refusal(exceeded).errors);
  });

  test('but not fragments that spread each other, however often: that costs nothing', async () => {
    expect(await sluice.client().ask(bomb.replaceAll('a: ', ''))).toMatchObject({
      status: 200,
      data: { __typename: 'Query' },
    });
  });

  test('nesting that the schema allows without end', async () => {
    const nested = `{ integrations ${repeat(20, () => '{ fieldMappings', ' ')}`;
    expect((await sluice.client().ask(nested)).errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    const deep = `query ($id: ID!) { lead(id: $id) { ${repeat(30, () => 'event { leadCount } syncItems { lead {')} id ${'} }'.repeat(30)} } }`;
    const { errors } = await sluice.client().ask(deep, { id: 'x' });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['LIMIT_EXCEEDED']);
  });

  test('a subscription whose every event would cost too much', async () => {
    const pages =
      'items(first: 100) { edges { node { timeline(first: 100) { edges { node { item { timeline(first: 100) { edges { cursor } } } } } } } } }';
    const query = `subscription { reconciliationChanged { ${pages} } }`;
    await expect(nextOf(sluice.client().subscribe(query))).rejects.toMatchObject([
      { extensions: { code: 'LIMIT_EXCEEDED', exceeded: 'complexity' } },
    ]);
    expect(await nextOf(sluice.client().stream(query))).toMatchObject({
      errors: [{ extensions: { code: 'LIMIT_EXCEEDED' } }],
    });
  });
});

test('a page of a hundred with everything about its items passes', async () => {
  const integrationId = await sluice.tenant.createIntegration('WEBHOOK', { mode: 'MANUAL' });
  const eventId = await sluice.tenant.createEvent();
  await sluice.tenant.captureLeads(eventId, 100, { email: 'ada@example.com' });
  const { data, errors } = await sluice.client().ask<{ reconciliation: { items: { edges: object[] } } }>(
    `query ($id: ID!) {
      reconciliation(integrationId: $id) {
        counts { total preSync frozen queued syncing failed cleared }
        items(first: 100) {
          pageInfo { hasNextPage endCursor }
          edges {
            cursor
            node {
              id status version group holds attempts nextAttemptAt remoteId availableActions
              event { id name startsOn }
              integration { id name vendor syncMode { mode enabled holds version } }
              error { category message vendorCode vendorMessage helpUrl }
              lead {
                id firstName lastName email company jobTitle phone capturedAt revision
                qualifiers { name values } attributes { name value }
              }
            }
          }
        }
      }
    }`,
    { id: globalId('Integration', integrationId) },
  );
  expect(errors).toBeUndefined();
  expect(data?.reconciliation.items.edges).toHaveLength(100);
});

describe('what is sent', () => {
  test('may hold a thousand leads with everything about them', async () => {
    const { createEvent } = await sluice
      .client()
      .data<{ createEvent: { event: { id: string } } }>(
        'mutation { createEvent(input: { name: "Fair" }) { ... on CreateEventSuccess { event { id } } } }',
      );
    const leads = Array.from({ length: 1_000 }, (_, nth) => ({
      externalId: `badge-${nth}`,
      firstName: 'A'.repeat(100),
      company: 'B'.repeat(100),
      attributes: Array.from({ length: 20 }, (_, other) => ({ name: `attribute ${other}`, value: 'C'.repeat(100) })),
    }));
    const capture =
      'mutation ($input: CaptureLeadsInput!) { captureLeads(input: $input) { ... on CaptureLeadsSuccess { leads { revision } } } }';
    const { captureLeads } = await sluice
      .client()
      .data<{ captureLeads: { leads: object[] } }>(capture, { input: { eventId: createEvent.event.id, leads } });
    expect(captureLeads.leads).toHaveLength(1_000);
  });

  test('is refused when it is larger than a request may be', async () => {
    const answer = await sluice
      .client()
      .ask('query ($id: ID!) { node(id: $id) { id } }', { id: 'x'.repeat(limits.bodyBytes) });
    expect(answer).toMatchObject({ status: 413, ...refusal('bodyBytes') });
  });
});

test('a socket runs so many operations at once and no more, and goes on', async () => {
  const client = sluice.client();
  const watch = 'subscription ($n: ID) { reconciliationChanged(eventId: $n) { counts { total } } }';
  const first = client.subscribe('subscription { reconciliationChanged { counts { total } } }');
  await nextOf(first);
  const eventId = await sluice.tenant.createEvent();
  const running = Array.from({ length: limits.operationsPerSocket - 1 }, () =>
    client.subscribe(watch, { n: globalId('Event', eventId) }),
  );
  await Promise.all(running.map(nextOf));
  await expect(nextOf(client.subscribe('{ viewer { role } }'))).rejects.toMatchObject(
    refusal('operationsPerSocket').errors,
  );
  await running[0]?.return?.();
  expect(await nextOf(client.subscribe('{ viewer { role } }'))).toEqual({ data: { viewer: { role: 'ADMIN' } } });
});

test('a key opens so many sockets and no more, while others still may', async () => {
  const { secret } = await sluice.createKey('VIEWER');
  const sockets: WebSocket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.terminate();
  });
  /** Opens a socket; tells its acknowledgement, or how it was closed. */
  const open = (key: string) =>
    new Promise<string | number>((resolve) => {
      const socket = new WebSocket(`${sluice.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
      sockets.push(socket);
      socket.on('open', () =>
        socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } })),
      );
      socket.on('message', (data) => resolve(JSON.parse(String(data)).type));
      socket.on('close', resolve);
    });
  for (let opened = 0; opened < limits.socketsPerKey; opened += 200) {
    const answers = await Promise.all(Array.from({ length: 200 }, () => open(secret)));
    expect(new Set(answers)).toEqual(new Set(['connection_ack']));
  }
  expect(await open(secret)).toBe(1013);
  expect(await open(sluice.adminKey)).toBe('connection_ack');
  sockets[0]?.close();
  await expect.poll(() => open(secret), { interval: 20 }).toBe('connection_ack');
});

describe('the rate limit', async () => {
  const limited = await startTestSluice({ environment: { ROLE: 'api' }, rateLimit: new RateLimit(0.001, 1) });

  test('lets a burst pass, then tells how long to wait, and refills', () => {
    const limit = new RateLimit(10, 3);
    const codes = (atMs: number) => limit.take('key', atMs)?.extensions;
    expect([codes(0), codes(0), codes(0)]).toEqual([undefined, undefined, undefined]);
    expect(codes(0)).toEqual({ code: 'RATE_LIMITED', retryAfterMs: 100 });
    expect(codes(50)).toEqual({ code: 'RATE_LIMITED', retryAfterMs: 50 });
    expect(codes(100)).toBeUndefined();
    expect(codes(100_000)).toBeUndefined();
    expect(limit.take('another key', 0)).toBeNull();
  });

  test('answers 429 with the wait, to this key and no other', async () => {
    await limited.client().data('{ __typename }');
    const answer = await limited.client().ask('{ __typename }');
    expect(answer).toMatchObject({
      status: 429,
      errors: [
        { extensions: { code: 'RATE_LIMITED', retryAfterMs: expect.any(Number), requestId: expect.any(String) } },
      ],
    });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(900);
    const { secret } = await limited.createKey('VIEWER');
    const other = limited.client(secret);
    expect(await nextOf(other.subscribe('{ __typename }'))).toEqual({ data: { __typename: 'Query' } });
    await expect(nextOf(other.subscribe('{ __typename }'))).rejects.toMatchObject([
      { extensions: { code: 'RATE_LIMITED' } },
    ]);
  });
});
