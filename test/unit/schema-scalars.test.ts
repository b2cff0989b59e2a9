import { GraphQLError, GraphQLScalarType } from 'graphql';
import { expect, test } from 'vitest';
import { createSchema } from '../../src/schema/index.ts';

const schema = createSchema();

function scalar(name: string): GraphQLScalarType {
  const type = schema.getType(name);
  if (!(type instanceof GraphQLScalarType)) throw new Error(`${name} is no scalar`);
  return type;
}

test.for([
  ['2026-03-01T17:04:05.678Z', '2026-03-01T17:04:05.678Z'],
  ['2026-03-01T17:04:05Z', '2026-03-01T17:04:05.000Z'],
  ['2026-03-01t17:04:05.6z', '2026-03-01T17:04:05.600Z'],
  ['2026-03-01T17:04:05.678999999Z', '2026-03-01T17:04:05.678Z'],
  ['2026-03-01T00:30:00+02:00', '2026-02-28T22:30:00.000Z'],
  ['2024-02-29T23:59:59-05:30', '2024-03-01T05:29:59.000Z'],
])('DateTime takes %s and answers in UTC with milliseconds', ([given, told]) => {
  const type = scalar('DateTime');
  expect(type.coerceOutputValue(type.coerceInputValue(given))).toBe(told);
});

test.for([
  '2026-02-30T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-03-01T24:00:00Z',
  '2026-03-01T23:60:00Z',
  '2026-03-01T23:59:60Z',
  '2026-03-01T17:04:05',
  '2026-03-01',
  '2026-03-01 17:04:05Z',
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00+01:00',
  '9999-12-31T23:59:59-01:00',
  '2026-03-01T17:04:05+25:00',
  '1772384645678',
  '',
  1_772_384_645_678,
  null,
])('DateTime refuses %s', (given) => {
  expect(() => scalar('DateTime').coerceInputValue(given)).toThrow(GraphQLError);
});

test('Date takes days that the calendar has', () => {
  for (const day of ['2026-03-01', '2024-02-29', '0001-01-01', '9999-12-31'])
    expect(scalar('Date').coerceInputValue(day)).toBe(day);
  for (const none of [
    '2026-02-29',
    '2026-04-31',
    '2026-3-1',
    '0000-01-01',
    '2026-03-01T00:00:00Z',
    '',
    20_260_301,
    null,
  ]) {
    expect(() => scalar('Date').coerceInputValue(none)).toThrow(GraphQLError);
  }
});
