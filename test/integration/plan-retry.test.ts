import { describe, expect, test } from 'vitest';
import type { FieldMapping } from '../../src/domain/mapping.ts';
import { cancelRetry } from '../../src/sync/cancel-retry.ts';
import { disable } from '../../src/sync/disable.ts';
import { planRetry } from '../../src/sync/plan-retry.ts';
import { retry, retryEvent } from '../../src/sync/retry.ts';
import type { Selection } from '../../src/sync/selection.ts';
import { setFieldMappings } from '../../src/sync/set-field-mappings.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { updateLead } from '../../src/sync/update-lead.ts';
import { startWorld } from '../support/engine.ts';
import { globalId, SchemaClient } from '../support/graphql.ts';
import { leadOf } from '../support/tenant.ts';

const world = await startWorld();
const { services } = world;

const mapping = (source: string, remoteField: string, values: FieldMapping['values'] = []): FieldMapping => ({
  source,
  remoteField,
  writeBehavior: 'OVERWRITE',
  values,
});
const mappings = [
  mapping('email', 'email'),
  mapping('firstName', 'firstName'),
  mapping('qualifier:Tier', 'sluiceInterest', [{ value: 'Hot', remoteValue: 'hot' }]),
  mapping('attribute:country', 'country'),
];
const warmToo = mappings.map((one) =>
  one.remoteField === 'sluiceInterest'
    ? { ...one, values: [...one.values, { value: 'Warm', remoteValue: 'warm' }] }
    : one,
);
/** What Marketo takes as a country, and does not tell. */
const country = {
  name: 'country',
  displayName: 'Country',
  dataType: 'string',
  length: 255,
  updateable: true,
  allowedValues: ['Germany', 'France'],
};

const ofTier = (value: string) => ({ qualifiers: [{ name: 'Tier', values: [value] }] });
const ofCountry = (value: string) => ({ attributes: [{ name: 'country', value }] });
/** 100 of a tier that is not mapped, 70 of a country that Marketo refuses, 42 without an address. */
const causes = [
  ...Array.from({ length: 100 }, (_, index) => leadOf(index, { ...ofTier('Warm'), ...ofCountry('Germany') })),
  ...Array.from({ length: 70 }, (_, index) => leadOf(100 + index, { ...ofTier('Hot'), ...ofCountry('Deutschland') })),
  ...Array.from({ length: 42 }, (_, index) => leadOf(170 + index, { email: null })),
];

/** A Manual integration. */
async function given() {
  const tenant = await world.tenant();
  const { integrationId, marketo } = await tenant.connectMarketo({ fields: [country], rateMax: null }, mappings);
  await setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL', confirm: true });
  const eventId = await tenant.createEvent();
  const all: Selection = { filter: {} };
  const failed: Selection = { filter: { group: 'FAILED' } };
  const plan = (select: Selection = failed) => planRetry(services, tenant.viewer, { integrationId, select });
  const pushPassing = (select: Selection = failed) =>
    retry(services, tenant.operator, { integrationId, select, onlyPassing: true });
  const map = (to: FieldMapping[]) => setFieldMappings(services, tenant.admin, { integrationId, mappings: to });
  const pushAll = async () =>
    tenant.untilRetry(
      await retryEvent(services, tenant.operator, { integrationId, eventId, groups: ['PRE_SYNC', 'FAILED'] }),
    );
  /** Addresses that Marketo was asked about since `from` calls. */
  const asked = (from: number) =>
    marketo
      .calls()
      .slice(from)
      .flatMap(({ emails }) => emails);
  const statuses = async (status: string) =>
    (await tenant.items(integrationId)).filter((item) => item.status === status).map(({ externalId }) => externalId);
  return { tenant, integrationId, marketo, eventId, all, failed, plan, pushPassing, pushAll, map, asked, statuses };
}

describe('212 failures of three causes', () => {
  async function given212() {
    const stand = await given();
    await stand.tenant.capture(stand.eventId, causes);
    expect(await stand.pushAll()).toMatchObject({ total: 212, failed: 212 });
    expect(await stand.plan()).toEqual({
      total: 212,
      wouldPass: 0,
      wouldPassNow: {},
      wouldFail: { NO_TAG_MAPPING: 100, DATA_VALUE_VALIDATION: 70, MISSING_MATCH_KEY: 42 },
      complete: true,
    });
    return stand;
  }
  const names = (from: number, to: number) => causes.slice(from, to).map(({ externalId }) => externalId);
  const addresses = (from: number, to: number) => causes.slice(from, to).map(({ email }) => email);

  test('after one value was mapped, those that it fixes are foretold and clear, and Marketo hears of no other', async () => {
    const { tenant, integrationId, marketo, plan, pushPassing, map, asked, statuses } = await given212();
    await map(warmToo);
    expect(await plan()).toMatchObject({
      wouldPass: 100,
      wouldPassNow: { NO_TAG_MAPPING: 100 },
      wouldFail: { DATA_VALUE_VALIDATION: 70, MISSING_MATCH_KEY: 42 },
    });
    const before = await tenant.items(integrationId);
    const calls = marketo.calls().length;
    const retryId = await pushPassing();
    expect(await tenant.untilRetry(retryId)).toMatchObject({ total: 100, cleared: 100, failed: 0, skipped: 112 });
    expect((await statuses('CLEARED')).sort()).toEqual(names(0, 100).sort());
    expect(asked(calls).sort()).toEqual(addresses(0, 100).sort());
    const left = (await tenant.items(integrationId)).filter(({ state }) => state === 'FAILED');
    expect(left).toEqual(before.filter(({ id }) => left.some((item) => item.id === id)));
  });

  test('a change of mappings that every record shows leaves what Marketo refuses of a field foretold', async () => {
    const { tenant, marketo, plan, pushPassing, map, asked } = await given212();
    await map([...mappings, mapping('lastName', 'lastName'), mapping('company', 'company')]);
    expect(await plan()).toMatchObject({
      wouldPass: 0,
      wouldFail: { NO_TAG_MAPPING: 100, DATA_VALUE_VALIDATION: 70, MISSING_MATCH_KEY: 42 },
    });
    const calls = marketo.calls().length;
    expect(await tenant.untilRetry(await pushPassing())).toMatchObject({ status: 'COMPLETED', total: 0, skipped: 212 });
    expect(asked(calls)).toEqual([]);
  });

  test('after the field was left out of the mappings, those that were refused for it would pass', async () => {
    const { tenant, plan, pushPassing, map, statuses } = await given212();
    await map(mappings.filter(({ remoteField }) => remoteField !== 'country'));
    expect(await plan()).toMatchObject({ wouldPass: 70, wouldFail: { NO_TAG_MAPPING: 100, MISSING_MATCH_KEY: 42 } });
    expect(await tenant.untilRetry(await pushPassing())).toMatchObject({ total: 70, cleared: 70 });
    expect((await statuses('CLEARED')).sort()).toEqual(names(100, 170).sort());
  });

  test('after leads were corrected, exactly these would pass', async () => {
    const { tenant, integrationId, plan, pushPassing, statuses } = await given212();
    const items = await tenant.items(integrationId);
    const correct = (externalId: string, input: object) => {
      const leadId = items.find((item) => item.externalId === externalId)?.leadId ?? '';
      return updateLead(services, tenant.operator, { leadId, ...input });
    };
    await correct('badge-3', ofTier('Hot'));
    await correct('badge-120', ofCountry('France'));
    await correct('badge-121', { firstName: 'Grace' }); // not what was refused
    await correct('badge-180', { email: 'found@example.test' });
    expect(await plan()).toMatchObject({
      wouldPass: 3,
      wouldPassNow: { NO_TAG_MAPPING: 1, DATA_VALUE_VALIDATION: 1, MISSING_MATCH_KEY: 1 },
    });
    expect(await tenant.untilRetry(await pushPassing())).toMatchObject({ total: 3, cleared: 3, skipped: 209 });
    expect((await statuses('CLEARED')).sort()).toEqual(['badge-120', 'badge-180', 'badge-3']);
  });

  test('a retry without onlyPassing still asks the vendor about what it refused', async () => {
    const { tenant, integrationId, marketo, asked } = await given212();
    const calls = marketo.calls().length;
    const select = { filter: { category: 'DATA_VALUE_VALIDATION' as const } };
    const retryId = await retry(services, tenant.operator, { integrationId, select });
    expect(await tenant.untilRetry(retryId)).toMatchObject({ total: 70, failed: 70, skipped: 0 });
    expect(asked(calls)).toHaveLength(70);
  });
});

test('what can be mended at the vendor is not known to fail again', async () => {
  const { tenant, marketo, eventId, plan, pushAll, pushPassing } = await given();
  marketo.fault({ kind: 'record', code: '1007', times: 2 });
  await tenant.capture(eventId, [leadOf(1), leadOf(2)]);
  await pushAll();
  expect(await plan()).toMatchObject({ wouldPass: 2, wouldPassNow: { DUPLICATE: 2 }, wouldFail: {} });
  expect(await tenant.untilRetry(await pushPassing())).toMatchObject({ total: 2, cleared: 2 });
});

test('what was canceled on its way keeps what was refused of it', async () => {
  const { tenant, integrationId, marketo, eventId, plan, pushAll, failed } = await given();
  await tenant.capture(eventId, [leadOf(1, ofCountry('Deutschland')), leadOf(2, ofCountry('Deutschland'))]);
  await pushAll();
  const resume = marketo.pause();
  marketo.fault({ kind: 'oversize', path: '/rest/v1/leads.json', times: null });
  const retryId = await retry(services, tenant.operator, { integrationId, select: failed });
  resume();
  await tenant.untilItems(integrationId, (items) =>
    items.every(({ state, error }) => state === 'PENDING' && error?.category === 'VENDOR_UNAVAILABLE'),
  );
  await cancelRetry(services, tenant.operator, retryId);
  await tenant.until(integrationId, { failed: 2 }); // one may be in flight again
  expect(await plan()).toMatchObject({ total: 2, wouldPass: 0, wouldFail: { DATA_VALUE_VALIDATION: 2 } });
});

describe('a plan', () => {
  test('is of what a retry would take: waiting leads too, none that another retry has, none that are cleared', async () => {
    const { tenant, integrationId, marketo, eventId, all, plan, pushAll } = await given();
    await tenant.capture(eventId, [leadOf(1)]);
    await pushAll();
    await tenant.capture(eventId, [leadOf(2), leadOf(3, ofTier('Warm')), leadOf(4, { email: null })]);
    expect(await plan(all)).toEqual({
      total: 3,
      wouldPass: 1,
      wouldPassNow: {},
      wouldFail: { NO_TAG_MAPPING: 1, MISSING_MATCH_KEY: 1 },
      complete: true,
    });
    const resume = marketo.pause();
    const [, second = ''] = (await tenant.items(integrationId)).map(({ id }) => id);
    await retry(services, tenant.operator, { integrationId, select: { syncItemIds: [second] } });
    await tenant.until(integrationId, { syncing: 1 });
    expect(await plan(all)).toMatchObject({ total: 2, wouldPass: 0 });
    resume();
  });

  test('changes nothing and calls nobody, and is made of a held integration as well', async () => {
    const { tenant, integrationId, marketo, eventId, all, plan } = await given();
    await tenant.capture(eventId, [leadOf(1), leadOf(2, { email: null })]);
    await disable(services, tenant.operator, { integrationId });
    const [before, { position }, calls] = [
      await tenant.items(integrationId),
      await tenant.snapshot(integrationId),
      marketo.calls().length,
    ];
    expect(await plan(all)).toMatchObject({ total: 2, wouldPass: 1 });
    expect(await tenant.items(integrationId)).toEqual(before);
    expect((await tenant.snapshot(integrationId)).position).toBe(position);
    expect(marketo.calls()).toHaveLength(calls);
  });

  test('of waiting leads is what their push does then', async () => {
    const { tenant, eventId, integrationId, plan, pushAll } = await given();
    await tenant.capture(eventId, [
      leadOf(1),
      leadOf(2, { firstName: 'x'.repeat(256) }),
      leadOf(3, { email: 'no address' }),
      leadOf(4, { email: ' ' }),
      leadOf(5, ofTier('Cold')),
    ]);
    const planned = await plan({ filter: {} });
    await pushAll();
    const { failed } = await tenant.snapshot(integrationId);
    expect(failed).toEqual(planned.wouldFail);
    expect(await tenant.counts(integrationId)).toMatchObject({ cleared: planned.wouldPass });
  });

  test('of more leads than a page is of all of them', async () => {
    const { tenant, eventId, plan } = await given();
    for (const start of [0, 1_000]) {
      const some = Array.from({ length: 700 }, (_, index) =>
        leadOf(start + index, index % 7 === 0 ? { email: null } : {}),
      );
      await tenant.capture(eventId, some);
    }
    expect(await plan({ filter: { eventId } })).toMatchObject({
      total: 1_400,
      wouldPass: 1_200,
      wouldFail: { MISSING_MATCH_KEY: 200 },
      complete: true,
    });
  });
});

describe('over the API', () => {
  const planOf = `query ($id: ID!, $select: SyncItemSelectionInput!) {
    planRetry(integrationId: $id, select: $select) { total wouldPass complete wouldFail { category count fix helpUrl } } }`;

  test('a viewer may plan; retry takes onlyPassing, and its retry says so', async () => {
    const { tenant, integrationId, eventId } = await given();
    await tenant.capture(eventId, [leadOf(1), leadOf(2, { email: null }), leadOf(3, ofTier('Warm'))]);
    const id = globalId('Integration', integrationId);
    const viewer = new SchemaClient(services, tenant.viewer);
    const { planRetry: plan } = await viewer.data(planOf, { id, select: { filter: {} } });
    expect(plan).toMatchObject({ total: 3, wouldPass: 1, complete: true });
    expect(plan.wouldFail).toMatchObject([
      { category: 'MISSING_MATCH_KEY', count: 1, fix: expect.stringContaining('e-mail') },
      { category: 'NO_TAG_MAPPING', count: 1 },
    ]);
    const operator = new SchemaClient(services, tenant.operator);
    const { retry: begun } = await operator.data(
      `mutation ($input: RetryInput!) { retry(input: $input) { ... on RetrySuccess { retry { total skipped onlyPassing } } } }`,
      { input: { integrationId: id, select: { filter: {} }, onlyPassing: true } },
    );
    expect(begun.retry).toEqual({ total: 1, skipped: 2, onlyPassing: true });
  });

  test('every error group tells how many of it would pass now', async () => {
    const { tenant, integrationId, eventId, pushAll, map } = await given();
    await tenant.capture(eventId, [leadOf(1, ofTier('Warm')), leadOf(2, ofTier('Warm')), leadOf(3, { email: null })]);
    await pushAll();
    const client = new SchemaClient(services, tenant.viewer);
    const groups = async (event: string | null = null) => {
      const { reconciliation } = await client.data(
        `query ($id: ID!, $event: ID) { reconciliation(integrationId: $id, eventId: $event) {
           errorGroups { category count wouldPassNow } } }`,
        { id: globalId('Integration', integrationId), event: event && globalId('Event', event) },
      );
      return reconciliation.errorGroups;
    };
    const wouldPass = (count: number) => [
      { category: 'NO_TAG_MAPPING', count: 2, wouldPassNow: count },
      { category: 'MISSING_MATCH_KEY', count: 1, wouldPassNow: 0 },
    ];
    expect(await groups()).toEqual(wouldPass(0));
    await map(warmToo);
    expect(await groups()).toEqual(wouldPass(2));
    expect(await groups(eventId)).toEqual(wouldPass(2));
    expect(await groups(await tenant.createEvent())).toEqual([]);
  });

  test('what is unknown or foreign is null, what can not be selected is BAD_USER_INPUT', async () => {
    const { tenant, integrationId } = await given();
    const client = new SchemaClient(services, tenant.viewer);
    const other = await given();
    const filter = { filter: {} };
    for (const id of [
      'nonsense',
      globalId('Integration', services.newId()),
      globalId('Integration', other.integrationId),
    ]) {
      expect(await client.data(planOf, { id, select: filter })).toEqual({ planRetry: null });
    }
    const id = globalId('Integration', integrationId);
    const unknown = { syncItemIds: [globalId('SyncItem', services.newId())] };
    expect(await client.data(planOf, { id, select: unknown })).toEqual({ planRetry: null });
    expect(await client.codes(planOf, { id, select: { filter: { group: 'CLEARED' } } })).toEqual(['BAD_USER_INPUT']);
  });
});
