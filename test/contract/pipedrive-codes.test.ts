import { describe, expect, test } from 'vitest';
import { pipedrive } from '../../src/sync/connectors/pipedrive/pipedrive.ts';
import { givenPipedrive, personOf } from './pipedrive-stand.ts';

const ada = 'ada@example.test';
const page = '<!DOCTYPE html><title>Attention Required! | Cloudflare</title>';
const midnight = new Date('2026-11-24T00:00:00Z');

/** Pipedrive's answer in its own shape. */
const words = (error: string, more: object = {}) =>
  JSON.stringify({ success: false, error, error_info: 'Please check developers.pipedrive.com', ...more });

/** The requests of a push in which an answer may come, each the first of its kind. */
const requests = {
  search: { method: 'GET', path: '/persons/search' },
  create: { method: 'POST', path: '/api/v2/persons' },
  read: { method: 'GET', path: '/api/v2/persons/1' },
  update: { method: 'PATCH', path: '/api/v2/persons/1' },
} as const;
type Request = keyof typeof requests;
const everywhere = Object.keys(requests) as Request[];
const atWrites: Request[] = ['create', 'update'];

interface Fault {
  status: number;
  body?: string;
  headers?: Record<string, string>;
}

async function pushInto(request: Request, fault: Fault, values: Record<string, string> = {}) {
  const { vendor, session } = await givenPipedrive();
  const isKnown = request === 'read' || request === 'update';
  if (isKnown) vendor.enter({ name: 'Ada', emails: [{ value: ada, primary: true, label: 'work' }] });
  vendor.fault({ kind: 'status', ...fault, ...requests[request] });
  return pipedrive.push([personOf(ada, values, { remoteId: isKnown ? '1' : null })], session);
}

const of = (status: number, body = words('In their words.'), headers = {}): Fault => ({ status, body, headers });
const html: Fault = { status: 403, body: page, headers: { 'content-type': 'text/html' } };
const spent = { 'x-daily-ratelimit-token-limit': '30000', 'x-daily-ratelimit-token-remaining': '0' };
const left = { ...spent, 'x-daily-ratelimit-token-remaining': '12000' };

describe("what concerns the account stops the push at whichever request, and is nobody's failure", () => {
  test.for<[string, Fault, object]>([
    ['402', of(402), { kind: 'hold', hold: 'NO_PERMISSION', error: { category: 'CONNECTION_PERMISSION' } }],
    [
      '403',
      of(403, words('Scope and URL mismatch', { errorCode: 403 })),
      { kind: 'hold', hold: 'NO_PERMISSION', error: { category: 'CONNECTION_PERMISSION' } },
    ],
    [
      '403 feature_capping',
      of(403, words('Limit reached', { code: 'feature_capping_persons_limit' })),
      {
        kind: 'quota',
        error: { category: 'QUOTA_EXCEEDED', vendorCode: 'feature_capping_persons_limit' },
        resetsAt: new Date('2026-11-23T13:00:00Z'),
      },
    ],
    ['403 HTML', html, { kind: 'throttled', error: { category: 'RATE_LIMITED' }, retryAfterMs: 7_200_000 }],
    [
      '429 in a burst',
      of(429, words('Request over limit'), left),
      { kind: 'throttled', error: { category: 'RATE_LIMITED' }, retryAfterMs: 2_000 },
    ],
    [
      '429 that says how long',
      of(429, words('Request over limit'), { 'retry-after': '7' }),
      { kind: 'throttled', retryAfterMs: 7_000 },
    ],
    [
      '429 with a window',
      of(429, words('Request over limit'), { 'x-ratelimit-reset': '6' }),
      { kind: 'throttled', retryAfterMs: 6_000 },
    ],
    [
      '429 without tokens',
      of(429, words('Too many'), spent),
      { kind: 'quota', error: { category: 'QUOTA_EXCEEDED' }, resetsAt: midnight },
    ],
    [
      '429 that speaks of the day',
      of(429, words('Daily API token budget is exhausted')),
      { kind: 'quota', resetsAt: midnight },
    ],
    [
      '500',
      of(500),
      {
        kind: 'unavailable',
        whole: true,
        error: { category: 'VENDOR_UNAVAILABLE', vendorMessage: expect.stringContaining('In their words.') },
      },
    ],
    ['502', of(502), { kind: 'unavailable', whole: true, error: { category: 'VENDOR_UNAVAILABLE' } }],
    ['503', of(503), { kind: 'unavailable', whole: true, error: { category: 'VENDOR_UNAVAILABLE' } }],
    ['504', of(504), { kind: 'unavailable', whole: true, error: { category: 'VENDOR_UNAVAILABLE' } }],
    ['520', of(520), { kind: 'unavailable', whole: true, error: { category: 'VENDOR_UNAVAILABLE' } }],
    ['408', of(408), { kind: 'unavailable', whole: false, error: { category: 'TIMEOUT' } }],
    ['302', of(302), { kind: 'unavailable', error: { category: 'VENDOR_UNAVAILABLE' } }],
    ['200 with a page', { ...html, status: 200 }, { kind: 'unavailable', error: { category: 'VENDOR_UNAVAILABLE' } }],
  ])('%s', async ([, fault, expected]) => {
    for (const request of everywhere) expect(await pushInto(request, fault), request).toMatchObject(expected);
  });

  test('401 is unauthorized, and is not tried again with an API token', async () => {
    for (const request of everywhere) {
      const body = words('unauthorized access', { errorCode: 401 });
      expect(await pushInto(request, of(401, body)), request).toMatchObject({
        kind: 'unauthorized',
        error: { category: 'AUTHENTICATION' },
      });
    }
  });
});

describe('what concerns the lead fails that lead alone, with the words of Pipedrive', () => {
  test.for<[string, Fault, Request[], object]>([
    ['400', of(400), ['search', ...atWrites], { category: 'DATA_VALUE_VALIDATION', vendorCode: '400' }],
    ['422', of(422), atWrites, { category: 'DATA_VALUE_VALIDATION' }],
    [
      '400 with a code',
      of(400, words('In their words.', { code: 'ERR_SCHEMA' })),
      atWrites,
      { category: 'DATA_VALUE_VALIDATION', vendorCode: 'ERR_SCHEMA' },
    ],
    [
      '400 required',
      of(400, words('In their words. name: is required')),
      atWrites,
      { category: 'REQUIRED_REMOTE_FIELD', remoteField: 'name' },
    ],
    [
      '400 unknown field',
      of(400, words('In their words. custom_fields.1234567890abcdef1234567890abcdef12345678: unknown field')),
      atWrites,
      { category: 'MISSING_REMOTE_FIELD', remoteField: '1234567890abcdef1234567890abcdef12345678' },
    ],
    [
      '400 no such field',
      of(400, words('In their words. Field phones does not exist')),
      atWrites,
      { category: 'MISSING_REMOTE_FIELD', remoteField: 'phones' },
    ],
    [
      '400 names the field',
      of(400, words('In their words. email: invalid')),
      atWrites,
      { category: 'DATA_VALUE_VALIDATION', remoteField: 'emails' },
    ],
    [
      '400 names it apart',
      of(400, words('In their words.', { field_code: 'org_id' })),
      atWrites,
      { category: 'DATA_VALUE_VALIDATION', remoteField: 'org_id' },
    ],
    [
      '400 without success',
      of(400, '{"error":"In their words.","code":"ERR_SCHEMA","field_code":"org_id"}'),
      atWrites,
      { category: 'DATA_VALUE_VALIDATION', vendorCode: 'ERR_SCHEMA', remoteField: 'org_id' },
    ],
    ['404', of(404), ['search', 'create'], { category: 'REMOTE_RECORD_GONE' }],
    ['410', of(410), ['create'], { category: 'REMOTE_RECORD_GONE' }],
    ['409', of(409), atWrites, { category: 'DUPLICATE' }],
    ['413', of(413), atWrites, { category: 'DATA_VALUE_VALIDATION' }],
    ['405', of(405), ['search', ...atWrites], { category: 'UNKNOWN' }],
    ['415', of(415), ['search', ...atWrites], { category: 'UNKNOWN' }],
    ['501', of(501), ['search', ...atWrites], { category: 'UNKNOWN' }],
    ['418', of(418), ['search', ...atWrites], { category: 'UNKNOWN', vendorCode: '418' }],
    ['success: false', of(200), ['search', ...atWrites], { category: 'UNKNOWN' }],
  ])('%s', async ([, fault, at, error]) => {
    for (const request of at) {
      expect(await pushInto(request, fault), request).toMatchObject({
        kind: 'answered',
        outcomes: [{ kind: 'failed', error: { vendorMessage: expect.stringContaining('In their words.'), ...error } }],
      });
    }
  });

  test("a field of Contact Sync, which the account does not use, is that field's fault and holds nothing", async () => {
    const { session } = await givenPipedrive();
    expect(await pipedrive.push([personOf(ada, { job_title: 'Countess' })], session)).toMatchObject({
      outcomes: [{ kind: 'failed', error: { category: 'CONNECTION_PERMISSION', remoteField: 'job_title' } }],
    });
  });

  test.for([404, 410])('%i for a known person: it is looked for by e-mail address', async (status) => {
    expect(await pushInto('update', of(status))).toMatchObject({ outcomes: [{ kind: 'cleared', remoteId: '1' }] });
  });
});

describe('the token endpoint', () => {
  test.for<[number, string, object]>([
    [
      400,
      '{"success":false,"error":"invalid_grant","message":"Invalid grant: refresh_token is invalid"}',
      { kind: 'unauthorized', error: { category: 'AUTHENTICATION', vendorCode: 'invalid_grant' } },
    ],
    [
      401,
      '{"success":false,"error":"invalid_client","message":"Invalid client: client is invalid"}',
      { kind: 'unauthorized', error: { category: 'AUTHENTICATION', vendorCode: 'invalid_client' } },
    ],
    [500, '{}', { kind: 'unavailable', unreached: true, whole: true }],
    [429, '{}', { kind: 'unavailable', unreached: true }],
  ])('that answers %i %s', async ([status, body, expected]) => {
    const { vendor, bench, credentials } = await givenPipedrive();
    const { clientId, clientSecret } = vendor;
    const app = { clientId, clientSecret, refreshToken: vendor.signIn.issue(bench.now).refreshToken };
    const session = bench.session({ ...credentials, app, accessToken: null });
    vendor.fault({ kind: 'status', status, body, path: '/oauth/token' });
    expect(await pipedrive.push([personOf(ada)], session)).toMatchObject(expected);
  });
});

test.for<[Fault, string]>([
  [of(401), 'unauthorized'],
  [of(429, words('Request over limit'), left), 'throttled'],
  [of(503), 'unavailable'],
])('an answer to the question for types stops the push as well: %o', async ([fault, kind]) => {
  const { vendor, session } = await givenPipedrive();
  vendor.fault({ kind: 'status', ...fault, path: 'personFields' });
  const record = personOf(ada, { '1234567890abcdef1234567890abcdef12345678': '1' });
  expect(await pipedrive.push([record], session)).toMatchObject({ kind });
});
