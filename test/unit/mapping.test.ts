import { describe, expect, test } from 'vitest';
import { type LeadData, leadFields } from '../../src/domain/lead.ts';
import { type FieldMapping, mapLead, parseSource } from '../../src/domain/mapping.ts';

const lead: LeadData = {
  id: 'lead-1',
  externalId: null,
  firstName: ' Ada ',
  lastName: 'Lovelace',
  email: 'ada@example.test',
  company: '  ',
  jobTitle: null,
  phone: null,
  qualifiers: [
    { name: 'Interest', values: ['Pumps', 'Valves'] },
    { name: 'Budget', values: [' '] },
  ],
  attributes: [
    { name: 'Badge', value: '17' },
    { name: 'Note', value: ' ' },
  ],
  capturedAt: new Date(0),
  revision: 1,
};

const mapping = (source: string, remoteField: string, more: Partial<FieldMapping> = {}): FieldMapping => ({
  source,
  remoteField,
  writeBehavior: 'OVERWRITE',
  values: [],
  ...more,
});

const interests = [
  { value: 'Pumps', remoteValue: 'P' },
  { value: 'Valves', remoteValue: 'V' },
];

describe('a source', () => {
  test('names a field of the lead, a qualifier or an attribute', () => {
    for (const field of leadFields) expect(parseSource(field)).toEqual({ kind: 'field', field });
    expect(parseSource('qualifier:Interest')).toEqual({ kind: 'qualifier', name: 'Interest' });
    expect(parseSource('attribute: Badge ')).toEqual({ kind: 'attribute', name: 'Badge' });
  });

  test('may have a colon in the name of a qualifier', () => {
    expect(parseSource('qualifier:Size: feet')).toEqual({ kind: 'qualifier', name: 'Size: feet' });
  });

  test.for([
    '',
    'e-mail',
    'EMAIL',
    'id',
    'revision',
    'qualifier:',
    'qualifier: ',
    'tag:Interest',
    ':Interest',
    'constructor',
  ])('%j names nothing', (source) => {
    expect(parseSource(source)).toBeNull();
  });
});

describe('a mapped lead', () => {
  test('carries what is mapped, trimmed, in the order of the mappings, and nothing else', () => {
    const mappings = [
      mapping('attribute:Badge', 'badge'),
      mapping('firstName', 'FirstName'),
      mapping('email', 'Email'),
    ];
    const { values, writeIfBlank, problems } = mapLead(lead, mappings);
    expect(Object.entries(values)).toEqual([
      ['badge', '17'],
      ['FirstName', 'Ada'],
      ['Email', 'ada@example.test'],
    ]);
    expect({ writeIfBlank, problems }).toEqual({ writeIfBlank: [], problems: [] });
  });

  test('leaves out what the lead does not say, so that no value at the vendor is blanked', () => {
    const sources = [
      'company',
      'jobTitle',
      'attribute:Note',
      'attribute:Unknown',
      'qualifier:Budget',
      'qualifier:Unknown',
    ];
    const writeBehavior = 'WRITE_IF_BLANK';
    expect(
      mapLead(
        lead,
        sources.map((source) => mapping(source, source, { writeBehavior })),
      ),
    ).toEqual({
      values: {},
      writeIfBlank: [],
      problems: [],
    });
  });

  test('says which fields are written only where the vendor has nothing', () => {
    const mappings = [mapping('lastName', 'LastName', { writeBehavior: 'WRITE_IF_BLANK' }), mapping('email', 'Email')];
    expect(mapLead(lead, mappings)).toMatchObject({
      values: { LastName: 'Lovelace', Email: 'ada@example.test' },
      writeIfBlank: ['LastName'],
    });
  });

  test('joins the values of a qualifier, translated where they are mapped', () => {
    expect(mapLead(lead, [mapping('qualifier:Interest', 'interest')]).values).toEqual({ interest: 'Pumps;Valves' });
    expect(mapLead(lead, [mapping('qualifier:Interest', 'interest', { values: interests })])).toEqual({
      values: { interest: 'P;V' },
      writeIfBlank: [],
      problems: [],
    });
  });

  test('has a problem for each qualifier value without a counterpart, which does not repeat the value', () => {
    const { problems } = mapLead(lead, [mapping('qualifier:Interest', 'interest', { values: interests.slice(0, 1) })]);
    expect(problems).toMatchObject([{ category: 'NO_TAG_MAPPING', remoteField: 'interest' }]);
    expect(problems[0]?.message).toContain('"Interest"');
    expect(JSON.stringify(problems)).not.toContain('Valves');
  });
});
