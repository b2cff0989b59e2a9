import { expect, test } from 'vitest';
import type { FieldMapping, RemoteField } from '../../src/domain/mapping.ts';
import { asRefusedOption } from '../../src/domain/refused-option.ts';
import { syncError } from '../../src/sync/connectors/connector.ts';

const mappingOf = (source: string): FieldMapping => ({
  source,
  remoteField: 'rating',
  writeBehavior: 'OVERWRITE',
  values: [],
});
const fieldOf = (options: string[] | null): RemoteField => ({
  name: 'rating',
  label: 'Rating',
  type: 'picklist',
  required: false,
  readOnly: false,
  maxLength: null,
  options,
});
const refused = (code: string, field: string | null = 'rating') =>
  syncError('DATA_VALUE_VALIDATION', 'None of the options.', { code, field });
const categoryOf = (code: string, source: string, options: string[] | null, field?: string | null) =>
  asRefusedOption(refused(code, field), [mappingOf(source)], [fieldOf(options)], ['INVALID_OPTION']).category;

test('an answer of a qualifier that is none of the options at the vendor has to be mapped', () => {
  expect(categoryOf('INVALID_OPTION', 'qualifier:Interest', null)).toBe('NO_TAG_MAPPING');
  expect(categoryOf('INVALID_DATA', 'qualifier:Interest', ['A', 'B'])).toBe('NO_TAG_MAPPING');
});

test('any other refusal of a value stays what it is', () => {
  expect(categoryOf('INVALID_OPTION', 'attribute:Industry', ['A', 'B'])).toBe('DATA_VALUE_VALIDATION');
  expect(categoryOf('VALUE_TOO_LONG', 'qualifier:Interest', null)).toBe('DATA_VALUE_VALIDATION');
  expect(categoryOf('INVALID_OPTION', 'qualifier:Interest', ['A'], 'country')).toBe('DATA_VALUE_VALIDATION');
  expect(categoryOf('INVALID_OPTION', 'qualifier:Interest', ['A'], null)).toBe('DATA_VALUE_VALIDATION');
});
