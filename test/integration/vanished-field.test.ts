import { expect, test } from 'vitest';
import type { FieldMapping } from '../../src/domain/mapping.ts';
import { disable } from '../../src/sync/disable.ts';
import { enable } from '../../src/sync/enable.ts';
import { refreshRemoteFields } from '../../src/sync/remote-fields.ts';
import { startWorld } from '../support/engine.ts';
import { leadOf, marketoMappings } from '../support/tenant.ts';

const world = await startWorld();
const { services } = world;

const mappings: FieldMapping[] = [
  ...marketoMappings,
  { source: 'jobTitle', remoteField: 'boothNotes', writeBehavior: 'OVERWRITE', values: [] },
];
const fields = [{ name: 'boothNotes', displayName: 'Notes', dataType: 'string', length: 255, updateable: true }];

async function given() {
  const tenant = await world.tenant();
  const stand = await tenant.connectMarketo({ fields }, mappings);
  const { integrationId, marketo } = stand;
  const eventId = await tenant.createEvent();
  const sentEmails = () =>
    marketo
      .calls()
      .filter(({ method, path }) => method === 'POST' && path === '/rest/v1/leads.json')
      .flatMap(({ emails }) => emails);
  const capture = async (...leads: Parameters<typeof leadOf>[]) => {
    await disable(services, tenant.operator, { integrationId });
    await tenant.capture(
      eventId,
      leads.map((lead) => leadOf(...lead)),
    );
    await enable(services, tenant.operator, { integrationId });
  };
  return { tenant, ...stand, sentEmails, capture };
}

const vanished = { state: 'FAILED', error: { category: 'MISSING_REMOTE_FIELD', remoteField: 'boothNotes' } };

test('a field that vanished before the fields were read fails the leads that carry it without a call, and no other', async () => {
  const { tenant, integrationId, orgId, marketo, sentEmails, capture } = await given();
  marketo.removeField('boothNotes');
  await refreshRemoteFields(services, orgId, integrationId);
  await capture([0, { jobTitle: 'Engineer' }], [1]);
  await tenant.until(integrationId, { failed: 1, cleared: 1 });
  expect(sentEmails()).toEqual([leadOf(1).email]);
  expect(await tenant.items(integrationId)).toMatchObject([{ ...vanished, attempts: 0 }, { state: 'CLEARED' }]);
});

test('one that vanished since fails them by the vendor’s answer, and those that come later without a call', async () => {
  const { tenant, integrationId, marketo, sentEmails, capture } = await given();
  marketo.removeField('boothNotes');
  await capture([0, { jobTitle: 'Engineer' }], [1]);
  await tenant.until(integrationId, { failed: 1, cleared: 1 });
  expect(await tenant.items(integrationId)).toMatchObject([{ ...vanished, attempts: 1 }, { state: 'CLEARED' }]);
  await capture([2, { jobTitle: 'Engineer' }], [3]);
  await tenant.until(integrationId, { failed: 2, cleared: 2 });
  expect(sentEmails()).not.toContain(leadOf(2).email);
  expect((await tenant.items(integrationId))[2]).toMatchObject({ ...vanished, attempts: 0 });
});
