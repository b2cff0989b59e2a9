import { eq } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { fieldMappings, integrations, vendorFlows } from '../../src/db/tables/index.ts';
import { backoffMs } from '../../src/domain/backoff.ts';
import type { FieldMapping } from '../../src/domain/mapping.ts';
import { disable } from '../../src/sync/disable.ts';
import { enable } from '../../src/sync/enable.ts';
import { retryEvent } from '../../src/sync/retry.ts';
import { setFieldMappings } from '../../src/sync/set-field-mappings.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { updateLead } from '../../src/sync/update-lead.ts';
import { startWorld } from '../support/engine.ts';
import { type Item, leadOf, marketoMappings, type Tenant } from '../support/tenant.ts';

const world = await startWorld();
const { services } = world;
const leadsPath = '/rest/v1/leads.json';

async function givenMarketo(...[options, mappings]: Parameters<Tenant['connectMarketo']>) {
  const tenant = await world.tenant();
  const stand = await tenant.connectMarketo(options, mappings);
  const pushes = () => stand.marketo.calls().filter(({ method, path }) => method === 'POST' && path === leadsPath);
  return { tenant, ...stand, pushes, eventId: await tenant.createEvent() };
}

async function givenWebhook() {
  const tenant = await world.tenant();
  const stand = await tenant.connectWebhook();
  return { tenant, ...stand, eventId: await tenant.createEvent() };
}

/** Captures while the gate is closed, so that everything is there when it opens. */
async function captureAtOnce(tenant: Tenant, integrationId: string, capture: () => Promise<unknown>) {
  await disable(services, tenant.operator, { integrationId });
  await capture();
  await enable(services, tenant.operator, { integrationId });
}

/** What a drain knows when it begins is what it goes by. */
const untilNoDrain = (integrationId: string) =>
  expect
    .poll(async () => {
      const drains = await world.database.sql`
        select from pgboss.job where singleton_key = ${integrationId} and name = 'drain' and state in ('created', 'active')`;
      return drains.length;
    })
    .toBe(0);

describe('batches', () => {
  test('hold 300 leads at most, each lead in one, at most five calls at once', async () => {
    const { tenant, integrationId, eventId, marketo, pushes } = await givenMarketo({ latencyMs: 30 });
    await captureAtOnce(tenant, integrationId, async () => {
      for (const _ of [1, 2]) await tenant.capture(eventId, 850);
    });
    await tenant.until(integrationId, { cleared: 1_700 });
    const sizes = pushes().map(({ emails }) => emails.length);
    expect(Math.max(...sizes)).toBe(300);
    expect(sizes).toHaveLength(6);
    expect(new Set(pushes().flatMap(({ emails }) => emails)).size).toBe(1_700);
    expect(marketo.inFlightMax()).toBeLessThanOrEqual(5);
  });

  test('a refused record does not fail its neighbours', async () => {
    const { tenant, integrationId, eventId, marketo, pushes } = await givenMarketo();
    const email = String(leadOf(7).email);
    marketo.fault({ kind: 'record', code: '1007', email });
    await captureAtOnce(tenant, integrationId, () => tenant.capture(eventId, 20));
    await tenant.until(integrationId, { cleared: 19, failed: 1 });
    const [failed] = (await tenant.items(integrationId)).filter(({ status }) => status === 'FAILED');
    expect(failed).toMatchObject({
      externalId: 'badge-7',
      error: { category: 'DUPLICATE', vendorCode: '1007' },
      attempts: 1,
    });
    expect(pushes()).toHaveLength(1);
  });

  test('a batch that is refused as a whole is split until the guilty lead is found, and only that one fails', async () => {
    const { tenant, integrationId, eventId, marketo, pushes } = await givenMarketo();
    const email = String(leadOf(13).email);
    marketo.fault({ kind: 'response', code: '1003', path: leadsPath, email, times: null });
    await captureAtOnce(tenant, integrationId, () => tenant.capture(eventId, 40));
    await tenant.until(integrationId, { cleared: 39, failed: 1 });
    const items = await tenant.items(integrationId);
    expect(items.filter(({ status }) => status === 'FAILED')).toMatchObject([
      { externalId: 'badge-13', error: { category: 'DATA_VALUE_VALIDATION' } },
    ]);
    expect(items.every(({ failures }) => failures === 0)).toBe(true);
    const refused = pushes().filter(({ emails }) => emails.includes(email));
    const sizes = refused.map(({ emails }) => emails.length);
    expect([sizes.length, sizes[0], sizes.at(-1)]).toEqual([new Set(sizes).size, 40, 1]); // smaller every time
    expect(pushes().length).toBeLessThanOrEqual(2 * 7);
  });

  test('the halves of a refused batch pass the gate again: what was refused before a switch is not sent after it', async () => {
    const { tenant, integrationId, eventId, marketo, pushes } = await givenMarketo();
    const resume = marketo.pause();
    marketo.fault({ kind: 'status', status: 413, path: leadsPath, afterWrite: true });
    await captureAtOnce(tenant, integrationId, () => tenant.capture(eventId, 10));
    await tenant.until(integrationId, { syncing: 10 });
    expect(await disable(services, tenant.operator, { integrationId })).toMatchObject({ inFlight: 10, held: 0 });
    resume();
    await tenant.until(integrationId, { frozen: 10 });
    expect(pushes()).toHaveLength(1);
    await enable(services, tenant.operator, { integrationId });
    await tenant.until(integrationId, { cleared: 10 });
  });

  test('a batch that is larger than the vendor takes goes in parts', async () => {
    const notes: FieldMapping = {
      source: 'attribute:notes',
      remoteField: 'sluiceNotes',
      writeBehavior: 'OVERWRITE',
      values: [],
    };
    const { tenant, integrationId, eventId, marketo } = await givenMarketo({}, [...marketoMappings, notes]);
    const long = { attributes: [{ name: 'notes', value: 'x'.repeat(9_000) }] };
    await captureAtOnce(tenant, integrationId, () =>
      tenant.capture(
        eventId,
        Array.from({ length: 150 }, (_, index) => leadOf(index, long)),
      ),
    );
    await tenant.until(integrationId, { cleared: 150 });
    expect(marketo.leads()).toHaveLength(150);
  });
});

describe('a lead that the vendor does not take for now', () => {
  test('is tried again after 5 s, 30 s, 2 min, 15 min, 1 h and 4 h, and fails after that, while others pass', async () => {
    const { tenant, integrationId, eventId, receiver } = await givenWebhook();
    const email = String(leadOf(900).email);
    receiver.fault({ kind: 'status', status: 500, email, times: null });
    await tenant.capture(eventId, [leadOf(900)]);
    const guilty = (fits: (item: { failures: number; state: string; attempts: number }) => boolean) =>
      tenant.untilItems(integrationId, (items) => items.some((item) => item.externalId === 'badge-900' && fits(item)));
    await guilty(({ state, failures }) => state === 'PENDING' && failures === 1);
    let cleared = 0;
    for (const [index, ms] of backoffMs.entries()) {
      const attempts = index + 1;
      if (ms >= 30_000) {
        await world.forward(ms / 1_000 - 15, { orgId: tenant.orgId, integrationId });
        await tenant.capture(eventId, 1);
        await tenant.until(integrationId, { cleared: ++cleared });
        expect((await tenant.items(integrationId)).find((item) => item.externalId === 'badge-900')).toMatchObject({
          attempts,
          failures: attempts,
          state: 'PENDING',
          error: { category: 'VENDOR_UNAVAILABLE' },
        });
      }
      await world.forward(16, { orgId: tenant.orgId, integrationId });
      await guilty((item) => item.attempts === attempts + 1 && item.state !== 'SYNCING');
    }
    await tenant.until(integrationId, { failed: 1, cleared });
    expect((await tenant.items(integrationId)).find((item) => item.externalId === 'badge-900')).toMatchObject({
      attempts: backoffMs.length + 1,
      error: { category: 'VENDOR_UNAVAILABLE', vendorCode: '500' },
    });
    expect(receiver.deliveries().filter((delivery) => delivery.body.includes(email))).toHaveLength(7);
  });

  test('waits as long as Retry-After says', async () => {
    const { tenant, integrationId, eventId, receiver } = await givenWebhook();
    receiver.script({ status: 500, headers: { 'retry-after': '600' } });
    await tenant.capture(eventId, [leadOf(900)]);
    await tenant.untilItems(integrationId, ([item]) => item?.failures === 1 && item.state === 'PENDING');
    await world.forward(300, { orgId: tenant.orgId, integrationId });
    await tenant.capture(eventId, 1);
    await tenant.until(integrationId, { cleared: 1, queued: 1 });
    await world.forward(301, { orgId: tenant.orgId, integrationId });
    await tenant.until(integrationId, { cleared: 2 });
  });

  test('goes at once when it is edited or retried, with a whole budget', async () => {
    const { tenant, integrationId, eventId, receiver } = await givenWebhook();
    receiver.script(500, 500);
    const [leadId = ''] = await tenant.capture(eventId, 2);
    await tenant.untilItems(integrationId, (items) => items.every((item) => item.failures === 1));
    await updateLead(services, tenant.operator, { leadId, company: 'Difference Engines' });
    await tenant.until(integrationId, { cleared: 1, queued: 1 });
    await retryEvent(services, tenant.operator, { integrationId, eventId });
    await tenant.until(integrationId, { cleared: 2 });
  });
});

describe('a vendor that asks us to wait', () => {
  test.for([
    { code: '606', state: 'THROTTLED', seconds: 21 },
    { code: '615', state: 'THROTTLED', seconds: 3 },
    { code: '607', state: 'QUOTA_EXHAUSTED', seconds: 25 * 3_600 },
  ] as const)(
    '$code: the flow says $state, no lead spends an attempt, and all go on when it is over',
    async ({ code, state, seconds }) => {
      const { tenant, integrationId, eventId, marketo, pushes } = await givenMarketo();
      marketo.fault({ kind: 'response', code, path: leadsPath });
      await captureAtOnce(tenant, integrationId, () => tenant.capture(eventId, 5));
      const view = await tenant.untilIntegration(integrationId, (one) => one.vendorState === state);
      expect(view).toMatchObject({ waits: true, resumesAt: expect.any(Date) });
      await tenant.until(integrationId, { queued: 5, syncing: 0 });
      expect((await tenant.items(integrationId)).every((item) => item.failures === 0 && item.attempts === 1)).toBe(
        true,
      );
      expect(pushes()).toHaveLength(1);
      await world.forward(seconds, { orgId: tenant.orgId, integrationId });
      await tenant.until(integrationId, { cleared: 5 });
      expect(await tenant.integration(integrationId)).toMatchObject({ vendorState: 'FLOWING', waits: false });
    },
  );

  test.for([429, 503])('a webhook with HTTP %d and Retry-After is left alone that long', async (status) => {
    const { tenant, integrationId, eventId, receiver } = await givenWebhook();
    receiver.script({ status, headers: { 'retry-after': '3600' } });
    await tenant.capture(eventId, 1);
    const state = status === 429 ? 'THROTTLED' : 'VENDOR_DOWN';
    await tenant.untilIntegration(integrationId, (one) => one.vendorState === state && one.waits);
    await tenant.until(integrationId, { queued: 1, syncing: 0 });
    await world.forward(3_000, { orgId: tenant.orgId, integrationId });
    await tenant.capture(eventId, 1);
    expect(await tenant.integration(integrationId)).toMatchObject({ vendorState: state, waits: true });
    expect(receiver.deliveries()).toHaveLength(1);
    expect((await tenant.items(integrationId)).every((item) => item.failures === 0)).toBe(true);
    await world.forward(601, { orgId: tenant.orgId, integrationId });
    await tenant.until(integrationId, { cleared: 2 });
    await tenant.untilIntegration(integrationId, (one) => one.vendorState === 'FLOWING');
  });
});

test('the rate of a vendor holds for every request of a push: what it looks up counts as well as what it writes', async () => {
  const companyIfBlank = marketoMappings.map((mapping) =>
    mapping.remoteField === 'company' ? { ...mapping, writeBehavior: 'WRITE_IF_BLANK' as const } : mapping,
  );
  const { tenant, integrationId, eventId, marketo } = await givenMarketo({}, companyIfBlank);
  await untilNoDrain(integrationId);
  const rate = { rateCalls: 4, rateWindowMs: 1_000 };
  await services.db.update(vendorFlows).set(rate).where(eq(vendorFlows.integrationId, integrationId));
  for (let cleared = 1; cleared <= 6; cleared++) {
    await tenant.capture(eventId, 1);
    await tenant.until(integrationId, { cleared });
  }
  const calls = marketo.calls().filter(({ path }) => path === leadsPath);
  expect(calls.map(({ method }) => method)).toEqual(Array.from({ length: 6 }, () => ['GET', 'POST']).flat());
  for (const [index, call] of calls.slice(0, -rate.rateCalls).entries()) {
    const next = calls[index + rate.rateCalls];
    expect((next?.at ?? 0) - call.at).toBeGreaterThan(rate.rateWindowMs - 150); // what the way to the vendor takes may vary
  }
});

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

describe('credentials that the vendor refuses', () => {
  test('hold everything, fail nobody, and all goes on after connecting again', async () => {
    const { tenant, integrationId, eventId, marketo, credentials } = await givenMarketo();
    await tenant.capture(eventId, 2);
    await tenant.until(integrationId, { cleared: 2 });
    marketo.change({ kind: 'credentials', state: 'revoked' });
    marketo.change({ kind: 'token', state: 'invalid' });
    await tenant.capture(eventId, 3);
    const closed = await tenant.untilIntegration(
      integrationId,
      ({ gate }) => gate.connection === 'NEEDS_AUTHORIZATION',
    );
    expect(closed.problem).toEqual(expect.any(String));
    await tenant.until(integrationId, { frozen: 3, syncing: 0, cleared: 2 });
    const waiting = (await tenant.items(integrationId)).filter(({ state }) => state === 'PENDING');
    expect(waiting.every(({ failures, error }) => failures === 0 && error?.category === 'AUTHENTICATION')).toBe(true);
    expect((await tenant.history(integrationId)).at(-1)).toMatchObject({ kind: 'AUTHORIZATION_LOST', by: 'Sluice' });
    await expect(retryEvent(services, tenant.operator, { integrationId, eventId })).rejects.toMatchObject({
      holds: ['NEEDS_AUTHORIZATION'],
    });

    marketo.change({ kind: 'credentials', state: 'valid' });
    const { receipt } = await tenant.connect('MARKETO', credentials, integrationId);
    expect(receipt).toMatchObject({ released: 3, held: 0 });
    await tenant.until(integrationId, { cleared: 5 });
    expect((await tenant.integration(integrationId)).problem).toBeNull();
  });

  test('that were replaced meanwhile close nothing: the answer to the old ones says nothing of the new', async () => {
    const { tenant, integrationId, eventId, marketo, credentials, pushes } = await givenMarketo();
    const resume = marketo.pause();
    const email = String(leadOf(0).email);
    marketo.fault({ kind: 'status', status: 401, path: leadsPath, email, afterWrite: true });
    await tenant.capture(eventId, [leadOf(0)]);
    await tenant.until(integrationId, { syncing: 1 });
    await tenant.connect('MARKETO', credentials, integrationId);
    await tenant.capture(eventId, [leadOf(1)]); // the drain has the new credentials now
    await expect.poll(() => pushes().length).toBe(2);
    const { version } = (await tenant.integration(integrationId)).gate;
    marketo.fault({ kind: 'status', status: 401, path: '/identity/oauth/token' }); // for the old ones: the new have a token
    resume();
    await tenant.until(integrationId, { cleared: 2 });
    const answers = (await tenant.log(integrationId)).filter(({ cause }) => cause === 'ANSWERED');
    expect(answers.filter(({ error }) => error?.category === 'AUTHENTICATION')).toHaveLength(1);
    expect((await tenant.integration(integrationId)).gate).toMatchObject({ connection: 'CONNECTED', version });
  });
});

describe('credentials that can not be decrypted any more', () => {
  const spoilt = [
    ['because their key is gone', { credentialsKeyId: 'retired' }],
    ['because they were cut short', { credentials: Buffer.alloc(40) }],
  ] as const;

  test.for(spoilt)('%s: the integration says so, everything waits, and connecting again mends it', async ([, row]) => {
    const { tenant, integrationId, eventId, marketo, credentials } = await givenMarketo();
    await untilNoDrain(integrationId); // one that runs has opened them already
    const logged = world.log.length;
    await services.db.update(integrations).set(row).where(eq(integrations.id, integrationId));
    await tenant.capture(eventId, 2);
    const told = await tenant.untilIntegration(integrationId, ({ gate }) => gate.connection === 'NEEDS_AUTHORIZATION');
    expect(told.problem).toContain('SECRET_KEYS');
    await tenant.until(integrationId, { frozen: 2, syncing: 0 });
    expect((await tenant.items(integrationId)).every((item) => item.attempts === 0 && item.error === null)).toBe(true);
    const changes = (await tenant.history(integrationId)).filter(({ kind }) => kind === 'AUTHORIZATION_LOST');
    expect(changes).toMatchObject([{ by: 'Sluice', reason: told.problem }]);
    expect(marketo.leads()).toEqual([]);
    const events = world.log.slice(logged).map(({ event }) => event);
    expect(events).toContain('credentials.unreadable');
    expect(events).not.toContain('drain.failed');

    const { receipt } = await tenant.connect('MARKETO', credentials, integrationId);
    expect(receipt).toMatchObject({ released: 2, held: 0 });
    await tenant.until(integrationId, { cleared: 2 });
    expect((await tenant.integration(integrationId)).problem).toBeNull();
  });
});

test('a webhook that answers 410 is left alone until somebody connects again', async () => {
  const { tenant, integrationId, eventId, receiver, credentials } = await givenWebhook();
  receiver.script(410);
  await tenant.capture(eventId, 1);
  await tenant.untilIntegration(integrationId, ({ gate }) => gate.endpointGone);
  await tenant.capture(eventId, 2);
  await tenant.until(integrationId, { frozen: 3, syncing: 0 });
  expect((await tenant.history(integrationId)).at(-1)).toMatchObject({ kind: 'ENDPOINT_GONE', by: 'Sluice' });
  expect(receiver.deliveries()).toHaveLength(1);
  await tenant.connect('WEBHOOK', credentials, integrationId);
  await tenant.until(integrationId, { cleared: 3 });
});

describe('what is known before the call', () => {
  const picklist: FieldMapping = {
    source: 'qualifier:Interest',
    remoteField: 'sluiceInterest',
    writeBehavior: 'OVERWRITE',
    values: [{ value: 'Pumps', remoteValue: 'P' }],
  };
  const interest = (value: string) => ({ qualifiers: [{ name: 'Interest', values: [value] }] });
  const withoutEmail = marketoMappings.filter(({ remoteField }) => remoteField !== 'email');
  const vanished: FieldMapping = { ...picklist, source: 'company', remoteField: 'gone__c', values: [] };

  test.for([
    ['NO_TAG_MAPPING', [...marketoMappings, picklist], leadOf(0, interest('Valves'))],
    ['MISSING_MATCH_KEY', marketoMappings, leadOf(0, { email: null })],
    ['NO_FIELD_MAPPING', withoutEmail, leadOf(0)],
    ['MISSING_REMOTE_FIELD', [...marketoMappings, vanished], leadOf(0)],
    ['DATA_VALUE_VALIDATION', marketoMappings, leadOf(0, { company: 'x'.repeat(256) })],
  ] as const)(
    '%s fails the lead without a call, and a retry after the fix sends it',
    async ([category, mappings, lead]) => {
      const kept = mappings.filter((mapping) => mapping !== vanished);
      const { tenant, integrationId, eventId, pushes } = await givenMarketo({}, [...kept]);
      // Mapped while the field was there: saving it now would be refused.
      if (kept.length < mappings.length) {
        const row = { orgId: tenant.orgId, integrationId, place: kept.length, ...vanished };
        await services.db.insert(fieldMappings).values(row);
      }
      const [leadId = ''] = await tenant.capture(eventId, [lead]);
      await tenant.until(integrationId, { failed: 1 });
      expect(await tenant.items(integrationId)).toMatchObject([{ error: { category }, attempts: 0, failures: 0 }]);
      expect((await tenant.log(integrationId)).at(-1)).toMatchObject({ cause: 'REFUSED_LOCALLY', toStatus: 'FAILED' });
      expect(pushes()).toEqual([]);

      await setFieldMappings(services, tenant.admin, { integrationId, mappings: marketoMappings });
      await updateLead(services, tenant.operator, { leadId, email: 'fixed@example.test', company: 'Short' });
      expect(await tenant.counts(integrationId)).toMatchObject({ failed: 1 });
      await retryEvent(services, tenant.operator, { integrationId, eventId, groups: ['FAILED'] });
      await tenant.until(integrationId, { cleared: 1 });
    },
  );

  test('a lead that passes is sent with the mapped option', async () => {
    const { tenant, integrationId, eventId, marketo } = await givenMarketo({}, [...marketoMappings, picklist]);
    await tenant.capture(eventId, [leadOf(0, interest('Pumps')), leadOf(1, interest('Valves')), leadOf(2)]);
    await tenant.until(integrationId, { cleared: 2, failed: 1 });
    expect(marketo.leads().map((lead) => lead.fields.sluiceInterest ?? null)).toEqual(['P', null]);
  });
});

describe('an answer that is none', () => {
  test('a web page in place of data is the vendor’s trouble: nobody spends an attempt', async () => {
    const { tenant, integrationId, eventId, marketo } = await givenMarketo();
    marketo.fault({ kind: 'html', path: leadsPath });
    await tenant.capture(eventId, 4);
    await tenant.untilIntegration(integrationId, (one) => one.vendorState === 'VENDOR_DOWN');
    await tenant.until(integrationId, { queued: 4, syncing: 0 });
    expect((await tenant.items(integrationId)).every(({ failures }) => failures === 0)).toBe(true);
    await world.forward(6, { orgId: tenant.orgId, integrationId });
    await tenant.until(integrationId, { cleared: 4 });
  });

  test('five megabytes spend an attempt, are not kept, and the lead is sent again', async () => {
    const { tenant, integrationId, eventId, marketo } = await givenMarketo();
    marketo.fault({ kind: 'oversize', path: leadsPath, bytes: 5_000_000 });
    await tenant.capture(eventId, 1);
    const [item] = await tenant.untilItems(integrationId, ([one]) => one?.failures === 1);
    expect(item?.error?.category).toBe('VENDOR_UNAVAILABLE');
    expect(JSON.stringify(item?.error).length).toBeLessThan(1_000);
    await world.forward(6, { orgId: tenant.orgId, integrationId });
    await tenant.until(integrationId, { cleared: 1 });
  });

  test('an answer that got lost after the vendor wrote makes no second record', async () => {
    const { tenant, integrationId, eventId, marketo } = await givenMarketo();
    marketo.fault({ kind: 'reset', path: leadsPath, afterWrite: true });
    await tenant.capture(eventId, 1);
    await tenant.untilItems(integrationId, ([one]) => one?.failures === 1);
    await world.forward(6, { orgId: tenant.orgId, integrationId });
    await tenant.until(integrationId, { cleared: 1 });
    expect(marketo.leads()).toHaveLength(1);
  });
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
