import { expect, test } from 'vitest';
import { createDatabase } from '../support/database.ts';
import { createServices, Tenant } from '../support/factory.ts';
import { globalId, SchemaClient } from '../support/graphql.ts';

const database = (await createDatabase()).open();
const services = await createServices(database);

const itemsPage = /* GraphQL */ `
  query ($id: ID!, $event: ID, $group: ReconciliationGroup, $status: SyncStatus, $category: ErrorCategory, $search: String,
    $orderBy: SyncItemOrder = CAPTURED_AT_DESC, $first: Int = 50, $after: String) {
    reconciliation(integrationId: $id, eventId: $event) {
      items(group: $group, status: $status, category: $category, search: $search, orderBy: $orderBy, first: $first, after: $after) {
        edges { cursor node { id status group holds lead { firstName } error { category } } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        totalCount
      }
    }
  }
`;

interface Node {
  id: string;
  status: string;
  group: string | null;
  holds: string[];
  error: { category: string } | null;
}

async function readAll(client: SchemaClient, variables: Record<string, unknown>, first = 3, between = async () => {}) {
  const nodes: Node[] = [];
  let after: string | null = null;
  for (;;) {
    const { reconciliation } = await client.data(itemsPage, { ...variables, first, after });
    const { edges, pageInfo, totalCount } = reconciliation.items;
    nodes.push(...edges.map((edge: { node: Node }) => edge.node));
    if (!pageInfo.hasNextPage) return { nodes, totalCount: totalCount as number | null };
    after = pageInfo.endCursor;
    await between();
  }
}

const countsQuery = /* GraphQL */ `
  query ($id: ID!, $event: ID) {
    reconciliation(integrationId: $id, eventId: $event) {
      counts { total preSync frozen queued syncing failed cleared }
      errorGroups { category count helpUrl }
      notEnriched settingVersion
      events { edges { node { event { id } counts { total frozen queued syncing failed cleared } } } totalCount }
    }
  }
`;

async function busyTenant() {
  const tenant = await Tenant.create(services);
  const integrationId = await tenant.createIntegration('MARKETO');
  const events = [
    await tenant.createEvent({ startsOn: '2026-03-01' }),
    await tenant.createEvent({ startsOn: '2026-05-01' }),
    await tenant.createEvent(),
  ];
  for (const eventId of events) await tenant.captureLeads(eventId, 8);
  await tenant.captureLeads(events[0] ?? '', 2, { enriched: false });
  const ids = (await tenant.listItems(integrationId)).map((item) => item.id);
  const every = (n: number) => ids.filter((_, index) => index % 8 === n);
  await tenant.claim(every(0));
  await tenant.fail(every(1), 'MISSING_MATCH_KEY');
  await tenant.fail(every(2).slice(0, 2), 'DUPLICATE');
  await tenant.clear(every(3));
  await tenant.release(every(4), 1);
  await tenant.release(every(5).slice(0, 1), 7); // of another release epoch: counts for nothing
  await tenant.move(every(6).slice(0, 1), { state: 'WITHDRAWN', cause: 'WITHDRAWN' });
  const client = new SchemaClient(services, tenant.viewer());
  return { tenant, integrationId, id: globalId('Integration', integrationId), events, client };
}

const setMode = /* GraphQL */ `
  mutation ($id: ID!, $mode: SyncMode!) {
    setSyncMode(input: { integrationId: $id, mode: $mode, confirm: true }) { ... on SetSyncModeSuccess { receipt { held released } } }
  }
`;
const disable = /* GraphQL */ `
  mutation ($id: ID!) { disable(input: { integrationId: $id }) { ... on DisableSuccess { receipt { held } } } }
`;

test.for(['AUTOMATIC', 'MANUAL with released leads', 'disabled'])(
  '%s: lists are as long as the counts say, for all events and for each',
  async (mode) => {
    const { tenant, integrationId, id, events, client } = await busyTenant();
    if (mode === 'MANUAL with released leads') {
      await client.data(setMode, { id, mode: 'MANUAL' });
      const waiting = (await tenant.listItems(integrationId)).filter((item) => item.state === 'PENDING');
      await tenant.release(
        waiting.slice(0, 3).map((item) => item.id),
        2,
      );
    }
    if (mode === 'disabled') await client.data(disable, { id });

    for (const event of [null, ...events.map((eventId) => globalId('Event', eventId))]) {
      const { reconciliation } = await client.data(countsQuery, { id, event });
      const { counts, errorGroups } = reconciliation;
      const lengths = async (filter: Record<string, string>) => {
        const { nodes, totalCount } = await readAll(client, { id, event, ...filter });
        expect(new Set(nodes.map((node) => node.id)).size).toBe(nodes.length);
        expect(totalCount).toBe(nodes.length);
        return nodes.length;
      };
      expect({
        total: await lengths({}),
        preSync: await lengths({ group: 'PRE_SYNC' }),
        frozen: await lengths({ status: 'FROZEN' }),
        queued: await lengths({ status: 'QUEUED' }),
        syncing: await lengths({ status: 'SYNCING' }),
        failed: await lengths({ group: 'FAILED' }),
        cleared: await lengths({ status: 'CLEARED' }),
      }).toEqual(counts);
      for (const group of errorGroups) expect(await lengths({ category: group.category })).toBe(group.count);
      expect(counts.frozen + counts.queued + counts.syncing).toBe(counts.preSync);
      expect(await lengths({ group: 'CLEARED', status: 'FAILED' })).toBe(0);
    }
    const all = await client.data(countsQuery, { id });
    expect(all.reconciliation.counts.total).toBe(23);
    expect(all.reconciliation.counts.frozen > 0).toBe(mode !== 'AUTOMATIC');
    expect(all.reconciliation.counts.queued > 0).toBe(mode !== 'disabled');
    expect(all.reconciliation.notEnriched).toBe(2);
  },
);

test('items say the status and the holds by which the list chose them', async () => {
  const { tenant, integrationId, id, client } = await busyTenant();
  await client.data(setMode, { id, mode: 'MANUAL' });
  const waiting = (await tenant.listItems(integrationId)).filter((item) => item.state === 'PENDING');
  await tenant.release(
    waiting.slice(0, 3).map((item) => item.id),
    2,
  );
  const frozen = await readAll(client, { id, status: 'FROZEN' });
  expect(new Set(frozen.nodes.map((node) => `${node.status} ${node.group} ${node.holds}`))).toEqual(
    new Set(['FROZEN PRE_SYNC MANUAL_MODE']),
  );
  const queued = await readAll(client, { id, status: 'QUEUED' });
  expect(queued.nodes).toHaveLength(3);
  expect(new Set(queued.nodes.map((node) => `${node.status} ${node.holds.length}`))).toEqual(new Set(['QUEUED 0']));
  await client.data(disable, { id });
  const held = await readAll(client, { id, status: 'FROZEN' });
  expect(new Set(held.nodes.map((node) => node.holds.join()))).toEqual(new Set(['DISABLED,MANUAL_MODE', 'DISABLED']));
});

test('the Event view is of the same moment as the counts and adds up to them', async () => {
  const { tenant, events, id, client } = await busyTenant();
  await tenant.createEvent({ startsOn: '2027-01-01' }); // has no leads
  const { reconciliation } = await client.data(countsQuery, { id });
  const lines = reconciliation.events.edges.map((edge: { node: unknown }) => edge.node);
  expect(lines.map((line: { event: { id: string } }) => line.event.id)).toEqual(
    [events[1], events[0], events[2]].map((eventId) => globalId('Event', eventId ?? '')),
  );
  const sum = (key: string) =>
    lines.reduce((total: number, line: { counts: Record<string, number> }) => total + (line.counts[key] ?? 0), 0);
  for (const key of ['total', 'frozen', 'queued', 'syncing', 'failed', 'cleared'])
    expect(sum(key)).toBe(reconciliation.counts[key]);
  expect(reconciliation.events.totalCount).toBe(3);
  expect(reconciliation.errorGroups).toEqual([
    { category: 'MISSING_MATCH_KEY', count: 3, helpUrl: 'https://sluice.example/help/errors#missing-match-key' },
    { category: 'DUPLICATE', count: 2, helpUrl: 'https://sluice.example/help/errors#duplicate' },
  ]);
});

test.for([
  ['CAPTURED_AT_DESC', null],
  ['CAPTURED_AT_ASC', null],
  ['CAPTURED_AT_DESC', 'lead'],
  ['CAPTURED_AT_ASC', 'lead'],
] as const)(
  '%s, search %s: what matches throughout is listed exactly once, while other leads come, go and move',
  async ([orderBy, search]) => {
    const { tenant, integrationId, events, id, client } = await busyTenant();
    const waiting = (await tenant.listItems(integrationId))
      .filter((item) => item.state === 'PENDING')
      .map((item) => item.id);
    const stays = waiting.filter((_, index) => index % 2 === 0);
    const leaves = waiting.filter((_, index) => index % 2 === 1);
    const { nodes } = await readAll(client, { id, group: 'PRE_SYNC', orderBy, search }, 2, async () => {
      const next = leaves.pop();
      if (next) await tenant.claim([next]);
      if (next) await tenant.clear([next]);
      await tenant.captureLeads(events[0] ?? '', 1);
      if (leaves.length > 3)
        await tenant.captureLeads(events[1] ?? '', 1, { capturedAt: new Date('2020-01-01T00:00:00Z') });
      if (!next)
        await tenant.claim(
          (await tenant.listItems(integrationId))
            .filter((item) => item.state === 'PENDING' && !waiting.includes(item.id))
            .map((item) => item.id),
        );
      if (!next)
        await tenant.clear(
          (await tenant.listItems(integrationId)).filter((item) => item.state === 'SYNCING').map((item) => item.id),
        );
    });
    const seen = nodes.map((node) => node.id);
    expect(new Set(seen).size).toBe(seen.length);
    for (const itemId of stays) expect(seen).toContain(globalId('SyncItem', itemId));
  },
);

test('a search finds parts of name, e-mail and company, whatever the case, and counts to 1,000', async () => {
  const tenant = await Tenant.create(services);
  const integrationId = await tenant.createIntegration();
  const eventId = await tenant.createEvent();
  await tenant.captureLeads(eventId, 1, {
    firstName: 'Zoë',
    lastName: 'Quark',
    email: 'zq@example.com',
    company: '100% Cotton_Club',
  });
  for (let call = 0; call < 3; call += 1) await tenant.captureLeads(eventId, 700, { company: 'Initech' });
  await tenant.captureLeads(eventId, 1_000, { company: 'Hooli' });
  await tenant.captureLeads(eventId, 1, { company: 'INITECH Europe' });
  const client = new SchemaClient(services, tenant.viewer('VIEWER'));
  const id = globalId('Integration', integrationId);
  const find = async (search: string) => (await client.data(itemsPage, { id, search, first: 2 })).reconciliation.items;
  for (const search of ['quark', 'ZQ@EX', 'cotton_', '100% c', 'zoë qu'])
    expect(await find(search)).toMatchObject({ totalCount: 1, edges: [{}] });
  expect(await find('100_')).toMatchObject({ totalCount: 0, edges: [] });
  expect(await find('initech e')).toMatchObject({ totalCount: 1 });
  expect(await find('hooli')).toMatchObject({ totalCount: 1_000, edges: [{}, {}] });
  expect(await find('initech')).toMatchObject({ totalCount: null, pageInfo: { hasNextPage: true } });
  const { nodes } = await readAll(client, { id, search: 'initech', status: 'QUEUED' }, 100);
  expect(new Set(nodes.map((node) => node.id)).size).toBe(2_101);
  expect(await client.codes(itemsPage, { id, search: 'qu' })).toEqual(['BAD_USER_INPUT']);
  expect(await client.codes(itemsPage, { id, search: 'qu\0ark' })).toEqual(['BAD_USER_INPUT']);
});

test('events are listed newest first, without a day last, each once, and found by part of their name', async () => {
  const tenant = await Tenant.create(services);
  const days = ['2026-03-01', null, '2026-05-01', '2026-03-01', null];
  for (const [index, startsOn] of days.entries()) await tenant.createEvent({ name: `Expo ${index} 50%`, startsOn });
  const client = new SchemaClient(services, tenant.viewer('VIEWER'));
  const query = /* GraphQL */ `
    query ($search: String, $first: Int, $after: String) {
      events(search: $search, first: $first, after: $after) { edges { cursor node { name startsOn leadCount } } pageInfo { hasNextPage hasPreviousPage endCursor } totalCount }
    }
  `;
  const names: string[] = [];
  let after: string | null = null;
  do {
    const { events } = await client.data(query, { first: 2, after });
    expect(events.totalCount).toBe(5);
    expect(events.pageInfo.hasPreviousPage).toBe(after !== null);
    names.push(...events.edges.map((edge: { node: { name: string } }) => edge.node.name.slice(0, 6)));
    after = events.pageInfo.hasNextPage ? events.pageInfo.endCursor : null;
  } while (after !== null);
  expect(names).toEqual(['Expo 2', 'Expo 3', 'Expo 0', 'Expo 4', 'Expo 1']);
  expect((await client.data(query, { search: 'eXPO 3' })).events.totalCount).toBe(1);
  expect((await client.data(query, { search: '0%' })).events.totalCount).toBe(5);
  expect((await client.data(query, { search: '0%0' })).events.totalCount).toBe(0);
});

test('pages hold 0 to 100, and say where they are', async () => {
  const { id, client } = await busyTenant();
  for (const first of [-1, 101, 2_147_483_647])
    expect(await client.codes(itemsPage, { id, first })).toEqual(['BAD_USER_INPUT']);
  const none = await client.data(itemsPage, { id, first: 0 });
  expect(none.reconciliation.items).toMatchObject({
    edges: [],
    totalCount: 23,
    pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: null, endCursor: null },
  });
  const all = await client.data(itemsPage, { id, first: 100 });
  expect(all.reconciliation.items.edges).toHaveLength(23);
  const { startCursor, endCursor, hasNextPage } = all.reconciliation.items.pageInfo;
  expect(hasNextPage).toBe(false);
  expect([startCursor, endCursor]).toEqual([
    all.reconciliation.items.edges[0].cursor,
    all.reconciliation.items.edges[22].cursor,
  ]);
});

test('a cursor that is none, or of another list, is refused', async () => {
  const { id, client } = await busyTenant();
  const { reconciliation } = await client.data(itemsPage, { id, first: 1 });
  const good: string = reconciliation.items.pageInfo.endCursor;
  const eventsPage = 'query ($after: String) { events(after: $after) { totalCount } }';
  const forged = (text: string) => Buffer.from(text).toString('base64url');
  const bad = [
    '',
    'x',
    `${good}=`,
    `${good}A`,
    forged('items|1|2'),
    forged("items|1|' or 1=1"),
    forged('items|99999999999999999|01890a5d-ac96-774b-bcce-b302099a8057'),
    forged('items|NaN|01890a5d-ac96-774b-bcce-b302099a8057'),
    '\0',
  ];
  for (const after of bad) expect(await client.codes(itemsPage, { id, after })).toEqual(['BAD_USER_INPUT']);
  for (const after of [good, forged('events|2026-02-30|01890a5d-ac96-774b-bcce-b302099a8057')]) {
    expect(await client.codes(eventsPage, { after })).toEqual(['BAD_USER_INPUT']);
  }
  expect(await client.codes(itemsPage, { id, after: good })).toEqual([]);
});
