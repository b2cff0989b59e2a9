import { describe, expect, test } from 'vitest';
import { type ColumnOptions, resolveColumns } from '../../src/cli/import/csv-columns.ts';
import { readLeads } from '../../src/cli/import/csv-leads.ts';
import { openCsv } from '../../src/cli/import/csv-rows.ts';

function read(text: string, options: ColumnOptions = {}) {
  const table = openCsv(Buffer.from(text));
  return [...readLeads(table, resolveColumns(table.header, options))];
}
const idsOf = (text: string) => read(text).map((row) => (row.kind === 'good' ? row.lead.externalId : row.kind));

describe('a lead', () => {
  test('has what its row says; empty cells are absent', () => {
    const text =
      'First Name,Email,qualifier:Products,Notes,Phone,Captured At\n Zoé ,z@example.com, Gate ;Weir;;Gate,"=1+1,\r\nx",,2026-05-14 09:30\n';
    expect(read(text)).toEqual([
      {
        kind: 'good',
        line: 2,
        lead: {
          externalId: expect.stringMatching(/^csv_[0-9a-f]{32}$/),
          firstName: 'Zoé',
          email: 'z@example.com',
          qualifiers: [{ name: 'Products', values: ['Gate', 'Weir'] }],
          attributes: [{ name: 'Notes', value: '=1+1,\nx' }],
          capturedAt: '2026-05-14T09:30:00.000Z',
        },
      },
    ]);
  });

  test('says nothing of a qualifier whose cell has separators only, which would clear it', () => {
    expect(read('Email,qualifier:Products\na@example.com,;\n')).toMatchObject([
      { lead: expect.not.objectContaining({ qualifiers: expect.anything() }) },
    ]);
  });

  test.for([
    ['2026-05-14T09:30:00Z', '2026-05-14T09:30:00.000Z'],
    ['2026-05-14T09:30:00.123456+02:00', '2026-05-14T07:30:00.123Z'],
    ['2026-05-14 09:30:00 -0500', '2026-05-14T14:30:00.000Z'],
    ['2026-05-14', '2026-05-14T00:00:00.000Z'],
  ])('was captured at %s', ([cell, capturedAt]) => {
    expect(read(`Email,Captured At\na@example.com,${cell}\n`)).toMatchObject([{ lead: { capturedAt } }]);
  });

  test.for(['2026-02-30', '05/06/2026', '2026-05-14T25:00Z', 'yesterday'])(
    'was not captured at %s: a bad row, without the value',
    (cell) => {
      const rows = read(`Email,When\na@example.com,${cell}\n`, {
        map: new Map([['When', { kind: 'capturedAt' }]]),
      });
      expect(rows).toEqual([{ kind: 'bad', line: 2, column: 'When', reason: expect.stringContaining('no date') }]);
      expect(JSON.stringify(rows)).not.toContain(cell);
    },
  );
});

describe('the id of a lead without one', () => {
  const plain = 'First Name,Email,qualifier:P,Notes\nZoé,z@example.com,A;B,"x\ny"\n';

  test.for<[string, string]>([
    ['column order', 'Notes,qualifier:P,Email,First Name\n"x\ny",A;B,z@example.com,Zoé\n'],
    ['delimiter', 'First Name;Email;qualifier:P;Notes\nZoé;z@example.com;"A;B";"x\ny"\n'],
    ['line ends', 'First Name,Email,qualifier:P,Notes\r\nZoé,z@example.com,A;B,"x\r\ny"\r\n'],
    ['names of known columns', 'firstname,E-MAIL,qualifier:P,Notes\nZoé,z@example.com,A;B,"x\ny"\n'],
    ['composition of accents', 'First Name,Email,qualifier:P,Notes\nZoe\u0301,z@example.com,A;B,"x\ny"\n'],
    ["order of a qualifier's values", 'First Name,Email,qualifier:P,Notes\nZoé,z@example.com,B;A,"x\ny"\n'],
    ['other rows', 'First Name,Email,qualifier:P,Notes\nAnn,a@example.com,,\nZoé,z@example.com,A;B,"x\ny"\n'],
    ['empty columns', 'First Name,Email,qualifier:P,Notes,Phone\nZoé,z@example.com,A;B,"x\ny",\n'],
  ])('does not depend on %s', ([, text]) => {
    expect(idsOf(text).at(-1)).toBe(idsOf(plain)[0]);
  });

  test('differs with the contents, and with the column they stand in', () => {
    const ids = [
      'Email,A,B\nz@example.com,1,\n',
      'Email,A,B\nz@example.com,,1\n',
      'Email,A,B\nz@example.com,2,\n',
    ].flatMap(idsOf);
    expect(new Set(ids).size).toBe(3);
  });

  test('stays the same from version to version: files imported before are known again', () => {
    expect(idsOf(plain)).toEqual(['csv_1aaa0107eddfb4b324dc0bfe2a95a87d']);
  });
});

describe('rows of one file', () => {
  test('that are identical are one lead and a duplicate', () => {
    expect(read('Email\na@example.com\nb@example.com\na@example.com\n')).toMatchObject([
      { kind: 'good', line: 2 },
      { kind: 'good', line: 3 },
      { kind: 'duplicate', line: 4, earlierLine: 2 },
    ]);
  });

  test('with the same e-mail and other contents are two leads', () => {
    expect(read('Email,Notes\na@example.com,1\na@example.com,2\n').map(({ kind }) => kind)).toEqual(['good', 'good']);
  });

  test('with the same id are a duplicate when they say the same, else the second is bad', () => {
    expect(read('Badge,Email\n1,a@example.com\n1,a@example.com\n1,b@example.com\n', { idColumn: 'Badge' })).toEqual([
      { kind: 'good', line: 2, lead: { externalId: '1', email: 'a@example.com' } },
      { kind: 'duplicate', line: 3, earlierLine: 2 },
      { kind: 'bad', line: 4, column: 'Badge', reason: 'has the same id as line 2, with other contents' },
    ]);
  });

  test('without a value in the id column are bad', () => {
    expect(read('Badge,Email\n,a@example.com\n', { idColumn: 'Badge' })).toEqual([
      { kind: 'bad', line: 2, column: 'Badge', reason: 'is empty, so the row has no id' },
    ]);
  });
});
