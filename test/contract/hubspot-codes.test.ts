import { describe, expect, test } from 'vitest';
import type { PushAnswer } from '../../src/sync/connectors/connector.ts';
import { hubspot } from '../../src/sync/connectors/hubspot/hubspot.ts';
import { contactOf, givenHubspot, kindsOf } from './hubspot-stand.ts';

const lists = [{ listId: '77', name: 'Harbor Expo', processingType: 'MANUAL' as const }];
const words = 'In their words.';

// What one record is refused for: HubSpot's code, and our category.
// biome-ignore format: a table
const refusals = [
  ['PROPERTY_DOESNT_EXIST', 'MISSING_REMOTE_FIELD'], ['READ_ONLY_VALUE', 'MISSING_REMOTE_FIELD'],
  ['READ_ONLY_PROPERTY', 'MISSING_REMOTE_FIELD'], ['CALCULATED_PROPERTY', 'MISSING_REMOTE_FIELD'],
  ['INVALID_OPTION', 'DATA_VALUE_VALIDATION'], ['INVALID_EMAIL', 'DATA_VALUE_VALIDATION'],
  ['INVALID_INTEGER', 'DATA_VALUE_VALIDATION'], ['INVALID_LONG', 'DATA_VALUE_VALIDATION'],
  ['INVALID_DATE', 'DATA_VALUE_VALIDATION'], ['VALUE_TOO_LONG', 'DATA_VALUE_VALIDATION'],
  ['REQUIRED_PROPERTY_MISSING', 'REQUIRED_REMOTE_FIELD'],
  ['SOMETHING_NEW', 'DATA_VALUE_VALIDATION'], // of the category VALIDATION_ERROR, which says as much
] as const;

/** The same refusal in every shape that HubSpot's answers are known to have. `id`: of the write. */
const shapes: Record<string, (code: string, id: string) => { status: number; body: object }> = {
  'errors with a code': (code) => ({
    status: 400,
    body: {
      ...{
        status: 'error',
        category: 'VALIDATION_ERROR',
        message: 'Property values were not valid',
        correlationId: 'c',
      },
      errors: [{ message: words, code, context: { propertyName: ['firstname'] } }],
    },
  }),
  'JSON within the message': (code) => ({
    status: 400,
    body: {
      ...{ status: 'error', category: 'VALIDATION_ERROR', correlationId: 'c' },
      message: `Property values were not valid: ${JSON.stringify([{ isValid: false, message: words, error: code, name: 'firstname' }])}`,
    },
  }),
  'a partial success that names the write': (code, id) => ({
    status: 207,
    body: {
      ...{ status: 'COMPLETE', results: [], numErrors: 1 },
      errors: [
        {
          ...{ status: 'error', category: 'VALIDATION_ERROR', message: 'Property values were not valid' },
          context: { objectWriteTraceId: [id] },
          errors: [{ message: words, code, context: { propertyName: ['firstname'] } }],
        },
      ],
    },
  }),
  'a partial success with JSON within the message': (code, id) => ({
    status: 207,
    body: {
      ...{ status: 'COMPLETE', results: [], numErrors: 1 },
      errors: [
        {
          ...{ status: 'error', category: 'VALIDATION_ERROR' },
          message: `Property values were not valid: ${JSON.stringify([{ message: words, error: code, name: 'firstname' }])}`,
          context: { objectWriteTraceId: [id] },
        },
      ],
    },
  }),
};

describe.for(Object.keys(shapes))('a record refused by %s', (shape) => {
  test.for(refusals)('%s is %s', async ([code, category]) => {
    const { vendor, session } = await givenHubspot();
    const record = contactOf('a@example.test');
    const { status, body } = shapes[shape]?.(code, record.itemId) ?? { status: 0, body: {} };
    vendor.fault({ kind: 'status', status, body: JSON.stringify(body), path: '/batch/upsert' });
    const error = { category, vendorCode: code, vendorMessage: words, remoteField: 'firstname' };
    const answer = await hubspot.push([record], session);
    expect(answer).toMatchObject({ kind: 'answered', outcomes: [{ kind: 'failed', error }] });
  });
});

// Whole calls that are refused: nobody or not everybody is named, so that the engine takes the batch apart.
// biome-ignore format: a table
const refusedCalls: [string, number, unknown, string][] = [
  ['a property that does not exist, in words', 400, { category: 'VALIDATION_ERROR', message: 'Property "firstname" does not exist' }, 'MISSING_REMOTE_FIELD'],
  ['only the category VALIDATION_ERROR', 400, { category: 'VALIDATION_ERROR' }, 'DATA_VALUE_VALIDATION'],
  ['a required property in words', 400, { category: 'VALIDATION_ERROR', message: 'required properties were not set' }, 'REQUIRED_REMOTE_FIELD'],
  ['an id twice', 400, { category: 'VALIDATION_ERROR', message: 'Duplicate IDs found in batch input: [a@example.test]. IDs must be unique', context: { ids: ['a@example.test'] } }, 'DUPLICATE'],
  ['malformed JSON', 400, { category: 'VALIDATION_ERROR', message: 'Invalid input JSON on line 1, column 2' }, 'UNKNOWN'],
  ['409 without the id', 409, { category: 'CONFLICT' }, 'DUPLICATE'],
  ['404', 404, { category: 'OBJECT_NOT_FOUND', message: 'resource not found' }, 'REMOTE_RECORD_GONE'],
  ['413', 413, '', 'DATA_VALUE_VALIDATION'],
  ['414', 414, '', 'DATA_VALUE_VALIDATION'],
  ['422, which HubSpot does not name', 422, { message: words }, 'UNKNOWN'],
  ['a category that is new', 400, { category: 'SOMETHING_NEW', message: words }, 'UNKNOWN'],
  ['400 without a body', 400, '', 'UNKNOWN'],
];

describe('a call refused by', () => {
  test.for(refusedCalls)('%s', async ([, status, body, category]) => {
    const { vendor, session } = await givenHubspot();
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    vendor.fault({ kind: 'status', status, body: text, path: '/batch/upsert' });
    const answer = await hubspot.push([contactOf('a@example.test'), contactOf('b@example.test')], session);
    expect(answer).toMatchObject({ kind: 'refused', error: { category } });
  });

  test('409 with the id of the contact that exists: that one is updated', async () => {
    const { vendor, session } = await givenHubspot();
    await hubspot.push([contactOf('held@example.test')], session);
    const [contact] = vendor.contacts();
    for (const errors of [undefined, [{ message: 'Contact already exists', code: 'CONTACT_EXISTS' }]]) {
      const body = {
        status: 'error',
        category: 'CONFLICT',
        message: `Contact already exists. Existing ID: ${contact?.id}`,
        errors,
      };
      vendor.fault({ kind: 'status', status: 409, body: JSON.stringify(body), path: '/batch/upsert' });
      expect(await hubspot.push([contactOf('held@example.test')], session)).toMatchObject({
        outcomes: [{ kind: 'cleared', remoteId: contact?.id }],
      });
    }
  });

  test('404 for an id that is gone: the contact is matched by its e-mail address', async () => {
    const { vendor, session } = await givenHubspot();
    const body = JSON.stringify({ status: 'error', category: 'OBJECT_NOT_FOUND', message: 'resource not found' });
    vendor.fault({ kind: 'status', status: 404, body, path: '/batch/update' });
    expect(kindsOf(await hubspot.push([contactOf('a@example.test', { remoteId: '999' })], session))).toEqual([
      'cleared',
    ]);
  });
});

// What concerns the account or HubSpot as a whole, whatever was asked.
// biome-ignore format: a table
const stops: [string, number, unknown, object][] = [
  ['429 TEN_SECONDLY_ROLLING', 429, { errorType: 'RATE_LIMIT', policyName: 'TEN_SECONDLY_ROLLING' }, { kind: 'throttled', retryAfterMs: 10_000, error: { category: 'RATE_LIMITED' } }],
  ['429 SECONDLY', 429, { errorType: 'RATE_LIMIT', policyName: 'SECONDLY' }, { kind: 'throttled', retryAfterMs: 1_000 }],
  ['429 of the newer body', 429, { category: 'RATE_LIMITS', message: 'You have reached your ten_secondly_rolling limit.' }, { kind: 'throttled', retryAfterMs: 10_000 }],
  ['429 without a body', 429, '', { kind: 'throttled', retryAfterMs: 10_000 }],
  ['429 DAILY', 429, { errorType: 'RATE_LIMIT', message: 'You have reached your daily limit.', policyName: 'DAILY' }, { kind: 'quota', resetsAt: new Date('2026-11-24T05:00:00Z'), error: { category: 'QUOTA_EXCEEDED' } }],
  ['429 DAILY of the newer body', 429, { category: 'RATE_LIMITS', message: 'You have reached your daily limit.' }, { kind: 'quota' }],
  ['429 DAILY in a context', 429, { category: 'RATE_LIMITS', message: 'Limit.', context: { policyName: ['DAILY'] } }, { kind: 'quota' }],
  ['423', 423, {}, { kind: 'throttled', retryAfterMs: 2_000, error: { category: 'RATE_LIMITED' } }],
  ['477 with Retry-After', 477, {}, { kind: 'unavailable', whole: true, retryAfterMs: 7_000, error: { category: 'VENDOR_UNAVAILABLE' } }],
  ['403 MISSING_SCOPES', 403, { category: 'MISSING_SCOPES', errors: [{ context: { requiredGranularScopes: ['crm.lists.write'] } }] }, { kind: 'hold', hold: 'NO_PERMISSION', error: { category: 'CONNECTION_PERMISSION', message: expect.stringContaining('crm.lists.write') } }],
  ['403 of any other kind', 403, {}, { kind: 'hold', hold: 'NO_PERMISSION' }],
  ['401 INVALID_AUTHENTICATION', 401, { category: 'INVALID_AUTHENTICATION' }, { kind: 'unauthorized', error: { category: 'AUTHENTICATION' } }],
  ['401 EXPIRED_AUTHENTICATION', 401, { category: 'EXPIRED_AUTHENTICATION' }, { kind: 'unauthorized' }],
  ...[500, 502, 503, 521, 522, 523, 525, 526].map((status): [string, number, unknown, object] =>
    [String(status), status, {}, { kind: 'unavailable', whole: true, error: { category: 'VENDOR_UNAVAILABLE' } }]),
  ...[504, 524].map((status): [string, number, unknown, object] =>
    [String(status), status, {}, { kind: 'unavailable', whole: false, error: { category: 'TIMEOUT' } }]),
];

const stopOf = (answer: PushAnswer) => (answer.kind === 'answered' ? answer.interruption : answer);

/** A record for each kind of request that a push can make, and the path of that request. */
const requests = {
  'an upsert': { path: '/batch/upsert', record: contactOf('a@example.test') },
  'an update': { path: '/batch/update', record: contactOf('a@example.test', { remoteId: '1' }) },
  'a look-up': { path: '/batch/read', record: contactOf('a@example.test', { writeIfBlank: ['firstname'] }) },
  'a membership': {
    path: '/memberships/add',
    record: contactOf('a@example.test', { campaign: { campaignId: '77', memberStatus: '' } }),
  },
};

describe.for(Object.keys(requests) as (keyof typeof requests)[])('what stops %s', (kind) => {
  const { path, record } = requests[kind];

  test.for(stops)('%s', async ([, status, body, expected]) => {
    const { vendor, session } = await givenHubspot({ lists });
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const headers = { 'content-type': 'application/json', ...(status === 477 && { 'retry-after': '7' }) };
    vendor.fault({ kind: 'status', status, body: text, headers, path });
    const answer = await hubspot.push([record], session);
    expect(stopOf(answer)).toMatchObject(expected);
    if (answer.kind === 'answered') {
      expect(answer.outcomes).toEqual([{ kind: 'interrupted', written: { remoteId: expect.any(String) } }]);
    }
  });
});

describe('what stops describing', () => {
  test.for(stops)('%s', async ([, status, body]) => {
    const { vendor, session } = await givenHubspot();
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    vendor.fault({ kind: 'status', status, body: text, path: '/properties/' });
    expect(await hubspot.describe(session)).toEqual({
      kind: 'unavailable',
      message: expect.stringContaining('HubSpot'),
    });
  });
});

describe('a refusal of a membership', () => {
  const push = async (status: number, body: object) => {
    const { vendor, session } = await givenHubspot({ lists });
    vendor.fault({ kind: 'status', status, body: JSON.stringify(body), path: '/memberships/add' });
    return hubspot.push([requests['a membership'].record], session);
  };

  test.for([
    [404, { category: 'OBJECT_NOT_FOUND', message: 'List does not exist.' }],
    [400, { category: 'VALIDATION_ERROR', message: 'The processingType DYNAMIC takes no members.' }],
  ] as const)('%i for the list fails the record, which is written', async ([status, body]) => {
    expect(await push(status, body)).toMatchObject({
      outcomes: [{ kind: 'failed', error: { category: 'CAMPAIGN_NOT_FOUND' }, written: { remoteId: '501' } }],
    });
  });

  test.for([
    [400, { category: 'VALIDATION_ERROR', message: 'Invalid input JSON on line 1' }, 'UNKNOWN'],
    [400, { category: 'VALIDATION_ERROR', message: words }, 'DATA_VALUE_VALIDATION'],
    [409, { category: 'CONFLICT', message: words }, 'DUPLICATE'],
    [422, { message: words }, 'UNKNOWN'],
  ] as const)('%i %o otherwise is looked into record by record', async ([status, body, category]) => {
    expect(await push(status, body)).toMatchObject({
      outcomes: [{ kind: 'interrupted', written: { remoteId: '501' } }],
      interruption: { kind: 'refused', error: { category } },
    });
  });
});

describe('a look-up', () => {
  test('that hides a contact behind another error than its absence is nothing to go on from', async () => {
    const { vendor, session } = await givenHubspot();
    const errors = [
      { status: 'error', category: 'VALIDATION_ERROR', message: words, context: { ids: ['a@example.test'] } },
    ];
    const body = JSON.stringify({ status: 'COMPLETE', results: [], numErrors: 1, errors });
    vendor.fault({ kind: 'status', status: 207, body, path: '/batch/read' });
    const answer = await hubspot.push([requests['a look-up'].record], session);
    expect(answer).toMatchObject({ kind: 'refused', error: { category: 'DATA_VALUE_VALIDATION' } });
    expect(vendor.contacts()).toEqual([]);
  });
});

describe('the token endpoint', () => {
  const refresh = async (status: number, body: unknown, headers?: Record<string, string>) => {
    const { bench, vendor, credentials } = await givenHubspot();
    const { clientId, clientSecret } = vendor;
    const { refreshToken } = vendor.signIn.issue(bench.now);
    const expired = { accessToken: null, app: { clientId, clientSecret, refreshToken } };
    vendor.fault({ kind: 'status', status, body: JSON.stringify(body), ...(headers && { headers }), path: '/oauth/' });
    return hubspot.push([contactOf('a@example.test')], bench.session({ ...credentials, ...expired }));
  };

  test.for([
    [400, { status: 'BAD_REFRESH_TOKEN', message: 'missing or invalid refresh token' }, 'BAD_REFRESH_TOKEN'],
    [400, { error: 'invalid_grant', error_description: words }, 'invalid_grant'],
    [401, { error: 'invalid_client' }, 'invalid_client'],
  ] as const)('that refuses by %i %o needs a person', async ([status, body, code]) => {
    expect(await refresh(status, body)).toMatchObject({
      kind: 'unauthorized',
      error: { category: 'AUTHENTICATION', vendorCode: code },
    });
  });

  test.for([
    [429, { policyName: 'SECONDLY' }, { whole: false }],
    [500, { error: 'Internal Server Error' }, { whole: true }],
    [503, { error: 'temporarily_unavailable' }, { whole: true, retryAfterMs: 7_000 }],
    [477, {}, { whole: false, retryAfterMs: 7_000 }],
  ] as const)('that is in trouble by %i %o is nobody’s fault and loses nothing', async ([status, body, expected]) => {
    const answer = await refresh(status, body, { 'retry-after': '7' });
    expect(answer).toMatchObject({ kind: 'unavailable', unreached: true, ...expected });
  });
});
