import { describe, expect, test } from 'vitest';
import { backoffMs } from '../../src/domain/backoff.ts';
import { retryEvent } from '../../src/sync/retry.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { startWorld } from '../support/engine.ts';
import { engineStands, leadsPath } from '../support/engine-stands.ts';
import { type Item, leadOf } from '../support/tenant.ts';

const world = await startWorld();
const { services } = world;
const { givenMarketo, givenWebhook, captureAtOnce } = engineStands(world);

describe('a vendor that is down', () => {
  test('is probed with one lead at a time, nobody spends an attempt, and everything flows when it is back', async () => {
    const { tenant, integrationId, eventId, marketo, pushes } = await givenMarketo();
    marketo.fault({ kind: 'status', status: 503, path: leadsPath, times: null });
    await captureAtOnce(tenant, integrationId, () => tenant.capture(eventId, 30));
    const down = (failures: number) => tenant.untilIntegration(integrationId, () => pushes().length === failures);
    await down(1);
    for (const [seconds, probes] of [
      [6, 3], // the lead of the first probe may itself be the reason: another is asked at once
      [6, 4],
      [31, 5],
      [121, 6],
      [901, 7],
    ] as const) {
      await tenant.until(integrationId, { queued: 30, syncing: 0 });
      await world.forward(seconds, { orgId: tenant.orgId, integrationId });
      await down(probes);
    }
    expect(pushes().map(({ emails }) => emails.length)).toEqual([30, 1, 1, 1, 1, 1, 1]);
    const probed = pushes().flatMap(({ emails }) => (emails.length === 1 ? emails : []));
    for (const [index, email] of probed.entries()) expect(email).not.toBe(probed[index - 1]);
    await tenant.until(integrationId, { queued: 30, syncing: 0 });
    const items = await tenant.items(integrationId);
    expect(items.every(({ failures, state }) => failures === 0 && state === 'PENDING')).toBe(true);
    expect(await tenant.integration(integrationId)).toMatchObject({ vendorState: 'VENDOR_DOWN', waits: true });

    marketo.clearFaults();
    await world.forward(901, { orgId: tenant.orgId, integrationId });
    await tenant.until(integrationId, { cleared: 30 });
    expect(await tenant.integration(integrationId)).toMatchObject({ vendorState: 'FLOWING', waits: false });
    expect(pushes()[7]?.emails).toHaveLength(1);
  });

  test('that nobody answers at all is the same', async () => {
    const { tenant, integrationId, eventId, marketo } = await givenMarketo();
    await marketo.close();
    await tenant.capture(eventId, 3);
    await tenant.untilIntegration(integrationId, (one) => one.vendorState === 'VENDOR_DOWN');
    await tenant.until(integrationId, { queued: 3, syncing: 0 });
    expect((await tenant.items(integrationId)).every(({ failures }) => failures === 0)).toBe(true);
  });

  test('because nothing listens is down for a single lead as well, which never spends an attempt', async () => {
    const { tenant, integrationId, eventId, receiver } = await givenWebhook();
    await receiver.close();
    await tenant.capture(eventId, 1);
    for (const [probes, seconds] of [6, 31, 121, 901].entries()) {
      await tenant.untilItems(integrationId, ([item]) => item?.state === 'PENDING' && item.attempts === probes + 1);
      await world.forward(seconds, { orgId: tenant.orgId, integrationId });
    }
    await tenant.untilItems(integrationId, ([item]) => item?.state === 'PENDING' && item.attempts === 5);
    expect(await tenant.items(integrationId)).toMatchObject([{ failures: 0 }]);
    expect(await tenant.integration(integrationId)).toMatchObject({ vendorState: 'VENDOR_DOWN', waits: true });
  });

  test('is not what one lead makes of it that always fails: its neighbours pass, and it alone spends attempts', async () => {
    const { tenant, integrationId, eventId, receiver } = await givenWebhook();
    receiver.fault({ kind: 'status', status: 503, email: String(leadOf(900).email), times: null });
    const neighbours = Array.from({ length: 60 }, (_, index) => leadOf(index));
    await captureAtOnce(tenant, integrationId, () => tenant.capture(eventId, [leadOf(900), ...neighbours]));
    const isGuilty = ({ externalId }: { externalId: string | null }) => externalId === 'badge-900';
    await tenant.untilItems(integrationId, (items) => items.some((item) => isGuilty(item) && item.error !== null));
    await world.forward(6, { orgId: tenant.orgId, integrationId });
    await tenant.until(integrationId, { cleared: 60 });
    const items = await tenant.items(integrationId);
    expect(items.filter(({ state }) => state !== 'CLEARED').map(isGuilty)).toEqual([true]);
    expect(items.filter((item) => !isGuilty(item)).every(({ attempts }) => attempts === 1)).toBe(true);
  });
});

describe('a lead that breaks its vendor every time', () => {
  const guiltyLead = leadOf(900);
  const fault = { kind: 'status', status: 503, email: String(guiltyLead.email), times: null } as const;
  const guiltyOf = (items: Item[]) => items.find(({ externalId }) => externalId === guiltyLead.externalId);

  test.for([['webhook'], ['Marketo']] as const)(
    '%s: in low traffic holds up nobody, spends its attempts by the backoff, and ends FAILED',
    async ([vendor]) => {
      const stand =
        vendor === 'webhook'
          ? await givenWebhook().then((one) => ({ ...one, simulator: one.receiver }))
          : await givenMarketo().then((one) => ({ ...one, simulator: one.marketo }));
      const { tenant, integrationId, eventId, simulator } = stand;
      simulator.fault({ ...fault, ...(vendor === 'Marketo' && { path: leadsPath }) });
      const guilty = (fits: (item: Item) => boolean) =>
        tenant.untilItems(integrationId, (items) =>
          items.some((item) => item === guiltyOf([item]) && item.state !== 'SYNCING' && fits(item)),
        );
      await tenant.capture(eventId, [guiltyLead]);
      await guilty(({ error }) => error !== null);
      expect(await tenant.items(integrationId)).toMatchObject([{ failures: 0, attempts: 1 }]);
      let cleared = 0;
      for (const [index, ms] of [5_000, ...backoffMs].entries()) {
        expect(await tenant.integration(integrationId)).toMatchObject({ waits: false });
        await tenant.capture(eventId, 1);
        await tenant.until(integrationId, { cleared: ++cleared }); // without the clock being moved: at once
        await world.forward(ms / 1_000 + 1, { orgId: tenant.orgId, integrationId });
        await guilty(({ attempts }) => attempts === index + 2);
        if (index < backoffMs.length) {
          expect(guiltyOf(await tenant.items(integrationId))).toMatchObject({ state: 'PENDING', failures: index + 1 });
          await tenant.capture(eventId, 1);
          await tenant.until(integrationId, { cleared: ++cleared });
        }
      }
      await tenant.until(integrationId, { failed: 1, queued: 0, cleared });
      expect(guiltyOf(await tenant.items(integrationId))?.error?.category).toBe('VENDOR_UNAVAILABLE');
      const others = (await tenant.items(integrationId)).filter((item) => item !== guiltyOf([item]));
      expect(others.every(({ attempts, state }) => attempts === 1 && state === 'CLEARED')).toBe(true);
      expect(await tenant.integration(integrationId)).toMatchObject({ vendorState: 'FLOWING', waits: false });
    },
  );

  test('ends FAILED also where it is the only lead there is', async () => {
    const { tenant, integrationId, eventId, receiver } = await givenWebhook();
    receiver.fault(fault);
    await tenant.capture(eventId, [guiltyLead]);
    for (const [index, ms] of [5_000, ...backoffMs].entries()) {
      await tenant.untilItems(integrationId, ([item]) => item?.state === 'PENDING' && item.attempts === index + 1);
      await world.forward(ms / 1_000 + 1, { orgId: tenant.orgId, integrationId });
    }
    await tenant.until(integrationId, { failed: 1 });
    expect(await tenant.items(integrationId)).toMatchObject([
      { attempts: 8, error: { category: 'VENDOR_UNAVAILABLE' } },
    ]);
  });

  test('does not take its batch with it: the others pass after one pause, and only it spends attempts', async () => {
    const { tenant, integrationId, eventId, marketo } = await givenMarketo();
    marketo.fault({ ...fault, path: leadsPath });
    const neighbours = Array.from({ length: 40 }, (_, index) => leadOf(index));
    await captureAtOnce(tenant, integrationId, () => tenant.capture(eventId, [guiltyLead, ...neighbours]));
    await tenant.untilIntegration(integrationId, (one) => one.vendorState === 'VENDOR_DOWN');
    await tenant.until(integrationId, { syncing: 0, queued: 41 });
    await world.forward(6, { orgId: tenant.orgId, integrationId });
    await tenant.until(integrationId, { cleared: 40, queued: 1, syncing: 0 });
    await world.forward(6, { orgId: tenant.orgId, integrationId });
    await tenant.untilItems(integrationId, (items) => (guiltyOf(items)?.failures ?? 0) > 0);
    const others = (await tenant.items(integrationId)).filter((item) => item !== guiltyOf([item]));
    expect(others.every(({ failures, state }) => failures === 0 && state === 'CLEARED')).toBe(true);
  });

  test('and a second such lead hold up others for one pause at most', async () => {
    const { tenant, integrationId, eventId, receiver } = await givenWebhook();
    const second = leadOf(901);
    receiver.fault(fault);
    receiver.fault({ ...fault, email: String(second.email) });
    await tenant.capture(eventId, [guiltyLead, second]);
    await tenant.untilIntegration(integrationId, (one) => one.vendorState === 'VENDOR_DOWN' && one.waits);
    await tenant.capture(eventId, 3);
    await world.forward(6, { orgId: tenant.orgId, integrationId });
    await tenant.until(integrationId, { cleared: 3, queued: 2, syncing: 0 });
    for (const [index, ms] of [5_000, ...backoffMs].entries()) {
      await world.forward(ms / 1_000 + 1, { orgId: tenant.orgId, integrationId });
      if (index === backoffMs.length) break;
      await tenant.untilItems(integrationId, (items) =>
        items.slice(0, 2).every(({ state, failures }) => state === 'PENDING' && failures === index + 1),
      );
    }
    await tenant.until(integrationId, { cleared: 3, failed: 2 });
  });
});

test('a vendor that is down costs no lead an attempt, however few there are and however they come', async () => {
  const { tenant, integrationId, eventId, receiver } = await givenWebhook();
  receiver.fault({ kind: 'status', status: 503, times: null });
  await tenant.capture(eventId, 1);
  await tenant.untilIntegration(integrationId, (one) => one.vendorState === 'VENDOR_DOWN');
  await tenant.capture(eventId, 1);
  await tenant.untilIntegration(integrationId, (one) => one.waits);
  for (const [index, seconds] of [6, 31, 121, 901, 901, 901, 901, 901].entries()) {
    await tenant.until(integrationId, { syncing: 0 });
    await world.forward(seconds, { orgId: tenant.orgId, integrationId });
    await expect.poll(() => receiver.deliveries().length).toBe(3 + index);
  }
  await tenant.until(integrationId, { queued: 2, syncing: 0 });
  expect((await tenant.items(integrationId)).map(({ failures }) => failures)).toEqual([0, 0]);
  receiver.clearFaults();
  await world.forward(901, { orgId: tenant.orgId, integrationId });
  await tenant.until(integrationId, { cleared: 2 });
  expect(await tenant.integration(integrationId)).toMatchObject({ vendorState: 'FLOWING', waits: false });
});

test('a lead that was retried out of Manual while its vendor is down goes when the vendor is back', async () => {
  const { tenant, integrationId, eventId, marketo } = await givenMarketo();
  await setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL', confirm: true });
  marketo.fault({ kind: 'status', status: 503, path: leadsPath });
  await tenant.capture(eventId, 2);
  const retryId = await retryEvent(services, tenant.operator, { integrationId, eventId });
  await tenant.untilIntegration(integrationId, (one) => one.vendorState === 'VENDOR_DOWN');
  await tenant.until(integrationId, { queued: 2, syncing: 0, frozen: 0 });
  await world.forward(6, { orgId: tenant.orgId, integrationId });
  expect(await tenant.untilRetry(retryId)).toMatchObject({ status: 'COMPLETED', cleared: 2 });
});
