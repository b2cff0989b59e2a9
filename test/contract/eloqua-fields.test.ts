import { describe, expect, test } from 'vitest';
import { eloqua } from '../../src/sync/connectors/eloqua/eloqua.ts';
import { givenEloqua, of } from './eloqua-stand.ts';

type Given = Awaited<ReturnType<typeof givenEloqua>>;

async function describedBy({ session }: Given) {
  const answer = await eloqua.describe(session);
  if (answer.kind !== 'described') throw new Error(answer.message);
  return new Map(answer.fields.map((field) => [field.name, field]));
}

describe('the fields of Eloqua', () => {
  test('are told with their kind, their options, and whether they must or can not be written', async () => {
    const fields = await describedBy(await givenEloqua());
    expect(fields.get('C_EmailAddress')).toMatchObject({ label: 'Email Address', required: true, readOnly: false });
    expect(fields.get('C_DateCreated')).toMatchObject({ type: 'date', readOnly: true });
    expect(fields.get('C_Employees1')).toMatchObject({ type: 'number', options: null });
    expect(fields.get('C_Country')).toMatchObject({ options: ['Germany', 'UK'], multiple: false });
    expect(fields.get('C_Interest1')).toMatchObject({ options: ['Pumps', 'Valves'], multiple: true });
  });

  test.for([
    ['the fields of the REST API', '/assets/contact/fields'],
    ['a list of options', '/assets/optionList/13'],
  ] as const)('are told although %s can not be read', async ([, path]) => {
    const given = await givenEloqua();
    given.vendor.fault({ kind: 'status', status: 404, path, times: null });
    const fields = await describedBy(given);
    expect(fields.get('C_Country')).toMatchObject({ label: 'Country', options: null });
  });

  test('are told as far as they can be read, whatever types Eloqua uses for flags', async () => {
    const given = await givenEloqua();
    const items = [
      null,
      { name: 'nameless' },
      { internalName: 'C_A', hasReadOnlyConstraint: 'true', dataType: 'numeric', maxLength: '100' },
    ];
    given.vendor.fault({
      kind: 'status',
      status: 200,
      body: JSON.stringify({ items }),
      path: '/bulk/2.0/contacts/fields',
    });
    expect([...(await describedBy(given)).values()]).toEqual([
      { name: 'C_A', label: 'C_A', type: 'number', required: false, readOnly: true, maxLength: 100, options: null },
    ]);
  });

  test('of recommended mappings are there', async () => {
    const fields = await describedBy(await givenEloqua());
    for (const { remoteField } of eloqua.recommended) expect(fields.has(remoteField)).toBe(true);
  });
});

describe('a look-up in Eloqua', () => {
  const known = { C_Title: 'Countess', C_Badge1: '42', C_Country: 'UK' };

  test('reads properties of the contact and fields that customers added; blank ones are null', async () => {
    const given = await givenEloqua();
    await eloqua.push([of('a@example.test', known)], given.session);
    const asked = ['C_Title', 'C_Badge1', 'C_Country', 'C_BusPhone', 'C_Interest1'];
    expect(await eloqua.lookup?.([of('A@example.test')], asked, given.session)).toEqual({
      kind: 'found',
      records: [{ remoteId: expect.any(String), values: { ...known, C_BusPhone: null, C_Interest1: null } }],
    });
  });

  test('finds an address with a quotation mark, and no other', async () => {
    const given = await givenEloqua();
    const { session } = given;
    await eloqua.push([of('oxbrien@example.test'), of("o'brien@example.test")], session);
    expect(await eloqua.lookup?.([of("o'brien@example.test")], ['C_FirstName'], session)).toMatchObject({
      records: [{ values: { C_FirstName: "o'brien" } }],
    });
    expect(await eloqua.lookup?.([of("o'x@example.test")], ['C_FirstName'], session)).toEqual({
      kind: 'found',
      records: [null],
    });
  });

  test('that the site does not answer as it should is unavailable', async () => {
    const { vendor, session } = await givenEloqua();
    vendor.fault({ kind: 'status', status: 404, path: '/data/contacts' });
    expect(await eloqua.lookup?.([of('a@example.test')], ['C_FirstName'], session)).toMatchObject({
      kind: 'unavailable',
    });
  });
});

test('an address that Eloqua would not take is known before the push', () => {
  expect(eloqua.check(of('a@example.test'))).toBeNull();
  expect(eloqua.check(of('nobody'))).toMatchObject({
    category: 'DATA_VALUE_VALIDATION',
    remoteField: 'C_EmailAddress',
  });
});
