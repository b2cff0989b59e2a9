import { expect, test } from 'vitest';
import type { ErrorCategory, SyncErrorData } from '../../src/domain/error-categories.ts';
import type { LeadData } from '../../src/domain/lead.ts';
import type { FieldMapping } from '../../src/domain/mapping.ts';
import { refusedValueOf } from '../../src/domain/refused-value.ts';

const lead: LeadData = {
  id: '1',
  externalId: null,
  firstName: 'Ada',
  lastName: null,
  email: null,
  company: null,
  jobTitle: null,
  phone: '0800',
  qualifiers: [{ name: 'Interest', values: ['Hot', 'Lukewarm', 'Cold'] }],
  attributes: [],
  capturedAt: new Date(),
  revision: 1,
};
const mappings: FieldMapping[] = [
  { source: 'phone', remoteField: 'phone', writeBehavior: 'OVERWRITE', values: [] },
  {
    source: 'qualifier:Interest',
    remoteField: 'rating',
    writeBehavior: 'OVERWRITE',
    values: [{ value: 'Hot', remoteValue: 'h' }],
  },
];
const values = { phone: '0800', rating: 'h' };

const refused = (category: ErrorCategory, remoteField: string | null): SyncErrorData => ({
  category,
  message: 'no',
  vendorCode: null,
  vendorMessage: null,
  remoteField,
});

test.for([
  ['DATA_VALUE_VALIDATION', 'phone', '0800'],
  ['NO_TAG_MAPPING', 'rating', 'Lukewarm'],
  ['DATA_VALUE_VALIDATION', 'rating', 'h'],
  ['REQUIRED_REMOTE_FIELD', 'company', null],
  ['NO_TAG_MAPPING', 'phone', '0800'], // refused by the vendor: what was sent
  ['DUPLICATE', null, null],
] as const)('of %s at %s is %s', ([category, field, value]) => {
  expect(refusedValueOf(refused(category, field), lead, mappings, values)).toBe(value);
});

test('is cut at 200 characters, never in the middle of one', () => {
  const long = { phone: `${'x'.repeat(199)}🙂` };
  const value = refusedValueOf(refused('DATA_VALUE_VALIDATION', 'phone'), lead, mappings, long);
  expect(value).toHaveLength(200);
  expect(value?.isWellFormed()).toBe(true);
});
