import { pino } from 'pino';
import { afterAll, expect, test } from 'vitest';
import { cancelRetry } from '../../src/sync/cancel-retry.ts';
import { createFeed } from '../../src/sync/live/create-feed.ts';
import { Doorbell } from '../../src/sync/live/doorbell.ts';
import { retryEvent } from '../../src/sync/retry.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { updateLead } from '../../src/sync/update-lead.ts';
import { createDatabase } from '../support/database.ts';
import { createServices, Tenant } from '../support/factory.ts';
import { globalId, SchemaClient } from '../support/graphql.ts';

const database = await createDatabase();
const services = await createServices(database.open());
const doorbell = new Doorbell(database.open({ connectionsMax: 1 }), pino({ level: 'silent' }));
await doorbell.prove();
const feed = await createFeed(services.db, doorbell, services.log);
afterAll(async () => {
  feed.close();
  await doorbell.close();
});

async function watched() {
  const tenant = await Tenant.create(services);
  const integrationId = await tenant.createIntegration();
  const eventId = await tenant.createEvent();
  const client = new SchemaClient(services, tenant.viewer(), feed);
  return {
    tenant,
    integrationId,
    eventId,
    client,
    id: globalId('Integration', integrationId),
    event: globalId('Event', eventId),
  };
}

async function next(stream: AsyncIterator<unknown>) {
  const { done, value } = await stream.next();
  if (done) throw new Error('the stream has ended');
  return value as never;
}

const moves = /* GraphQL */ `
  subscription ($id: ID!, $event: ID, $after: Cursor) {
    leadStatusChanged(integrationId: $id, eventId: $event, after: $after) {
      id cursor at from to cause itemVersion attempt settingVersion error { category } item { id version status } lead { id firstName } event { id }
    }
  }
`;
const cursorQuery = 'query ($id: ID!) { reconciliation(integrationId: $id) { cursor counts { total frozen } } }';

test('moves come one by one, in order, from right behind the cursor of the counts, each as it read at its commit', async () => {
  const { tenant, integrationId, eventId, client, id } = await watched();
  await tenant.captureLeads(eventId, 1);
  const { reconciliation } = await client.data(cursorQuery, { id });
  const [item] = await tenant.listItems(integrationId);
  await tenant.claim([item?.id ?? '']);
  await tenant.fail([item?.id ?? ''], 'TIMEOUT');
  await tenant.captureLeads(eventId, 1);
  const stream = await client.subscribe(moves, { id, after: reconciliation.cursor });
  const seen = [await next(stream), await next(stream), await next(stream)].map(
    (event: { leadStatusChanged: never }) => event.leadStatusChanged,
  );
  expect(seen).toMatchObject([
    {
      from: 'QUEUED',
      to: 'SYNCING',
      cause: 'CLAIMED',
      itemVersion: 2,
      item: { version: 3, status: 'FAILED' },
      error: null,
    },
    { from: 'SYNCING', to: 'FAILED', cause: 'ANSWERED', itemVersion: 3, error: { category: 'TIMEOUT' } },
    { from: null, to: 'QUEUED', cause: 'CAPTURED', itemVersion: 1 },
  ]);
  const [first, second] = seen as { cursor: string; id: string }[];
  const resumed = await client.subscribe(moves, { id, after: first?.cursor });
  expect((await next(resumed)) as unknown).toMatchObject({
    leadStatusChanged: { id: second?.id, cursor: second?.cursor },
  });
});

test('what is shown of an item and its lead is of the delivery, not of the move before', async () => {
  const { tenant, eventId, client, id } = await watched();
  const stream = await client.subscribe(moves, { id });
  const first = next(stream);
  const [leadId = ''] = await tenant.captureLeads(eventId, 1, { firstName: 'Before' });
  expect((await first) as unknown).toMatchObject({
    leadStatusChanged: { lead: { firstName: 'Before' }, item: { version: 1 } },
  });
  await updateLead(services, tenant.viewer(), { leadId, firstName: 'After' });
  expect((await next(stream)) as unknown).toMatchObject({
    leadStatusChanged: { cause: 'EDITED', lead: { firstName: 'After' }, item: { version: 2 } },
  });
});

test('in batches: everything in order, no more than was asked for, and whether there is more', async () => {
  const { tenant, eventId, client, id } = await watched();
  const { reconciliation } = await client.data(cursorQuery, { id });
  await tenant.captureLeads(eventId, 5);
  const batches =
    'subscription ($id: ID!, $after: Cursor, $maxBatch: Int) { leadStatusesChanged(integrationId: $id, after: $after, maxBatch: $maxBatch) { transitions { cursor to } cursor caughtUp } }';
  const stream = await client.subscribe(batches, { id, after: reconciliation.cursor, maxBatch: 3 });
  const [one, two] = [await next(stream), await next(stream)].map(
    (event: { leadStatusesChanged: never }) => event.leadStatusesChanged,
  ) as { transitions: { cursor: string }[]; cursor: string; caughtUp: boolean }[];
  expect([one?.transitions.length, one?.caughtUp, two?.transitions.length, two?.caughtUp]).toEqual([3, false, 2, true]);
  expect(one?.cursor).toBe(one?.transitions.at(-1)?.cursor);
  for (const maxBatch of [0, -1, 1_001]) {
    await expect(client.subscribe(batches, { id, maxBatch })).rejects.toMatchObject({
      extensions: { code: 'BAD_USER_INPUT' },
    });
  }
});

test('a cursor of another integration is refused, one of another history has expired', async () => {
  const { tenant, client, id } = await watched();
  const other = globalId('Integration', await tenant.createIntegration());
  const { reconciliation } = await client.data(cursorQuery, { id: other });
  for (const after of [reconciliation.cursor, 'x', '']) {
    await expect(client.subscribe(moves, { id, after })).rejects.toMatchObject({
      extensions: { code: 'BAD_USER_INPUT' },
    });
  }
  const decoded = Buffer.from(reconciliation.cursor, 'base64url').toString().split('.');
  const after = Buffer.from(['elsewhere', ...decoded.slice(1)].join('.')).toString('base64url');
  const stream = await client.subscribe(moves, { id: other, after });
  await expect(stream.next()).rejects.toMatchObject({
    extensions: { code: 'CURSOR_EXPIRED', oldest: expect.any(String) },
  });
});

test('a stream that waits ends at once when its reader leaves', async () => {
  const { client, id } = await watched();
  for (const document of [moves, 'subscription ($id: ID!) { leadStatusesChanged(integrationId: $id) { cursor } }']) {
    const stream = await client.subscribe(document, { id });
    const waiting = stream.next();
    await stream.return?.();
    expect(await waiting).toMatchObject({ done: true });
  }
});

test('reconciliationChanged tells the present state, then every change, with the Event view of the same moment', async () => {
  const { tenant, integrationId, eventId, client, id, event } = await watched();
  const document = /* GraphQL */ `
    subscription ($id: ID, $event: ID) {
      reconciliationChanged(integrationId: $id, eventId: $event) {
        id cursor settingVersion counts { total frozen queued } errorGroups { category count }
        integration { id syncMode { mode frozen } }
        ... on Reconciliation { events { edges { node { event { id } counts { total frozen queued } } } totalCount } }
      }
    }
  `;
  await tenant.captureLeads(eventId, 2);
  const stream = await client.subscribe(document, { id });
  const first = (await next(stream)) as { reconciliationChanged: { id: string } };
  expect(first).toMatchObject({
    reconciliationChanged: {
      counts: { total: 2, frozen: 0, queued: 2 },
      integration: { id, syncMode: { mode: 'AUTOMATIC', frozen: 0 } },
      events: {
        totalCount: 1,
        edges: [{ node: { event: { id: event }, counts: { total: 2, frozen: 0, queued: 2 } } }],
      },
    },
  });
  await setSyncMode(services, tenant.viewer(), { integrationId, mode: 'MANUAL', confirm: true });
  expect((await next(stream)) as unknown).toMatchObject({
    reconciliationChanged: {
      id: first.reconciliationChanged.id,
      settingVersion: 2,
      counts: { total: 2, frozen: 2, queued: 0 },
      integration: { syncMode: { mode: 'MANUAL', frozen: 2 } },
      events: { edges: [{ node: { counts: { frozen: 2 } } }] },
    },
  });
  const { reconciliation } = await client.data('query ($id: ID!) { reconciliation(integrationId: $id) { id } }', {
    id,
  });
  expect(reconciliation.id).toBe(first.reconciliationChanged.id);
});

test('integrationChanged tells each integration first, then those that changed', async () => {
  const { tenant, integrationId, client, id } = await watched();
  const other = globalId('Integration', await tenant.createIntegration());
  const stream = await client.subscribe(
    'subscription { integrationChanged { id syncMode { mode holds version changedBy } flow { state } } }',
  );
  const first = [await next(stream), await next(stream)].map(
    (event: { integrationChanged: { id: string } }) => event.integrationChanged.id,
  );
  expect(new Set(first)).toEqual(new Set([id, other]));
  await setSyncMode(services, tenant.viewer('OPERATOR'), { integrationId, mode: 'MANUAL', confirm: true });
  expect((await next(stream)) as unknown).toEqual({
    integrationChanged: {
      id,
      syncMode: { mode: 'MANUAL', holds: ['MANUAL_MODE'], version: 2, changedBy: 'OPERATOR of a test' },
      flow: { state: 'HELD' },
    },
  });
});

test('retryProgressed tells the present state and completes when the retry has ended', async () => {
  const { tenant, integrationId, eventId, client } = await watched();
  await tenant.captureLeads(eventId, 2);
  const retryId = await retryEvent(services, tenant.viewer(), { integrationId, eventId });
  const stream = await client.subscribe(
    'subscription ($id: ID!) { retryProgressed(retryId: $id) { status total waiting cleared failed requestedBy event { id } } }',
    { id: globalId('Retry', retryId) },
  );
  expect((await next(stream)) as unknown).toMatchObject({
    retryProgressed: { status: 'RUNNING', total: 2, waiting: 2, event: { id: globalId('Event', eventId) } },
  });
  const waiting = stream.next();
  await cancelRetry(services, tenant.viewer(), retryId);
  expect(await waiting).toMatchObject({ value: { retryProgressed: { status: 'CANCELED', waiting: 0 } } });
  expect(await stream.next()).toMatchObject({ done: true });
});
