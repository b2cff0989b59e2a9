import { describe, expect, test } from 'vitest';
import { givenMarketo as given, kindsOf } from './marketo-stand.ts';
import { recordOf, recordsOf } from './records.ts';

// biome-ignore format: a table
const refusals: [string, string][] = [
  ['605', 'UNKNOWN'], ['609', 'UNKNOWN'], ['610', 'UNKNOWN'], ['612', 'UNKNOWN'], ['613', 'UNKNOWN'],
  ['701', 'REQUIRED_REMOTE_FIELD'], ['702', 'REMOTE_RECORD_GONE'], ['704', 'DATA_VALUE_VALIDATION'],
  ['709', 'UNKNOWN'], ['710', 'UNKNOWN'], ['711', 'UNKNOWN'], ['712', 'UNKNOWN'], ['714', 'UNKNOWN'], ['718', 'REMOTE_RECORD_GONE'],
  ['1001', 'DATA_VALUE_VALIDATION'], ['1002', 'REQUIRED_REMOTE_FIELD'], ['1003', 'DATA_VALUE_VALIDATION'], ['1004', 'REMOTE_RECORD_GONE'],
  ['1005', 'DUPLICATE'], ['1006', 'MISSING_REMOTE_FIELD'], ['1007', 'DUPLICATE'], ['1008', 'CONNECTION_PERMISSION'],
  ['1009', 'REQUIRED_REMOTE_FIELD'], ['1010', 'CONNECTION_PERMISSION'], ['1011', 'MISSING_REMOTE_FIELD'], ['1012', 'DATA_VALUE_VALIDATION'],
  ['1013', 'CAMPAIGN_NOT_FOUND'], ['1014', 'UNKNOWN'], ['1015', 'REMOTE_RECORD_GONE'], ['1017', 'DUPLICATE'], ['1018', 'CONNECTION_PERMISSION'],
  ['1020', 'QUOTA_EXCEEDED'], ['1021', 'DATA_VALUE_VALIDATION'], ['1022', 'UNKNOWN'], ['1025', 'CAMPAIGN_NOT_FOUND'],
  ['1026', 'CONNECTION_PERMISSION'], ['1027', 'QUOTA_EXCEEDED'], ['1028', 'QUOTA_EXCEEDED'], ['1035', 'DATA_VALUE_VALIDATION'],
  ['1036', 'DUPLICATE'], ['1042', 'DATA_VALUE_VALIDATION'], ['1048', 'UNKNOWN'], ['1049', 'DATA_VALUE_VALIDATION'],
  ['1076', 'DUPLICATE'], ['1077', 'DUPLICATE'], ['1078', 'DUPLICATE'], ['1079', 'DUPLICATE'], ['1080', 'DATA_VALUE_VALIDATION'],
  ['9999', 'UNKNOWN'],
];

// biome-ignore format: a table
const transients: [string, string, object][] = [
  ['500', 'VENDOR_UNAVAILABLE', { kind: 'unavailable', whole: true }],
  ['502', 'VENDOR_UNAVAILABLE', { kind: 'unavailable', whole: true }],
  ['604', 'TIMEOUT', { kind: 'unavailable', whole: false }],
  ['606', 'RATE_LIMITED', { kind: 'throttled', retryAfterMs: 20_000 }],
  ['608', 'VENDOR_UNAVAILABLE', { kind: 'unavailable', whole: true }],
  ['611', 'VENDOR_UNAVAILABLE', { kind: 'unavailable', whole: true }],
  ['614', 'VENDOR_UNAVAILABLE', { kind: 'unavailable', whole: true }],
  ['615', 'RATE_LIMITED', { kind: 'throttled', retryAfterMs: 2_000 }],
  ['713', 'VENDOR_UNAVAILABLE', { kind: 'unavailable', whole: true }],
  ['719', 'TIMEOUT', { kind: 'unavailable', whole: false }],
  ['1016', 'RATE_LIMITED', { kind: 'throttled', retryAfterMs: 120_000 }],
  ['1019', 'RATE_LIMITED', { kind: 'throttled', retryAfterMs: 120_000 }],
  ['1029', 'QUOTA_EXCEEDED', { kind: 'throttled', retryAfterMs: 300_000 }],
];

describe('codes for the call as a whole', () => {
  test.for(refusals)('%s is refused: %s', async ([code, category]) => {
    const { vendor, push } = await given();
    vendor.fault({ kind: 'response', code, message: 'Words of Marketo' });
    expect(await push()).toEqual({
      kind: 'refused',
      error: {
        category,
        message: expect.any(String),
        vendorCode: code,
        vendorMessage: 'Words of Marketo',
        remoteField: null,
      },
    });
  });

  test.for(transients)('%s is transient: %s', async ([code, category, expected]) => {
    const { vendor, push } = await given();
    vendor.fault({ kind: 'response', code });
    expect(await push()).toMatchObject({ ...expected, error: { category, vendorCode: code } });
    expect(kindsOf(await push())).toEqual(['cleared', 'cleared']);
  });

  test.for(['603', '616', '703'])('%s holds everything: no permission', async (code) => {
    const { vendor, push } = await given();
    vendor.fault({ kind: 'response', code });
    expect(await push()).toMatchObject({
      kind: 'hold',
      hold: 'NO_PERMISSION',
      error: { category: 'CONNECTION_PERMISSION' },
    });
  });

  test.for(['600', '601', '602'])('%s once: a new token is fetched and nobody notices', async (code) => {
    const { vendor, push, callsTo } = await given();
    vendor.fault({ kind: 'response', code, path: '/rest/' });
    expect(kindsOf(await push())).toEqual(['cleared', 'cleared']);
    expect(callsTo('/identity/')).toHaveLength(2);
  });

  test.for(['600', '601', '602'])('%s again after a new token: unauthorized', async (code) => {
    const { vendor, push } = await given();
    vendor.fault({ kind: 'response', code, path: '/rest/', times: null });
    expect(await push()).toMatchObject({
      kind: 'unauthorized',
      error: { category: 'AUTHENTICATION', vendorCode: code },
    });
  });

  test('607 waits for midnight in US Central time', async () => {
    const { vendor, push } = await given();
    vendor.fault({ kind: 'response', code: '607' });
    expect(await push()).toMatchObject({ kind: 'quota', resetsAt: new Date('2026-11-24T06:00:00Z') });
  });

  test.for([
    ["Field 'favoriteColor' not found", '1006', 'favoriteColor', 'MISSING_REMOTE_FIELD'],
    ['Invalid fields [favoriteColor, other]', '1003', 'favoriteColor', 'MISSING_REMOTE_FIELD'],
    ['favoriteColor: no such value', '1003', 'favoriteColor', 'DATA_VALUE_VALIDATION'],
    ["Value for field 'favoriteColor' exceeds max length", '1077', 'favoriteColor', 'DATA_VALUE_VALIDATION'],
    ['Value of something exceeds max length', '1077', null, 'DATA_VALUE_VALIDATION'],
    ['The email of the lead is odd', '1003', null, 'DATA_VALUE_VALIDATION'],
    ["Lookup field 'neverSent' not found", '1006', null, 'MISSING_REMOTE_FIELD'],
  ] as const)('%s names the field only if it was sent', async ([message, code, field, category]) => {
    const { vendor, push } = await given();
    vendor.fault({ kind: 'response', code, message });
    const record = recordOf('a@example.test');
    const answer = await push([{ ...record, values: { ...record.values, favoriteColor: 'blue' } }]);
    expect(answer).toMatchObject({ kind: 'refused', error: { category, remoteField: field } });
  });
});

describe('codes for one record', () => {
  const neighbours = async (code: string, message?: string) => {
    const { vendor, push } = await given();
    vendor.fault({ kind: 'record', code, email: 'lead1@example.test', ...(message && { message }) });
    const answer = await push(recordsOf(3));
    const outcomes = answer.kind === 'answered' ? answer.outcomes : [];
    expect([outcomes[0]?.kind, outcomes[2]?.kind]).toEqual(['cleared', 'cleared']);
    return { answer, outcome: outcomes[1] };
  };

  test.for(refusals)('%s fails the record: %s', async ([code, category]) => {
    const { outcome } = await neighbours(code);
    expect(outcome).toMatchObject({ kind: 'failed', error: { category, vendorCode: code } });
  });

  test.for(['603', '616', '703'])('%s fails the record: no permission', async (code) => {
    expect((await neighbours(code)).outcome).toMatchObject({
      kind: 'failed',
      error: { category: 'CONNECTION_PERMISSION' },
    });
  });

  const isWait = ([code]: (typeof transients)[number]) => ['606', '615', '1016', '1019', '1029'].includes(code);

  test.for(transients.filter((row) => !isWait(row)))('%s postpones the record: %s', async ([code, category]) => {
    const { outcome } = await neighbours(code);
    expect(outcome).toMatchObject({ kind: 'postponed', error: { category, vendorCode: code }, retryAfterMs: null });
  });

  test.for(transients.filter(isWait))(
    '%s is the account’s: the record waits without an attempt',
    async ([code, category, expected]) => {
      const { answer, outcome } = await neighbours(code);
      expect(outcome).toEqual({ kind: 'interrupted' });
      expect(answer).toMatchObject({ interruption: { ...expected, error: { category, vendorCode: code } } });
    },
  );

  test.for(['600', '601', '602'])('%s postpones the record', async (code) => {
    expect((await neighbours(code)).outcome).toMatchObject({ kind: 'postponed', retryAfterMs: null });
  });

  test('607 is the account’s until midnight in US Central time', async () => {
    const { answer, outcome } = await neighbours('607');
    expect(outcome).toEqual({ kind: 'interrupted' });
    expect(answer).toMatchObject({ interruption: { kind: 'quota', resetsAt: new Date('2026-11-24T06:00:00Z') } });
  });

  test('1037 is as we want it already', async () => {
    expect((await neighbours('1037', 'Lead is already in or past this status')).outcome).toMatchObject({
      kind: 'cleared',
    });
    expect((await neighbours('1037', 'Lead not in program')).outcome).toMatchObject({
      kind: 'failed',
      error: { category: 'REMOTE_RECORD_GONE' },
    });
  });
});

/** A record for each kind of request that a push can make, and how to strike that request. */
const requests = {
  'an update by id': { path: '/rest/v1/leads.json', record: recordOf('a@example.test', { remoteId: '1' }) },
  'a look-up': { path: '/rest/v1/leads.json', record: recordOf('a@example.test', { writeIfBlank: ['firstName'] }) },
  'a membership': {
    path: '/members/',
    record: recordOf('a@example.test', { campaign: { campaignId: '101', memberStatus: 'Invited' } }),
  },
};

describe.for(Object.keys(requests) as (keyof typeof requests)[])('a code that answers %s', (kind) => {
  const { path, record } = requests[kind];
  const push = async (code: string, message?: string) => {
    const { vendor, push: pushTo } = await given({ programs: [{ id: 101, name: 'Fair', channel: 'Tradeshow' }] });
    vendor.fault({ kind: 'response', code, ...(message && { message }), path });
    const answer = await pushTo([record]);
    const written = { written: { remoteId: expect.any(String) } };
    if (answer.kind === 'answered' && answer.interruption) {
      expect(answer.outcomes).toEqual([{ kind: 'interrupted', ...written }]);
      return answer.interruption;
    }
    return answer;
  };
  // A lead whose id is gone is matched anew, and what is not found at a membership is the program.
  const elsewhere =
    kind === 'an update by id'
      ? ['1004']
      : kind === 'a membership'
        ? ['702', '718', '1004', '1013', '1015', '1025']
        : [];

  test.for(refusals.filter(([code]) => !elsewhere.includes(code)))('%s is refused: %s', async ([code, category]) => {
    expect(await push(code)).toMatchObject({ kind: 'refused', error: { category, vendorCode: code } });
  });

  test.for(transients)('%s is transient: %s', async ([code, category, expected]) => {
    expect(await push(code)).toMatchObject({ ...expected, error: { category, vendorCode: code } });
  });

  test.for(['603', '616', '703'])('%s holds everything', async (code) => {
    expect(await push(code)).toMatchObject({ kind: 'hold', hold: 'NO_PERMISSION' });
  });

  test('607 waits for midnight in US Central time', async () => {
    expect(await push('607')).toMatchObject({ kind: 'quota', resetsAt: new Date('2026-11-24T06:00:00Z') });
  });

  test.for(kind === 'a membership' ? elsewhere : [])('%s names the program', async (code) => {
    expect(await push(code)).toMatchObject({
      outcomes: [
        { kind: 'failed', error: { category: 'CAMPAIGN_NOT_FOUND' }, written: { remoteId: expect.any(String) } },
      ],
    });
  });
});
