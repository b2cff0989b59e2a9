import { and, asc, eq } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { leadCounts, leads } from '../../src/db/tables/index.ts';
import { ForbiddenError, NotFoundError, StaleVersionError, ValidationError } from '../../src/domain/errors.ts';
import { type CapturedLead, captureLeads } from '../../src/sync/capture-leads.ts';
import { disable } from '../../src/sync/disable.ts';
import { enable } from '../../src/sync/enable.ts';
import { retryEvent } from '../../src/sync/retry.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { type UpdateLead, updateLead } from '../../src/sync/update-lead.ts';
import { startWorld } from '../support/engine.ts';
import { leadOf, type Tenant } from '../support/tenant.ts';

const world = await startWorld();
const { services } = world;

/** A tenant with an event and no integration: leads alone. */
async function givenEvent() {
  const tenant = await world.tenant();
  return { tenant, eventId: await tenant.createEvent() };
}

async function givenMarketo() {
  const { tenant, eventId } = await givenEvent();
  const stand = await tenant.connectMarketo();
  const pushes = () => stand.marketo.calls().filter(({ emails }) => emails.length > 0);
  return { tenant, eventId, ...stand, pushes };
}

const leadsOf = (tenant: Tenant) =>
  services.db.select().from(leads).where(eq(leads.orgId, tenant.orgId)).orderBy(asc(leads.id));

async function leadById(tenant: Tenant, id: string) {
  const [lead] = await services.db
    .select()
    .from(leads)
    .where(and(eq(leads.orgId, tenant.orgId), eq(leads.id, id)));
  return lead;
}

const edit = (tenant: Tenant, leadId: string, patch: Omit<UpdateLead, 'leadId'>) =>
  updateLead(services, tenant.operator, { leadId, ...patch });

const problemsOf = async (refused: Promise<unknown>) => {
  const error = await refused.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ValidationError);
  return (error as ValidationError).fieldErrors.map(({ path }) => path);
};

describe('a capture', () => {
  test('takes all leads or none', async () => {
    const { tenant, eventId } = await givenEvent();
    const paths = await problemsOf(
      tenant.capture(eventId, [leadOf(0), leadOf(1, { company: 'a\0b' }), leadOf(2, { phone: 'x'.repeat(10_001) })]),
    );
    expect(paths).toEqual(['leads.1.company', 'leads.2.phone']);
    expect(await leadsOf(tenant)).toEqual([]);
  });

  test('gives the ids in the order of the input, new and known ones alike', async () => {
    const { tenant, eventId } = await givenEvent();
    const [first, second] = await tenant.capture(eventId, [leadOf(1), leadOf(2)]);
    const ids = await tenant.capture(eventId, [leadOf(3), leadOf(2), leadOf(1)]);
    expect([ids[1], ids[2]]).toEqual([second, first]);
    expect((await leadById(tenant, ids[0] ?? ''))?.externalId).toBe('badge-3');
  });

  test('is repeatable: the same leads again change nothing and send nothing', async () => {
    const { tenant, eventId, integrationId, pushes } = await givenMarketo();
    const captured = [leadOf(1, { qualifiers: [{ name: 'Interest', values: ['Pumps'] }] }), leadOf(2)];
    await tenant.capture(eventId, captured);
    await tenant.until(integrationId, { cleared: 2 });
    const before = { leads: await leadsOf(tenant), items: await tenant.items(integrationId) };
    await tenant.capture(eventId, captured);
    expect({ leads: await leadsOf(tenant), items: await tenant.items(integrationId) }).toEqual(before);
    expect(pushes()).toHaveLength(1);
  });

  test('without an externalId captures anew every time', async () => {
    const { tenant, eventId } = await givenEvent();
    const anonymous = leadOf(1, { externalId: null });
    await tenant.capture(eventId, [anonymous, anonymous]);
    await tenant.capture(eventId, [anonymous]);
    expect(await leadsOf(tenant)).toHaveLength(3);
  });

  test('at another event is another lead', async () => {
    const { tenant, eventId } = await givenEvent();
    const [here] = await tenant.capture(eventId, [leadOf(1)]);
    const [there] = await tenant.capture(await tenant.createEvent(), [leadOf(1)]);
    expect(there).not.toBe(here);
  });

  test('keeps what is absent, clears what is null, and counts revisions', async () => {
    const { tenant, eventId } = await givenEvent();
    const [id = ''] = await tenant.capture(eventId, [leadOf(1, { jobTitle: 'Engineer', phone: '1' })]);
    await tenant.capture(eventId, [{ externalId: 'badge-1', company: 'Difference Engines', phone: null }]);
    expect(await leadById(tenant, id)).toMatchObject({
      ...leadOf(1),
      company: 'Difference Engines',
      jobTitle: 'Engineer',
      phone: null,
      revision: 2,
    });
  });

  test('merges qualifiers and attributes by name; an empty list and a null value clear that name alone', async () => {
    const { tenant, eventId } = await givenEvent();
    const qualifiers = [
      { name: 'Interest', values: ['Pumps', 'Valves'] },
      { name: 'Budget', values: ['10k'] },
    ];
    const attributes = [
      { name: 'badge', value: '42' },
      { name: 'hall', value: '7' },
    ];
    const [id = ''] = await tenant.capture(eventId, [leadOf(1, { qualifiers, attributes })]);
    await tenant.capture(eventId, [
      {
        externalId: 'badge-1',
        qualifiers: [
          { name: 'Interest', values: [] },
          { name: 'Size', values: ['XL'] },
        ],
        attributes: [
          { name: 'hall', value: null },
          { name: 'seat', value: '3' },
        ],
      },
    ]);
    expect(await leadById(tenant, id)).toMatchObject({
      qualifiers: [
        { name: 'Budget', values: ['10k'] },
        { name: 'Size', values: ['XL'] },
      ],
      attributes: [
        { name: 'badge', value: '42' },
        { name: 'seat', value: '3' },
      ],
    });
  });

  test.for<[string, Partial<CapturedLead>, string]>([
    ['NUL', { firstName: 'a\0b' }, 'firstName'],
    ['a lone surrogate', { lastName: 'a\ud800b' }, 'lastName'],
    ['a text that is too long', { company: 'x'.repeat(10_001) }, 'company'],
    ['NUL in an answer', { qualifiers: [{ name: 'Interest', values: ['a', 'b\0'] }] }, 'qualifiers.0.values'],
    ['NUL in a name', { attributes: [{ name: 'a\0', value: 'b' }] }, 'attributes.0.name'],
    ['a lone surrogate in a value', { attributes: [{ name: 'a', value: '\udfff' }] }, 'attributes.0.value'],
    ['an empty externalId', { externalId: ' ' }, 'externalId'],
    ['NUL in the externalId', { externalId: 'a\0' }, 'externalId'],
    [
      'a name twice',
      {
        qualifiers: [
          { name: 'A', values: [] },
          { name: 'A ', values: [] },
        ],
      },
      'qualifiers.1.name',
    ],
  ])('refuses %s, and says where', async ([, patch, path]) => {
    const { tenant, eventId } = await givenEvent();
    expect(await problemsOf(tenant.capture(eventId, [leadOf(0), leadOf(1, patch)]))).toEqual([`leads.1.${path}`]);
    expect(await leadsOf(tenant)).toEqual([]);
  });

  test('refuses the same externalId twice, and more than 1,000 leads', async () => {
    const { tenant, eventId } = await givenEvent();
    expect(await problemsOf(tenant.capture(eventId, [leadOf(1), leadOf(2), leadOf(1)]))).toEqual([
      'leads.2.externalId',
    ]);
    expect(await problemsOf(tenant.capture(eventId, 1_001))).toEqual(['leads']);
    expect(await leadsOf(tenant)).toEqual([]);
    expect(await tenant.capture(eventId, 1_000)).toHaveLength(1_000);
  });

  test('takes any text that is text: emoji, right-to-left, quotes, percent signs', async () => {
    const { tenant, eventId } = await givenEvent();
    const odd = { firstName: '👩‍🚀 O’Neil', lastName: 'مرحبا', company: `"%_\\'; drop table leads; --` };
    const [id = ''] = await tenant.capture(eventId, [leadOf(1, odd)]);
    expect(await leadById(tenant, id)).toMatchObject(odd);
  });

  test('needs an operator and an event of the organization', async () => {
    const { tenant, eventId } = await givenEvent();
    const stranger = await world.tenant();
    await expect(captureLeads(services, tenant.viewer, { eventId, leads: [leadOf(1)] })).rejects.toThrow(
      ForbiddenError,
    );
    await expect(stranger.capture(eventId, 1)).rejects.toThrow(NotFoundError);
    const [id = ''] = await tenant.capture(eventId, 1);
    await expect(edit(stranger, id, { company: 'x' })).rejects.toThrow(NotFoundError);
  });

  test('of the same new externalIds by several callers at once makes one lead each', async () => {
    const { tenant, eventId, integrationId } = await givenMarketo();
    const batch = (company: string) => Array.from({ length: 40 }, (_, index) => leadOf(index, { company }));
    const ids = await Promise.all(
      [1, 2, 3].flatMap((caller) => [
        tenant.capture(eventId, batch(`Company ${caller}`)),
        tenant.capture(eventId, batch(`Firm ${caller}`).toReversed()), // the other way round: locks must not cross
      ]),
    );
    expect(new Set(ids.flat()).size).toBe(40);
    expect(await leadsOf(tenant)).toHaveLength(40);
    await tenant.until(integrationId, { cleared: 40, queued: 0, syncing: 0 });
  });
});

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
