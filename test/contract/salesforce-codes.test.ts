import { describe, expect, test } from 'vitest';
import { salesforce } from '../../src/sync/connectors/salesforce/salesforce.ts';
import { given, idOf, kindsOf, leadOf, leadPath, memberPath, membership } from './salesforce-stand.ts';

const words = 'In their words.';
const two = () => [leadOf('a@example.test'), leadOf('b@example.test')];

/** Of a record in an answer that is 200. Source: vendors' sheet, section 4.5. */
const ofRecord = [
  ['INSUFFICIENT_ACCESS', 'failed', 'CONNECTION_PERMISSION'],
  ['INSUFFICIENT_ACCESS_OR_READONLY', 'failed', 'CONNECTION_PERMISSION'],
  ['INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY', 'failed', 'CONNECTION_PERMISSION'],
  ['CANNOT_EXECUTE_FLOW_TRIGGER', 'failed', 'CONNECTION_PERMISSION'],
  ['UNABLE_TO_LOCK_ROW', 'postponed', 'VENDOR_UNAVAILABLE'],
  ['ALL_OR_NONE_OPERATION_ROLLED_BACK', 'postponed', 'VENDOR_UNAVAILABLE'],
  ['PROCESSING_HALTED', 'postponed', 'VENDOR_UNAVAILABLE'],
  ['SERVER_UNAVAILABLE', 'postponed', 'VENDOR_UNAVAILABLE'],
  ['UNKNOWN_EXCEPTION', 'postponed', 'VENDOR_UNAVAILABLE'],
  ['QUERY_TIMEOUT', 'postponed', 'TIMEOUT'],
  ['REQUEST_RUNNING_TOO_LONG', 'postponed', 'TIMEOUT'],
  ['REQUIRED_FIELD_MISSING', 'failed', 'REQUIRED_REMOTE_FIELD'],
  ['MISSING_ARGUMENT', 'failed', 'REQUIRED_REMOTE_FIELD'],
  ['INVALID_FIELD', 'failed', 'MISSING_REMOTE_FIELD'],
  ['INVALID_FIELD_FOR_INSERT_UPDATE', 'failed', 'MISSING_REMOTE_FIELD'],
  ['INVALID_TYPE', 'failed', 'MISSING_REMOTE_FIELD'],
  ['FIELD_CUSTOM_VALIDATION_EXCEPTION', 'failed', 'DATA_VALUE_VALIDATION'],
  ['STRING_TOO_LONG', 'failed', 'DATA_VALUE_VALIDATION'],
  ['INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', 'failed', 'DATA_VALUE_VALIDATION'],
  ['INVALID_EMAIL_ADDRESS', 'failed', 'DATA_VALUE_VALIDATION'],
  ['NUMBER_OUTSIDE_VALID_RANGE', 'failed', 'DATA_VALUE_VALIDATION'],
  ['INVALID_CROSS_REFERENCE_KEY', 'failed', 'DATA_VALUE_VALIDATION'],
  ['MALFORMED_ID', 'failed', 'DATA_VALUE_VALIDATION'],
  ['JSON_PARSER_ERROR', 'failed', 'DATA_VALUE_VALIDATION'],
  ['FIELD_INTEGRITY_EXCEPTION', 'failed', 'DATA_VALUE_VALIDATION'],
  ['FIELD_FILTER_VALIDATION_EXCEPTION', 'failed', 'DATA_VALUE_VALIDATION'],
  ['CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', 'failed', 'DATA_VALUE_VALIDATION'],
  ['APEX_ERROR', 'failed', 'DATA_VALUE_VALIDATION'],
  ['DUPLICATES_DETECTED', 'failed', 'DUPLICATE'],
  ['DUPLICATE_VALUE', 'failed', 'DUPLICATE'],
  ['DUPLICATE_EXTERNAL_ID', 'failed', 'DUPLICATE'],
  ['ENTITY_IS_DELETED', 'failed', 'REMOTE_RECORD_GONE'],
  ['NOT_FOUND', 'failed', 'REMOTE_RECORD_GONE'],
  ['CANNOT_UPDATE_CONVERTED_LEAD', 'failed', 'REMOTE_RECORD_GONE'],
  ['MALFORMED_QUERY', 'failed', 'UNKNOWN'],
  ['UNSUPPORTED_API_VERSION', 'failed', 'UNKNOWN'],
  ['SOMETHING_NEW', 'failed', 'UNKNOWN'],
] as const;

/** Of a record, and still everybody's: they stop the push and fail nobody. */
const ofRecordForAll = [
  ['INVALID_SESSION_ID', words, 'unauthorized'],
  ['API_DISABLED_FOR_ORG', words, 'hold'],
  ['API_CURRENTLY_DISABLED', words, 'hold'],
  ['FUNCTIONALITY_NOT_ENABLED', words, 'hold'],
  ['INVALID_LOGIN', words, 'hold'],
  ['PASSWORD_LOCKOUT', words, 'hold'],
  ['TXN_SECURITY_NO_ACCESS', words, 'hold'],
  ['STORAGE_LIMIT_EXCEEDED', words, 'quota'],
  ['REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.', 'quota'],
  ['REQUEST_LIMIT_EXCEEDED', 'ConcurrentPerOrgLongTxn Limit exceeded.', 'throttled'],
] as const;

/** Of a whole call. */
const ofCall = [
  [403, 'API_DISABLED_FOR_ORG', words, { kind: 'hold', error: { category: 'CONNECTION_PERMISSION' } }],
  [403, 'API_CURRENTLY_DISABLED', words, { kind: 'hold', error: { category: 'CONNECTION_PERMISSION' } }],
  [403, 'FUNCTIONALITY_NOT_ENABLED', words, { kind: 'hold', error: { category: 'CONNECTION_PERMISSION' } }],
  [400, 'INVALID_LOGIN', words, { kind: 'hold', error: { category: 'CONNECTION_PERMISSION' } }],
  [403, 'PASSWORD_LOCKOUT', words, { kind: 'hold', error: { category: 'CONNECTION_PERMISSION' } }],
  [403, 'TXN_SECURITY_NO_ACCESS', words, { kind: 'hold', error: { category: 'CONNECTION_PERMISSION' } }],
  [403, 'INSUFFICIENT_ACCESS', words, { kind: 'hold', error: { category: 'CONNECTION_PERMISSION' } }],
  [
    403,
    'REQUEST_LIMIT_EXCEEDED',
    'TotalRequests Limit exceeded.',
    { kind: 'quota', error: { category: 'QUOTA_EXCEEDED' } },
  ],
  [
    403,
    'REQUEST_LIMIT_EXCEEDED',
    'ConcurrentPerOrgLongTxn Limit exceeded.',
    { kind: 'throttled', retryAfterMs: 30_000 },
  ],
  [400, 'STORAGE_LIMIT_EXCEEDED', words, { kind: 'quota', error: { category: 'QUOTA_EXCEEDED' } }],
  [503, 'SERVER_UNAVAILABLE', words, { kind: 'unavailable', whole: true }],
  [500, 'UNKNOWN_EXCEPTION', words, { kind: 'unavailable', whole: true }],
  [400, 'QUERY_TIMEOUT', words, { kind: 'unavailable', whole: false, error: { category: 'TIMEOUT' } }],
  [400, 'REQUEST_RUNNING_TOO_LONG', words, { kind: 'unavailable', whole: false, error: { category: 'TIMEOUT' } }],
  [500, 'UNABLE_TO_LOCK_ROW', words, { kind: 'unavailable', whole: false, error: { category: 'VENDOR_UNAVAILABLE' } }],
  [400, 'ALL_OR_NONE_OPERATION_ROLLED_BACK', words, { kind: 'unavailable', whole: false }],
  [409, 'CONFLICT', words, { kind: 'unavailable', whole: false, error: { category: 'VENDOR_UNAVAILABLE' } }],
  [412, 'PRECONDITION_FAILED', words, { kind: 'unavailable', whole: false, error: { category: 'VENDOR_UNAVAILABLE' } }],
  [
    428,
    'PRECONDITION_REQUIRED',
    words,
    { kind: 'unavailable', whole: false, error: { category: 'VENDOR_UNAVAILABLE' } },
  ],
  [400, 'JSON_PARSER_ERROR', words, { kind: 'refused', error: { category: 'DATA_VALUE_VALIDATION' } }],
  [400, 'REQUIRED_FIELD_MISSING', words, { kind: 'refused', error: { category: 'REQUIRED_REMOTE_FIELD' } }],
  [400, 'INVALID_TYPE', words, { kind: 'refused', error: { category: 'MISSING_REMOTE_FIELD' } }],
  [404, 'NOT_FOUND', words, { kind: 'refused', error: { category: 'MISSING_REMOTE_FIELD' } }],
  [400, 'DUPLICATES_DETECTED', words, { kind: 'refused', error: { category: 'DUPLICATE' } }],
  [400, 'MALFORMED_QUERY', words, { kind: 'refused', error: { category: 'UNKNOWN' } }],
  [404, 'UNSUPPORTED_API_VERSION', words, { kind: 'refused', error: { category: 'UNKNOWN' } }],
  [405, 'METHOD_NOT_ALLOWED', words, { kind: 'refused', error: { category: 'UNKNOWN' } }],
  [414, 'URI_TOO_LONG', words, { kind: 'refused', error: { category: 'UNKNOWN' } }],
  [415, 'UNSUPPORTED_MEDIA_TYPE', words, { kind: 'refused', error: { category: 'UNKNOWN' } }],
  [431, 'HEADERS_TOO_LONG', words, { kind: 'refused', error: { category: 'UNKNOWN' } }],
  [400, 'SOMETHING_NEW', words, { kind: 'refused', error: { category: 'UNKNOWN' } }],
] as const;

describe('an error of Salesforce about a record', () => {
  test.for(ofRecord)(
    '%s: %s, %s, in the words of Salesforce, and the neighbour passes',
    async ([code, kind, category]) => {
      const { vendor, session } = await given();
      vendor.fault({ kind: 'record', code, message: words, email: 'a@example.test', times: null });
      expect(await salesforce.push(two(), session)).toMatchObject({
        outcomes: [{ kind, error: { category, vendorCode: code, vendorMessage: words } }, { kind: 'cleared' }],
      });
    },
  );

  test.for(ofRecordForAll)('%s, "%s": %s for everybody, and nobody fails', async ([code, message, kind]) => {
    const { vendor, session } = await given();
    vendor.fault({ kind: 'record', code, message, email: 'a@example.test', times: null });
    expect(await salesforce.push(two(), session)).toMatchObject({
      outcomes: [{ kind: 'interrupted' }, { kind: 'cleared' }],
      interruption: { kind },
    });
  });

  test.for([
    ['CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', 'LeadTrigger: System.DmlException: UNABLE_TO_LOCK_ROW, unable to obtain'],
    ['CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', 'LeadTrigger: System.LimitException: Too many SOQL queries: 101'],
  ] as const)('%s with "%s" passes once the lock is gone, in the same push', async ([code, message]) => {
    const { vendor, session, emails } = await given();
    vendor.fault({ kind: 'record', code, message, email: 'a@example.test' });
    expect(kindsOf(await salesforce.push(two(), session))).toEqual(['cleared', 'cleared']);
    expect(emails()).toEqual(['b@example.test', 'a@example.test']);
  });

  test.for([
    ['INVALID_FIELD', "No such column 'Title' on sobject of type Lead", 'Title'],
    ['INVALID_FIELD_FOR_INSERT_UPDATE', 'Unable to create/update fields: Title. Please check the security.', 'Title'],
    ['REQUIRED_FIELD_MISSING', 'Required fields are missing: [Industry]', 'Industry'],
    ['STRING_TOO_LONG', 'Title: data value too large: xxx (max length=80)', 'Title'],
    ['INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', 'Title: bad value for restricted picklist field: x', 'Title'],
    ['FIELD_CUSTOM_VALIDATION_EXCEPTION', 'Not on a Sunday.', null],
  ] as const)('%s, "%s": it is about the field %s', async ([code, message, remoteField]) => {
    const { vendor, session } = await given();
    vendor.fault({ kind: 'record', code, message, email: 'a@example.test' });
    expect(await salesforce.push([leadOf('a@example.test', { Title: 'x' })], session)).toMatchObject({
      outcomes: [{ kind: 'failed', error: { remoteField } }],
    });
  });

  test('of several the one that is everybody’s decides, then one that is known', async () => {
    const { vendor, session } = await given();
    const errors = [
      { statusCode: 'SOMETHING_NEW', message: 'first', fields: [] },
      { statusCode: 'STRING_TOO_LONG', message: 'second', fields: ['Title'] },
    ];
    const body = JSON.stringify([{ success: false, errors }]);
    vendor.fault({ kind: 'status', status: 200, body, path: leadPath });
    expect(await salesforce.push([leadOf('a@example.test', { Title: 'x' })], session)).toMatchObject({
      outcomes: [{ error: { category: 'DATA_VALUE_VALIDATION', vendorMessage: 'second', remoteField: 'Title' } }],
    });
  });

  test('with the good records beside it is read also where the status is 400', async () => {
    const { vendor, session } = await given();
    const body = JSON.stringify([
      { success: true, id: '00QSim000000009AAA', errors: [] },
      { success: false, errors: [{ statusCode: 'STRING_TOO_LONG', message: words, fields: [] }] },
    ]);
    vendor.fault({ kind: 'status', status: 400, body, path: leadPath });
    expect(kindsOf(await salesforce.push(two(), session))).toEqual(['cleared', 'failed']);
  });

  test('is missing where the answer has fewer results than records: nothing is taken for written', async () => {
    const { vendor, session } = await given();
    const body = JSON.stringify([{ success: true, id: '00QSim000000009AAA', errors: [] }]);
    vendor.fault({ kind: 'status', status: 200, body, path: leadPath });
    expect(await salesforce.push(two(), session)).toMatchObject({ kind: 'unavailable', whole: false });
  });
});

describe('an error of Salesforce about a call', () => {
  const bodyOf = (errorCode: string, message: string) => JSON.stringify([{ errorCode, message }]);

  test.for(ofCall)('%i %s, "%s" at the write', async ([status, code, message, expected]) => {
    const { vendor, session } = await given();
    vendor.fault({ kind: 'status', status, body: bodyOf(code, message), path: leadPath });
    expect(await salesforce.push(two(), session)).toMatchObject(expected);
  });

  test.for(ofCall)('%i %s, "%s" at the look-up', async ([status, code, message, expected]) => {
    const { vendor, session, emails } = await given();
    vendor.fault({ kind: 'status', status, body: bodyOf(code, message), path: '/query' });
    expect(await salesforce.push(two(), session)).toMatchObject(expected);
    expect(emails()).toEqual([]);
  });

  test.for(ofCall.filter(([, , , { kind }]) => kind !== 'refused'))(
    '%i %s, "%s" at the membership keeps the lead and fails nobody',
    async ([status, code, message, interruption]) => {
      const { vendor, session, emails } = await given();
      vendor.fault({ kind: 'status', status, body: bodyOf(code, message), path: memberPath });
      const batch = two().map((lead) => ({ ...lead, campaign: membership() }));
      expect(await salesforce.push(batch, session)).toMatchObject({
        outcomes: batch.map(() => ({ kind: 'interrupted', written: {} })),
        interruption,
      });
      expect(emails()).toHaveLength(2);
    },
  );

  test.for([
    [300, '["/services/data/v67.0/sobjects/Lead/00Q1"]', { kind: 'refused', error: { category: 'DUPLICATE' } }],
    [403, '', { kind: 'hold', error: { category: 'CONNECTION_PERMISSION' } }],
    [429, '', { kind: 'throttled', retryAfterMs: 30_000 }],
    [500, '', { kind: 'unavailable', whole: true }],
    [502, '', { kind: 'unavailable', whole: true }],
    [504, '', { kind: 'unavailable', whole: false, error: { category: 'TIMEOUT' } }],
    [403, '<html>Forbidden</html>', { kind: 'unavailable' }],
  ] as const)('%i "%s"', async ([status, body, expected]) => {
    const { vendor, session } = await given();
    const headers = body.startsWith('<') ? { 'content-type': 'text/html' } : {};
    vendor.fault({ kind: 'status', status, body, headers, path: leadPath });
    expect(await salesforce.push(two(), session)).toMatchObject(expected);
  });

  test('that names a column convicts it: only leads that carry it are guilty', async () => {
    const { vendor, session } = await given();
    vendor.org.hide('Lead', 'Title');
    const batch = [leadOf('a@example.test', { Title: 'x' }), leadOf('b@example.test')];
    expect(await salesforce.push(batch, session)).toMatchObject({
      kind: 'refused',
      error: { category: 'MISSING_REMOTE_FIELD', remoteField: 'Title', vendorCode: 'INVALID_FIELD' },
    });
  });

  test.for(['INVALID_SESSION_ID', 'INVALID_AUTH_HEADER'])('%s is healed by a new token, once', async (code) => {
    const { vendor, session } = await given();
    const fault = { kind: 'status', status: 401, body: bodyOf(code, words), path: leadPath } as const;
    vendor.fault(fault);
    expect(kindsOf(await salesforce.push(two(), session))).toEqual(['cleared', 'cleared']);
    vendor.fault({ ...fault, times: 2 });
    expect(await salesforce.push([leadOf('c@example.test')], session)).toMatchObject({
      kind: 'unauthorized',
      error: { category: 'AUTHENTICATION' },
    });
  });

  test('a refresh that is being processed already is waited for, and nobody signs in again', async () => {
    const { vendor, session } = await given();
    vendor.login.signIn.expire();
    const body = '{"error":"invalid_grant","error_description":"token request is already being processed"}';
    vendor.fault({ kind: 'status', status: 400, body, path: '/oauth2/token' });
    expect(await salesforce.push(two(), session)).toMatchObject({ kind: 'unavailable', unreached: true });
    expect(kindsOf(await salesforce.push(two(), session))).toEqual(['cleared', 'cleared']);
  });
});

describe('the calls of the last 24 hours', () => {
  test('are learnt from every answer, without an hour at which they start anew', async () => {
    const { bench, session } = await given({ dailyMax: 500 });
    await salesforce.push([leadOf('a@example.test')], session);
    expect(bench.learnt).toContainEqual({ daily: { limit: 500, remaining: 498, resetsAt: null } });
  });

  test('once used up are asked for before the next lead is sent, which then goes by itself', async () => {
    const { vendor, bench, session, paths } = await given({ dailyMax: 10 });
    vendor.spend(10);
    expect(await salesforce.push(two(), session)).toMatchObject({
      kind: 'quota',
      resetsAt: new Date(bench.now + 15 * 60_000),
    });
    vendor.fault({
      kind: 'status',
      status: 200,
      body: '{"DailyApiRequests":{"Max":10,"Remaining":0}}',
      path: '/limits',
    });
    expect(await salesforce.push(two(), session)).toMatchObject({ kind: 'quota' });
    expect(paths().at(-1)).toBe('GET /limits');
    bench.now += 24 * 60 * 60_000;
    expect(idOf(await salesforce.push(two(), session))).toMatch(/^00Q/);
    const asked = () => paths().filter((path) => path === 'GET /limits').length;
    const before = asked();
    await salesforce.push(two(), session);
    expect(asked()).toBe(before);
  });
});
