import { expect, test } from 'vitest';
import type { FieldMapping, RemoteField } from '../../src/domain/mapping.ts';
import { problemOfValue } from '../../src/domain/remote-field.ts';

const mapping: FieldMapping = { source: 'company', remoteField: 'Company', writeBehavior: 'OVERWRITE', values: [] };
const field = (more: Partial<RemoteField> = {}): RemoteField => ({
  name: 'Company',
  label: 'Company',
  type: 'string',
  required: false,
  readOnly: false,
  maxLength: null,
  options: null,
  ...more,
});

test('where the vendor sets no limit, every value fits', () => {
  for (const value of ['x', '1', 'é'.repeat(10_000)]) expect(problemOfValue(mapping, field(), value)).toBeNull();
});

test('a field that is not there, or is only to be read, is MISSING_REMOTE_FIELD', () => {
  expect(problemOfValue(mapping, undefined, 'x')).toMatchObject({
    category: 'MISSING_REMOTE_FIELD',
    remoteField: 'Company',
  });
  expect(problemOfValue(mapping, field({ readOnly: true }), 'x')).toMatchObject({ category: 'MISSING_REMOTE_FIELD' });
});

test('length is counted in characters: an emoji is one', () => {
  const limited = field({ maxLength: 3 });
  expect(problemOfValue(mapping, limited, '👍👍👍')).toBeNull();
  expect(problemOfValue(mapping, limited, 'four')).toMatchObject({ category: 'DATA_VALUE_VALIDATION' });
});

test.for(['integer', 'Float', 'CURRENCY', 'percent', 'score', 'number', 'double', 'int'])(
  'a field of the type %s takes numbers only',
  (type) => {
    for (const value of ['7', '-1.5', '0']) expect(problemOfValue(mapping, field({ type }), value)).toBeNull();
    for (const value of ['seven', '1,5', 'NaN', 'Infinity'])
      expect(problemOfValue(mapping, field({ type }), value)).toMatchObject({ category: 'DATA_VALUE_VALIDATION' });
  },
);

test('a field with options takes any of them, several joined by a semicolon, and nothing else unless it is open', () => {
  const select = field({ options: ['Red', 'Blue'] });
  for (const value of ['Red', 'Blue;Red']) expect(problemOfValue(mapping, select, value)).toBeNull();
  for (const value of ['red', 'Green', 'Red;Green', 'Red;'])
    expect(problemOfValue(mapping, select, value)).toMatchObject({ category: 'DATA_VALUE_VALIDATION' });
  expect(problemOfValue(mapping, field({ options: [] }), 'anything')).toBeNull();
  expect(problemOfValue(mapping, field({ options: ['Red'], open: true }), 'Green')).toBeNull();
});

test('a qualifier without a counterpart among the options is NO_TAG_MAPPING', () => {
  const qualifier = { ...mapping, source: 'qualifier:Interest' };
  expect(problemOfValue(qualifier, field({ options: ['Red'] }), 'Green')).toMatchObject({ category: 'NO_TAG_MAPPING' });
});

test('no problem repeats the value: it is personal data', () => {
  const problems = [
    problemOfValue(mapping, undefined, 'secret'),
    problemOfValue(mapping, field({ readOnly: true }), 'secret'),
    problemOfValue(mapping, field({ maxLength: 1 }), 'secret'),
    problemOfValue(mapping, field({ type: 'integer' }), 'secret'),
    problemOfValue(mapping, field({ options: ['Red'] }), 'secret'),
  ];
  for (const problem of problems) {
    expect(problem).toMatchObject({ vendorCode: null, vendorMessage: null });
    expect(JSON.stringify(problem)).not.toContain('secret');
  }
});

test('an option may be named by the id that the vendor has for it', () => {
  const picklist = field({ options: ['Pumps', 'Valves'], optionIds: ['7', '8'] });
  for (const value of ['Pumps', '8', 'Valves;7']) expect(problemOfValue(mapping, picklist, value)).toBeNull();
  expect(problemOfValue(mapping, picklist, '9')).toMatchObject({ category: 'DATA_VALUE_VALIDATION' });
});
