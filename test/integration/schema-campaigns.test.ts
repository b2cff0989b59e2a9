import { expect, test } from 'vitest';
import { connect } from '../../src/sync/connect.ts';
import type { Viewer } from '../../src/sync/viewer.ts';
import { startWorld } from '../support/engine.ts';
import { globalId, SchemaClient } from '../support/graphql.ts';
import { marketoAccount } from '../support/tenant.ts';

const world = await startWorld({ worker: false });
const { services } = world;

const programs = [
  { id: 101, name: 'Hannover Messe', channel: 'Tradeshow' },
  { id: 103, name: 'Long ago', channel: 'Tradeshow', isArchived: true },
];

async function given() {
  const tenant = await world.tenant();
  const stand = await tenant.connectMarketo({ programs });
  const eventId = await tenant.createEvent('Hannover Messe 2026');
  const client = (viewer: Viewer = tenant.admin) => new SchemaClient(services, viewer);
  const input = {
    integrationId: globalId('Integration', stand.integrationId),
    eventId: globalId('Event', eventId),
    campaignId: '101',
    memberStatus: 'Visited Booth',
  };
  const set = async (more: Partial<typeof input> = {}) =>
    (await client().data(setDocument, { input: { ...input, ...more } })).setEventCampaign;
  const read = async () =>
    (await client().data(readDocument, { id: input.integrationId, eventId: input.eventId })).integration;
  return { tenant, ...stand, id: input.integrationId, input, client, set, read };
}

const setDocument = /* GraphQL */ `
  mutation ($input: SetEventCampaignInput!) {
    setEventCampaign(input: $input) {
      __typename
      ... on Error { message }
      ... on ValidationError { fieldErrors { path message } }
    }
  }
`;

const readDocument = /* GraphQL */ `
  query ($id: ID!, $eventId: ID!) {
    integration(id: $id) {
      eventCampaigns { campaignId memberStatus }
      reconciliation(eventId: $eventId) { campaign { campaignId } }
      ofAll: reconciliation { campaign { campaignId } }
      changes(first: 1) { edges { node { kind by before after reason } } }
    }
  }
`;

test('the campaign of an event is told with its reconciliation, and its changes in the history by name', async () => {
  const { client, set, read, id, input } = await given();
  await set({ campaignId: ' 101 ' });
  const after = {
    event: 'Hannover Messe 2026',
    campaignId: '101',
    campaignName: 'Hannover Messe',
    memberStatus: 'Visited Booth',
  };
  const expected = {
    eventCampaigns: [{ campaignId: '101', memberStatus: 'Visited Booth' }],
    reconciliation: { campaign: { campaignId: '101' } },
    ofAll: { campaign: null },
    changes: { edges: [{ node: { kind: 'CAMPAIGN_CHANGED', by: 'Ada', before: null, after, reason: null } }] },
  };
  expect(await read()).toEqual(expected);
  await set({ memberStatus: 'Invited' });
  const invited = { ...after, memberStatus: 'Invited' };
  expect((await read()).changes.edges[0].node).toMatchObject({ before: after, after: invited });
  await client().data(
    'mutation ($input: ClearEventCampaignInput!) { clearEventCampaign(input: $input) { __typename } }',
    { input: { integrationId: id, eventId: input.eventId } },
  );
  expect(await read()).toMatchObject({
    reconciliation: { campaign: null },
    changes: { edges: [{ node: { before: invited, after: null } }] },
  });
});

test.for([
  [{ campaignId: ' ' }, 'campaignId'],
  [{ campaignId: '101 or so' }, 'campaignId'],
  [{ memberStatus: 'Not in Program' }, 'memberStatus'],
  [{ memberStatus: '' }, 'memberStatus'],
] as const)('%o is refused at %s, and nothing is stored', async ([more, path]) => {
  const { set, read } = await given();
  const refused = await set(more);
  expect(refused).toMatchObject({ __typename: 'ValidationError', fieldErrors: [{ path }] });
  if (path === 'memberStatus') expect(refused.message).toContain('Invited, Visited Booth, Influenced');
  expect((await read()).eventCampaigns).toEqual([]);
});

test('a vendor that does not answer is VendorUnavailableError; its campaigns are null, and the rest is told', async () => {
  const { tenant, marketo, client, set, id } = await given();
  await marketo.close();
  expect(await set()).toMatchObject({ __typename: 'VendorUnavailableError' });
  const campaigns = 'query ($id: ID!) { integration(id: $id) { name campaigns { id } } }';
  const { data, errors } = await client(tenant.viewer).execute(campaigns, { id });
  expect(data).toEqual({ integration: { name: expect.any(String), campaigns: null } });
  expect(errors.map((error) => error.extensions.code)).toEqual(['VENDOR_UNAVAILABLE']);
});

test('unknown and foreign ids are not found; a webhook has no campaigns', async () => {
  const { tenant, set, input, client } = await given();
  const foreign = await given();
  for (const more of [{ integrationId: foreign.id }, { eventId: foreign.input.eventId }, { eventId: 'nonsense' }]) {
    expect(await set(more)).toMatchObject({ __typename: 'NotFoundError' });
  }
  const webhook = await tenant.connectWebhook();
  const integrationId = globalId('Integration', webhook.integrationId);
  expect(await set({ integrationId, eventId: input.eventId })).toMatchObject({ __typename: 'ValidationError' });
  const { integrations } = await client(tenant.viewer).data('{ integrations { vendor hasCampaigns } }');
  expect(integrations).toEqual([
    { vendor: 'MARKETO', hasCampaigns: true },
    { vendor: 'WEBHOOK', hasCampaigns: false },
  ]);
});

test('connecting another account forgets the campaigns: there the same id is another program', async () => {
  const { tenant, set, read, integrationId } = await given();
  await set();
  const { credentials } = await marketoAccount({ programs });
  await connect(services, tenant.admin, { vendor: 'MARKETO', credentials, integrationId });
  expect(await read()).toMatchObject({
    eventCampaigns: [],
    changes: { edges: [{ node: { kind: 'CAMPAIGN_CHANGED', before: { events: 1 }, after: null } }] },
  });
});

test('connecting the same account again keeps them', async () => {
  const { tenant, set, read, integrationId, credentials } = await given();
  await set();
  await connect(services, tenant.admin, { vendor: 'MARKETO', credentials, integrationId });
  expect((await read()).eventCampaigns).toHaveLength(1);
});
