import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { integrations } from '../../src/db/tables/index.ts';
import { createDatabase } from '../support/database.ts';
import { createServices, Tenant } from '../support/factory.ts';
import { globalId, SchemaClient } from '../support/graphql.ts';

const services = await createServices((await createDatabase()).open());

async function ready() {
  const tenant = await Tenant.create(services);
  const integrationId = await tenant.createIntegration('MARKETO');
  const eventId = await tenant.createEvent();
  const client = new SchemaClient(services, tenant.viewer());
  return {
    tenant,
    integrationId,
    eventId,
    client,
    id: globalId('Integration', integrationId),
    event: globalId('Event', eventId),
  };
}

const setMode = /* GraphQL */ `
  mutation ($input: SetSyncModeInput!) {
    setSyncMode(input: $input) {
      __typename
      ... on SetSyncModeSuccess { integration { syncMode { mode version frozen holds } } receipt { version inFlight held released cursor } }
      ... on ConfirmationRequiredError { message affectedLeads }
      ... on StaleVersionError { currentVersion }
    }
  }
`;

test('setSyncMode asks for confirmation, guards the version, and shows what it did', async () => {
  const { tenant, eventId, client, id } = await ready();
  await tenant.captureLeads(eventId, 3);
  const set = async (input: object) =>
    (await client.data(setMode, { input: { integrationId: id, ...input } })).setSyncMode;
  expect(await set({ mode: 'MANUAL' })).toMatchObject({
    __typename: 'ConfirmationRequiredError',
    affectedLeads: 3,
    message: expect.stringContaining('confirm'),
  });
  expect(await set({ mode: 'MANUAL', confirm: true, expectedVersion: 9 })).toEqual({
    __typename: 'StaleVersionError',
    currentVersion: 1,
  });
  expect(await set({ mode: 'MANUAL', confirm: true, expectedVersion: 1, reason: 'Maintenance' })).toMatchObject({
    __typename: 'SetSyncModeSuccess',
    integration: { syncMode: { mode: 'MANUAL', version: 2, frozen: 3, holds: ['MANUAL_MODE'] } },
    receipt: { version: 2, inFlight: 0, held: 3, released: 0 },
  });
  expect(await set({ mode: 'AUTOMATIC' })).toMatchObject({ receipt: { version: 3, held: 0, released: 3 } });
  const { integration } = await client.data(
    'query ($id: ID!) { integration(id: $id) { changes(first: 1) { edges { cursor node { kind by reason before after } } pageInfo { hasNextPage endCursor } } } }',
    { id },
  );
  expect(integration.changes).toMatchObject({
    edges: [
      {
        node: {
          kind: 'SYNC_MODE_CHANGED',
          by: 'ADMIN of a test',
          reason: null,
          before: { mode: 'MANUAL' },
          after: { mode: 'AUTOMATIC' },
        },
      },
    ],
    pageInfo: { hasNextPage: true },
  });
  const rest = await client.data(
    'query ($id: ID!, $after: String) { integration(id: $id) { changes(after: $after) { edges { node { reason } } pageInfo { hasNextPage } } } }',
    { id, after: integration.changes.pageInfo.endCursor },
  );
  expect(rest.integration.changes).toEqual({
    edges: [{ node: { reason: 'Maintenance' } }],
    pageInfo: { hasNextPage: false },
  });
  expect(
    await client.codes(setMode, {
      input: { integrationId: id, mode: 'MANUAL', confirm: true, reason: 'x'.repeat(1_001) },
    }),
  ).toEqual(['BAD_USER_INPUT']);
});

test('a second mutation of the same document sees what the first one did', async () => {
  const { client, id } = await ready();
  const result = await client.data(
    /* GraphQL */ `
      mutation ($id: ID!) {
        a: disable(input: { integrationId: $id }) { ... on DisableSuccess { integration { syncMode { enabled version } } } }
        b: enable(input: { integrationId: $id, mode: MANUAL, confirm: true }) { ... on EnableSuccess { integration { syncMode { enabled mode version } } } }
      }
    `,
    { id },
  );
  expect(result).toEqual({
    a: { integration: { syncMode: { enabled: false, version: 2 } } },
    b: { integration: { syncMode: { enabled: true, mode: 'MANUAL', version: 3 } } },
  });
});

test('captureLeads answers in the order of the input; updateLead says which field is wrong', async () => {
  const { client, id, event } = await ready();
  const capture = /* GraphQL */ `
    mutation ($input: CaptureLeadsInput!) {
      captureLeads(input: $input) {
        __typename
        ... on CaptureLeadsSuccess { leads { id externalId email revision enrichment capturedAt qualifiers { name values } attributes { name value } syncItems { status integration { id } } } }
        ... on ValidationError { fieldErrors { path message } }
      }
    }
  `;
  const leads = [
    {
      externalId: 'b',
      email: 'b@example.com',
      capturedAt: '2026-03-01T12:00:00.25+02:00',
      qualifiers: [{ name: 'Interest', values: ['A', 'B'] }],
    },
    { externalId: 'a', enriched: false, attributes: [{ name: 'Badge', value: 'gold' }] },
  ];
  const { captureLeads } = await client.data(capture, { input: { eventId: event, leads } });
  expect(captureLeads).toMatchObject({
    __typename: 'CaptureLeadsSuccess',
    leads: [
      {
        externalId: 'b',
        enrichment: 'ENRICHED',
        capturedAt: '2026-03-01T10:00:00.250Z',
        qualifiers: [{ name: 'Interest', values: ['A', 'B'] }],
        syncItems: [{ status: 'QUEUED', integration: { id } }],
      },
      { externalId: 'a', enrichment: 'PENDING', attributes: [{ name: 'Badge', value: 'gold' }], syncItems: [] },
    ],
  });
  const twice = await client.data(capture, {
    input: { eventId: event, leads: [{ externalId: 'x' }, { externalId: 'x' }] },
  });
  expect(twice.captureLeads).toMatchObject({
    __typename: 'ValidationError',
    fieldErrors: [{ path: 'leads.1.externalId' }],
  });
  const update =
    'mutation ($input: UpdateLeadInput!) { updateLead(input: $input) { __typename ... on UpdateLeadSuccess { lead { email revision syncItems { status } } } ... on StaleVersionError { currentVersion } ... on ValidationError { fieldErrors { path } } } }';
  const leadId = captureLeads.leads[1].id;
  const edit = async (input: object) => (await client.data(update, { input: { leadId, ...input } })).updateLead;
  expect(await edit({ email: 'a@example.com', enriched: true })).toMatchObject({
    lead: { email: 'a@example.com', revision: 2, syncItems: [{ status: 'QUEUED' }] },
  });
  expect(await edit({ email: 'a@example.com' })).toMatchObject({ lead: { revision: 2 } });
  expect(await edit({ email: 'c@example.com', expectedRevision: 1 })).toEqual({
    __typename: 'StaleVersionError',
    currentVersion: 2,
  });
  expect(await edit({ enriched: false })).toEqual({
    __typename: 'ValidationError',
    fieldErrors: [{ path: 'enriched' }],
  });
  expect(await edit({ email: null })).toMatchObject({ lead: { email: null, revision: 3 } });
});

test('retries: an event, a selection, a held integration, a cancellation', async () => {
  const { tenant, integrationId, eventId, client, id, event } = await ready();
  await tenant.captureLeads(eventId, 3);
  const items = await tenant.listItems(integrationId);
  const itemIds = items.map((item) => globalId('SyncItem', item.id));
  await tenant.fail([items[0]?.id ?? ''], 'DUPLICATE');
  const fields =
    '__typename ... on RetrySuccess { retry { id status total waiting event { id } integration { id } } } ... on IntegrationHeldError { holds } ... on ValidationError { fieldErrors { path } }';
  const retryEvent = `mutation ($input: RetryEventInput!) { done: retryEvent(input: $input) { ${fields} } }`;
  const retry = `mutation ($input: RetryInput!) { done: retry(input: $input) { ${fields} } }`;
  const done = async (document: string, input: object) =>
    (await client.data(document, { input: { integrationId: id, ...input } })).done;

  const started = await done(retryEvent, { eventId: event });
  expect(started).toMatchObject({
    retry: { status: 'RUNNING', total: 2, waiting: 2, event: { id: event }, integration: { id } },
  });
  expect(await done(retryEvent, { eventId: event, groups: ['CLEARED'] })).toMatchObject({
    fieldErrors: [{ path: 'groups' }],
  });
  expect(await done(retry, { select: { filter: { category: 'DUPLICATE' } } })).toMatchObject({
    retry: { total: 1, event: null },
  });
  expect(await done(retry, { select: { syncItemIds: [itemIds[0]] } })).toMatchObject({
    retry: { status: 'COMPLETED', total: 0 },
  });
  expect(await done(retry, { select: { filter: { search: 'ab' } } })).toMatchObject({
    fieldErrors: [{ path: 'select.filter.search' }],
  });
  expect(await client.codes(retry, { input: { integrationId: id, select: { filter: {}, syncItemIds: [] } } })).toEqual([
    'BAD_USER_INPUT',
  ]);

  const list =
    'query ($id: ID!, $status: RetryStatus, $event: ID) { integration(id: $id) { retries(status: $status, eventId: $event) { edges { node { id status } } } } }';
  const listed = async (variables: object) =>
    (await client.data(list, { id, ...variables })).integration.retries.edges.length;
  expect([await listed({}), await listed({ status: 'RUNNING' }), await listed({ event })]).toEqual([3, 2, 1]);
  const canceled = await client.data(`mutation ($id: ID!) { done: cancelRetry(retryId: $id) { ${fields} } }`, {
    id: started.retry.id,
  });
  expect(canceled.done).toMatchObject({ retry: { id: started.retry.id, status: 'CANCELED', waiting: 0 } });

  await client.data('mutation ($id: ID!) { disable(input: { integrationId: $id }) { __typename } }', { id });
  expect(await done(retryEvent, { eventId: event })).toEqual({
    __typename: 'IntegrationHeldError',
    holds: ['DISABLED'],
  });
});

test('the timeline tells what happened to an item, newest first, page by page', async () => {
  const { tenant, integrationId, eventId, client } = await ready();
  await tenant.captureLeads(eventId, 2);
  const [item, other] = (await tenant.listItems(integrationId)).map((one) => one.id);
  await tenant.claim([item ?? '', other ?? '']);
  await tenant.fail([item ?? ''], 'DUPLICATE');
  const query =
    'query ($id: ID!, $first: Int, $after: String) { node(id: $id) { ... on SyncItem { attempts error { category } timeline(first: $first, after: $after) { edges { node { id to item { id } } } pageInfo { hasNextPage endCursor } } } } }';
  const id = globalId('SyncItem', item ?? '');
  const one = (await client.data(query, { id, first: 2 })).node;
  expect(one).toMatchObject({
    error: { category: 'DUPLICATE' },
    timeline: {
      edges: [{ node: { to: 'FAILED', item: { id } } }, { node: { to: 'SYNCING' } }],
      pageInfo: { hasNextPage: true },
    },
  });
  const two = (await client.data(query, { id, after: one.timeline.pageInfo.endCursor })).node;
  expect(two.timeline).toMatchObject({ edges: [{ node: { to: 'QUEUED' } }], pageInfo: { hasNextPage: false } });
});

test('a record at the vendor is shown while the account is the one it belongs to', async () => {
  const { tenant, integrationId, eventId, client } = await ready();
  await tenant.captureLeads(eventId, 1);
  const [item] = await tenant.listItems(integrationId);
  await tenant.clear([item?.id ?? ''], '4711');
  const query =
    'query ($id: ID!) { node(id: $id) { ... on SyncItem { remoteId status group syncedRevision clearedAt availableActions } } }';
  const read = async () => (await client.data(query, { id: globalId('SyncItem', item?.id ?? '') })).node;
  expect(await read()).toMatchObject({
    remoteId: '4711',
    status: 'CLEARED',
    group: 'CLEARED',
    syncedRevision: 1,
    clearedAt: expect.any(String),
    availableActions: ['EDIT', 'WITHDRAW'],
  });
  await services.db.update(integrations).set({ accountGeneration: 2 }).where(eq(integrations.id, integrationId));
  expect(await read()).toMatchObject({ remoteId: null, status: 'CLEARED' });
});

test('mappings are replaced, refused with paths, and hold what they leave unmapped', async () => {
  const { client, id } = await ready();
  const set =
    'mutation ($input: SetFieldMappingsInput!) { done: setFieldMappings(input: $input) { __typename ... on SetFieldMappingsSuccess { integration { fieldMappings { source remoteField writeBehavior values { value remoteValue } } syncMode { holds } } } ... on ValidationError { fieldErrors { path } } } }';
  const done = async (mappings: object[]) => (await client.data(set, { input: { integrationId: id, mappings } })).done;
  const interest = {
    source: 'qualifier:Interest',
    remoteField: 'interest',
    values: [{ value: 'A', remoteValue: 'Option A' }],
  };
  expect(
    await done([{ source: 'email', remoteField: 'email', writeBehavior: null, values: null }, interest]),
  ).toMatchObject({
    integration: {
      fieldMappings: [{ source: 'email', remoteField: 'email', writeBehavior: 'OVERWRITE', values: [] }, interest],
      syncMode: { holds: [] },
    },
  });
  expect(await done([{ source: 'shoeSize', remoteField: 'x' }])).toMatchObject({
    fieldErrors: [{ path: 'mappings.0.source' }],
  });
  expect(await done([])).toMatchObject({ integration: { fieldMappings: [], syncMode: { holds: ['NO_MAPPING'] } } });
});

test('keys are shown once, listed without their secret, and revoked for good', async () => {
  const { client } = await ready();
  const create =
    'mutation ($input: CreateApiKeyInput!) { done: createApiKey(input: $input) { __typename ... on CreateApiKeySuccess { secret apiKey { id name role prefix createdBy expiresAt } } ... on ValidationError { fieldErrors { path } } } }';
  const { done } = await client.data(create, {
    input: { name: 'Import', role: 'OPERATOR', expiresAt: '9999-01-01T00:00:00Z' },
  });
  expect(done).toMatchObject({
    apiKey: { name: 'Import', role: 'OPERATOR', createdBy: 'ADMIN of a test', expiresAt: '9999-01-01T00:00:00.000Z' },
  });
  expect(done.secret.startsWith(done.apiKey.prefix)).toBe(true);
  const past = await client.data(create, {
    input: { name: 'Import', role: 'OPERATOR', expiresAt: '2020-01-01T00:00:00Z' },
  });
  expect(past.done).toMatchObject({ fieldErrors: [{ path: 'expiresAt' }] });
  const revoked = await client.data(
    'mutation ($id: ID!) { revokeApiKey(id: $id) { ... on RevokeApiKeySuccess { apiKey { id revokedAt } } } }',
    { id: done.apiKey.id },
  );
  expect(revoked.revokeApiKey.apiKey).toMatchObject({ id: done.apiKey.id, revokedAt: expect.any(String) });
});

test('createEvent refuses days that do not exist and a name that is taken', async () => {
  const { client } = await ready();
  const create =
    'mutation ($input: CreateEventInput!) { done: createEvent(input: $input) { __typename ... on CreateEventSuccess { event { name startsOn endsOn timeZone leadCount } } ... on ValidationError { fieldErrors { path } } } }';
  const input = { name: 'Expo', startsOn: '2028-02-29', endsOn: '2028-03-02' };
  expect((await client.data(create, { input })).done).toMatchObject({
    event: { name: 'Expo', startsOn: '2028-02-29', endsOn: '2028-03-02', timeZone: 'UTC', leadCount: 0 },
  });
  expect((await client.data(create, { input: { name: 'eXpo' } })).done).toMatchObject({
    fieldErrors: [{ path: 'name' }],
  });
  expect(await client.codes(create, { input: { name: 'Other', startsOn: '2026-02-29' } })).toEqual(['BAD_USER_INPUT']);
});
