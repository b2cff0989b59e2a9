import { describe, expect, test } from 'vitest';
import { CliError } from '../../src/cli/cli-error.ts';
import { columnOfPath, parseTarget, resolveColumns } from '../../src/cli/import/csv-columns.ts';

const meanings = (header: string[], options = {}) =>
  resolveColumns(header, options).columns.map(({ target }) => target);
const field = (name: string) => ({ kind: 'field', field: name });

describe('column names', () => {
  test.for<[string, string]>([
    ['First Name', 'firstName'],
    ['first_name', 'firstName'],
    ['firstName', 'firstName'],
    ['FIRSTNAME', 'firstName'],
    ['Surname', 'lastName'],
    ['E-Mail', 'email'],
    ['Email Address', 'email'],
    ['Organization', 'company'],
    ['Organisation', 'company'],
    ['Company Name', 'company'],
    ['Title', 'jobTitle'],
    ['Job-Title', 'jobTitle'],
    ['Phone Number', 'phone'],
    ['  Mobile ', 'phone'],
  ])('%s is %s', ([name, expected]) => {
    expect(meanings([name])).toEqual([field(expected)]);
  });

  test('Captured At is the instant, External ID the id', () => {
    expect(resolveColumns(['captured_at', 'external_id'])).toMatchObject({
      columns: [{ target: { kind: 'capturedAt' } }, { target: { kind: 'id' } }],
      idIndex: 1,
    });
  });

  test('qualifier:NAME is a qualifier, any other name an attribute', () => {
    expect(meanings(['Email', 'Qualifier: Lead Type', 'attribute:Title', 'Booth No.'])).toEqual([
      field('email'),
      { kind: 'qualifier', name: 'Lead Type' },
      { kind: 'attribute', name: 'Title' },
      { kind: 'attribute', name: 'Booth No.' },
    ]);
  });

  test('of two names for one field the more usual one is the field, wherever it stands', () => {
    expect(meanings(['Mobile', 'Phone', 'Title', 'Job Title'])).toEqual([
      { kind: 'attribute', name: 'Mobile' },
      field('phone'),
      { kind: 'attribute', name: 'Title' },
      field('jobTitle'),
    ]);
  });
});

describe('a first row is refused', () => {
  test.for<[string, string[], string]>([
    ['with an e-mail address', ['Jane', 'Doe', 'jane@example.com'], 'e-mail address'],
    ['without any known name', ['Jane', 'Doe', 'Acme'], 'has no header row'],
    ['with an empty name', ['Email', ' '], 'no name for column 2'],
    ['with one name twice', ['Email', 'Notes', 'notes'], 'the same name for columns 2 and 3'],
    ['with one name in two spellings', ['Email', 'E-Mail'], 'two columns for the same thing'],
    ['with one qualifier twice', ['Email', 'qualifier:Type', 'Qualifier: type'], 'two columns for the same thing'],
  ])('%s', ([, header, message]) => {
    expect(() => resolveColumns(header)).toThrow(message);
  });

  test('without saying what stands in it', () => {
    expect(() => resolveColumns(['Jane', 'Doe', 'Acme'])).toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(/Jane|Doe|Acme/) }),
    );
  });
});

describe('options', () => {
  test('--id-column names the ids, in a file without any known name', () => {
    expect(resolveColumns(['Badge', 'Height'], { idColumn: 'badge' })).toEqual({
      columns: [
        { name: 'Badge', target: { kind: 'id' } },
        { name: 'Height', target: { kind: 'attribute', name: 'Height' } },
      ],
      idIndex: 0,
    });
  });

  test('--id-column leaves a known column what it is', () => {
    expect(resolveColumns(['Company', 'Email'], { idColumn: 'Email' })).toMatchObject({
      columns: [{}, { target: field('email') }],
      idIndex: 1,
    });
  });

  test('--map goes before the name, and its field is taken', () => {
    const map = new Map([
      ['Firma', parseTarget('company')],
      ['Notes', parseTarget('ignore')],
    ]);
    expect(meanings(['Email', 'Firma', 'Company', 'Notes'], { map })).toEqual([
      field('email'),
      field('company'),
      { kind: 'attribute', name: 'Company' },
      { kind: 'ignored' },
    ]);
  });

  test('that name a column the file does not have are refused', () => {
    expect(() => resolveColumns(['Email'], { idColumn: 'Badge' })).toThrow('has no column "Badge"');
    expect(() => resolveColumns(['Email'], { map: new Map([['Firma', parseTarget('company')]]) })).toThrow(
      'has no column "Firma"',
    );
  });

  test('that name no field are a mistake of the command line', () => {
    expect(() => parseTarget('salary')).toThrow(CliError);
    expect(() => parseTarget('salary')).toThrow(expect.objectContaining({ exitCode: 2 }));
  });
});

test('a field error of the server finds its column', () => {
  const columns = resolveColumns(['E-Mail', 'qualifier:A', 'qualifier:B', 'Notes', 'Badge'], {
    idColumn: 'Badge',
  });
  const lead = { qualifiers: [{ name: 'B' }], attributes: [{ name: 'Notes' }] };
  const paths = ['email', 'qualifiers.0.values.1', 'attributes.0.value', 'externalId', 'phone', ''];
  expect(paths.map((path) => columnOfPath(path, lead, columns))).toEqual([
    'E-Mail',
    'qualifier:B',
    'Notes',
    'Badge',
    null,
    null,
  ]);
});
