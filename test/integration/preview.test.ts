import { describe, expect, test } from 'vitest';
import type { FieldMapping } from '../../src/domain/mapping.ts';
import { retryEvent } from '../../src/sync/retry.ts';
import { setFieldMappings } from '../../src/sync/set-field-mappings.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { startWorld } from '../support/engine.ts';
import { globalId, SchemaClient } from '../support/graphql.ts';
import { leadOf, marketoMappings } from '../support/tenant.ts';

const world = await startWorld();
const { services } = world;

const preview = `query ($integrationId: ID!, $select: SyncItemSelectionInput!, $first: Int) {
  previewPush(integrationId: $integrationId, select: $select, first: $first) {
    item { lead { email } availableActions } kind payload changes { remoteField old new written } problems { category remoteField }
    membership { campaignId memberStatus } } }`;

const keepPhone: FieldMapping[] = [
  ...marketoMappings,
  { source: 'phone', remoteField: 'phone', writeBehavior: 'WRITE_IF_BLANK', values: [] },
];

/** A Manual Marketo whose leads carry a phone number that is only written where there is none. */
async function given() {
  const tenant = await world.tenant();
  const { integrationId, marketo } = await tenant.connectMarketo({}, keepPhone);
  await setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL', confirm: true });
  const eventId = await tenant.createEvent();
  const viewer = new SchemaClient(services, tenant.viewer);
  const previews = async (select: object = { filter: {} }, first = 20) =>
    (await viewer.data(preview, { integrationId: globalId('Integration', integrationId), select, first })).previewPush;
  const push = async () => tenant.untilRetry(await retryEvent(services, tenant.operator, { integrationId, eventId }));
  return { tenant, integrationId, marketo, eventId, viewer, previews, push };
}

/** What the engine really sent, as the history of each lead keeps it. */
async function sent(client: SchemaClient, integrationId: string) {
  const asked = `query ($id: ID!) { reconciliation(integrationId: $id) { items(orderBy: CAPTURED_AT_ASC) { edges { node {
    lead { email } pushAttempts(first: 1) { edges { node { exchanges { request payload } } } } } } } } }`;
  const { reconciliation } = await client.data(asked, { id: globalId('Integration', integrationId) });
  return reconciliation.items.edges.map(({ node }: never) => {
    const { pushAttempts } = node as {
      pushAttempts: { edges: { node: { exchanges: { request: string; payload: unknown }[] } }[] };
    };
    return pushAttempts.edges[0]?.node.exchanges.find(({ request }) => request === 'POST /rest/v1/leads.json')?.payload;
  });
}

describe('a preview', () => {
  test('shows what will be sent, create or update, old and new per field; then exactly that is sent', async () => {
    const { tenant, integrationId, marketo, eventId, viewer, previews, push } = await given();
    await tenant.capture(eventId, [leadOf(1, { phone: '+49 1' })]);
    await push();
    const other = await tenant.createEvent();
    await tenant.capture(other, [leadOf(1, { externalId: 'again', phone: '+49 2', company: 'Difference Engines' })]);
    await tenant.capture(other, [leadOf(2, { phone: '+49 3' })]);
    const callsBefore = marketo.calls().filter(({ method }) => method === 'POST').length;

    const shown = await previews();
    expect(shown).toMatchObject([
      {
        item: { lead: { email: 'lead1@example.test' }, availableActions: ['PREVIEW'] },
        kind: 'UPDATE',
        payload: { email: 'lead1@example.test', company: 'Difference Engines' },
        problems: [],
        membership: null,
      },
      { kind: 'CREATE', payload: { email: 'lead2@example.test', phone: '+49 3' } },
    ]);
    expect(shown[0].payload).not.toHaveProperty('phone');
    expect(shown[0].changes).toEqual(
      expect.arrayContaining([
        { remoteField: 'company', old: 'Analytical Engines', new: 'Difference Engines', written: true },
        { remoteField: 'phone', old: '+49 1', new: '+49 2', written: false },
      ]),
    );
    expect(shown[1].changes).toContainEqual({ remoteField: 'phone', old: null, new: '+49 3', written: true });
    expect(marketo.calls().filter(({ method }) => method === 'POST')).toHaveLength(callsBefore); // nothing is written

    await tenant.untilRetry(await retryEvent(services, tenant.operator, { integrationId, eventId: other }));
    const payloads = (await sent(viewer, integrationId)).slice(1);
    expect(payloads).toEqual(shown.map(({ payload }: { payload: unknown }) => payload));
    expect(marketo.leads().map(({ fields }) => fields.phone)).toEqual(['+49 1', '+49 3']);
  });

  test('names what is known to be wrong before the call', async () => {
    const { tenant, eventId, previews } = await given();
    await tenant.capture(eventId, [leadOf(1, { email: null })]);
    expect(await previews()).toMatchObject([{ problems: [{ category: 'MISSING_MATCH_KEY', remoteField: 'email' }] }]);
  });

  test('of a vendor that does not answer says UNKNOWN, and the payload all the same', async () => {
    const { tenant, marketo, eventId, previews } = await given();
    await tenant.capture(eventId, [leadOf(1, { phone: '+49 1' })]);
    marketo.fault({ kind: 'status', status: 503, times: null });
    expect(await previews()).toMatchObject([
      { kind: 'UNKNOWN', payload: { email: 'lead1@example.test', phone: '+49 1' }, changes: expect.any(Array) },
    ]);
  });

  test('takes 1 to 100 leads, by ids as well; of a foreign integration there is none', async () => {
    const { tenant, integrationId, eventId, viewer, previews } = await given();
    await tenant.capture(eventId, 3);
    expect(await previews({ filter: {} }, 2)).toHaveLength(2);
    const [, second] = await tenant.items(integrationId);
    expect(await previews({ syncItemIds: [globalId('SyncItem', second?.id ?? '')] })).toHaveLength(1);
    const variables = { integrationId: globalId('Integration', integrationId), select: { filter: {} } };
    expect(await viewer.codes(preview, { ...variables, first: 101 })).toEqual(['BAD_USER_INPUT']);
    const stranger = new SchemaClient(services, (await world.tenant()).admin);
    expect((await stranger.data(preview, variables)).previewPush).toEqual([]);
  });

  test('of a webhook is the delivery itself', async () => {
    const tenant = await world.tenant();
    const { integrationId, receiver } = await tenant.connectWebhook();
    await setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL', confirm: true });
    const eventId = await tenant.createEvent();
    await tenant.capture(eventId, [leadOf(1)]);
    const client = new SchemaClient(services, tenant.viewer);
    const variables = { integrationId: globalId('Integration', integrationId), select: { filter: {} } };
    const [shown] = (await client.data(preview, variables)).previewPush;
    expect(shown).toMatchObject({ kind: 'UNKNOWN', payload: { type: 'lead.delivered' } });
    await tenant.untilRetry(await retryEvent(services, tenant.operator, { integrationId, eventId }));
    expect([...receiver.accepted().values()].map(({ body }) => body)).toEqual([JSON.stringify(shown.payload)]);
  });
});

describe('mappings', () => {
  const fields = `query ($id: ID!) { integration(id: $id) { remoteFieldsReadAt recommendedMappings { source remoteField }
    remoteFields(search: "mail") { name label type required readOnly maxLength options } } mappingSources { source values } }`;

  test('can be made from what the vendor has and what leads carry', async () => {
    const { tenant, integrationId, eventId, viewer } = await given();
    await tenant.capture(eventId, [
      leadOf(1, { qualifiers: [{ name: 'Tier', values: ['Hot'] }], attributes: [{ name: 'Hall', value: '7' }] }),
      leadOf(2, { qualifiers: [{ name: 'Tier', values: ['Cold', 'Hot'] }] }),
    ]);
    const told = await viewer.data(fields, { id: globalId('Integration', integrationId) });
    expect(told.integration.remoteFields).toContainEqual(
      expect.objectContaining({ name: 'email', type: 'email', required: true, readOnly: false }),
    );
    expect(told.integration.recommendedMappings).toContainEqual({ source: 'jobTitle', remoteField: 'title' });
    expect(told.mappingSources).toEqual([
      ...['firstName', 'lastName', 'email', 'company', 'jobTitle', 'phone'].map((source) => ({ source, values: [] })),
      { source: 'qualifier:Tier', values: ['Cold', 'Hot'] },
      { source: 'attribute:Hall', values: [] },
    ]);
  });

  test('that the vendor can not take are refused when they are saved, by what was read last', async () => {
    const { tenant, integrationId } = await given();
    const save = (mapping: Partial<FieldMapping>) =>
      setFieldMappings(services, tenant.admin, {
        integrationId,
        mappings: [
          ...keepPhone,
          { source: 'jobTitle', remoteField: 'title', writeBehavior: 'OVERWRITE', values: [], ...mapping },
        ],
      }).then(
        () => null,
        (error: { fieldErrors: { path: string }[] }) => error.fieldErrors.map(({ path }) => path),
      );
    expect(await save({ remoteField: 'nowhere' })).toEqual(['mappings.5.remoteField']);
    expect(await save({ remoteField: 'id' })).toEqual(['mappings.5.remoteField']);
    expect(await save({})).toBeNull();
  });

  test('are added as recommended where source and field are free, by admins', async () => {
    const { tenant, integrationId } = await given();
    const apply =
      'mutation ($id: ID!) { applyRecommendedMappings(integrationId: $id) { __typename ... on SetFieldMappingsSuccess { integration { fieldMappings { source remoteField writeBehavior } } } } }';
    const id = globalId('Integration', integrationId);
    const { applyRecommendedMappings: applied } = await new SchemaClient(services, tenant.admin).data(apply, { id });
    expect(applied.integration.fieldMappings).toEqual([
      ...keepPhone.map(({ source, remoteField, writeBehavior }) => ({ source, remoteField, writeBehavior })),
      { source: 'jobTitle', remoteField: 'title', writeBehavior: 'OVERWRITE' },
    ]);
    const { applyRecommendedMappings: refused } = await new SchemaClient(services, tenant.operator).data(apply, { id });
    expect(refused).toEqual({ __typename: 'ForbiddenError' });
  });

  test('go by fields that are read on demand; a vendor that is away is named', async () => {
    const { tenant, integrationId, marketo } = await given();
    const refresh = 'mutation ($id: ID!) { refreshRemoteFields(integrationId: $id) { __typename } }';
    const id = globalId('Integration', integrationId);
    const admin = new SchemaClient(services, tenant.admin);
    expect((await admin.data(refresh, { id })).refreshRemoteFields.__typename).toBe('RefreshRemoteFieldsSuccess');
    marketo.fault({ kind: 'status', status: 503, times: null });
    expect((await admin.data(refresh, { id })).refreshRemoteFields.__typename).toBe('VendorUnavailableError');
    const viewer = new SchemaClient(services, tenant.viewer);
    expect((await viewer.data(refresh, { id })).refreshRemoteFields.__typename).toBe('ForbiddenError');
  });
});
