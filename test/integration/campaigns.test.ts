import { describe, expect, test } from 'vitest';
import { retry } from '../../src/sync/retry.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { updateLead } from '../../src/sync/update-lead.ts';
import { startWorld } from '../support/engine.ts';
import { globalId, SchemaClient } from '../support/graphql.ts';
import { leadOf } from '../support/tenant.ts';

const world = await startWorld();
const { services } = world;

const program = { id: 1_001, name: 'Harbor Expo', channel: 'Tradeshow' };
const leadsPath = '/rest/v1/leads.json';
const membersPath = '/rest/v1/programs/1001/members/status.json';
const visited = { campaignId: '1001', memberStatus: 'Visited Booth' };

const setCampaign = `mutation ($input: SetEventCampaignInput!) { setEventCampaign(input: $input) {
  __typename ... on SetEventCampaignSuccess { integration { eventCampaigns { event { id } campaignId campaignName memberStatus setBy } } }
  ... on ValidationError { fieldErrors { path message } } ... on Error { message } } }`;

async function given(programs = [program]) {
  const tenant = await world.tenant();
  const { integrationId, marketo } = await tenant.connectMarketo({ programs });
  const eventId = await tenant.createEvent();
  const admin = new SchemaClient(services, tenant.admin);
  const set = async (more: Record<string, unknown> = visited, client = admin) => {
    const input = {
      integrationId: globalId('Integration', integrationId),
      eventId: globalId('Event', eventId),
      ...more,
    };
    return (await client.data(setCampaign, { input })).setEventCampaign;
  };
  const callsTo = (path: string) =>
    marketo.calls().filter((call) => call.path === path && call.method === 'POST').length;
  const retryAll = () => retry(services, tenant.operator, { integrationId, select: { filter: {} } });
  return { tenant, integrationId, marketo, eventId, admin, set, callsTo, retryAll };
}

describe('the campaign of an event', () => {
  test('is checked at the vendor when it is saved: the program, its members, and the status', async () => {
    const archived = { id: 1_002, name: 'Last Year', channel: 'Tradeshow', isArchived: true };
    const { tenant, eventId, set } = await given([program, archived]);
    expect(await set({ campaignId: '4711', memberStatus: 'Visited Booth' })).toMatchObject({
      __typename: 'ValidationError',
      fieldErrors: [{ path: 'campaignId' }],
    });
    expect(await set({ campaignId: '1002', memberStatus: 'Visited Booth' })).toMatchObject({
      fieldErrors: [{ path: 'campaignId' }],
    });
    expect(await set({ campaignId: '1001', memberStatus: 'Attended' })).toMatchObject({
      fieldErrors: [{ path: 'memberStatus', message: expect.stringContaining('Visited Booth') }],
    });
    expect(await set()).toEqual({
      __typename: 'SetEventCampaignSuccess',
      integration: {
        eventCampaigns: [
          { event: { id: globalId('Event', eventId) }, ...visited, campaignName: 'Harbor Expo', setBy: 'Ada' },
        ],
      },
    });
    const operator = new SchemaClient(services, tenant.operator);
    expect(await set(visited, operator)).toMatchObject({ __typename: 'ForbiddenError' });
  });

  test('is told in the history, once; clearing it as well', async () => {
    const { tenant, integrationId, eventId, admin, set } = await given();
    await set();
    await set();
    const input = { integrationId: globalId('Integration', integrationId), eventId: globalId('Event', eventId) };
    const clear = 'mutation ($input: ClearEventCampaignInput!) { clearEventCampaign(input: $input) { __typename } }';
    await admin.data(clear, { input });
    const kinds = (await tenant.history(integrationId)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'CAMPAIGN_CHANGED')).toHaveLength(2);
  });

  test('can be chosen from those of the vendor, by a part of the name', async () => {
    const { integrationId, admin } = await given([program, { id: 1_003, name: 'Winter Gala', channel: 'Tradeshow' }]);
    const asked = `query ($id: ID!) { integration(id: $id) { campaigns(search: "harbor") { id name memberStatuses } } }`;
    expect(await admin.data(asked, { id: globalId('Integration', integrationId) })).toEqual({
      integration: {
        campaigns: [
          {
            id: '1001',
            name: 'Harbor Expo',
            memberStatuses: expect.arrayContaining(['Invited', 'Visited Booth', 'Influenced']),
          },
        ],
      },
    });
  });
});

describe('a lead of such an event', () => {
  test('is CLEARED when it is at the vendor and a member; of other events it is no member', async () => {
    const { tenant, integrationId, marketo, eventId, set } = await given();
    await set();
    await tenant.capture(eventId, 3);
    await tenant.capture(await tenant.createEvent(), 1);
    await tenant.until(integrationId, { cleared: 4 });
    expect([...marketo.members(1_001).values()]).toEqual(['Visited Booth', 'Visited Booth', 'Visited Booth']);
  });

  test('fails when only the membership does, its record kept, and a retry does only the membership', async () => {
    const { tenant, integrationId, marketo, eventId, set, callsTo, retryAll } = await given();
    await set();
    marketo.fault({ kind: 'response', code: '1013', path: membersPath });
    await tenant.capture(eventId, 2);
    await tenant.until(integrationId, { failed: 2 });
    const [failed] = await tenant.items(integrationId);
    expect(failed).toMatchObject({ error: { category: 'CAMPAIGN_NOT_FOUND' }, remoteId: expect.any(String) });
    expect(marketo.leads()).toHaveLength(2);
    const upserts = callsTo(leadsPath);
    await tenant.untilRetry(await retryAll());
    expect(await tenant.counts(integrationId)).toMatchObject({ failed: 0, cleared: 2 });
    expect(callsTo(leadsPath)).toBe(upserts);
    expect(marketo.members(1_001).size).toBe(2);
  });

  test('that was edited after only its membership failed is written again with it', async () => {
    const { tenant, integrationId, marketo, eventId, set, callsTo, retryAll } = await given();
    await set();
    marketo.fault({ kind: 'response', code: '1013', path: membersPath });
    const [leadId = ''] = await tenant.capture(eventId, [leadOf(1)]);
    await tenant.until(integrationId, { failed: 1 });
    await updateLead(services, tenant.operator, { leadId, company: 'Difference Engines' });
    const upserts = callsTo(leadsPath);
    await tenant.untilRetry(await retryAll());
    expect(callsTo(leadsPath)).toBe(upserts + 1);
    expect(marketo.leads()).toMatchObject([{ fields: { company: 'Difference Engines' } }]);
    expect(marketo.members(1_001).size).toBe(1);
  });

  test('whose membership is throttled waits, and goes on with only that', async () => {
    const { tenant, integrationId, marketo, eventId, set, callsTo } = await given();
    await set();
    marketo.fault({ kind: 'response', code: '615', path: membersPath });
    await tenant.capture(eventId, 2);
    await tenant.until(integrationId, { cleared: 2 });
    expect(callsTo(leadsPath)).toBe(1);
    expect(callsTo(membersPath)).toBe(2);
    expect((await tenant.items(integrationId)).map(({ failures }) => failures)).toEqual([0, 0]);
  });

  test('that is in the program already, further on, is a member: nothing moves backwards', async () => {
    const { tenant, integrationId, marketo, eventId, set } = await given();
    await set({ campaignId: '1001', memberStatus: 'Influenced' });
    const [leadId = ''] = await tenant.capture(eventId, [leadOf(1)]);
    await tenant.until(integrationId, { cleared: 1 });
    await set({ campaignId: '1001', memberStatus: 'Invited' });
    await updateLead(services, tenant.operator, { leadId, company: 'Elsewhere' });
    await tenant.untilItems(integrationId, (items) => items.every((item) => item.syncedRevision === 2));
    expect(await tenant.counts(integrationId)).toMatchObject({ cleared: 1, failed: 0 });
    expect([...marketo.members(1_001).values()]).toEqual(['Influenced']);
  });

  test('cleared before the campaign was set is not pushed again by it', async () => {
    const { tenant, integrationId, marketo, eventId, set } = await given();
    await tenant.capture(eventId, 1);
    await tenant.until(integrationId, { cleared: 1 });
    await set();
    await setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL', confirm: true });
    expect(await tenant.counts(integrationId)).toMatchObject({ cleared: 1, frozen: 0 });
    expect(marketo.members(1_001).size).toBe(0);
  });
});
