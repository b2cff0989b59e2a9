import { eq } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { leadCounts } from '../../src/db/tables/index.ts';
import { StaleVersionError, ValidationError } from '../../src/domain/errors.ts';
import { disable } from '../../src/sync/disable.ts';
import { enable } from '../../src/sync/enable.ts';
import { retryEvent } from '../../src/sync/retry.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { startWorld } from '../support/engine.ts';
import { leadsStand } from '../support/leads-stand.ts';
import { leadOf } from '../support/tenant.ts';

const world = await startWorld();
const { services } = world;
const { givenMarketo, edit, leadById, givenEvent } = leadsStand(world);
const problemsOf = async (refused: Promise<unknown>) => {
  const error = await refused.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ValidationError);
  return (error as ValidationError).fieldErrors.map(({ path }) => path);
};

describe('enrichment', () => {
  test('comes later: a lead is on no work list until then, and is counted apart', async () => {
    const { tenant, eventId, integrationId } = await givenMarketo();
    const [id = ''] = await tenant.capture(eventId, [leadOf(1, { enriched: false }), leadOf(2, { enriched: false })]);
    expect(await tenant.items(integrationId)).toEqual([]);
    expect(await tenant.snapshot(integrationId)).toMatchObject({ notEnriched: 2, queued: 0 });
    await edit(tenant, id, { enriched: true, company: 'Difference Engines' });
    await tenant.until(integrationId, { cleared: 1 });
    expect((await tenant.snapshot(integrationId)).notEnriched).toBe(1);
    expect((await tenant.log(integrationId))[0]).toMatchObject({ cause: 'ENRICHED', fromStatus: null });
    const [counted] = await services.db.select().from(leadCounts).where(eq(leadCounts.eventId, eventId));
    expect(counted).toMatchObject({ captured: 2, notEnriched: 1 });
  });

  test('alone is one edit: the lead is sent once, and not again and again', async () => {
    const { tenant, eventId, integrationId, pushes } = await givenMarketo();
    const [id = ''] = await tenant.capture(eventId, [leadOf(1, { enriched: false })]);
    await edit(tenant, id, { enriched: true });
    await tenant.until(integrationId, { cleared: 1 });
    expect(await leadById(tenant, id)).toMatchObject({ revision: 2, enrichedAt: expect.any(Date) });
    expect(await tenant.items(integrationId)).toMatchObject([{ revision: 2, syncedRevision: 2, attempts: 1 }]);
    expect(pushes()).toHaveLength(1);
  });

  test('can not be taken back by an edit, and an edit does not complete it', async () => {
    const { tenant, eventId, integrationId } = await givenMarketo();
    const [plain = '', enriched = ''] = await tenant.capture(eventId, [leadOf(1, { enriched: false }), leadOf(2)]);
    expect(await problemsOf(edit(tenant, enriched, { enriched: false }))).toEqual(['enriched']);
    await edit(tenant, plain, { company: 'Difference Engines' });
    expect((await leadById(tenant, plain))?.enrichedAt).toBeNull();
    await tenant.until(integrationId, { cleared: 1 });
    expect(await tenant.items(integrationId)).toHaveLength(1);
  });

  test('of many leads in one capture with new and edited ones makes one item each', async () => {
    const { tenant, eventId, integrationId } = await givenMarketo();
    await tenant.capture(eventId, [leadOf(1, { enriched: false }), leadOf(2), leadOf(3, { enriched: false })]);
    await tenant.until(integrationId, { cleared: 1 });
    await tenant.capture(eventId, [
      leadOf(1, { enriched: true }),
      leadOf(2, { company: 'Difference Engines' }),
      leadOf(4),
    ]);
    await tenant.until(integrationId, { cleared: 3, queued: 0, syncing: 0 });
    expect((await tenant.items(integrationId)).map(({ externalId }) => externalId).sort()).toEqual([
      'badge-1',
      'badge-2',
      'badge-4',
    ]);
  });
});

describe('an edit', () => {
  test('of a waiting lead is what is sent', async () => {
    const { tenant, eventId, integrationId, marketo } = await givenMarketo();
    await disable(services, tenant.operator, { integrationId });
    const [id = ''] = await tenant.capture(eventId, 1);
    await edit(tenant, id, { company: 'Difference Engines' });
    expect(await tenant.items(integrationId)).toMatchObject([{ status: 'FROZEN', revision: 2, version: 2 }]);
    await enable(services, tenant.operator, { integrationId });
    await tenant.until(integrationId, { cleared: 1 });
    expect(marketo.leads()).toMatchObject([{ fields: { company: 'Difference Engines' } }]);
    expect(await tenant.items(integrationId)).toMatchObject([{ syncedRevision: 2 }]);
  });

  test('of a lead at the vendor while it is in flight is sent afterwards, its remote id kept', async () => {
    const { tenant, eventId, integrationId, marketo, pushes } = await givenMarketo();
    const resume = marketo.pause();
    const [id = ''] = await tenant.capture(eventId, 1);
    await expect.poll(() => pushes().length).toBe(1); // what was read is on its way
    await edit(tenant, id, { company: 'Difference Engines' });
    expect(await tenant.items(integrationId)).toMatchObject([{ status: 'SYNCING', revision: 2 }]);
    resume();
    await tenant.untilItems(integrationId, ([item]) => item?.syncedRevision === 2);
    expect(pushes()).toHaveLength(2);
    expect(marketo.leads()).toMatchObject([{ fields: { company: 'Difference Engines' } }]);
    const moves = (await tenant.log(integrationId)).map(({ fromStatus, toStatus, cause }) => [
      fromStatus,
      toStatus,
      cause,
    ]);
    expect(moves).toEqual([
      [null, 'QUEUED', 'CAPTURED'],
      ['QUEUED', 'SYNCING', 'CLAIMED'],
      ['SYNCING', 'SYNCING', 'EDITED'],
      ['SYNCING', 'QUEUED', 'ANSWERED'],
      ['QUEUED', 'SYNCING', 'CLAIMED'],
      ['SYNCING', 'CLEARED', 'ANSWERED'],
    ]);
  });

  test('of a lead in flight waits for nobody under Manual: it is frozen until somebody releases it', async () => {
    const { tenant, eventId, integrationId, marketo, pushes } = await givenMarketo();
    await setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL', confirm: true });
    const resume = marketo.pause();
    const [id = ''] = await tenant.capture(eventId, 1);
    const retryId = await retryEvent(services, tenant.operator, { integrationId, eventId });
    await expect.poll(() => pushes().length).toBe(1);
    await edit(tenant, id, { company: 'Difference Engines' });
    resume();
    expect(await tenant.untilRetry(retryId)).toMatchObject({ status: 'COMPLETED', total: 1, cleared: 1, failed: 0 });
    expect(await tenant.items(integrationId)).toMatchObject([
      { status: 'FROZEN', syncedRevision: 1, revision: 2, remoteId: expect.any(String), releaseEpoch: null },
    ]);
    expect(pushes()).toHaveLength(1);
  });

  test('of a FAILED lead leaves it there until somebody retries, and then sends the edited one', async () => {
    const { tenant, eventId, integrationId, marketo } = await givenMarketo();
    const [id = ''] = await tenant.capture(eventId, [leadOf(1, { email: null })]);
    await tenant.until(integrationId, { failed: 1 });
    await edit(tenant, id, { email: 'ada@example.test' });
    expect(await tenant.items(integrationId)).toMatchObject([
      { status: 'FAILED', revision: 2, error: { category: 'MISSING_MATCH_KEY' } },
    ]);
    await retryEvent(services, tenant.operator, { integrationId, eventId, groups: ['FAILED'] });
    await tenant.until(integrationId, { cleared: 1 });
    expect(marketo.leads()).toMatchObject([{ fields: { email: 'ada@example.test' } }]);
  });

  test('of a CLEARED lead sends it again by itself under Automatic', async () => {
    const { tenant, eventId, integrationId, marketo } = await givenMarketo();
    const [id = ''] = await tenant.capture(eventId, 1);
    await tenant.until(integrationId, { cleared: 1 });
    await edit(tenant, id, { company: 'Difference Engines' });
    await tenant.untilItems(integrationId, ([item]) => item?.syncedRevision === 2);
    expect(marketo.leads()).toMatchObject([{ fields: { company: 'Difference Engines' } }]);
  });

  test('of a CLEARED lead that somebody had released waits under Manual, released by nobody', async () => {
    const { tenant, eventId, integrationId, pushes } = await givenMarketo();
    await setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL', confirm: true });
    const [id = ''] = await tenant.capture(eventId, 1);
    await retryEvent(services, tenant.operator, { integrationId, eventId });
    await tenant.until(integrationId, { cleared: 1 });
    await edit(tenant, id, { company: 'Difference Engines' });
    expect(await tenant.counts(integrationId)).toMatchObject({ cleared: 0, frozen: 1, queued: 0 });
    expect(await tenant.items(integrationId)).toMatchObject([{ syncedRevision: 1, remoteId: expect.any(String) }]);
    expect(pushes()).toHaveLength(1);
  });

  test('with equal values changes nothing, whatever spaces are around them', async () => {
    const { tenant, eventId, integrationId, pushes } = await givenMarketo();
    const [id = ''] = await tenant.capture(eventId, 1);
    await tenant.until(integrationId, { cleared: 1 });
    const before = { lead: await leadById(tenant, id), items: await tenant.items(integrationId) };
    await edit(tenant, id, { company: ` ${leadOf(0).company} `, phone: '' });
    expect({ lead: await leadById(tenant, id), items: await tenant.items(integrationId) }).toEqual(before);
    expect(pushes()).toHaveLength(1);
  });

  test('of an outdated revision is refused', async () => {
    const { tenant, eventId } = await givenEvent();
    const [id = ''] = await tenant.capture(eventId, 1);
    await edit(tenant, id, { company: 'first', expectedRevision: 1 });
    const error = await edit(tenant, id, { company: 'second', expectedRevision: 1 }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(StaleVersionError);
    expect(error).toMatchObject({ currentVersion: 2 });
    expect(await leadById(tenant, id)).toMatchObject({ company: 'first', revision: 2 });
  });

  test('that meets another one of the same lead is not lost: both are there in the end, and at the vendor', async () => {
    const { tenant, eventId, integrationId, marketo } = await givenMarketo();
    const [id = ''] = await tenant.capture(eventId, 1);
    await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        edit(tenant, id, { attributes: [{ name: `a${index}`, value: 'x' }], lastName: `Name${index}` }),
      ),
    );
    const lead = await leadById(tenant, id);
    expect(lead).toMatchObject({ revision: 11 });
    expect(lead?.attributes).toHaveLength(10);
    await tenant.untilItems(integrationId, ([item]) => item?.state === 'CLEARED' && item.syncedRevision === 11);
    expect(marketo.leads()).toMatchObject([{ fields: { lastName: lead?.lastName } }]);
  });
});

test('the same e-mail address under two externalIds is pushed one after the other, never in one call or at once', async () => {
  const { tenant, eventId, integrationId, marketo, pushes } = await givenMarketo();
  await disable(services, tenant.operator, { integrationId });
  const email = 'Ada@Example.test';
  const same = [leadOf(1, { email }), leadOf(2, { email: email.toLowerCase() }), leadOf(3, { email: ` ${email}` })];
  await tenant.capture(eventId, [...same, ...[10, 11, 12, 13].map((index) => leadOf(index))]);
  const resume = marketo.pause();
  await enable(services, tenant.operator, { integrationId });
  await tenant.until(integrationId, { syncing: 5, queued: 2 });
  resume();
  await tenant.until(integrationId, { cleared: 7 });
  const key = email.toLowerCase();
  const calls = pushes().filter(({ emails }) => emails.some((one) => one.trim().toLowerCase() === key));
  expect(calls.map(({ emails }) => emails.filter((one) => one.trim().toLowerCase() === key).length)).toEqual([1, 1, 1]);
  expect(marketo.leads()).toHaveLength(5); // two at once would have made duplicates there
});
