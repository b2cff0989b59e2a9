import { expect, test } from 'vitest';
import type { FieldMapping } from '../../src/domain/mapping.ts';
import { setEventCampaign } from '../../src/sync/event-campaigns.ts';
import { retry } from '../../src/sync/retry.ts';
import { setFieldMappings } from '../../src/sync/set-field-mappings.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { startWorld } from '../support/engine.ts';
import { globalId, SchemaClient } from '../support/graphql.ts';
import { leadOf, marketoMappings } from '../support/tenant.ts';

const world = await startWorld();
const { services } = world;
const program = { id: 101, name: 'Hannover Messe', channel: 'Tradeshow' };

const document = /* GraphQL */ `
  query ($id: ID!) {
    previewPush(integrationId: $id, select: { filter: {} }, first: 100) {
      kind payload
      changes { remoteField old new written }
      problems { category remoteField }
      membership { campaignId memberStatus }
      item { lead { email } }
    }
  }
`;

const kept: FieldMapping[] = marketoMappings.map((mapping) => ({ ...mapping, writeBehavior: 'WRITE_IF_BLANK' }));

async function given(mappings = marketoMappings) {
  const tenant = await world.tenant();
  const stand = await tenant.connectMarketo({ programs: [program] }, mappings);
  const { integrationId, marketo } = stand;
  const eventId = await tenant.createEvent();
  const client = new SchemaClient(services, tenant.viewer);
  return {
    tenant,
    ...stand,
    eventId,
    hold: () => setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL', confirm: true }),
    preview: async () => (await client.data(document, { id: globalId('Integration', integrationId) })).previewPush,
    pushAll: async () =>
      tenant.untilRetry(await retry(services, tenant.operator, { integrationId, select: { filter: {} } })),
    /** What the vendor's last write of the record received, to the byte. */
    received: (email: unknown) =>
      JSON.stringify(marketo.leads().find(({ fields }) => fields.email === email)?.lastInput),
  };
}

test.for([
  ['OVERWRITE', marketoMappings],
  ['WRITE_IF_BLANK', kept],
] as const)(
  'by %s the vendor receives the previewed bytes, of records that are made and of those that are changed',
  async ([behavior, mappings]) => {
    const { tenant, integrationId, eventId, hold, preview, pushAll, received } = await given([...mappings]);
    await tenant.capture(eventId, [leadOf(0, { company: null }), leadOf(1)]);
    await tenant.until(integrationId, { cleared: 2 });
    await hold();
    const other = await tenant.createEvent();
    const again = [0, 1].map((k) => leadOf(k, { firstName: 'Changed', company: 'Difference Engines' }));
    await tenant.capture(other, [...again, leadOf(2)]);

    const previews = await preview();
    expect(previews.map(({ kind }: { kind: string }) => kind)).toEqual(['UPDATE', 'UPDATE', 'CREATE']);
    const isKept = behavior === 'WRITE_IF_BLANK';
    expect(previews[0].changes).toEqual([
      { remoteField: 'email', old: leadOf(0).email, new: leadOf(0).email, written: true }, // the key, always
      { remoteField: 'firstName', old: 'First0', new: 'Changed', written: !isKept },
      { remoteField: 'lastName', old: 'Lovelace', new: 'Lovelace', written: !isKept },
      { remoteField: 'company', old: null, new: 'Difference Engines', written: true },
    ]);
    expect(previews[2].changes.every(({ written }: { written: boolean }) => written)).toBe(true);
    await pushAll();
    for (const { payload, item } of previews) expect(received(item.lead.email)).toBe(JSON.stringify(payload));
  },
);

test('of a lead whose membership alone is missing, nothing of the record is sent; and nothing is', async () => {
  const { tenant, integrationId, eventId, marketo, hold, preview, pushAll } = await given();
  await setEventCampaign(services, tenant.admin, {
    ...{ integrationId, eventId, campaignId: '101', memberStatus: 'Invited' },
  });
  marketo.fault({ kind: 'response', code: '1013', path: '/members/' });
  await tenant.capture(eventId, 1);
  await tenant.until(integrationId, { failed: 1 });
  await hold();
  const membership = { campaignId: '101', memberStatus: 'Invited' };
  expect(await preview()).toEqual([
    { kind: 'UPDATE', payload: {}, changes: [], problems: [], membership, item: { lead: { email: leadOf(0).email } } },
  ]);
  const upserts = () => marketo.calls().filter(({ method, path }) => method === 'POST' && path.endsWith('leads.json'));
  const before = upserts().length;
  await pushAll();
  expect(await tenant.counts(integrationId)).toMatchObject({ cleared: 1 });
  expect(upserts()).toHaveLength(before);
});

test('leads that can not be looked up, and fields that the vendor lost, spoil no other preview', async () => {
  const { tenant, integrationId, eventId, marketo, hold, preview } = await given();
  await hold();
  await tenant.capture(eventId, [leadOf(0, { email: null }), leadOf(1, { email: 'a,b@example.test' }), leadOf(2)]);
  expect(await preview()).toMatchObject([
    { kind: 'UNKNOWN', problems: [{ category: 'MISSING_MATCH_KEY' }] },
    { kind: 'UNKNOWN', problems: [{ category: 'DATA_VALUE_VALIDATION', remoteField: 'email' }] },
    { kind: 'CREATE', problems: [] },
  ]);
  await setFieldMappings(services, tenant.admin, {
    integrationId,
    mappings: [
      ...marketoMappings,
      { source: 'phone', remoteField: 'sluiceInterest', writeBehavior: 'OVERWRITE', values: [] },
    ],
  });
  await tenant.capture(eventId, [leadOf(3, { phone: '+49', company: 'x'.repeat(300) })]);
  marketo.removeField('sluiceInterest');
  const admin = new SchemaClient(services, tenant.admin);
  await admin.data('mutation ($id: ID!) { refreshRemoteFields(integrationId: $id) { __typename } }', {
    id: globalId('Integration', integrationId),
  });
  const previews = await preview();
  expect(previews[2]).toMatchObject({ kind: 'CREATE', problems: [] });
  expect(previews[3]).toMatchObject({
    kind: 'CREATE',
    problems: [
      { category: 'DATA_VALUE_VALIDATION', remoteField: 'company' },
      { category: 'MISSING_REMOTE_FIELD', remoteField: 'sluiceInterest' },
    ],
  });
});

test('a disconnected integration is previewed too, without what the vendor has', async () => {
  const { tenant, integrationId, eventId, hold, preview } = await given();
  await hold();
  await tenant.capture(eventId, 1);
  const admin = new SchemaClient(services, tenant.admin);
  await admin.data('mutation ($input: DisconnectInput!) { disconnect(input: $input) { __typename } }', {
    input: { integrationId: globalId('Integration', integrationId), confirm: true },
  });
  expect(await preview()).toMatchObject([{ kind: 'UNKNOWN', payload: { email: leadOf(0).email } }]);
});
