import { describe, expect, test } from 'vitest';
import { zoho } from '../../src/sync/connectors/zoho/zoho.ts';
import { outcomesOf } from './stand.ts';
import { campaign, givenZoho as given, kindsOf, leadOf, now, upsertPath } from './zoho-stand.ts';

// biome-ignore format: a table
const refusals: [string, string][] = [
  ['NO_PERMISSION', 'CONNECTION_PERMISSION'], ['AUTHORIZATION_FAILED', 'CONNECTION_PERMISSION'], ['NOT_APPROVED', 'CONNECTION_PERMISSION'],
  ['FEATURE_NOT_SUPPORTED', 'CONNECTION_PERMISSION'], ['TERRITORY_NOT_ENABLED', 'CONNECTION_PERMISSION'],
  ['NOT_SUPPORTED', 'CONNECTION_PERMISSION'], ['NOT_ALLOWED', 'CONNECTION_PERMISSION'],
  ['LIMIT_EXCEEDED', 'UNKNOWN'],
  ['MANDATORY_NOT_FOUND', 'REQUIRED_REMOTE_FIELD'], ['REQUIRED_PARAM_MISSING', 'REQUIRED_REMOTE_FIELD'],
  ['EXPECTED_FIELD_MISSING', 'REQUIRED_REMOTE_FIELD'], ['DEPENDENT_FIELD_MISSING', 'REQUIRED_REMOTE_FIELD'],
  ['INVALID_DATA', 'DATA_VALUE_VALIDATION'], ['PATTERN_NOT_MATCHED', 'DATA_VALUE_VALIDATION'], ['MAPPING_MISMATCH', 'DATA_VALUE_VALIDATION'],
  ['DEPENDENT_MISMATCH', 'DATA_VALUE_VALIDATION'], ['DATA_MISMATCH', 'DATA_VALUE_VALIDATION'],
  ['MULTIPLE_OR_MULTI_ERRORS', 'DATA_VALUE_VALIDATION'],
  ['DUPLICATE_DATA', 'DUPLICATE'],
  ['INVALID_MODULE', 'MISSING_REMOTE_FIELD'],
  ['NOT_FOUND', 'REMOTE_RECORD_GONE'], ['NO_RECORDS_FOUND', 'REMOTE_RECORD_GONE'],
  ['CONVERTED_RECORD', 'REMOTE_RECORD_GONE'], ['ID_ALREADY_CONVERTED', 'REMOTE_RECORD_GONE'],
  ['RECORD_LOCKED', 'DATA_VALUE_VALIDATION'], ['RECORD_IN_BLUEPRINT', 'DATA_VALUE_VALIDATION'],
  ['INVALID_URL_PATTERN', 'UNKNOWN'], ['INVALID_REQUEST_METHOD', 'UNKNOWN'],
  ['NEVER_HEARD_OF', 'UNKNOWN'],
];

const transients: [string, string][] = [
  ['ALREADY_MODIFIED', 'VENDOR_UNAVAILABLE'],
  ['RECORD_MODIFIED', 'VENDOR_UNAVAILABLE'],
  ['INTERNAL_ERROR', 'VENDOR_UNAVAILABLE'],
  ['DEPENDENT_SERVICE_ERROR', 'VENDOR_UNAVAILABLE'],
];

const inAnHour = new Date(now + 3_600_000);
const hold = { kind: 'hold', hold: 'NO_PERMISSION', error: { category: 'CONNECTION_PERMISSION' } };
const throttled = { kind: 'throttled', retryAfterMs: 2_000, error: { category: 'RATE_LIMITED' } };
const outage = { kind: 'unavailable', whole: true, error: { category: 'VENDOR_UNAVAILABLE' } };
const quota = { kind: 'quota', resetsAt: inAnHour, error: { category: 'QUOTA_EXCEEDED' } };
const ourDefect = { kind: 'refused', error: { category: 'UNKNOWN' } };

const stops: [string, object][] = [
  ['OAUTH_SCOPE_MISMATCH', hold],
  ['TOO_MANY_REQUESTS', throttled],
  ['STORAGE_SPACE_EXCEEDED', quota],
  ['LIMIT_REACHED', quota],
];

/** Three leads, and what Zoho says of the one in the middle. */
async function withFault(code: string, message = 'In the words of Zoho') {
  const { vendor, push } = await given();
  vendor.fault({ kind: 'record', code, message, email: 'b@example.test' });
  const answer = await push([leadOf('a@example.test'), leadOf('b@example.test'), leadOf('c@example.test')]);
  expect(vendor.leads().map(({ values }) => values.Email)).toEqual(['a@example.test', 'c@example.test']);
  return answer;
}

const bodyOf = (code: string, details: object = {}) =>
  JSON.stringify({ code, details, message: 'In the words of Zoho', status: 'error' });

describe('codes of one lead among others', () => {
  test.for(refusals)('%s fails that lead alone: %s', async ([code, category]) => {
    const answer = await withFault(code);
    expect(kindsOf(answer)).toEqual(['cleared', 'failed', 'cleared']);
    expect(outcomesOf(answer)[1]).toMatchObject({
      error: { category, vendorCode: code, vendorMessage: 'In the words of Zoho', message: expect.any(String) },
    });
  });

  test.for(transients)('%s lets that lead alone wait: %s', async ([code, category]) => {
    const answer = await withFault(code);
    expect(kindsOf(answer)).toEqual(['cleared', 'postponed', 'cleared']);
    expect(outcomesOf(answer)[1]).toMatchObject({ error: { category, vendorCode: code } });
  });

  test.for(stops)('%s stops, and fails nobody', async ([code, interruption]) => {
    const answer = await withFault(code);
    expect(kindsOf(answer)).toEqual(['cleared', 'interrupted', 'cleared']);
    expect(answer).toMatchObject({ interruption });
  });

  test('"Record count exceeded" is our defect, whatever its code', async () => {
    const answer = await withFault('INVALID_DATA', 'Record count exceeded');
    expect(outcomesOf(answer)[1]).toMatchObject({ error: { category: 'UNKNOWN' } });
  });

  test('several errors of one kind are of that kind, of several kinds they are of values; all are told', async () => {
    const { push } = await given();
    const missing = leadOf('a@example.test', { values: { Email: 'no address', First_Name: 'A'.repeat(41) } });
    const wrong = leadOf('b@example.test', {
      values: { Email: 'b@example.test', Last_Name: 'B', First_Name: 'B'.repeat(41), Phone: '1'.repeat(31) },
    });
    const answer = await push([missing, wrong]);
    expect(outcomesOf(answer)).toMatchObject([
      {
        error: {
          category: 'DATA_VALUE_VALIDATION',
          vendorCode: 'MULTIPLE_OR_MULTI_ERRORS',
          vendorMessage: expect.stringMatching(/MANDATORY_NOT_FOUND Last_Name: .*INVALID_DATA Email: /),
        },
      },
      {
        error: {
          category: 'DATA_VALUE_VALIDATION',
          remoteField: 'First_Name',
          vendorMessage: 'INVALID_DATA First_Name: invalid data; INVALID_DATA Phone: invalid data',
        },
      },
    ]);
  });

  test('what is expected of a value is told in our words', async () => {
    const { push } = await given();
    const values = { Email: 'a@example.test', Last_Name: 'A', No_of_Employees: 'many' };
    const answer = await push([leadOf('a@example.test', { values }), leadOf('b@example.test')]);
    expect(outcomesOf(answer)[0]).toMatchObject({
      error: { message: expect.stringContaining('integer'), remoteField: 'No_of_Employees' },
    });
  });
});

// biome-ignore format: a table
const callRefusals: [number, string, object][] = [
  [401, 'OAUTH_SCOPE_MISMATCH', hold],
  [403, 'NO_PERMISSION', hold],
  [403, 'AUTHORIZATION_FAILED', hold],
  [400, 'NO_PERMISSION', hold],
  [403, '', hold],
  [400, 'FEATURE_NOT_SUPPORTED', { kind: 'refused', error: { category: 'CONNECTION_PERMISSION' } }],
  [429, 'TOO_MANY_REQUESTS', throttled],
  [429, '', throttled],
  [400, 'STORAGE_SPACE_EXCEEDED', quota],
  [400, 'LIMIT_REACHED', quota],
  [400, 'LIMIT_EXCEEDED', ourDefect],
  [400, 'INVALID_DATA', { kind: 'refused', error: { category: 'DATA_VALUE_VALIDATION', vendorCode: 'INVALID_DATA' } }],
  [400, 'MANDATORY_NOT_FOUND', { kind: 'refused', error: { category: 'REQUIRED_REMOTE_FIELD' } }],
  [400, 'NEVER_HEARD_OF', { kind: 'refused', error: { category: 'UNKNOWN', vendorMessage: 'In the words of Zoho' } }],
  [404, 'INVALID_URL_PATTERN', ourDefect],
  [400, 'INVALID_REQUEST_METHOD', ourDefect],
  [405, '', ourDefect],
  [413, '', ourDefect],
  [415, '', ourDefect],
  [500, 'INTERNAL_ERROR', outage],
  [200, 'INTERNAL_ERROR', outage],
  [400, 'DEPENDENT_SERVICE_ERROR', outage],
  [500, '', outage],
  [502, '', outage],
  [503, '', outage],
  [504, '', { kind: 'unavailable', whole: false, error: { category: 'TIMEOUT' } }],
];

describe('answers to a write as a whole', () => {
  test.for(callRefusals)('%i %s', async ([status, code, expected]) => {
    const { vendor, push } = await given();
    vendor.fault({ kind: 'status', status, body: code && bodyOf(code), path: upsertPath });
    expect(await push()).toMatchObject(expected);
    expect(kindsOf(await push())).toEqual(['cleared', 'cleared']);
  });

  test.for([
    ['one row for all', 1],
    ['every row alike', 2],
  ] as const)('%s are told from rows of leads', async ([, count]) => {
    const { vendor, push } = await given();
    const row = JSON.parse(bodyOf('AUTHORIZATION_FAILED', { resource_path_index: 0 }));
    const body = JSON.stringify({ data: Array.from({ length: count }, () => row) });
    vendor.fault({ kind: 'status', status: 400, body, path: upsertPath });
    expect(await push()).toMatchObject(hold);
  });

  test('an unknown module fails every lead of the call at once, and none is looked for among them', async () => {
    const { vendor, push, callsTo } = await given();
    vendor.fault({
      kind: 'status',
      status: 400,
      body: JSON.stringify({ data: [JSON.parse(bodyOf('INVALID_MODULE', { resource_path_index: 0 }))] }),
      path: upsertPath,
    });
    expect(outcomesOf(await push())).toMatchObject(
      [1, 2].map(() => ({ kind: 'failed', error: { category: 'MISSING_REMOTE_FIELD' } })),
    );
    expect(callsTo(upsertPath)).toHaveLength(1);
  });

  test('a conflict lets all of them wait', async () => {
    const { vendor, push } = await given();
    vendor.fault({ kind: 'status', status: 412, body: bodyOf('ALREADY_MODIFIED'), path: upsertPath });
    expect(kindsOf(await push())).toEqual(['postponed', 'postponed']);
  });

  test('rows without a place count in their order, and of fewer only those that say it', async () => {
    const { vendor, push } = await given();
    const success = { code: 'SUCCESS', status: 'success', details: { id: '1' } };
    const bad = JSON.parse(bodyOf('INVALID_DATA', { api_name: 'Last_Name', json_path: '$.data[1].Last_Name' }));
    const three = ['a', 'b', 'c'].map((name) => leadOf(`${name}@example.test`));
    vendor.fault({
      kind: 'status',
      status: 207,
      body: JSON.stringify({ data: [success, bad, success] }),
      path: upsertPath,
    });
    expect(kindsOf(await push(three))).toEqual(['cleared', 'failed', 'cleared']);
    vendor.fault({ kind: 'status', status: 207, body: JSON.stringify({ data: [success, bad] }), path: upsertPath });
    expect(kindsOf(await push(three))).toEqual(['postponed', 'failed', 'postponed']);
  });

  test.for([
    [' says nothing of the leads', { data: [] }, ['postponed', 'postponed']],
    [' is none of Zoho', { hello: 'world' }, 'unavailable'],
  ] as const)('an answer that%s is no success', async ([, body, kinds]) => {
    const { vendor, push } = await given();
    vendor.fault({ kind: 'status', status: 200, body: JSON.stringify(body), path: upsertPath });
    expect(kindsOf(await push())).toEqual(kinds);
  });
});

const everywhere: [number, string, object][] = callRefusals.filter(([, , expected]) =>
  ['hold', 'throttled', 'quota', 'unavailable'].includes((expected as { kind: string }).kind),
);

describe('what concerns the account, met on a later request', () => {
  test.for(everywhere)('%i %s at a look-up', async ([status, code, expected]) => {
    const { vendor, push, known } = await given({ readsCoql: false });
    const blank = await known('known@example.test', { writeIfBlank: ['First_Name'] });
    vendor.fault({ kind: 'status', status, body: code && bodyOf(code), path: '/crm/v8/Leads' });
    const answer = await push([blank, leadOf('other@example.test')]);
    expect(kindsOf(answer)).toEqual(['interrupted', 'unsent']);
    expect(answer).toMatchObject({ interruption: expected });
  });

  test.for(everywhere)('%i %s at the second write', async ([status, code, expected]) => {
    const { vendor, push, known } = await given();
    const one = await known('known@example.test');
    vendor.fault({ kind: 'status', status, body: code && bodyOf(code), path: upsertPath });
    const answer = await push([leadOf('new@example.test'), one]);
    expect(kindsOf(answer)).toEqual(['interrupted', 'cleared']);
    expect(answer).toMatchObject({ interruption: expected });
  });

  test.for(everywhere)('%i %s at a membership', async ([status, code, expected]) => {
    const { vendor, push } = await given();
    vendor.fault({ kind: 'status', status, body: code && bodyOf(code), path: '/Campaigns' });
    const member = { campaign: { campaignId: campaign.id, memberStatus: 'Attended' } };
    const answer = await push([leadOf('a@example.test', member), leadOf('b@example.test', member)]);
    expect(outcomesOf(answer)).toMatchObject([
      { kind: 'interrupted', written: { remoteId: expect.any(String) } },
      { kind: 'unsent', written: { remoteId: expect.any(String) } },
    ]);
    expect(answer).toMatchObject({ interruption: expected });
  });

  test.for(everywhere)('%i %s at a description is said in words', async ([status, code]) => {
    const { vendor, session } = await given();
    vendor.fault({ kind: 'status', status, body: code && bodyOf(code), path: '/settings/fields' });
    expect(await zoho.describe(session)).toEqual({ kind: 'unavailable', message: expect.stringMatching(/Zoho/) });
  });
});
