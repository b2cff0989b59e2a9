import { describe, expect, onTestFinished, test } from 'vitest';
import { type PipedriveOptions, startPipedrive } from '../../simulators/pipedrive/start-pipedrive.ts';
import { connect } from '../../src/sync/connect.ts';
import { previewPush } from '../../src/sync/preview-push.ts';
import { applyRecommendedMappings } from '../../src/sync/recommended-mappings.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { startWorld, type Worker, type World } from '../support/engine.ts';
import { leadOf } from '../support/tenant.ts';

const vendorUrls: Record<string, { authUrl: string; apiUrl: string }> = {};
const world: World = await startWorld({ worker: false, vendorUrls });
const { services } = world;

/** A Pipedrive whose search knows of nobody before it is told to, and a process that pushes to it. */
async function given(options: PipedriveOptions = {}) {
  const vendor = await startPipedrive({ indexLagMs: Number.POSITIVE_INFINITY, ...options });
  onTestFinished(() => vendor.close());
  vendorUrls.PIPEDRIVE = { authUrl: vendor.url, apiUrl: vendor.url };
  let worker: Worker = await world.startWorker();
  onTestFinished(() => worker.stop());
  const tenant = await world.tenant();
  const credentials = { pipedrive: { companyDomain: 'acme', apiToken: vendor.apiToken } };
  const { integrationId } = await connect(services, tenant.admin, { vendor: 'PIPEDRIVE', credentials });
  await applyRecommendedMappings(services, tenant.admin, { integrationId });
  const eventId = await tenant.createEvent();
  const integration = { orgId: tenant.orgId, integrationId };
  const forward = (seconds: number) => world.forward(seconds, integration);
  const posts = () =>
    vendor.calls().filter(({ method, path }) => method === 'POST' && path === '/api/v2/persons').length;
  const replaceWorker = async () => {
    await worker.stop(0);
    worker = await world.startWorker();
  };
  const waits = (failures: number) =>
    tenant.untilItems(integrationId, ([item]) => item?.state === 'PENDING' && item.failures === failures);
  return { tenant, integrationId, eventId, vendor, forward, posts, replaceWorker, waits };
}

describe('a person whose creation was not answered is not created again', () => {
  test('by the next push: it is found in the list of persons', async () => {
    const { tenant, integrationId, eventId, vendor, forward, posts, waits } = await given();
    vendor.fault({ kind: 'reset', method: 'POST', afterWrite: true });
    await tenant.capture(eventId, 1);
    await waits(1);
    await forward(6);
    await tenant.until(integrationId, { cleared: 1 });
    expect(vendor.persons()).toHaveLength(1);
    expect(posts()).toBe(1);
  });

  test('where persons are not listed: not before the search can be trusted, whichever process looks', async () => {
    const missing = [{ method: 'GET', path: /\/persons$/ }];
    const { tenant, integrationId, eventId, vendor, forward, posts, replaceWorker, waits } = await given({ missing });
    vendor.fault({ kind: 'reset', method: 'POST', afterWrite: true });
    await tenant.capture(eventId, 1);
    await waits(1);
    await replaceWorker();
    await forward(6);
    await waits(2);
    vendor.catchUp();
    await forward(31);
    await tenant.until(integrationId, { cleared: 1 });
    expect(vendor.persons()).toHaveLength(1);
    expect(posts()).toBe(1);
  });

  test('by the process that follows one that ended before the answer', async () => {
    const { tenant, integrationId, eventId, vendor, forward, posts, replaceWorker } = await given();
    vendor.fault({ kind: 'hang', method: 'POST', afterWrite: true });
    await tenant.capture(eventId, 1);
    await vendor.untilHanging();
    await replaceWorker();
    await forward(10);
    await tenant.until(integrationId, { cleared: 1 });
    expect(vendor.persons()).toHaveLength(1);
    expect(posts()).toBe(1);
  });

  test('by another lead of the same person, in another process', async () => {
    const { tenant, integrationId, eventId, vendor, forward, posts, replaceWorker, waits } = await given();
    vendor.fault({ kind: 'reset', method: 'POST', afterWrite: true });
    await tenant.capture(eventId, [leadOf(900)]);
    await waits(1);
    await replaceWorker();
    await forward(6);
    await tenant.capture(eventId, [leadOf(900, { externalId: 'another-badge' })]);
    await tenant.until(integrationId, { cleared: 2 });
    expect(vendor.persons()).toHaveLength(1);
    expect(posts()).toBe(1);
  });
});

test('a second lead of a person that another process created a moment ago updates it', async () => {
  const { tenant, integrationId, eventId, vendor, posts, replaceWorker } = await given();
  await tenant.capture(eventId, [leadOf(901)]);
  await tenant.until(integrationId, { cleared: 1 });
  await replaceWorker();
  await tenant.capture(eventId, [leadOf(901, { externalId: 'another-badge' })]);
  await tenant.until(integrationId, { cleared: 2 });
  const [first, second] = await tenant.items(integrationId);
  expect(first?.remoteId).toBe(second?.remoteId);
  expect(vendor.persons()).toHaveLength(1);
  expect(posts()).toBe(1);
});

test('a long preview, which searches for every lead, is refused nothing and shows the bytes of the push', async () => {
  const { tenant, integrationId, eventId, vendor } = await given({ rateMax: 80, searchMax: 10, indexLagMs: 0 });
  await setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL', confirm: true });
  vendor.enter({ name: 'Ada', emails: [{ value: leadOf(0).email ?? '', primary: true, label: 'work' }] });
  await tenant.capture(eventId, 12);
  const input = { integrationId, select: { filter: {} }, first: 12 };
  const previews = await previewPush(services, tenant.viewer, input);
  expect(previews.map(({ kind }) => kind)).toEqual(['UPDATE', ...Array.from({ length: 11 }, () => 'CREATE')]);
  expect(vendor.refusedForRate()).toBe(0);
  await setSyncMode(services, tenant.operator, { integrationId, mode: 'AUTOMATIC' });
  await tenant.until(integrationId, { cleared: 12 });
  for (const [nth, { payload }] of previews.entries())
    expect(vendor.received(`lead${nth}@example.test`)).toEqual(payload);
});

test('searches keep to their own limit: a flush is refused nothing', async () => {
  const { tenant, integrationId, eventId, vendor } = await given({ rateMax: 80, searchMax: 10, indexLagMs: 0 });
  await tenant.capture(eventId, 30);
  await tenant.until(integrationId, { cleared: 30 });
  expect(vendor.refusedForRate()).toBe(0);
  expect(vendor.persons()).toHaveLength(30);
});
