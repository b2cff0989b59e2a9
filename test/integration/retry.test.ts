import { describe, expect, test } from 'vitest';
import { ForbiddenError, IntegrationHeldError, NotFoundError, ValidationError } from '../../src/domain/errors.ts';
import { disable } from '../../src/sync/disable.ts';
import type { RetryRow } from '../../src/sync/live/feed.ts';
import { retryEvent } from '../../src/sync/retry.ts';
import type { Selection } from '../../src/sync/selection.ts';
import { startWorld } from '../support/engine.ts';
import { retryStand } from '../support/retry-stand.ts';
import { type Item, leadOf } from '../support/tenant.ts';

const world = await startWorld();
const { services } = world;
const { given, givenFailed } = retryStand(world);
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
