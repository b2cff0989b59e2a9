import { eq } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { integrations } from '../../src/db/tables/index.ts';
import { backoffMs } from '../../src/domain/backoff.ts';
import { retryEvent } from '../../src/sync/retry.ts';
import { updateLead } from '../../src/sync/update-lead.ts';
import { startWorld } from '../support/engine.ts';
import { engineStands, leadsPath } from '../support/engine-stands.ts';
import { leadOf } from '../support/tenant.ts';

const world = await startWorld();
const { services } = world;
const { givenWebhook, givenMarketo, captureAtOnce, untilNoDrain } = engineStands(world);

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
