import { describe, expect, test } from 'vitest';
import type { MarketoOptions } from '../../simulators/marketo/start-marketo.ts';
import type { FieldMapping } from '../../src/domain/mapping.ts';
import { disable } from '../../src/sync/disable.ts';
import { enable } from '../../src/sync/enable.ts';
import { clearEventCampaign, setEventCampaign } from '../../src/sync/event-campaigns.ts';
import { retry } from '../../src/sync/retry.ts';
import { setFieldMappings } from '../../src/sync/set-field-mappings.ts';
import { updateLead } from '../../src/sync/update-lead.ts';
import { startWorld } from '../support/engine.ts';
import { leadOf, marketoMappings, type Tenant } from '../support/tenant.ts';

const world = await startWorld();
const { services } = world;
const leadsPath = '/rest/v1/leads.json';
const membersPath = '/members/';

const programs = [
  { id: 101, name: 'Hannover Messe', channel: 'Tradeshow' },
  { id: 102, name: 'Light + Building', channel: 'Tradeshow' },
];

async function given(options: MarketoOptions = {}) {
  const tenant = await world.tenant();
  const stand = await tenant.connectMarketo({ programs, ...options });
  const { marketo, integrationId } = stand;
  const eventId = await tenant.createEvent();
  const posts = (part: string) =>
    marketo.calls().filter(({ method, path }) => method === 'POST' && path.includes(part));
  return {
    tenant,
    ...stand,
    eventId,
    upserts: () => posts(leadsPath),
    joins: () => posts(membersPath),
    /** Address to status of a program's members. */
    membersOf: (programId: number) =>
      Object.fromEntries(
        [...marketo.members(programId)].map(([leadId, status]) => [
          marketo.leads().find(({ id }) => id === leadId)?.fields.email,
          status,
        ]),
      ),
    set: (more: Partial<Parameters<typeof setEventCampaign>[2]> = {}) =>
      setEventCampaign(services, tenant.admin, {
        ...{ integrationId, eventId, campaignId: '101', memberStatus: 'Visited Booth' },
        ...more,
      }),
  };
}

async function captureAtOnce(tenant: Tenant, integrationId: string, capture: () => Promise<unknown>) {
  await disable(services, tenant.operator, { integrationId });
  await capture();
  await enable(services, tenant.operator, { integrationId });
}

describe('a lead whose event has a campaign', () => {
  test('is cleared only when it is a member too, by one upsert and one membership for the batch', async () => {
    const { tenant, integrationId, eventId, set, upserts, joins, membersOf } = await given();
    await set();
    await captureAtOnce(tenant, integrationId, () => tenant.capture(eventId, 3));
    await tenant.until(integrationId, { cleared: 3 });
    expect(membersOf(101)).toEqual(Object.fromEntries([0, 1, 2].map((k) => [leadOf(k).email, 'Visited Booth'])));
    expect([upserts().length, joins().length]).toEqual([1, 1]);
    expect(await tenant.items(integrationId)).toMatchObject(
      [0, 1, 2].map(() => ({ remoteId: expect.any(String), writtenRevision: null, attempts: 1 })),
    );
  });

  test('keeps what the vendor has when the membership is throttled: nobody spends an attempt, and only the membership is made again', async () => {
    const { tenant, integrationId, eventId, marketo, set, upserts, joins, membersOf } = await given();
    await set();
    marketo.fault({ kind: 'response', code: '615', path: membersPath });
    await captureAtOnce(tenant, integrationId, () => tenant.capture(eventId, 3));
    const waiting = await tenant.untilItems(integrationId, (items) =>
      items.every(({ state, writtenRevision }) => state === 'PENDING' && writtenRevision === 1),
    );
    expect(waiting).toMatchObject(
      [0, 1, 2].map(() => ({ remoteId: expect.any(String), failures: 0, error: { category: 'RATE_LIMITED' } })),
    );
    await tenant.until(integrationId, { cleared: 3 });
    expect(upserts()).toHaveLength(1);
    expect(joins()).toHaveLength(2);
    expect(Object.keys(membersOf(101))).toHaveLength(3);
    expect((await tenant.items(integrationId)).map(({ remoteId }) => remoteId)).toEqual(
      waiting.map(({ remoteId }) => remoteId),
    );
  });

  test('has its remote id stored before the membership is asked for, so that a killed process loses nothing', async () => {
    const { tenant, integrationId, eventId, marketo, set } = await given();
    await set();
    marketo.fault({ kind: 'hang', path: membersPath });
    await tenant.capture(eventId, 1);
    await marketo.untilHanging();
    expect(await tenant.items(integrationId)).toMatchObject([
      { state: 'SYNCING', remoteId: String(marketo.leads()[0]?.id), writtenRevision: 1 },
    ]);
  });

  test('fails when the program is gone, and is retried into another without being written again', async () => {
    const { tenant, integrationId, eventId, marketo, set, upserts, membersOf } = await given();
    await set();
    marketo.deleteProgram(101);
    await captureAtOnce(tenant, integrationId, () => tenant.capture(eventId, 2));
    await tenant.until(integrationId, { failed: 2 });
    expect(await tenant.items(integrationId)).toMatchObject(
      [0, 1].map(() => ({
        error: { category: 'CAMPAIGN_NOT_FOUND', vendorCode: '1013' },
        remoteId: expect.any(String),
        writtenRevision: 1,
        syncedRevision: null,
      })),
    );
    await set({ campaignId: '102', memberStatus: 'Invited' });
    await retry(services, tenant.operator, { integrationId, select: { filter: { eventId } } });
    await tenant.until(integrationId, { cleared: 2 });
    expect(upserts()).toHaveLength(1);
    expect(Object.values(membersOf(102))).toEqual(['Invited', 'Invited']);
  });

  test.for([
    ['1013', 'a program that is gone'],
    ['1025', 'a status that its channel lost'],
    ['709', 'a program that was archived'],
  ])('fails as CAMPAIGN_NOT_FOUND by %s: %s', async ([code]) => {
    const { tenant, integrationId, eventId, marketo, set } = await given();
    await set();
    if (code === '709') marketo.putProgram({ id: 101, name: 'Hannover Messe', channel: 'Tradeshow', isArchived: true });
    else marketo.fault({ kind: 'response', code: code ?? '', path: membersPath });
    await tenant.capture(eventId, 1);
    await tenant.until(integrationId, { failed: 1 });
    expect(await tenant.items(integrationId)).toMatchObject([
      { error: { category: 'CAMPAIGN_NOT_FOUND', vendorCode: code }, remoteId: expect.any(String) },
    ]);
  });

  test('does not fail for another whose membership is refused', async () => {
    const { tenant, integrationId, eventId, marketo, set, upserts } = await given();
    await set();
    marketo.fault({ kind: 'record', code: '1003', email: String(leadOf(1).email), path: membersPath });
    await captureAtOnce(tenant, integrationId, () => tenant.capture(eventId, 3));
    await tenant.until(integrationId, { cleared: 2, failed: 1 });
    const [failed] = (await tenant.items(integrationId)).filter(({ state }) => state === 'FAILED');
    expect(failed).toMatchObject({ externalId: 'badge-1', error: { vendorCode: '1003' }, writtenRevision: 1 });
    await retry(services, tenant.operator, { integrationId, select: { filter: { eventId } } });
    await tenant.until(integrationId, { cleared: 3 });
    expect(upserts()).toHaveLength(1);
  });

  test('is written anew when the vendor lost it before it was a member', async () => {
    const { tenant, integrationId, eventId, marketo, set, membersOf } = await given();
    await set();
    marketo.fault({ kind: 'record', code: '1004', path: membersPath });
    await tenant.capture(eventId, 1);
    await tenant.until(integrationId, { failed: 1 });
    expect(await tenant.items(integrationId)).toMatchObject([{ error: { category: 'REMOTE_RECORD_GONE' } }]);
    for (const { id } of marketo.leads()) marketo.deleteLead(id);
    await retry(services, tenant.operator, { integrationId, select: { filter: { eventId } } });
    await tenant.until(integrationId, { cleared: 1 });
    expect(Object.keys(membersOf(101))).toEqual([leadOf(0).email]);
  });

  test.for(['the lead was edited', 'the mappings were changed'])('is written again when %s meanwhile', async (what) => {
    const { tenant, integrationId, eventId, marketo, set, upserts } = await given();
    await set();
    marketo.fault({ kind: 'response', code: '1013', path: membersPath });
    const [leadId = ''] = await tenant.capture(eventId, 1);
    await tenant.until(integrationId, { failed: 1 });
    if (what === 'the lead was edited') await updateLead(services, tenant.operator, { leadId, lastName: 'Byron' });
    else {
      const mappings: FieldMapping[] = marketoMappings.map((mapping) =>
        mapping.source === 'firstName'
          ? { ...mapping, remoteField: 'lastName' }
          : { ...mapping, remoteField: mapping.source === 'lastName' ? 'firstName' : mapping.remoteField },
      );
      await setFieldMappings(services, tenant.admin, { integrationId, mappings });
    }
    await retry(services, tenant.operator, { integrationId, select: { filter: { eventId } } });
    await tenant.until(integrationId, { cleared: 1 });
    expect(upserts()).toHaveLength(2);
    const { fields } = marketo.leads()[0] ?? { fields: {} };
    expect(fields).toMatchObject(what === 'the lead was edited' ? { lastName: 'Byron' } : { lastName: 'First0' });
  });

  test('shares its batch with leads of other events, each group with its own program', async () => {
    const { tenant, integrationId, eventId, set, upserts, joins, membersOf } = await given();
    const other = await tenant.createEvent();
    const without = await tenant.createEvent();
    await set();
    await set({ eventId: other, campaignId: '102' });
    await captureAtOnce(tenant, integrationId, async () => {
      for (const id of [eventId, other, without]) await tenant.capture(id, 2);
    });
    await tenant.until(integrationId, { cleared: 6 });
    expect([upserts().length, joins().length]).toEqual([1, 2]);
    expect([101, 102].map((id) => Object.keys(membersOf(id)).length)).toEqual([2, 2]);
  });

  test('spends no attempt when memberships are out of order at the vendor, though its record was taken', async () => {
    const { tenant, integrationId, eventId, marketo, set, upserts } = await given();
    await set();
    marketo.fault({ kind: 'status', status: 503, path: membersPath });
    await tenant.capture(eventId, 1);
    const [waiting] = await tenant.untilItems(
      integrationId,
      ([item]) => item?.error?.category === 'VENDOR_UNAVAILABLE',
    );
    expect(waiting).toMatchObject({ state: 'PENDING', failures: 0, attempts: 1, writtenRevision: 1 });
    await tenant.until(integrationId, { cleared: 1 });
    expect(upserts()).toHaveLength(1);
  });

  test('loses neither its failure nor its neighbours when the second step is unavailable', async () => {
    const { tenant, integrationId, eventId, marketo, set, upserts } = await given();
    await set();
    marketo.fault({ kind: 'record', code: '1007', email: String(leadOf(0).email), path: leadsPath });
    marketo.fault({ kind: 'status', status: 503, path: membersPath });
    await captureAtOnce(tenant, integrationId, () => tenant.capture(eventId, 3));
    await tenant.until(integrationId, { failed: 1, cleared: 2 });
    const items = await tenant.items(integrationId);
    expect(items.find(({ state }) => state === 'FAILED')).toMatchObject({
      error: { category: 'DUPLICATE' },
      attempts: 1,
    });
    expect(items.every(({ failures }) => failures === 0)).toBe(true);
    expect(upserts()).toHaveLength(1);
  });
});

describe('setting a campaign', () => {
  test('to none lets those pass that failed for the membership alone, without a call', async () => {
    const { tenant, integrationId, eventId, marketo, set } = await given();
    await set();
    marketo.deleteProgram(101);
    await tenant.capture(eventId, 1);
    await tenant.until(integrationId, { failed: 1 });
    await clearEventCampaign(services, tenant.admin, { integrationId, eventId });
    await retry(services, tenant.operator, { integrationId, select: { filter: { eventId } } });
    await tenant.until(integrationId, { cleared: 1 });
    expect(marketo.leads()).toHaveLength(1);
  });
});
