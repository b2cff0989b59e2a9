import { describe, expect, test } from 'vitest';
import { ForbiddenError, NotFoundError } from '../../src/domain/errors.ts';
import { cancelRetry } from '../../src/sync/cancel-retry.ts';
import { disable } from '../../src/sync/disable.ts';
import { enable } from '../../src/sync/enable.ts';
import { retryEvent } from '../../src/sync/retry.ts';
import type { Services } from '../../src/sync/services.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { startWorld } from '../support/engine.ts';
import { violationsOf } from '../support/log-check.ts';
import { retryStand, same } from '../support/retry-stand.ts';
import { type Item, leadOf } from '../support/tenant.ts';

const world = await startWorld();
const { services } = world;
const { given, givenFailed } = retryStand(world);
const leadsPath = '/rest/v1/leads.json';
const refusedWith = (refused: Promise<unknown>) => refused.then(() => null).catch((error: unknown) => error);

/** As `services`, and does something between two of its transactions: after the `nth` that `work` begins with it. */
function interrupted(nth: number, between: () => Promise<unknown>): Services {
  let count = 0;
  const db = new Proxy(services.db, {
    get(target, name, receiver) {
      if (name !== 'transaction') return Reflect.get(target, name, receiver);
      const transaction: typeof target.transaction = async (work, config) => {
        const done = await target.transaction(work, config);
        if (++count === nth) await between();
        return done;
      };
      return transaction;
    },
  });
  return { ...services, db };
}

describe('a running retry', () => {
  test('keeps its leads: an overlapping one takes none of them, and canceling that one changes nothing', async () => {
    const { tenant, integrationId, marketo, eventId, retryAll, select } = await given();
    const resume = marketo.pause();
    await tenant.capture(eventId, [leadOf(1, same), leadOf(2, same)]);
    const first = await retryAll();
    await tenant.capture(eventId, [leadOf(3, same)]);
    const second = await select({ filter: { eventId } });
    expect(await tenant.retry(second)).toMatchObject({ status: 'RUNNING', total: 1 });
    await cancelRetry(services, tenant.operator, second);
    await tenant.until(integrationId, { syncing: 1, queued: 1, frozen: 1 });
    resume();
    expect(await tenant.untilRetry(first)).toMatchObject({ status: 'COMPLETED', total: 2, cleared: 2 });
    expect(await tenant.retry(second)).toMatchObject({ status: 'CANCELED', total: 1, cleared: 0, failed: 0 });
    expect(await tenant.counts(integrationId)).toMatchObject({ cleared: 2, frozen: 1 });
  });

  test('counts a lead that fails again as failed, with its new error', async () => {
    const { tenant, integrationId, marketo, retryAll } = await givenFailed();
    marketo.fault({ kind: 'record', code: '1008' });
    const retryId = await retryAll(['FAILED']);
    expect(await tenant.untilRetry(retryId)).toMatchObject({ status: 'COMPLETED', total: 3, cleared: 2, failed: 1 });
    const failed = (await tenant.items(integrationId)).filter(({ state }) => state === 'FAILED');
    expect(failed).toMatchObject([{ error: { category: 'CONNECTION_PERMISSION', vendorCode: '1008' } }]);
  });

  test('counts a lead that the mapping refuses as failed', async () => {
    const { tenant, eventId, retryAll } = await given();
    await tenant.capture(eventId, [leadOf(1, { email: null }), leadOf(2)]);
    expect(await tenant.untilRetry(await retryAll())).toMatchObject({ total: 2, cleared: 1, failed: 1 });
  });

  test('is canceled by a switch to Manual: its leads are frozen, whatever they were before', async () => {
    const { tenant, integrationId, marketo, retryAll } = await givenFailed();
    await setSyncMode(services, tenant.operator, { integrationId, mode: 'AUTOMATIC' });
    const resume = marketo.pause();
    const retryId = await retryAll(['FAILED']);
    await tenant.until(integrationId, { syncing: 1, queued: 2 });
    await setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL', confirm: true });
    expect(await tenant.retry(retryId)).toMatchObject({ status: 'CANCELED' });
    resume();
    await tenant.until(integrationId, { cleared: 1, frozen: 2, queued: 0, failed: 0 });
  });

  test('is suspended by Disable and goes on after Enable', async () => {
    const { tenant, integrationId, marketo, retryAll } = await givenFailed();
    const resume = marketo.pause();
    const retryId = await retryAll(['FAILED']);
    await tenant.until(integrationId, { syncing: 1, queued: 2 });
    await disable(services, tenant.operator, { integrationId });
    resume();
    await tenant.until(integrationId, { cleared: 1, frozen: 2 });
    expect(await tenant.retry(retryId)).toMatchObject({ status: 'RUNNING', cleared: 1 });
    await enable(services, tenant.operator, { integrationId });
    expect(await tenant.untilRetry(retryId)).toMatchObject({ status: 'COMPLETED', cleared: 3 });
  });
});

describe('canceling a retry', () => {
  test('puts failed leads back with their last error; the one in flight finishes', async () => {
    const { tenant, integrationId, marketo, retryAll } = await givenFailed();
    const before = await tenant.items(integrationId);
    const resume = marketo.pause();
    const retryId = await retryAll(['FAILED']);
    await tenant.until(integrationId, { syncing: 1, queued: 2, failed: 0 });
    await cancelRetry(services, tenant.operator, retryId);
    expect(await tenant.counts(integrationId)).toMatchObject({ syncing: 1, queued: 0, failed: 2 });
    const back = (await tenant.items(integrationId)).filter(({ state }) => state === 'FAILED');
    for (const item of back) expect(item.error).toEqual(before.find(({ id }) => id === item.id)?.error);
    resume();
    await tenant.until(integrationId, { cleared: 1, failed: 2, syncing: 0 });
    expect(await tenant.retry(retryId)).toMatchObject({ status: 'CANCELED', total: 3 });
    expect((await tenant.log(integrationId)).filter(({ cause }) => cause === 'RETRY_CANCELED')).toHaveLength(2);
  });

  test('puts waiting leads back as waiting ones that nobody has released', async () => {
    const { tenant, integrationId, marketo, eventId, retryAll } = await given();
    const resume = marketo.pause();
    await tenant.capture(eventId, [leadOf(1, same), leadOf(2, same), leadOf(3, same)]);
    const retryId = await retryAll();
    await tenant.until(integrationId, { syncing: 1, queued: 2 });
    await cancelRetry(services, tenant.operator, retryId);
    expect(await tenant.counts(integrationId)).toMatchObject({ syncing: 1, queued: 0, frozen: 2 });
    resume();
    await tenant.until(integrationId, { cleared: 1, frozen: 2 });
    expect(marketo.leads()).toHaveLength(1);
  });

  test('also puts back what was pushed once already and waits for another attempt', async () => {
    const { tenant, integrationId, marketo, retryAll } = await givenFailed();
    marketo.fault({ kind: 'oversize', path: leadsPath, times: null });
    const retryId = await retryAll(['FAILED']);
    const isPushedOnce = ({ state, error }: Item) => state === 'PENDING' && error?.category === 'VENDOR_UNAVAILABLE';
    await tenant.untilItems(integrationId, (items) => items.every(isPushedOnce));
    await cancelRetry(services, tenant.operator, retryId);
    const items = await tenant.untilItems(integrationId, (all) => all.every(({ state }) => state === 'FAILED')); // one may be in flight again
    expect(items.map(({ error }) => error?.category)).toEqual(Array(3).fill('DUPLICATE'));
  });

  test('puts back the one in flight as well, when its answer is none', async () => {
    const { tenant, integrationId, marketo, retryAll } = await givenFailed();
    const resume = marketo.pause();
    marketo.fault({ kind: 'oversize', path: leadsPath, afterWrite: true });
    const retryId = await retryAll(['FAILED']);
    await tenant.until(integrationId, { syncing: 1, queued: 2 });
    await cancelRetry(services, tenant.operator, retryId);
    resume();
    await tenant.until(integrationId, { failed: 3, syncing: 0 });
    expect((await tenant.items(integrationId)).every(({ error }) => error?.category === 'DUPLICATE')).toBe(true);
    expect(
      (await tenant.items(integrationId)).every((item) => item.retryId === null && item.releaseEpoch === null),
    ).toBe(true);
  });

  test('that has ended leaves it as it is; an unknown or foreign one is not there', async () => {
    const { tenant, eventId, retryAll } = await given();
    await tenant.capture(eventId, 1);
    const retryId = await retryAll();
    const ended = await tenant.untilRetry(retryId);
    await cancelRetry(services, tenant.operator, retryId);
    expect(await tenant.retry(retryId)).toEqual(ended);
    const stranger = await world.tenant();
    expect(await refusedWith(cancelRetry(services, stranger.admin, retryId))).toBeInstanceOf(NotFoundError);
    expect(await refusedWith(cancelRetry(services, tenant.viewer, retryId))).toBeInstanceOf(ForbiddenError);
  });

  test('of more leads than fit into one transaction puts them all back', async () => {
    const { tenant, integrationId, marketo, eventId, retryAll } = await given();
    const resume = marketo.pause();
    await tenant.capture(
      eventId,
      Array.from({ length: 1_000 }, (_, index) => leadOf(index, same)),
    );
    const retryId = await retryAll();
    await tenant.until(integrationId, { syncing: 1, queued: 999 });
    await cancelRetry(services, tenant.operator, retryId);
    expect(await tenant.counts(integrationId)).toMatchObject({ queued: 0, frozen: 999, syncing: 1 });
    resume();
    await tenant.until(integrationId, { cleared: 1, frozen: 999 });
  });
});

describe('between the chunks of a large retry', () => {
  // One transaction begins it, three look for 1,250 leads, three release them.
  test.for([1, 2, 5])(
    'Disable (behind transaction %i) leaves it RUNNING with all its leads, and it goes on after Enable',
    async (nth) => {
      const { tenant, integrationId, eventId } = await given();
      await tenant.capture(eventId, 900);
      await tenant.capture(eventId, 350);
      const off = () => disable(services, tenant.operator, { integrationId });
      const retryId = await retryEvent(interrupted(nth, off), tenant.operator, { integrationId, eventId });
      expect(await tenant.retry(retryId)).toMatchObject({ status: 'RUNNING', total: 1_250 });
      await enable(services, tenant.operator, { integrationId });
      expect(await tenant.untilRetry(retryId)).toMatchObject({ status: 'COMPLETED', total: 1_250, cleared: 1_250 });
      expect(await violationsOf(services, tenant, integrationId)).toEqual([]);
    },
  );

  test('Enable in Manual cancels it: what it had not released never moved', async () => {
    const { tenant, integrationId, eventId } = await given();
    await tenant.capture(eventId, 900);
    await tenant.capture(eventId, 350);
    const refreeze = async () => {
      await disable(services, tenant.operator, { integrationId });
      await enable(services, tenant.operator, { integrationId, mode: 'MANUAL' });
    };
    const retryId = await retryEvent(interrupted(5, refreeze), tenant.operator, { integrationId, eventId });
    expect(await tenant.retry(retryId)).toMatchObject({ status: 'CANCELED' });
    expect((await tenant.log(integrationId)).filter(({ cause }) => cause === 'RELEASED')).toHaveLength(500);
    const again = await retryEvent(services, tenant.operator, { integrationId, eventId });
    expect(await tenant.untilRetry(again)).toMatchObject({ status: 'COMPLETED', failed: 0 });
    expect(await tenant.counts(integrationId)).toMatchObject({ frozen: 0, cleared: 1_250 });
  });

  test('a process that dies leaves the rest to another', async () => {
    const { tenant, integrationId, eventId } = await given();
    await tenant.capture(eventId, 900);
    await tenant.capture(eventId, 350);
    const dead = interrupted(3, () => Promise.reject(new Error('the process dies here')));
    const longAgo = { ...dead, now: () => new Date(Date.now() - 60_000) };
    await expect(retryEvent(longAgo, tenant.operator, { integrationId, eventId })).rejects.toThrow('dies here');
    await tenant.until(integrationId, { cleared: 1_250 });
    expect(await violationsOf(services, tenant, integrationId)).toEqual([]);
  });
});
