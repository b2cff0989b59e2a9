import { expect, test } from 'vitest';
import { type ErrorCategory, errorCategories, type SyncErrorData } from '../../src/domain/error-categories.ts';
import type { RemoteField } from '../../src/domain/mapping.ts';
import { refusedPart, type SentRecord } from '../../src/domain/refused-again.ts';

const refusal = (category: ErrorCategory, remoteField: string | null = null): SyncErrorData => ({
  category,
  message: 'Refused by a test.',
  vendorCode: null,
  vendorMessage: null,
  remoteField,
});
const record = (more: Partial<SentRecord> = {}): SentRecord => ({
  values: { email: 'ada@example.test', country: 'Deutschland', city: 'Berlin' },
  writeIfBlank: [],
  campaign: null,
  unmapped: null,
  ...more,
});
const field = (name: string, more: Partial<RemoteField> = {}): RemoteField => ({
  name,
  label: name,
  type: 'string',
  required: false,
  readOnly: false,
  maxLength: 255,
  options: null,
  ...more,
});
const fields = [field('email'), field('country'), field('city')];
const ofCountry = refusal('DATA_VALUE_VALIDATION', 'country');
const unnamed = refusal('DATA_VALUE_VALIDATION');
const partOf = (error: SyncErrorData, sent = record(), known = fields, account = 1) =>
  refusedPart(error, sent, known, account);

test('only what we send ourselves is known to be refused again: what can be mended at the vendor, or passes by itself, is not', () => {
  const again = errorCategories.filter((category) => partOf(refusal(category)) !== null);
  expect(again).toEqual([
    'NO_FIELD_MAPPING',
    'NO_TAG_MAPPING',
    'MISSING_REMOTE_FIELD',
    'REQUIRED_REMOTE_FIELD',
    'DATA_VALUE_VALIDATION',
    'MISSING_MATCH_KEY',
  ]);
});

test('a refusal that names a field is about the value for that field, whatever else changes', () => {
  const values: Record<string, string> = { ...record().values, city: 'Hamburg', title: 'CTO' };
  expect(partOf(ofCountry, record({ values }))).toBe(partOf(ofCountry));
  expect(partOf(ofCountry, record({ values: { ...values, country: 'Germany' } }))).not.toBe(partOf(ofCountry));
  const { country: _, ...without } = values;
  expect(partOf(ofCountry, record({ values: without }))).not.toBe(partOf(ofCountry));
});

test('a field is meant in whatever capitals the vendor writes it', () => {
  expect(partOf(refusal('DATA_VALUE_VALIDATION', 'Country'))).toBe(partOf(ofCountry));
});

test('a field that does not exist is refused whatever is in it, until it is left out or there', () => {
  const gone = refusal('MISSING_REMOTE_FIELD', 'country');
  const others = fields.filter(({ name }) => name !== 'country');
  const values = { ...record().values, country: 'Germany' };
  expect(partOf(gone, record({ values }), others)).toBe(partOf(gone, record(), others));
  const { country: _, ...without } = values;
  expect(partOf(gone, record({ values: without }), others)).not.toBe(partOf(gone, record(), others));
  expect(partOf(gone)).not.toBe(partOf(gone, record(), others));
});

test('a required field is missed until it has a value', () => {
  const required = refusal('REQUIRED_REMOTE_FIELD', 'title');
  const known = [...fields, field('title', { required: true })];
  expect(partOf(required, record({ values: { ...record().values, city: 'Bonn' } }), known)).toBe(
    partOf(required, record(), known),
  );
  expect(partOf(required, record({ values: { ...record().values, title: 'CTO' } }), known)).not.toBe(
    partOf(required, record(), known),
  );
});

test.for<[string, Partial<RemoteField>]>([
  ['type', { type: 'picklist' }],
  ['length', { maxLength: 10 }],
  ['options', { options: ['Deutschland'] }],
  ['need', { required: true }],
  ['protection', { readOnly: true }],
])('the vendor may take it after the %s of the field changed there', ([, change]) => {
  const changed = fields.map((one) => (one.name === 'country' ? { ...one, ...change } : one));
  expect(partOf(ofCountry, record(), changed)).not.toBe(partOf(ofCountry));
  expect(partOf(unnamed, record(), changed)).not.toBe(partOf(unnamed));
});

test('a refusal that names no field, or one that we neither send nor know, is about the whole record', () => {
  for (const error of [unnamed, refusal('DATA_VALUE_VALIDATION', 'of a parent')]) {
    expect(partOf(error)).toBe(
      partOf(error, record({ values: { city: 'Berlin', country: 'Deutschland', email: 'ada@example.test' } })),
    );
    const changes: Partial<SentRecord>[] = [
      { values: { ...record().values, city: 'Bonn' } },
      { writeIfBlank: ['city'] },
      { campaign: { campaignId: '1' } },
      { unmapped: { lead: 'Ada' } },
    ];
    for (const change of changes) expect(partOf(error, record(change))).not.toBe(partOf(error));
  }
});

test('another account at the vendor may take it', () => {
  expect(partOf(ofCountry, record(), fields, 2)).not.toBe(partOf(ofCountry));
});
