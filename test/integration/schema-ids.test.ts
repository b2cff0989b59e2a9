import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { retries } from '../../src/db/tables/index.ts';
import { createApiKey } from '../../src/sync/api-keys.ts';
import { backfillEvent } from '../../src/sync/backfill/backfill-event.ts';
import { retryEvent } from '../../src/sync/retry.ts';
import { verify } from '../../src/sync/verification/verify.ts';
import { createDatabase } from '../support/database.ts';
import { createServices, Tenant } from '../support/factory.ts';
import { globalId, SchemaClient } from '../support/graphql.ts';

const services = await createServices((await createDatabase()).open());
const own = await Tenant.create(services);
const admin = new SchemaClient(services, own.viewer());

/** One of everything. */
async function everything(tenant: Tenant) {
  const integrationId = await tenant.createIntegration();
  const eventId = await tenant.createEvent();
  const [leadId = ''] = await tenant.captureLeads(eventId, 1);
  const [item] = await tenant.listItems(integrationId);
  const retryId = await retryEvent(services, tenant.viewer(), { integrationId, eventId });
  const verificationId = await verify(services, tenant.viewer(), { integrationId, readBack: false });
  const backfillId = await backfillEvent(services, tenant.viewer(), { integrationId, eventId, confirm: true });
  const key = await createApiKey(services, tenant.viewer(), { name: 'Of a test', role: 'VIEWER' });
  return {
    Organization: globalId('Organization', tenant.orgId),
    ApiKey: globalId('ApiKey', key.id),
    Integration: globalId('Integration', integrationId),
    Event: globalId('Event', eventId),
    Lead: globalId('Lead', leadId),
    SyncItem: globalId('SyncItem', item?.id ?? ''),
    Retry: globalId('Retry', retryId),
    Verification: globalId('Verification', verificationId),
    Backfill: globalId('Backfill', backfillId),
  };
}
const ids = await everything(own);
const foreign = await everything(await Tenant.create(services));

const unknown = 'ffffffff-0000-4000-8000-000000000000';
/** Ids that name nothing of `type` in the organization. */
const strangers = (type: keyof typeof ids): string[] => [
  foreign[type],
  globalId(type, unknown),
  globalId(type, 'not-a-uuid'),
  globalId(type, ''),
  type === 'Lead' ? ids.Event : ids.Lead,
  ids[type].slice(0, -4),
  `${ids[type]} `,
  '',
  '\0',
  "'; drop table leads; --",
  unknown,
];

test('node gives everything of the organization by its id', async () => {
  for (const [type, id] of Object.entries(ids)) {
    expect(await admin.data('query ($id: ID!) { node(id: $id) { __typename id } }', { id })).toEqual({
      node: { __typename: type, id },
    });
  }
});

test('an id that is unknown, foreign, malformed or of another type is null in a query', async () => {
  const queries = {
    Integration: ['integration(id: $id)', 'syncMode(integrationId: $id)', 'reconciliation(integrationId: $id)'],
    Event: ['event(id: $id)', `reconciliation(integrationId: "${ids.Integration}", eventId: $id)`],
    Lead: ['lead(id: $id)'],
  } as const;
  for (const [type, fields] of Object.entries(queries) as [keyof typeof queries, readonly string[]][]) {
    for (const field of fields) {
      const query = `query ($id: ID!) { found: ${field} { __typename } }`;
      expect(await admin.data(query, { id: ids[type] })).toMatchObject({ found: {} });
      for (const id of strangers(type)) expect(await admin.data(query, { id })).toEqual({ found: null });
    }
  }
  for (const type of Object.keys(foreign) as (keyof typeof ids)[]) {
    for (const id of [foreign[type], globalId(type, unknown)]) {
      expect(await admin.data('query ($id: ID!) { node(id: $id) { id } }', { id })).toEqual({ node: null });
    }
  }
  const byEvent =
    'query ($id: ID!, $event: ID!) { integration(id: $id) { retries(eventId: $event) { edges { cursor } } reconciliation(eventId: $event) { id } } }';
  expect(await admin.codes(byEvent, { id: ids.Integration, event: foreign.Event })).toEqual(['NOT_FOUND']);
});

test('such an id is NotFoundError in a mutation, inside of inputs too', async () => {
  const mutations: [keyof typeof ids, string][] = [
    ['Integration', 'setSyncMode(input: { integrationId: $id, mode: AUTOMATIC })'],
    ['Integration', 'disable(input: { integrationId: $id })'],
    ['Integration', 'enable(input: { integrationId: $id })'],
    ['Integration', 'disconnect(input: { integrationId: $id, confirm: true })'],
    ['Integration', 'setFieldMappings(input: { integrationId: $id, mappings: [] })'],
    ['Integration', `retryEvent(input: { integrationId: $id, eventId: "${ids.Event}" })`],
    ['Integration', 'retry(input: { integrationId: $id, select: { filter: {} } })'],
    [
      'Integration',
      'connect(input: { integrationId: $id, vendor: WEBHOOK, credentials: { webhook: { url: "https://example.com" } } })',
    ],
    ['Event', `retryEvent(input: { integrationId: "${ids.Integration}", eventId: $id })`],
    ['Event', `retry(input: { integrationId: "${ids.Integration}", select: { filter: { eventId: $id } } })`],
    ['Event', 'captureLeads(input: { eventId: $id, leads: [{ email: "a@example.com" }] })'],
    ['Lead', 'updateLead(input: { leadId: $id, email: "a@example.com" })'],
    ['SyncItem', `retry(input: { integrationId: "${ids.Integration}", select: { syncItemIds: [$id] } })`],
    ['Retry', 'cancelRetry(retryId: $id)'],
    ['Integration', `backfillEvent(input: { integrationId: $id, eventId: "${ids.Event}" })`],
    ['Event', `backfillEvent(input: { integrationId: "${ids.Integration}", eventId: $id })`],
    ['Backfill', 'cancelBackfill(backfillId: $id)'],
    ['Integration', 'withdrawItems(input: { integrationId: $id, select: { filter: {} } })'],
    ['Event', `withdrawItems(input: { integrationId: "${ids.Integration}", select: { filter: { eventId: $id } } })`],
    ['SyncItem', `withdrawItems(input: { integrationId: "${ids.Integration}", select: { syncItemIds: [$id] } })`],
    ['Integration', 'restoreItems(input: { integrationId: $id, select: { filter: {} } })'],
    ['Event', `restoreItems(input: { integrationId: "${ids.Integration}", select: { filter: { eventId: $id } } })`],
    ['SyncItem', `restoreItems(input: { integrationId: "${ids.Integration}", select: { syncItemIds: [$id] } })`],
    ['Lead', `moveLead(input: { leadId: $id, eventId: "${ids.Event}" })`],
    ['Event', `moveLead(input: { leadId: "${ids.Lead}", eventId: $id })`],
    ['Lead', 'eraseLead(input: { leadId: $id, confirm: true })'],
    ['Integration', 'renameIntegration(input: { integrationId: $id, name: "Mine" })'],
    ['Integration', 'deleteIntegration(input: { integrationId: $id, confirm: true })'],
    ['ApiKey', 'revokeApiKey(id: $id)'],
  ];
  for (const [type, field] of mutations) {
    for (const id of strangers(type)) {
      const { done } = await admin.data(
        `mutation ($id: ID!) { done: ${field} { __typename ... on Error { message } } }`,
        { id },
      );
      expect([field, done.__typename]).toEqual([field, 'NotFoundError']);
    }
  }
  const kept = await services.db.select().from(retries).where(eq(retries.orgId, own.orgId));
  expect(kept).toHaveLength(1);
});

test('a stream of something unknown is NOT_FOUND', async () => {
  const streams: [keyof typeof ids, string][] = [
    ['Integration', 'integrationChanged(integrationId: $id) { id }'],
    ['Integration', 'reconciliationChanged(integrationId: $id) { id }'],
    ['Integration', 'leadStatusChanged(integrationId: $id) { id }'],
    ['Integration', 'leadStatusesChanged(integrationId: $id) { cursor }'],
    ['Event', `reconciliationChanged(integrationId: "${ids.Integration}", eventId: $id) { id }`],
    ['Event', `leadStatusChanged(integrationId: "${ids.Integration}", eventId: $id) { id }`],
    ['Retry', 'retryProgressed(retryId: $id) { id }'],
  ];
  for (const [type, field] of streams) {
    for (const id of [foreign[type], globalId(type, unknown), 'x']) {
      await expect(admin.subscribe(`subscription ($id: ID!) { ${field} }`, { id })).rejects.toMatchObject({
        extensions: { code: 'NOT_FOUND' },
      });
    }
  }
});

test('roles: a viewer reads everything but keys, and changes nothing', async () => {
  const viewer = new SchemaClient(services, own.viewer('VIEWER'));
  const operator = new SchemaClient(services, own.viewer('OPERATOR'));
  const reads = `{ viewer { name role organization { id } } integrations { id changes { edges { node { id } } } } events { totalCount } }`;
  expect(await viewer.data(reads)).toMatchObject({
    viewer: { role: 'VIEWER', organization: { id: ids.Organization } },
  });
  for (const client of [viewer, operator]) {
    expect(await client.codes('{ apiKeys { id } }')).toEqual(['FORBIDDEN']);
    expect(await client.codes('query ($id: ID!) { node(id: $id) { id } }', { id: ids.ApiKey })).toEqual(['FORBIDDEN']);
  }
  expect(await admin.data('{ apiKeys { id name role prefix lastUsedAt revokedAt } }')).toMatchObject({
    apiKeys: [{ id: ids.ApiKey, role: 'VIEWER' }],
  });
  const forbidden = async (client: SchemaClient, field: string) => {
    const { done } = await client.data(
      `mutation { done: ${field} { __typename ... on ForbiddenError { requiredRole } } }`,
    );
    return done;
  };
  const nothing = globalId('Integration', unknown);
  expect(await forbidden(viewer, `disable(input: { integrationId: "${nothing}" })`)).toEqual({
    __typename: 'ForbiddenError',
    requiredRole: 'OPERATOR',
  });
  expect(await forbidden(operator, `disable(input: { integrationId: "${nothing}" })`)).toEqual({
    __typename: 'NotFoundError',
  });
  expect(await forbidden(operator, `disconnect(input: { integrationId: "${nothing}" })`)).toEqual({
    __typename: 'ForbiddenError',
    requiredRole: 'ADMIN',
  });
  const actions = 'query ($id: ID!) { node(id: $id) { ... on SyncItem { availableActions } } }';
  expect(await viewer.data(actions, { id: ids.SyncItem })).toEqual({ node: { availableActions: ['PREVIEW'] } });
  expect(await operator.data(actions, { id: ids.SyncItem })).toEqual({
    node: { availableActions: ['PUSH', 'EDIT', 'WITHDRAW', 'PREVIEW'] },
  });
});
