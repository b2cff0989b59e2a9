import { expect, test } from 'vitest';
import { retryEvent } from '../../src/sync/retry.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { withdrawItems } from '../../src/sync/withdraw-items.ts';
import { createDatabase } from '../support/database.ts';
import { createServices, Tenant, watchStatements } from '../support/factory.ts';
import { globalId, SchemaClient } from '../support/graphql.ts';

const database = (await createDatabase()).open();
const services = await createServices(database);
const tenant = await Tenant.create(services);
const client = new SchemaClient(services, tenant.viewer('VIEWER'));
const statements = watchStatements(database);

const integrationIds = [
  await tenant.createIntegration('MARKETO'),
  await tenant.createIntegration(),
  await tenant.createIntegration(),
];
const id = globalId('Integration', integrationIds[0] ?? '');
for (let event = 0; event < 25; event += 1) await tenant.captureLeads(await tenant.createEvent(), 2);
const items = await tenant.listItems(integrationIds[0] ?? '');
await tenant.fail(
  items.slice(0, 25).map((item) => item.id),
  'DUPLICATE',
);
for (const integrationId of integrationIds) {
  for (const mode of ['MANUAL', 'AUTOMATIC'] as const)
    await setSyncMode(services, tenant.viewer(), { integrationId, mode, confirm: true });
  for (const { eventId } of items.slice(0, 6)) await retryEvent(services, tenant.viewer(), { integrationId, eventId });
}

await withdrawItems(services, tenant.viewer(), {
  integrationId: integrationIds[0] ?? '',
  select: { syncItemIds: items.slice(40).map(({ id }) => id) },
});

const item = /* GraphQL */ `
  fragment Item on SyncItem {
    id status holds error { category helpUrl } remoteId remoteUrl availableActions
    event { name leadCount }
    integration { name syncMode { holds frozen inFlight } connection { status } flow { state } fieldMappings { source } }
    lead { email event { name leadCount } syncItems { id status integration { name syncMode { frozen } } } }
    explanation failedAt failedAgain refusedValue
    pushAttempts(first: 2) { edges { node { reason outcome exchanges { request } } } }
    timeline(first: 3) { edges { node { at from to item { id } lead { id } event { name } } } pageInfo { hasNextPage } }
  }
`;

const lists: [string, string][] = [
  [
    'items',
    `query ($id: ID!, $first: Int) { reconciliation(integrationId: $id) { items(first: $first) { edges { node { ...Item } } totalCount } } } ${item}`,
  ],
  [
    'items by search',
    `query ($id: ID!, $first: Int) { reconciliation(integrationId: $id) { items(first: $first, search: "lead") { edges { node { ...Item } } totalCount } } } ${item}`,
  ],
  [
    'withdrawn items',
    `query ($id: ID!, $first: Int) { reconciliation(integrationId: $id) { withdrawn items(first: $first, status: WITHDRAWN) { edges { node { ...Item } } totalCount } } } ${item}`,
  ],
  ['events', 'query ($first: Int) { events(first: $first) { edges { node { name leadCount } } totalCount } }'],
  [
    'the Event view',
    'query ($id: ID!, $first: Int) { reconciliation(integrationId: $id) { events(first: $first) { edges { node { event { name leadCount } counts { total failed } } } totalCount } } }',
  ],
  [
    'retries',
    'query ($id: ID!, $first: Int) { integration(id: $id) { retries(first: $first) { edges { node { id event { name leadCount } integration { name } } } } } }',
  ],
  [
    'changes',
    'query ($id: ID!, $first: Int) { integration(id: $id) { changes(first: $first) { edges { node { id kind } } } } }',
  ],
];

const history = `fragment History on SyncItem { explanation history(first: 5) { edges { node { __typename
  ... on LeadStatusTransition { cause by } ... on IntegrationChange { kind by } ... on PushAttempt { outcome exchanges { request } } } } } }`;
lists.push([
  'histories',
  `query ($id: ID!, $first: Int) { reconciliation(integrationId: $id) { items(first: $first) { edges { node { ...History } } } } } ${history}`,
]);

const countFor = async (query: string, first: number) => {
  statements();
  await client.data(query, { id, first });
  return statements().length;
};

test.for(lists)('%s: a page of 50 takes as many statements as a page of 5', async ([, query]) => {
  const few = await countFor(query, 5);
  expect(few).toBeGreaterThan(0);
  expect(await countFor(query, 50)).toBe(few);
});

test('what is read of several integrations takes no more statements than of one', async () => {
  const query = (field: string) => `query ($id: ID!) { ${field} {
    id reconciliation { counts { total } items(first: 10) { edges { node { ...Item } } totalCount } events(first: 5) { edges { node { event { name } counts { total } } } totalCount } }
    retries(first: 3) { edges { node { id event { name } } } } changes(first: 3) { edges { node { kind } } } fieldMappings { source }
  } } ${item}`;
  statements();
  await client.data(query('integration(id: $id)'), { id });
  const ofOne = statements().length;
  const { integrations } = await client.data(query('integrations: integrations').replace('($id: ID!)', ''));
  expect(integrations).toHaveLength(3);
  expect(statements().length).toBeLessThanOrEqual(ofOne);
});

test('the counts are read once, however often they are asked for', async () => {
  statements();
  await client.data(
    'query ($id: ID!) { a: reconciliation(integrationId: $id) { counts { total } } b: reconciliation(integrationId: $id) { errorGroups { count } integration { syncMode { frozen inFlight } } } }',
    { id },
  );
  expect(statements().filter((text) => text.includes('from jsonb_to_recordset')).length).toBe(1);
});
