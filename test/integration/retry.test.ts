import { describe, expect, test } from 'vitest';
import { ForbiddenError, IntegrationHeldError, NotFoundError, ValidationError } from '../../src/domain/errors.ts';
import { cancelRetry } from '../../src/sync/cancel-retry.ts';
import { disable } from '../../src/sync/disable.ts';
import { enable } from '../../src/sync/enable.ts';
import type { RetryRow } from '../../src/sync/live/feed.ts';
import { retry, retryEvent } from '../../src/sync/retry.ts';
import type { Selection } from '../../src/sync/selection.ts';
import type { Services } from '../../src/sync/services.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { startWorld } from '../support/engine.ts';
import { violationsOf } from '../support/log-check.ts';
import { type Item, leadOf, type Tenant } from '../support/tenant.ts';

const world = await startWorld();
const { services } = world;
const same = { email: 'same@example.test' };
const leadsPath = '/rest/v1/leads.json';

/** A Manual integration, so that nothing leaves but what a retry releases. */
async function given(options?: Parameters<Tenant['connectMarketo']>[0]) {
  const tenant = await world.tenant();
  const { integrationId, marketo } = await tenant.connectMarketo(options);
  await setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL', confirm: true });
  const eventId = await tenant.createEvent();
  const select = (selection: Selection) => retry(services, tenant.operator, { integrationId, select: selection });
  const retryAll = (groups?: ('PRE_SYNC' | 'FAILED' | 'CLEARED')[]) =>
    retryEvent(services, tenant.operator, { integrationId, eventId, groups });
  const statuses = async () =>
    Object.fromEntries((await tenant.items(integrationId)).map(({ externalId, status }) => [externalId, status]));
  return { tenant, integrationId, marketo, eventId, select, retryAll, statuses };
}

/** Three leads of one address that the vendor refused; and none of its refusals is left. */
async function givenFailed() {
  const stand = await given();
  const { tenant, integrationId, marketo, eventId, retryAll } = stand;
  marketo.fault({ kind: 'record', code: '1007', times: 3 });
  await tenant.capture(eventId, [leadOf(1, same), leadOf(2, same), leadOf(3, same)]);
  expect(await tenant.untilRetry(await retryAll())).toMatchObject({ total: 3, failed: 3 });
  expect(await tenant.counts(integrationId)).toMatchObject({ failed: 3 });
  return stand;
}

const refusedWith = (refused: Promise<unknown>) => refused.then(() => null).catch((error: unknown) => error);
const idsOf = (items: Item[], ...externalIds: string[]) =>
  items.filter(({ externalId }) => externalIds.includes(externalId ?? '')).map(({ id }) => id);
const waitingOf = ({ total, cleared, failed }: RetryRow) => total - cleared - failed;

describe('the retry of an event', () => {
  test('pushes what waits there, by default, and leaves FAILED leads and other events alone', async () => {
    const { tenant, integrationId, marketo, eventId, retryAll, statuses } = await given();
    marketo.fault({ kind: 'record', code: '1007', email: String(leadOf(1).email) });
    await tenant.capture(eventId, [leadOf(1)]);
    await tenant.untilRetry(await retryAll());
    await tenant.capture(eventId, [leadOf(2), leadOf(3)]);
    await tenant.capture(await tenant.createEvent(), [leadOf(4)]);
    const retryId = await retryAll();
    expect(await tenant.untilRetry(retryId)).toMatchObject({
      status: 'COMPLETED',
      eventId,
      total: 2,
      cleared: 2,
      failed: 0,
      requestedBy: 'Otto',
    });
    expect(await statuses()).toEqual({
      'badge-1': 'FAILED',
      'badge-2': 'CLEARED',
      'badge-3': 'CLEARED',
      'badge-4': 'FROZEN',
    });
    expect((await tenant.log(integrationId)).filter(({ cause }) => cause === 'RELEASED')).toHaveLength(3);
  });

  test('pushes FAILED leads instead, or both, when asked to', async () => {
    const { tenant, eventId, retryAll, statuses } = await givenFailed();
    await tenant.capture(eventId, [leadOf(4)]);
    expect(await tenant.untilRetry(await retryAll(['FAILED']))).toMatchObject({ total: 3, cleared: 3 });
    expect(await statuses()).toMatchObject({ 'badge-1': 'CLEARED', 'badge-4': 'FROZEN' });

    const both = await givenFailed();
    await both.tenant.capture(both.eventId, [leadOf(4)]);
    expect(await both.tenant.untilRetry(await both.retryAll(['PRE_SYNC', 'FAILED']))).toMatchObject({ total: 4 });
    expect(await both.statuses()).toMatchObject({ 'badge-1': 'CLEARED', 'badge-4': 'CLEARED' });
  });

  test('refuses CLEARED, no group at all, an unknown event, and viewers', async () => {
    const { tenant, integrationId, eventId, retryAll } = await given();
    expect(await refusedWith(retryAll(['CLEARED']))).toBeInstanceOf(ValidationError);
    expect(await refusedWith(retryAll([]))).toBeInstanceOf(ValidationError);
    const elsewhere = retryEvent(services, tenant.operator, { integrationId, eventId: services.newId() });
    expect(await refusedWith(elsewhere)).toBeInstanceOf(NotFoundError);
    const byViewer = retryEvent(services, tenant.viewer, { integrationId, eventId });
    expect(await refusedWith(byViewer)).toBeInstanceOf(ForbiddenError);
    const other = await world.tenant();
    const foreign = retryEvent(services, other.admin, { integrationId, eventId: await other.createEvent() });
    expect(await refusedWith(foreign)).toBeInstanceOf(NotFoundError);
  });

  test('with nothing to push is COMPLETED at once', async () => {
    const { tenant, retryAll, select } = await given();
    for (const retryId of [await retryAll(), await select({ syncItemIds: [] })]) {
      expect(await tenant.retry(retryId)).toMatchObject({ status: 'COMPLETED', total: 0, cleared: 0, failed: 0 });
    }
  });

  test('takes what waits when it starts: what is captured afterwards stays frozen', async () => {
    const { tenant, integrationId, marketo, eventId, retryAll } = await given();
    const resume = marketo.pause();
    await tenant.capture(eventId, 2);
    const retryId = await retryAll();
    await tenant.capture(eventId, 3);
    resume();
    expect(await tenant.untilRetry(retryId)).toMatchObject({ total: 2, cleared: 2 });
    expect(await tenant.counts(integrationId)).toMatchObject({ frozen: 3, cleared: 2 });
  });

  test('of more leads than fit into one transaction takes them all, and its numbers add up all the way', async () => {
    const { tenant, integrationId, marketo, eventId, retryAll } = await given();
    marketo.fault({ kind: 'record', code: '1007', email: String(leadOf(1_100).email) });
    await tenant.capture(eventId, 900);
    await tenant.capture(eventId, 350);
    const retryId = await retryAll();
    expect(await tenant.retry(retryId)).toMatchObject({ total: 1_250 });
    const seen: RetryRow[] = [];
    for await (const row of world.feed.retry({ orgId: tenant.orgId, retryId }, AbortSignal.timeout(20_000))) {
      seen.push(row);
    }
    expect(seen.at(-1)).toMatchObject({ status: 'COMPLETED', total: 1_250, cleared: 1_249, failed: 1 });
    expect(seen.every((row) => row.total === 1_250 && waitingOf(row) >= 0)).toBe(true);
    expect(seen.slice(0, -1).every((row) => row.status === 'RUNNING' && waitingOf(row) > 0)).toBe(true);
    expect(await tenant.counts(integrationId)).toMatchObject({ cleared: 1_249, failed: 1 });
  });
});

describe('a retry of a selection', () => {
  test('by ids takes these and no others, once each', async () => {
    const { tenant, integrationId, eventId, select, statuses } = await given();
    await tenant.capture(eventId, [leadOf(1), leadOf(2), leadOf(3)]);
    const ids = idsOf(await tenant.items(integrationId), 'badge-1', 'badge-3');
    const retryId = await select({ syncItemIds: [...ids, ...ids] });
    expect(await tenant.untilRetry(retryId)).toMatchObject({ total: 2, cleared: 2 });
    expect(await statuses()).toEqual({ 'badge-1': 'CLEARED', 'badge-2': 'FROZEN', 'badge-3': 'CLEARED' });
  });

  test('by ids takes all or none: an unknown, a foreign, a CLEARED one or too many refuse the call', async () => {
    const { tenant, integrationId, eventId, select, statuses } = await given();
    await tenant.capture(eventId, [leadOf(1), leadOf(2)]);
    const items = await tenant.items(integrationId);
    const [first = '', second = ''] = items.map(({ id }) => id);
    await tenant.untilRetry(await select({ syncItemIds: [first] }));
    for (const id of ['no-uuid', services.newId()]) {
      expect(await refusedWith(select({ syncItemIds: [second, id] }))).toBeInstanceOf(NotFoundError);
    }
    expect(await refusedWith(select({ syncItemIds: [second, first] }))).toMatchObject({
      fieldErrors: [{ path: 'select.syncItemIds.1' }],
    });
    const many = Array.from({ length: 1_001 }, () => services.newId());
    expect(await refusedWith(select({ syncItemIds: many }))).toBeInstanceOf(ValidationError);
    const other = await given();
    expect(await refusedWith(other.select({ syncItemIds: [second] }))).toBeInstanceOf(NotFoundError);
    expect(await statuses()).toMatchObject({ 'badge-2': 'FROZEN' });
  });

  test('by category takes the leads of that error alone', async () => {
    const { tenant, marketo, eventId, retryAll, select, statuses } = await given();
    marketo.fault({ kind: 'record', code: '1007', email: String(leadOf(1).email) });
    await tenant.capture(eventId, [leadOf(1), leadOf(2, { email: null }), leadOf(3)]);
    await tenant.untilRetry(await retryAll());
    const retryId = await select({ filter: { category: 'DUPLICATE' } });
    expect(await tenant.untilRetry(retryId)).toMatchObject({ total: 1, cleared: 1 });
    expect(await statuses()).toEqual({ 'badge-1': 'CLEARED', 'badge-2': 'FAILED', 'badge-3': 'CLEARED' });
  });

  test('by search finds parts of name, e-mail and company, in whatever case, and takes signs literally', async () => {
    const { tenant, eventId, select, statuses } = await given();
    await tenant.capture(eventId, [
      leadOf(1, { company: '100%_sure' }),
      leadOf(2, { company: '100 or less' }),
      leadOf(3, { lastName: 'Byron' }),
    ]);
    expect(await tenant.untilRetry(await select({ filter: { search: '100%_' } }))).toMatchObject({ total: 1 });
    expect(await tenant.untilRetry(await select({ filter: { search: ' BYRON' } }))).toMatchObject({ total: 1 });
    expect(await statuses()).toEqual({ 'badge-1': 'CLEARED', 'badge-2': 'FROZEN', 'badge-3': 'CLEARED' });
    for (const search of ['ab', 'ab\0c']) {
      expect(await refusedWith(select({ filter: { search } }))).toBeInstanceOf(ValidationError);
    }
  });

  test('by group, event and time of capture takes what matches all of it; an empty filter takes everything', async () => {
    const { tenant, eventId, select } = await given();
    const other = await tenant.createEvent();
    const at = (hour: number) => new Date(Date.UTC(2026, 2, 1, hour));
    await tenant.capture(
      eventId,
      [1, 2, 3].map((hour) => leadOf(hour, { capturedAt: at(hour) })),
    );
    await tenant.capture(other, [leadOf(4, { capturedAt: at(2) }), leadOf(5, { email: null, capturedAt: at(2) })]);
    const total = async (selection: Selection) => (await tenant.untilRetry(await select(selection))).total;
    expect(await total({ filter: { group: 'FAILED' } })).toBe(0);
    expect(await total({ filter: { eventId, capturedFrom: at(2), capturedUntil: at(3) } })).toBe(1);
    expect(await total({ filter: {} })).toBe(4);
    expect(await total({ filter: { group: 'PRE_SYNC' } })).toBe(0);
    expect(await total({ filter: { group: 'FAILED', eventId: other } })).toBe(1);
    expect(await refusedWith(select({ filter: { group: 'CLEARED' } }))).toBeInstanceOf(ValidationError);
  });
});

test('a held integration refuses retries, says by what, Manual never being a reason, and nothing changes', async () => {
  const { tenant, integrationId, eventId, retryAll, select } = await given();
  await tenant.capture(eventId, 2);
  await disable(services, tenant.operator, { integrationId });
  const before = await tenant.items(integrationId);
  const syncItemIds = before.map(({ id }) => id);
  for (const push of [() => retryAll(), () => select({ filter: {} }), () => select({ syncItemIds })]) {
    const error = await refusedWith(push());
    expect(error).toBeInstanceOf(IntegrationHeldError);
    expect(error).toMatchObject({ holds: ['DISABLED'] });
  }
  expect(await tenant.items(integrationId)).toEqual(before);
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
