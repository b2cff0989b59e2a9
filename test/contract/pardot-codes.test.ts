import { describe, expect, test } from 'vitest';
import type { ErrorCategory } from '../../src/domain/error-categories.ts';
import { pardot } from '../../src/sync/connectors/pardot/pardot.ts';
import { givenPardot as given, outcomeOf } from './pardot-stand.ts';
import { recordOf } from './records.ts';

const upsertPath = 'upsertLatestByEmail';
const words = 'Words of theirs';

const all = (category: ErrorCategory, ...codes: number[]) => codes.map((code) => [code, category] as const);

// The codes that are the prospect's or the mapping's own, with those of no meaning to us.
const refusals = [
  ...all('DATA_VALUE_VALIDATION', 4, 7, 10, 11, 12, 16, 29, 32, 39, 50, 51, 52, 56, 57, 61, 63, 79, 80, 98, 100),
  ...all('DATA_VALUE_VALIDATION', 114, 125, 137, 138, 139, 154, 159, 165, 166, 206, 215),
  ...all('MISSING_REMOTE_FIELD', 130, 180, 224, 226, 227),
  ...all('REQUIRED_REMOTE_FIELD', 13, 14, 36, 113, 153, 176, 197, 207),
  ...all('DUPLICATE', 9, 54, 99, 245, 44, 45, 81),
  ...all('REMOTE_RECORD_GONE', 3, 24, 35, 77, 92, 97, 109, 132, 192, 219, 242),
  ...all('CAMPAIGN_NOT_FOUND', 38, 55, 236),
  ...all('CONNECTION_PERMISSION', 37, 59, 83, 103, 128, 129, 218, 233, 234),
  ...all('QUOTA_EXCEEDED', 67, 160, 216),
  ...all('UNKNOWN', 155, 156, 161, 178, 228),
  ...all('UNKNOWN', 2, 22, 60, 70, 71, 88, 89, 90, 91, 94, 150, 151, 152, 158, 162, 163, 198, 204, 205, 208),
  ...all('UNKNOWN', 5, 84, 246, 9_999),
];

const unavailable = { kind: 'unavailable', whole: true };
const hold = { kind: 'hold', hold: 'NO_PERMISSION' };
// biome-ignore format: a table
const stops: [codes: number[], ErrorCategory, object][] = [
  [[1, 15, 126, 131, 199], 'AUTHENTICATION', { kind: 'unauthorized' }],
  [[46, 49, 53, 76, 96, 190, 203], 'CONNECTION_PERMISSION', hold],
  [[181, 182, 201], 'CONNECTION_PERMISSION', hold],
  [[66], 'RATE_LIMITED', { kind: 'throttled', retryAfterMs: 2_000 }],
  [[202], 'RATE_LIMITED', { kind: 'throttled', retryAfterMs: 60_000 }],
  [[164], 'QUOTA_EXCEEDED', { kind: 'throttled', retryAfterMs: 3_600_000 }],
  [[122], 'QUOTA_EXCEEDED', { kind: 'quota' }],
  [[119, 120, 157, 183, 244], 'VENDOR_UNAVAILABLE', unavailable],
  [[214], 'TIMEOUT', { kind: 'unavailable', whole: false }],
];
const stopRows = stops.flatMap(([codes, category, expected]) =>
  codes.map((code) => [code, category, expected] as const),
);

/** A status that says nothing of the code. */
const refusal = (code: number, status = 400) => ({
  kind: 'status' as const,
  status,
  body: JSON.stringify({ code, message: words }),
});

describe('codes', () => {
  test.for(refusals)('%i fails the prospect: %s, with the words of Account Engagement', async ([code, category]) => {
    const { vendor, push } = await given();
    vendor.fault({ ...refusal(code), path: upsertPath });
    expect(outcomeOf(await push())).toMatchObject({
      kind: 'failed',
      error: { category, vendorCode: String(code), vendorMessage: words },
    });
    expect(outcomeOf(await push())).toMatchObject({ kind: 'cleared' });
  });

  test.for(stopRows)('%i is about more than the prospect: %s', async ([code, category, expected]) => {
    const { vendor, push } = await given();
    vendor.fault({ ...refusal(code), path: upsertPath });
    expect(await push()).toMatchObject({
      ...expected,
      error: { category, vendorCode: String(code), vendorMessage: words },
    });
    expect(outcomeOf(await push())).toMatchObject({ kind: 'cleared' });
  });

  test.for([62, 85, 121])('%i postpones the prospect alone', async (code) => {
    const { vendor, push } = await given();
    vendor.fault({ ...refusal(code), path: upsertPath });
    const error = { category: 'VENDOR_UNAVAILABLE', vendorCode: String(code), vendorMessage: words };
    expect(outcomeOf(await push())).toMatchObject({ kind: 'postponed', retryAfterMs: null, error });
  });

  test('58, already a member, is a success', async () => {
    const { vendor, push } = await given();
    vendor.fault({ ...refusal(58), path: upsertPath });
    expect(outcomeOf(await push())).toMatchObject({ kind: 'cleared' });
  });

  test('are told by the body, whatever the status', async () => {
    const { vendor, push } = await given();
    for (const status of [200, 400, 403, 404, 405, 429, 500]) {
      vendor.fault({ ...refusal(122, status), path: upsertPath });
      expect(await push()).toMatchObject({ kind: 'quota' });
      vendor.fault({ ...refusal(4, status), path: upsertPath });
      expect(outcomeOf(await push())).toMatchObject({ kind: 'failed', error: { vendorCode: '4' } });
    }
  });

  test.for([
    [429, { kind: 'throttled', error: { category: 'RATE_LIMITED' } }],
    [500, { kind: 'unavailable', whole: true }],
    [503, { kind: 'unavailable', whole: true }],
    [504, { kind: 'unavailable', whole: false, error: { category: 'TIMEOUT' } }],
    [403, { kind: 'hold', hold: 'NO_PERMISSION' }],
    [413, { kind: 'refused', error: { category: 'DATA_VALUE_VALIDATION' } }],
    [418, { kind: 'answered', outcomes: [{ kind: 'failed', error: { category: 'UNKNOWN', vendorCode: '418' } }] }],
  ] as const)('without one the status %i decides', async ([status, expected]) => {
    const { vendor, push } = await given();
    vendor.fault({ kind: 'status', status, path: upsertPath });
    expect(await push()).toMatchObject(expected);
  });

  test('an unknown one under a status of its own: the status decides, and the words stay', async () => {
    const { vendor, push } = await given();
    vendor.fault({ ...refusal(999, 503), path: upsertPath });
    expect(await push()).toMatchObject({
      kind: 'unavailable',
      error: { vendorMessage: expect.stringContaining(words) },
    });
  });

  test('name the field where the words do, and the campaign by its own', async () => {
    const { vendor, push } = await given();
    const values = { email: 'ada@example.test', company: 'x', Level__c: 'gold', campaignId: '7' };
    const record = recordOf('ada@example.test', { values });
    for (const [code, message, field] of [
      ['180', 'One or more of the specified fields are invalid: Level__c', 'Level__c'],
      ['56', 'Invalid number entered for field "company"', 'company'],
      ['38', 'Invalid campaign ID', 'campaignId'],
      ['154', 'Invalid property in request', null],
    ] as const) {
      vendor.fault({ kind: 'record', code, message, email: 'ada@example.test' });
      expect(outcomeOf(await push(record))).toMatchObject({ error: { vendorCode: code, remoteField: field } });
    }
  });

  test.for(stopRows)('%i at a look-up, a description or a second write ends that too: %s', async ([code, category]) => {
    const { vendor, session, push } = await given();
    const known = recordOf('ada@example.test');
    vendor.fault({ ...refusal(code), path: '/objects/prospects' });
    expect(await pardot.lookup?.([known], ['firstName'], session)).toMatchObject({ kind: 'unavailable' });
    vendor.fault({ ...refusal(code), path: '/objects/custom-fields' });
    const isForbidden = code === 46 || code === 49;
    expect(await pardot.describe(session)).toMatchObject({ kind: isForbidden ? 'described' : 'unavailable' });
    vendor.fault({ ...refusal(code), path: '/objects/prospects/5' });
    const answer = await push({ ...known, writeIfBlank: ['firstName'] });
    expect(answer).toMatchObject({ error: { category, vendorCode: String(code) } });
  });
});

describe('a refused token', () => {
  test.for([
    [400, 'application/json', '{"code":184,"message":"access_token is invalid, unknown, or malformed"}'],
    [
      401,
      'application/json',
      '{"code":184,"message":"access_token is invalid, unknown, or malformed: Inactive token"}',
    ],
    [403, 'application/json', '{"code":"184","message":"access_token is invalid"}'],
    [401, 'text/plain', ''],
    [
      400,
      'text/xml',
      '<?xml version="1.0"?><rsp stat="fail" version="1.0"><err code="184">access_token is invalid</err></rsp>',
    ],
    [403, 'text/xml; charset=utf-8', '<rsp stat="fail"><err>Access denied</err></rsp>'],
    [403, 'text/plain', '<?xml version="1.0"?><error>denied</error>'],
  ] as const)('%i %s %s is replaced once, and the push goes on', async ([status, type, body]) => {
    const { vendor, push } = await given();
    vendor.fault({ kind: 'status', status, body, headers: { 'content-type': type }, path: upsertPath });
    expect(outcomeOf(await push())).toMatchObject({ kind: 'cleared' });
    expect(vendor.calls().map(({ path }) => path.split('/').at(-1))).toEqual([upsertPath, 'token', upsertPath]);
    vendor.fault({ kind: 'status', status, body, headers: { 'content-type': type }, path: upsertPath, times: 2 });
    expect(await push()).toMatchObject({ kind: 'unauthorized', error: { category: 'AUTHENTICATION' } });
  });

  test('keeps the code of Account Engagement when the new one is refused as well', async () => {
    const { vendor, push } = await given({ xmlStatus: 403 });
    vendor.refuseCalls();
    expect(await push()).toMatchObject({ kind: 'unauthorized', error: { vendorCode: '184' } });
  });

  test('a code in XML that is about something else is no refused token', async () => {
    const { vendor, push } = await given();
    const body = '<rsp stat="fail" version="1.0"><err code="122">Daily API rate limit met</err></rsp>';
    vendor.fault({ kind: 'status', status: 403, body, headers: { 'content-type': 'text/xml' }, path: upsertPath });
    expect(await push()).toMatchObject({ kind: 'quota' });
  });
});
