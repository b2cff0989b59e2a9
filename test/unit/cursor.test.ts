import { expect, test } from 'vitest';
import { BadInputError } from '../../src/domain/errors.ts';
import { decodeCursor, encodeCursor } from '../../src/sync/log.ts';

const integrationId = '0198b4a2-0000-7000-8000-000000000001';
const other = '0198b4a2-0000-7000-8000-000000000002';
const raw = (text: string) => Buffer.from(text).toString('base64url');

test.for([0, 1, 123_456_789_012_345])('a cursor of position %i comes back as it was', (position) => {
  const at = { integrationId, logEpoch: 'q7Xf', position };
  expect(decodeCursor(encodeCursor(at), integrationId)).toEqual(at);
});

test('a cursor can stand in a URL as it is', () => {
  expect(encodeCursor({ integrationId, logEpoch: '???>>>~~~', position: 1 })).toMatch(/^[\w-]+$/);
});

test.for<[what: string, cursor: string]>([
  ['nothing', ''],
  ['some text', 'not a cursor'],
  ['a bare position', raw('7')],
  ['no position', raw(`q7Xf.${integrationId}.`)],
  ['a position below zero', raw(`q7Xf.${integrationId}.-1`)],
  ['a position that is no whole number', raw(`q7Xf.${integrationId}.1e3`)],
  ['a position beyond what is counted exactly', raw(`q7Xf.${integrationId}.9999999999999999`)],
  ['no history', raw(`.${integrationId}.7`)],
  ['a part too many', raw(`q7Xf.${integrationId}.7.7`)],
])('%s is refused as no cursor', ([, cursor]) => {
  expect(() => decodeCursor(cursor, integrationId)).toThrow(BadInputError);
  expect(() => decodeCursor(cursor, integrationId)).toThrow('no cursor');
});

test('a cursor of another integration is refused', () => {
  const cursor = encodeCursor({ integrationId: other, logEpoch: 'q7Xf', position: 7 });
  expect(() => decodeCursor(cursor, integrationId)).toThrow(BadInputError);
  expect(() => decodeCursor(cursor, integrationId)).toThrow('another integration');
});
