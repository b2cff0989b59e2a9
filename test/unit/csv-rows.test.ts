import { describe, expect, test } from 'vitest';
import { type CsvRow, openCsv } from '../../src/cli/import/csv-rows.ts';

const read = (text: string) => {
  const table = openCsv(Buffer.from(text));
  return { header: table.header, rows: [...table.rows()] };
};
const lineOf = ({ line }: CsvRow) => line;

describe('the header row', () => {
  test.for<[string, string]>([
    ['comma', 'Email,Notes\na@example.com,x;y\n'],
    ['semicolon', 'Email;Notes\na@example.com;"x;y"\n'],
    ['tab', 'Email\tNotes\na@example.com\tx;y\n'],
    ['semicolon named by Excel', 'sep=;\nEmail;Notes\na@example.com;"x;y"\n'],
  ])('finds out the delimiter: %s', ([, text]) => {
    expect(read(text)).toMatchObject({
      header: ['Email', 'Notes'],
      rows: [{ cells: ['a@example.com', 'x;y'] }],
    });
  });

  test('counts no delimiter within quotes', () => {
    expect(read('Email;"Name, first, last"\na@example.com;Ann\n').header).toEqual(['Email', 'Name, first, last']);
  });

  test('may stand behind blank lines, which count', () => {
    expect(read('\r\n\r\nEmail\r\na@example.com\r\n')).toEqual({
      header: ['Email'],
      rows: [{ line: 4, cells: ['a@example.com'] }],
    });
  });

  test.for(['', '\n\n', '  \n'])('is missed in an empty file: %j', (text) => {
    expect(() => read(text)).toThrow('is empty');
  });

  test('is refused when its quotes do not match', () => {
    expect(() => read('"Email,Company\nfoo,bar\n')).toThrow('quotes do not match');
  });
});

describe('rows', () => {
  test.for([
    ['\n', 'LF'],
    ['\r\n', 'CRLF'],
    ['\r', 'CR'],
  ])('know the line where they begin, also behind cells of several lines and blank ones (%2$s)', ([end]) => {
    const text = ['A,B', '1,"two', '', 'lines"', '', ',', '3,4', '5,6'].join(end);
    expect(read(text).rows).toEqual([
      { line: 2, cells: ['1', `two${end}${end}lines`] },
      { line: 7, cells: ['3', '4'] },
      { line: 8, cells: ['5', '6'] },
    ]);
  });

  test('may end in different ways within one file', () => {
    expect(read('A,B\r\n1,2\n3,4\r\n5,6').rows.map(lineOf)).toEqual([2, 3, 4]);
  });

  test('keep quotes that are doubled, commas in quotes, and spaces around quotes out of the cell', () => {
    expect(read('A,B\n"say ""hi""", "x, y" \n').rows).toEqual([{ line: 2, cells: ['say "hi"', 'x, y'] }]);
  });

  test('take a quote within an unquoted cell as it is', () => {
    expect(read('A,B\n5" screen,x\n1,2\n').rows).toEqual([
      { line: 2, cells: ['5" screen', 'x'] },
      { line: 3, cells: ['1', '2'] },
    ]);
  });

  test('with too few or too many columns are bad, and the next is read', () => {
    expect(read('A,B\n1\n1,2,3\n4,5\n').rows).toEqual([
      { line: 2, problem: 'has 1 columns where the header has 2' },
      { line: 3, problem: 'has 3 columns where the header has 2' },
      { line: 4, cells: ['4', '5'] },
    ]);
  });

  test('with a quote that is never closed are bad, and take no other row along', () => {
    expect(read('A,B\n1,2\n"open,3\n4,5\n6,7\n').rows).toEqual([
      { line: 2, cells: ['1', '2'] },
      { line: 3, problem: 'opens a quote that is never closed' },
      { line: 4, cells: ['4', '5'] },
      { line: 5, cells: ['6', '7'] },
    ]);
  });

  test('with text behind a closing quote are bad, and take no other row along', () => {
    expect(read('A,B\n"open,3\n4,"five"\n6,7\n').rows).toEqual([
      { line: 2, problem: 'has quotes that do not match' },
      { line: 3, cells: ['4', 'five'] },
      { line: 4, cells: ['6', '7'] },
    ]);
  });

  test('that never end are bad at their line', () => {
    const rows = read(`A,B\n"${'x'.repeat(300_000)}\n1,2\n`).rows;
    expect(rows).toEqual([
      { line: 2, problem: expect.stringContaining('longer than 256 KB') },
      { line: 3, cells: ['1', '2'] },
    ]);
  });

  test('of a long file are all there, in order, each at its line', () => {
    const text = `A,B\n${Array.from({ length: 5_000 }, (_, index) => `${index},"é\n${index}"\n`).join('')}`;
    const { rows } = read(text);
    expect(rows.map(lineOf)).toEqual(Array.from({ length: 5_000 }, (_, index) => 2 + 2 * index));
    expect(rows.at(-1)).toEqual({ line: 10_000, cells: ['4999', 'é\n4999'] });
  });

  test('can be read a second time', () => {
    const table = openCsv(Buffer.from('A,B\n1,2\n'));
    expect([...table.rows()]).toEqual([...table.rows()]);
  });

  test('that all have quotes that do not match are no CSV', () => {
    expect(() => read(`A,B\n${'"x"y,1\n'.repeat(1_001)}`)).toThrow('is not CSV');
  });
});
