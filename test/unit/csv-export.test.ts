import { describe, expect, test } from 'vitest';
import { csvLine, withoutFormulas } from '../../src/sync/export/csv.ts';

describe('a spreadsheet runs nothing', () => {
  test.for([
    ['=1+1', "'=1+1"],
    ['+49 30 1234', "'+49 30 1234"],
    ['-2', "'-2"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t'=1"],
    ['\r=1', "'\r'=1"],
    ['\tplain', "'\tplain"],
    ['  =1', "  '=1"],
    ['"=1', `"'=1`],
    ['＝1+1', "'＝1+1"],
    ['a;=1', "a;'=1"],
    ['a,-1', "a,'-1"],
    ['a\n@x', "a\n'@x"],
    ['a; "=HYPERLINK(0)"', `a; "'=HYPERLINK(0)"`],
  ])('%j becomes %j', ([given = '', safe]) => {
    expect(withoutFormulas(given)).toBe(safe);
  });

  test.for(['ada@example.test', 'a-b', 'x = y', '2026-05-14T09:30:00.000Z', "O'Neill", 'a; b', '', 'Q&A: 1+1'])(
    '%j stays',
    (text) => {
      expect(withoutFormulas(text)).toBe(text);
    },
  );
});

test('a line is by RFC 4180: quoted cells, doubled quotes, CRLF; nothing for null', () => {
  expect(csvLine(['a', null, 7, 'say "hi"', 'two\nlines', ''])).toBe('"a",,"7","say ""hi""","two\nlines",""\r\n');
});
