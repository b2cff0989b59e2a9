import { describe, expect, test } from 'vitest';
import { matchKeyOf } from '../../src/domain/lead.ts';
import { blankLead, type LeadValues, patchLead } from '../../src/domain/lead-patch.ts';

const ada: LeadValues = {
  ...blankLead,
  firstName: 'Ada',
  email: 'ada@example.test',
  qualifiers: [
    { name: 'Interest', values: ['Pumps'] },
    { name: 'Budget', values: ['High'] },
  ],
  attributes: [
    { name: 'Badge', value: '17' },
    { name: 'Hall', value: 'B' },
  ],
};

describe('a patch', () => {
  test('keeps what it does not name and clears what it sets to null', () => {
    expect(patchLead(ada, { firstName: null, lastName: 'Lovelace' })).toEqual({
      ...ada,
      firstName: null,
      lastName: 'Lovelace',
    });
  });

  test('trims text, and an empty text is none', () => {
    expect(patchLead(ada, { firstName: ' Augusta ', email: ' ' })).toEqual({
      ...ada,
      firstName: 'Augusta',
      email: null,
    });
  });

  test.for([
    {},
    { firstName: 'Ada' },
    { firstName: ' Ada ', lastName: '' },
    { lastName: null, email: undefined },
    { qualifiers: [], attributes: [] },
    { qualifiers: [{ name: 'Interest', values: ['Pumps'] }] },
    { qualifiers: [{ name: 'Unknown', values: [] }] },
    { attributes: [{ name: 'Badge', value: '17' }] },
    { attributes: [{ name: 'Unknown', value: null }] },
  ])('that changes nothing is no edit: %j', (patch) => {
    expect(patchLead(ada, patch)).toBeNull();
  });

  test('merges qualifiers by name: replaces one, adds one, and an empty list clears one', () => {
    const qualifiers = [
      { name: 'Interest', values: [' Valves ', ''] },
      { name: 'Budget', values: [] },
      { name: 'Timing', values: ['Now'] },
    ];
    expect(patchLead(ada, { qualifiers })?.qualifiers).toEqual([
      { name: 'Interest', values: ['Valves'] },
      { name: 'Timing', values: ['Now'] },
    ]);
  });

  test('merges attributes by name, and a value of null, nothing or blanks clears one', () => {
    const cleared = [{ name: 'Badge', value: null }, { name: 'Badge' }, { name: 'Badge', value: ' ' }];
    for (const attribute of cleared)
      expect(patchLead(ada, { attributes: [attribute, { name: ' Hall ', value: 'C' }] })?.attributes).toEqual([
        { name: 'Hall', value: 'C' },
      ]);
  });

  test('clears all qualifiers, or all attributes, with null', () => {
    expect(patchLead(ada, { qualifiers: null })).toEqual({ ...ada, qualifiers: [] });
    expect(patchLead(ada, { attributes: null })).toEqual({ ...ada, attributes: [] });
  });

  test('leaves the lead that it is applied to as it was', () => {
    const before = structuredClone(ada);
    patchLead(ada, { firstName: 'Augusta', qualifiers: [{ name: 'Interest', values: ['Valves'] }], attributes: null });
    expect(ada).toEqual(before);
  });

  test('tells personal values and nothing else of the row it was given', () => {
    const row = { ...ada, id: 'lead-1', revision: 3 };
    expect(patchLead(row, { firstName: 'Augusta' })).toEqual({ ...ada, firstName: 'Augusta' });
  });
});

describe('the match key', () => {
  test('is the e-mail address, whatever its case and blanks', () => {
    expect(matchKeyOf(' Ada@Example.TEST ')).toBe('ada@example.test');
  });

  test.for([null, '', '  '])('is none for %j', (email) => {
    expect(matchKeyOf(email)).toBeNull();
  });
});
