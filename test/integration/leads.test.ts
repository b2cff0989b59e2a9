import { describe, expect, test } from 'vitest';
import { ForbiddenError, NotFoundError, ValidationError } from '../../src/domain/errors.ts';
import { type CapturedLead, captureLeads } from '../../src/sync/capture-leads.ts';
import { startWorld } from '../support/engine.ts';
import { leadsStand } from '../support/leads-stand.ts';
import { leadOf } from '../support/tenant.ts';

const world = await startWorld();
const { services } = world;
const { givenEvent, leadsOf, leadById, givenMarketo, edit } = leadsStand(world);
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
