import { describe, expect, test } from 'vitest';
import type { PlannedEnd } from '../../simulators/eloqua/bulk.ts';
import { eloqua } from '../../src/sync/connectors/eloqua/eloqua.ts';
import { dataPath, givenEloqua, kindsOf, of } from './eloqua-stand.ts';

const batchOf = () => [of('a@example.test'), of('b@example.test')];
const alone = () => [of('a@example.test')];

/** The requests of an import that Eloqua may refuse; whatever one answers, another may. */
const steps = [
  ['a definition', '/contacts/imports'],
  ['an upload', dataPath],
  ['the start of a sync', '/syncs'],
] as const;

describe.for(steps)('%s that is answered', ([, path]) => {
  const failedWith = (status: number, body: unknown) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return { kind: 'status', status, body: text, path, times: null } as const;
  };

  test.for([
    [403, 'This service has not been enabled for your site.', { kind: 'hold', hold: 'NO_PERMISSION' }],
    [403, 'XSRF Protection Failure', { kind: 'hold', hold: 'NO_PERMISSION' }],
    [429, 'Too Many Requests', { kind: 'throttled', retryAfterMs: 60_000, error: { category: 'RATE_LIMITED' } }],
    [500, 'Internal Server Error', { kind: 'unavailable', whole: true, error: { category: 'VENDOR_UNAVAILABLE' } }],
    [502, 'Bad Gateway', { kind: 'unavailable', whole: true, error: { category: 'VENDOR_UNAVAILABLE' } }],
    [503, 'Service Unavailable', { kind: 'unavailable', whole: true, error: { category: 'VENDOR_UNAVAILABLE' } }],
    [503, 'There was a timeout processing the request', { kind: 'unavailable', error: { category: 'TIMEOUT' } }],
    [413, 'Storage space exceeded.', { kind: 'quota', error: { category: 'QUOTA_EXCEEDED' } }],
    [412, 'It has dependencies.', { kind: 'quota', error: { category: 'QUOTA_EXCEEDED' } }],
  ] as const)('HTTP %i "%s" stops everything and fails nobody', async ([status, text, expected]) => {
    const { vendor, session } = await givenEloqua();
    vendor.fault(failedWith(status, text));
    const answer = await eloqua.push(batchOf(), session);
    expect(answer).toMatchObject(expected);
    expect('error' in answer && answer.error.vendorMessage).toBe(text);
  });

  const validation = (type: string) => ({
    type: 'ObjectValidationError',
    property: 'x',
    requirement: { type },
    value: 'v',
  });

  test.for([
    ['NotNullRequirement', 'REQUIRED_REMOTE_FIELD'],
    ['EmailAddressRequirement', 'DATA_VALUE_VALIDATION'],
    ['DateRequirement', 'DATA_VALUE_VALIDATION'],
    ['IntegerRequirement', 'DATA_VALUE_VALIDATION'],
    ['BooleanRequirement', 'DATA_VALUE_VALIDATION'],
    ['UrlRequirement', 'DATA_VALUE_VALIDATION'],
    ['ValidTextLengthRequirement', 'DATA_VALUE_VALIDATION'],
    ['TextWithNoHtmlRequirement', 'DATA_VALUE_VALIDATION'],
    ['TextWithNoUrlRequirement', 'DATA_VALUE_VALIDATION'],
    ['ContentRequirement', 'DATA_VALUE_VALIDATION'],
    ['UniquenessRequirement', 'DUPLICATE'],
    ['NoDuplicatesRequirement', 'DUPLICATE'],
    ['RelationshipRequirement', 'MISSING_REMOTE_FIELD'],
    ['IdRequirement', 'MISSING_REMOTE_FIELD'],
    ['ImmutabilityRequirement', 'DATA_VALUE_VALIDATION'],
    ['SomethingNewRequirement', 'UNKNOWN'],
  ] as const)('%s is divided, and one record alone fails with %s', async ([type, category]) => {
    const { vendor, session } = await givenEloqua();
    for (const body of [validation(type), [validation(type)]]) {
      vendor.clearFaults();
      vendor.fault(failedWith(400, body));
      expect(await eloqua.push(batchOf(), session)).toMatchObject({
        kind: 'refused',
        error: { category, vendorCode: type },
      });
      expect(await eloqua.push(alone(), session)).toMatchObject({
        outcomes: [
          { kind: 'failed', error: { category, vendorCode: type, vendorMessage: expect.stringContaining(type) } },
        ],
      });
    }
    expect(vendor.contacts()).toEqual([]);
  });

  test.for([
    [400, 'There was a missing reference.', 'MISSING_REMOTE_FIELD'],
    [400, 'There was a parsing error.', 'UNKNOWN'],
    [400, 'There was a serialization error.', 'UNKNOWN'],
    [
      400,
      { failures: [{ field: 'filter', constraint: 'Must reference an existing object.' }] },
      'MISSING_REMOTE_FIELD',
    ],
    [400, { failures: [] }, 'UNKNOWN'],
    [409, 'There was a conflict.', 'DUPLICATE'],
    [409, '', 'DUPLICATE'],
    [405, 'In their words.', 'UNKNOWN'],
  ] as const)('HTTP %i %o is divided, and one record alone fails with %s', async ([status, body, category]) => {
    const { vendor, session } = await givenEloqua();
    vendor.fault(failedWith(status, body));
    expect(await eloqua.push(batchOf(), session)).toMatchObject({ kind: 'refused', error: { category } });
    expect(await eloqua.push(alone(), session)).toMatchObject({ outcomes: [{ kind: 'failed', error: { category } }] });
  });

  test.for([404, 410])('HTTP %i once is tried once more', async (status) => {
    const { vendor, session } = await givenEloqua();
    vendor.fault({ ...failedWith(status, 'The requested resource was not found.'), times: 1 });
    const answer = await eloqua.push(batchOf(), session);
    if (path === '/contacts/imports') expect(answer).toMatchObject({ kind: 'unavailable' });
    else expect(kindsOf(answer)).toEqual(['cleared', 'cleared']);
  });
});

describe('a mapped field that Eloqua does not have, or does not let write,', () => {
  test.for([
    ['C_Nowhere', 'MISSING_REMOTE_FIELD'],
    ['C_DateCreated', 'DATA_VALUE_VALIDATION'],
  ] as const)('%s, fails the records that carry it at once; the others come again', async ([field, category]) => {
    const { vendor, session } = await givenEloqua();
    const batch = [of('a@example.test', { [field]: 'x' }), of('b@example.test')];
    const answer = await eloqua.push(batch, session);
    expect(answer).toMatchObject({
      outcomes: [{ kind: 'failed', error: { category, remoteField: field } }, { kind: 'unsent' }],
    });
    expect(kindsOf(await eloqua.push(batch.slice(1), session))).toEqual(['cleared']);
    expect(vendor.contacts()).toHaveLength(1);
  });
});

const codes = [
  ['ELQ-00002', 'DATA_VALUE_VALIDATION'],
  ['ELQ-00032', 'DATA_VALUE_VALIDATION'],
  ['ELQ-00059', 'DATA_VALUE_VALIDATION'],
  ['ELQ-00125', 'DATA_VALUE_VALIDATION'],
  ['ELQ-00011', 'DUPLICATE'],
  ['ELQ-00026', 'DUPLICATE'],
  ['ELQ-00048', 'DUPLICATE'],
  ['ELQ-00135', 'DUPLICATE'],
  ['ELQ-00061', 'REQUIRED_REMOTE_FIELD'],
  ['ELQ-00034', 'REMOTE_RECORD_GONE'],
  ['ELQ-00085', 'REMOTE_RECORD_GONE'],
  ['ELQ-00111', 'MISSING_REMOTE_FIELD'],
  ['ELQ-00112', 'MISSING_REMOTE_FIELD'],
  ['ELQ-00122', 'MISSING_REMOTE_FIELD'],
  ['ELQ-00127', 'MISSING_REMOTE_FIELD'],
  ['ELQ-00055', 'CAMPAIGN_NOT_FOUND'],
  ['ELQ-00132', 'CAMPAIGN_NOT_FOUND'],
  ['ELQ-99999', 'UNKNOWN'],
] as const;

describe('a record that a sync rejects', () => {
  test.for(codes)('with %s fails alone with %s, and Eloqua says why', async ([code, category]) => {
    const { vendor, session } = await givenEloqua();
    vendor.fault({ kind: 'record', code, message: 'In their words.', field: 'C_FirstName', email: 'a@example.test' });
    const answer = await eloqua.push([of('A@example.test'), of('b@example.test')], session);
    const error = { category, vendorCode: code, vendorMessage: 'In their words.', remoteField: 'C_FirstName' };
    expect(answer).toMatchObject({ outcomes: [{ kind: 'failed', error }, { kind: 'cleared' }] });
    expect(answer).not.toHaveProperty('interruption');
    expect(vendor.contacts()).toHaveLength(1);
  });

  test('with ELQ-00121 fails only where it was alone: with others it may lack what they have', async () => {
    const { vendor, session } = await givenEloqua();
    vendor.fault({ kind: 'record', code: 'ELQ-00121', email: 'a@example.test', times: 2 });
    expect(await eloqua.push(batchOf(), session)).toMatchObject({ kind: 'refused' });
    expect(await eloqua.push(alone(), session)).toMatchObject({
      outcomes: [{ kind: 'failed', error: { category: 'REQUIRED_REMOTE_FIELD' } }],
    });
  });

  test.for(['ELQ-00105', 'ELQ-00136'])('with %s, which is no fault of a record, fails nobody', async (code) => {
    const { vendor, session } = await givenEloqua();
    vendor.fault({ kind: 'record', code, email: 'a@example.test' });
    expect(await eloqua.push(batchOf(), session)).toMatchObject({
      kind: code === 'ELQ-00136' ? 'quota' : 'unavailable',
    });
    expect(kindsOf(await eloqua.push(batchOf(), session))).toEqual(['cleared', 'cleared']);
  });

  test('without saying which is looked for: the import is divided, and alone it fails', async () => {
    const { vendor, session } = await givenEloqua();
    const nameless = (times: number) =>
      vendor.fault({
        kind: 'status',
        status: 200,
        body: JSON.stringify({ items: [{ statusCode: 'ELQ-00002', message: 'Invalid.' }] }),
        path: '/rejects',
        times,
      });
    vendor.fault({ kind: 'record', code: 'ELQ-00002', email: 'a@example.test', times: null });
    nameless(2);
    expect(await eloqua.push(batchOf(), session)).toMatchObject({
      kind: 'refused',
      error: { vendorCode: 'ELQ-00002' },
    });
    expect(await eloqua.push(alone(), session)).toMatchObject({
      outcomes: [{ kind: 'failed', error: { vendorCode: 'ELQ-00002', vendorMessage: 'Invalid.' } }],
    });
  });

  test('beside another that only the logs tell of is not blamed for that', async () => {
    const { vendor, session } = await givenEloqua();
    vendor.fault({ kind: 'record', code: 'ELQ-00032', email: 'a@example.test', times: null });
    const more = { items: [{ severity: 'warning', statusCode: 'ELQ-00125', message: 'Constraint.', count: 2 }] };
    vendor.fault({ kind: 'status', status: 200, body: JSON.stringify(more), path: '/logs' });
    expect(kindsOf(await eloqua.push(batchOf(), session))).toEqual(['failed', 'unsent']);
    expect(kindsOf(await eloqua.push(batchOf().slice(1), session))).toEqual(['cleared']);
  });

  test('of which only the logs tell is not taken for written', async () => {
    const { vendor, session } = await givenEloqua();
    vendor.fault({ kind: 'record', code: 'ELQ-00002', email: 'a@example.test', times: null });
    vendor.fault({ kind: 'status', status: 404, path: '/rejects', times: null });
    expect(await eloqua.push(batchOf(), session)).toMatchObject({ kind: 'refused' });
    expect(kindsOf(await eloqua.push(alone(), session))).toEqual(['failed']);
  });
});

const logsOf = (...entries: [string, string?][]): PlannedEnd['logs'] =>
  entries.map(([statusCode, severity = 'error']) => ({ severity, statusCode, message: 'In their words.' }));

describe('a sync that ends in an error', () => {
  test.for([...codes, ['ELQ-00121', 'REQUIRED_REMOTE_FIELD'] as const])(
    'by %s is divided, and one record alone fails with %s',
    async ([code, category]) => {
      const { vendor, session } = await givenEloqua();
      vendor.planSync({ status: 'error', logs: logsOf(['ELQ-00001', 'information'], [code]) });
      expect(await eloqua.push(batchOf(), session)).toMatchObject({ kind: 'refused', error: { category } });
      vendor.planSync({ status: 'errored', logs: logsOf([code]) });
      expect(await eloqua.push(alone(), session)).toMatchObject({
        outcomes: [{ kind: 'failed', error: { category, vendorCode: code, vendorMessage: 'In their words.' } }],
      });
    },
  );

  test.for([
    ['ELQ-00105', { kind: 'unavailable', whole: false }],
    ['ELQ-00107', { kind: 'unavailable', whole: false }],
    ['ELQ-00109', { kind: 'unavailable', whole: false }],
    ['ELQ-00124', { kind: 'unavailable', whole: false }],
    ['ELQ-00133', { kind: 'unavailable', whole: false }],
    ['ELQ-00139', { kind: 'unavailable', whole: false }],
    ['ELQ-00145', { kind: 'unavailable', whole: false }],
    ['ELQ-00146', { kind: 'unavailable', whole: true, retryAfterMs: 3_600_000 }],
    ['ELQ-00136', { kind: 'quota', error: { category: 'QUOTA_EXCEEDED' }, resetsAt: expect.any(Date) }],
  ] as const)('by %s fails nobody, and is imported again later', async ([code, expected]) => {
    const { vendor, session } = await givenEloqua();
    vendor.planSync({ status: 'error', logs: logsOf([code]) });
    expect(await eloqua.push(batchOf(), session)).toMatchObject(expected);
    expect(kindsOf(await eloqua.push(batchOf(), session))).toEqual(['cleared', 'cleared']);
  });

  test('that names a field fails the records that carry it; the others come again', async () => {
    const { vendor, session } = await givenEloqua();
    const message = 'Validation error: {{Contact.Field(C_Title)}}';
    vendor.planSync({ status: 'error', logs: [{ severity: 'error', statusCode: 'ELQ-00122', message }] });
    const batch = [of('a@example.test', { C_Title: 'Countess' }), of('b@example.test')];
    expect(await eloqua.push(batch, session)).toMatchObject({
      outcomes: [{ kind: 'failed', error: { remoteField: 'C_Title' } }, { kind: 'unsent' }],
    });
  });

  test("that nothing explains is the vendor's", async () => {
    const { vendor, session } = await givenEloqua();
    for (const logs of [[], logsOf(['ELQ-00001', 'information'], ['ELQ-00060', 'information'])]) {
      vendor.planSync({ status: 'error', logs });
      expect(await eloqua.push(batchOf(), session)).toMatchObject({ kind: 'unavailable' });
    }
  });
});

test.for(['00001', '00003', '00004', '00022', '00049', '00060', '00101', '00119', '00130', '00144', '00040'])(
  'a warning that is only about ELQ-%s says nothing against the records',
  async (number) => {
    const { vendor, session } = await givenEloqua();
    vendor.planSync({ status: 'warning', logs: logsOf([`ELQ-${number}`, 'warning']) });
    expect(kindsOf(await eloqua.push(batchOf(), session))).toEqual(['cleared', 'cleared']);
  },
);
