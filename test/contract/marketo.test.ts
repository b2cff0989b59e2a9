import { describe, expect, test } from 'vitest';
import { startMarketo } from '../../simulators/marketo/start-marketo.ts';
import { marketo } from '../../src/sync/connectors/marketo/marketo.ts';
import { connectorSuite } from './connector-suite.ts';
import { givenMarketo as given, kindsOf, leadsPath } from './marketo-stand.ts';
import { recordOf, recordsOf } from './records.ts';

connectorSuite({
  connector: marketo,
  kindOf: { html: 'unavailable', oversize: 'unavailable' },
  signsIn: true,
  async start() {
    const program = { id: 1204, name: 'Hannover Messe', channel: 'Tradeshow' };
    const vendor = await startMarketo({
      rateMax: null,
      clientSecret: 's3cr3t/with+signs&more',
      programs: [program, { id: 1205, name: 'Light + Building', channel: 'Tradeshow' }],
    });
    const emailOf = (id: number) => String(vendor.leads().find((lead) => lead.id === id)?.fields.email);
    const { clientId, clientSecret, url } = vendor;
    return {
      input: { baseUrl: url, clientId, clientSecret },
      credentials: { baseUrl: url, clientId, clientSecret, partition: null },
      secrets: [clientSecret],
      stored: () => vendor.leads().map(({ fields }) => String(fields.email)),
      received: (email) => vendor.leads().find(({ fields }) => fields.email === email)?.lastInput,
      requests: () => vendor.calls().length,
      throttle: () => vendor.fault({ kind: 'response', code: '606', path: leadsPath }),
      refuse: (email) => vendor.fault({ kind: 'record', code: '1003', email, times: null }),
      hang: (afterWrite) => vendor.fault({ kind: 'hang', path: leadsPath, afterWrite }),
      untilHanging: vendor.untilHanging,
      answer: (kind) =>
        typeof kind === 'string'
          ? vendor.fault({ kind, path: leadsPath })
          : vendor.fault({ kind: 'status', ...kind, path: leadsPath, headers: { 'content-type': 'application/json' } }),
      refuseInWords: (message) => vendor.fault({ kind: 'record', code: '1003', message }),
      refuseTokens: () => vendor.fault({ kind: 'response', code: '601', path: '/rest/', times: null }),
      campaign: {
        id: String(program.id),
        name: program.name,
        memberStatus: 'Visited Booth',
        members: () => Object.fromEntries([...vendor.members(program.id)].map(([id, status]) => [emailOf(id), status])),
        writes: () => vendor.calls().filter(({ method, path }) => method === 'POST' && path === leadsPath).length,
        hang: (afterWrite) => vendor.fault({ kind: 'hang', path: '/members/', afterWrite }),
        throttle: () => vendor.fault({ kind: 'response', code: '606', path: '/members/' }),
        remove: () => vendor.putProgram({ ...program, isArchived: true }),
      },
      close: vendor.close,
    };
  },
});

describe('answers that are not Marketo', () => {
  test.for([
    [500, { kind: 'unavailable', whole: true }],
    [502, { kind: 'unavailable', whole: true }],
    [503, { kind: 'unavailable', whole: true, retryAfterMs: 7_000 }],
    [429, { kind: 'throttled', retryAfterMs: 7_000 }],
    [408, { kind: 'unavailable', whole: false, error: { category: 'TIMEOUT' } }],
    [413, { kind: 'refused', error: { category: 'DATA_VALUE_VALIDATION' } }],
    [414, { kind: 'refused', error: { category: 'UNKNOWN' } }],
    [302, { kind: 'unavailable', whole: true }],
    [404, { kind: 'unavailable', whole: true }],
  ] as const)('HTTP %i', async ([status, expected]) => {
    const { vendor, push } = await given();
    vendor.fault({ kind: 'status', status, body: '', headers: { 'retry-after': '7' }, path: leadsPath });
    expect(await push()).toMatchObject(expected);
  });

  test.for([
    '{"success":true,"result":[]}',
    '{"success":true}',
    '{"success":true,"result":[{"id":1,"status":"created"}]}',
    '{"succ',
    '{}',
    '[]',
    'null',
    '{"success":true,"result":["a","b"]}',
  ])('HTTP 200 with %s is unavailable, maybe by the fault of a record', async (body) => {
    const { vendor, push } = await given();
    vendor.fault({ kind: 'status', status: 200, body, path: leadsPath });
    expect(await push()).toMatchObject({ kind: 'unavailable', whole: false });
  });

  test('a page instead of data is the trouble of the vendor', async () => {
    const { vendor, push } = await given();
    vendor.fault({ kind: 'html', path: leadsPath });
    expect(await push()).toMatchObject({ kind: 'unavailable', whole: true });
  });

  test('trouble with the sign-in is nobody’s attempt', async () => {
    const { vendor, push, bench } = await given();
    for (const kind of ['html', 'oversize', 'reset'] as const) {
      vendor.fault({ kind, path: '/identity/' });
      expect(await push()).toMatchObject({ kind: 'unavailable', whole: true });
    }
    vendor.fault({ kind: 'hang', path: '/identity/' });
    const pushing = push();
    await vendor.untilHanging();
    bench.timeOut();
    expect(await pushing).toMatchObject({ kind: 'unavailable', whole: true, error: { category: 'TIMEOUT' } });
    expect(kindsOf(await push())).toEqual(['cleared', 'cleared']);
  });
});

describe('the access token', () => {
  test('is fetched once for many pushes, and once for many at the same time', async () => {
    const { push, callsTo } = await given();
    await Promise.all(Array.from({ length: 5 }, (_, index) => push(recordsOf(2, `p${index}-`))));
    await push();
    expect(callsTo('/identity/')).toHaveLength(1);
    expect(callsTo(leadsPath)).toHaveLength(6);
  });

  test('is renewed when less than a minute remains, and asked for sparingly while Marketo repeats it', async () => {
    const { bench, push, callsTo } = await given();
    await push();
    bench.now += 3_539_000;
    await push();
    expect(callsTo('/identity/')).toHaveLength(1);
    bench.now += 2_000; // 59 s remain: the same token is answered
    await push();
    await push();
    expect(callsTo('/identity/')).toHaveLength(2);
    bench.now += 60_000;
    expect(kindsOf(await push())).toEqual(['cleared', 'cleared']);
    expect(callsTo('/identity/')).toHaveLength(3);
  });

  test('about to expire, it is waited for instead of losing the connection', async () => {
    const { bench, push } = await given({ tokenSeconds: 1 });
    expect(await push()).toMatchObject({ kind: 'throttled', retryAfterMs: 1_000 });
    expect(bench.finished).toHaveLength(1);
  });

  test('expired under way, it is renewed once for all that are refused together', async () => {
    const { vendor, push, callsTo } = await given();
    await push();
    vendor.change({ kind: 'token', state: 'expired' });
    const answers = await Promise.all(Array.from({ length: 4 }, (_, index) => push(recordsOf(1, `q${index}-`))));
    expect(answers.map(kindsOf)).toEqual(answers.map(() => ['cleared']));
    expect(callsTo('/identity/')).toHaveLength(2);
  });

  test('the API user was deleted: unauthorized, and authorized again it goes on', async () => {
    const { vendor, push } = await given();
    await push();
    vendor.change({ kind: 'credentials', state: 'revoked' });
    expect(await push()).toMatchObject({ kind: 'unauthorized', error: { category: 'AUTHENTICATION' } });
    vendor.change({ kind: 'credentials', state: 'valid' });
    expect(kindsOf(await push())).toEqual(['cleared', 'cleared']);
  });

  test('a push that is given up while it fetches the token does not take the others with it', async () => {
    const { bench, vendor, credentials } = await given();
    const memory = new Map<string, unknown>();
    const controller = new AbortController();
    vendor.fault({ kind: 'hang', path: '/identity/' });
    const first = marketo.push(recordsOf(1, 'a'), bench.session(credentials, { memory, signal: controller.signal }));
    await vendor.untilHanging();
    const second = marketo.push(recordsOf(1, 'b'), bench.session(credentials, { memory }));
    controller.abort();
    expect(await first).toEqual({ kind: 'unsent' });
    expect(kindsOf(await second)).toEqual(['cleared']);
  });
});

describe('limits', () => {
  test('606: after 20 s it goes on', async () => {
    const { bench, push } = await given({ rateMax: 2 });
    await push();
    await push();
    expect(await push()).toMatchObject({ kind: 'throttled', retryAfterMs: 20_000, error: { vendorCode: '606' } });
    bench.now += 20_000;
    expect(kindsOf(await push())).toEqual(['cleared', 'cleared']);
  });

  test('615: more calls at once than Marketo executes', async () => {
    const { push, vendor, callsTo } = await given({ concurrentMax: 2 });
    const resume = vendor.pause();
    const executing = [push(recordsOf(1, 'a')), push(recordsOf(1, 'b'))];
    await expect.poll(() => callsTo(leadsPath).length).toBe(2);
    expect(await push(recordsOf(1, 'c'))).toMatchObject({
      kind: 'throttled',
      retryAfterMs: 2_000,
      error: { vendorCode: '615' },
    });
    resume();
    expect((await Promise.all(executing)).map(kindsOf)).toEqual([['cleared'], ['cleared']]);
    expect(vendor.inFlightMax()).toBe(3);
  });

  test.for([
    ['2026-07-01T12:00:00Z', '2026-07-02T05:00:00.000Z'],
    ['2026-01-15T12:00:00Z', '2026-01-16T06:00:00.000Z'],
    ['2026-03-08T07:30:00Z', '2026-03-09T05:00:00.000Z'], // the clock goes forward in between
    ['2026-11-01T06:30:00Z', '2026-11-02T06:00:00.000Z'], // and back
    ['2026-07-02T04:59:59.999Z', '2026-07-02T05:00:00.000Z'],
    ['2026-07-02T05:00:00Z', '2026-07-03T05:00:00.000Z'],
  ])('607 at %s: the quota starts anew at %s, and not before', async ([now, resetsAt]) => {
    const { bench, push } = await given({ dailyMax: 1 });
    bench.now = Date.parse(now as string);
    await push();
    expect(await push()).toMatchObject({
      kind: 'quota',
      error: { category: 'QUOTA_EXCEEDED' },
      resetsAt: new Date(resetsAt as string),
    });
    bench.now = Date.parse(resetsAt as string) - 1;
    expect((await push()).kind).toBe('quota');
    bench.now += 1;
    expect(kindsOf(await push())).toEqual(['cleared', 'cleared']);
  });

  test('a call over 1 MB is refused before it is sent, so that it can be split', async () => {
    const { push, bench } = await given();
    const values = { email: 'big@example.test', sluiceNotes: 'x'.repeat(1_000_000) };
    expect(await push([recordOf('big@example.test', { values })])).toMatchObject({
      kind: 'refused',
      error: { category: 'DATA_VALUE_VALIDATION' },
    });
    expect(bench.finished).toEqual([]);
  });
});
