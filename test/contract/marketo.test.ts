import { describe, expect, test } from 'vitest';
import { type MarketoOptions, startMarketo } from '../../simulators/marketo/start-marketo.ts';
import { marketo } from '../../src/sync/connectors/marketo/marketo.ts';
import { connectorSuite } from './connector-suite.ts';
import { givenMarketo as given, kindsOf, leadsPath } from './marketo-stand.ts';
import { recordOf, recordsOf } from './records.ts';
import { createWorkbench } from './workbench.ts';

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

describe('matching', () => {
  test('the same person again is updated and keeps the id', async () => {
    const { push, vendor } = await given();
    const [created] = [await push(recordsOf(1))];
    const updated = await push([
      recordOf('LEAD0@example.test', { values: { email: 'LEAD0@example.test', firstName: 'New' } }),
    ]);
    expect(updated).toEqual(created);
    expect(vendor.leads()).toMatchObject([{ fields: { firstName: 'New' } }]);
  });

  test('several leads with the address are a duplicate', async () => {
    const { push, vendor, callsTo } = await given();
    const resume = vendor.pause();
    const overlapping = [push([recordOf('twin@example.test')]), push([recordOf('twin@example.test')])];
    await expect.poll(() => callsTo(leadsPath).length).toBe(2);
    resume();
    await Promise.all(overlapping);
    expect(vendor.leads()).toHaveLength(2); // what the engine's rule of one call per address prevents
    expect(await push([recordOf('twin@example.test')])).toMatchObject({
      kind: 'answered',
      outcomes: [{ kind: 'failed', error: { category: 'DUPLICATE', vendorCode: '1007' } }],
    });
  });

  test('an unknown field is told for the record or for the call, and named both times', async () => {
    const values = { email: 'a@example.test', ghostField: 'boo' };
    const record = recordOf('a@example.test', { values });
    const onRecord = await given();
    expect(await onRecord.push([record])).toMatchObject({
      outcomes: [{ kind: 'failed', error: { category: 'MISSING_REMOTE_FIELD', remoteField: 'ghostField' } }],
    });
    const onCall = await given({ unknownFieldLevel: 'response' });
    expect(await onCall.push([record])).toMatchObject({
      kind: 'refused',
      error: { category: 'MISSING_REMOTE_FIELD', remoteField: 'ghostField' },
    });
  });

  test('the partition is named when one is set', async () => {
    const { vendor, bench, credentials } = await given({ partitions: ['Default', 'EMEA'] });
    const inPartition = (partition: string) => marketo.push(recordsOf(1), bench.session({ ...credentials, partition }));
    expect(kindsOf(await inPartition('EMEA'))).toEqual(['cleared']);
    expect(vendor.leads()).toMatchObject([{ partition: 'EMEA' }]);
    expect(await inPartition('Nowhere')).toMatchObject({
      outcomes: [{ kind: 'failed', error: { category: 'CONNECTION_PERMISSION', vendorCode: '1008' } }],
    });
  });
});

describe('a lead that is known by its id', () => {
  async function known(options: MarketoOptions = {}) {
    const stand = await given(options);
    await stand.push(recordsOf(2));
    const [first, second] = stand.vendor.leads();
    const idOf = (lead: typeof first) => String(lead?.id);
    const writes = () =>
      stand
        .callsTo(leadsPath)
        .filter(({ method }) => method === 'POST')
        .map(({ emails }) => emails);
    return { ...stand, first: idOf(first), second: idOf(second), writes };
  }
  const changed = (remoteId: string) => recordOf('corrected@example.test', { remoteId });

  test('is updated under another address, and not made anew', async () => {
    const { vendor, push, first } = await known();
    expect(await push([changed(first)])).toEqual({
      kind: 'answered',
      outcomes: [{ kind: 'cleared', remoteId: first }],
    });
    expect(vendor.leads().map(({ fields }) => fields.email)).toEqual(['corrected@example.test', 'lead1@example.test']);
    expect(vendor.leads()[0]?.lastInput).toEqual({
      id: Number(first),
      email: 'corrected@example.test',
      firstName: 'corrected',
    });
  });

  test('and is gone is matched by its address in the same push, whichever way Marketo says so', async () => {
    for (const level of ['record', 'call']) {
      const { vendor, push, first } = await known();
      vendor.deleteLead(Number(first));
      if (level === 'call') vendor.fault({ kind: 'response', code: '1004', path: leadsPath });
      const answer = await push([changed(first)]);
      expect(kindsOf(answer)).toEqual(['cleared']);
      expect(vendor.leads().map(({ fields }) => fields.email)).toEqual([
        'lead1@example.test',
        'corrected@example.test',
      ]);
      expect(answer).toMatchObject({ outcomes: [{ remoteId: String(vendor.leads()[1]?.id) }] });
    }
  });

  test('goes in a call of its own, beside one for those that are not', async () => {
    const { push, first, second, writes } = await known();
    const batch = [
      recordOf('new@example.test'),
      recordOf('lead0@example.test', { remoteId: first }),
      recordOf('lead1@example.test', { remoteId: second }),
    ];
    expect(kindsOf(await push(batch))).toEqual(['cleared', 'cleared', 'cleared']);
    expect(writes().slice(1)).toEqual([['lead0@example.test', 'lead1@example.test'], ['new@example.test']]);
  });

  test('is never twice in a call', async () => {
    const { vendor, push, first, writes } = await known();
    const batch = [changed(first), recordOf('lead0@example.test', { remoteId: first })];
    expect(kindsOf(await push(batch))).toEqual(['cleared', 'cleared']);
    expect(writes().slice(1)).toEqual([['corrected@example.test'], ['lead0@example.test']]);
    expect(vendor.leads()[0]?.fields.email).toBe('lead0@example.test'); // the later of the two
  });

  test('stays in its partition; only who may be made goes to the one that is set', async () => {
    const { vendor, bench, credentials, first } = await known({ partitions: ['Default', 'EMEA'] });
    const session = bench.session({ ...credentials, partition: 'EMEA' });
    const batch = [changed(first), recordOf('new@example.test')];
    expect(kindsOf(await marketo.push(batch, session))).toEqual(['cleared', 'cleared']);
    expect(vendor.leads().map(({ partition }) => partition)).toEqual(['Default', 'Default', 'EMEA']);
  });

  test('keeps what WRITE_IF_BLANK says by what the lead with that id has', async () => {
    const { vendor, push, first } = await known();
    const values = { email: 'corrected@example.test', firstName: 'New', title: 'Countess' };
    await push([{ ...changed(first), values, writeIfBlank: ['firstName', 'title'] }]);
    expect(vendor.leads()[0]?.fields).toMatchObject({
      email: 'corrected@example.test',
      firstName: 'lead0',
      title: 'Countess',
    });
  });

  test('is not updated twice when the answer is lost', async () => {
    const { vendor, bench, push, first } = await known();
    vendor.fault({ kind: 'hang', path: leadsPath, afterWrite: true });
    const pushing = push([changed(first)]);
    await vendor.untilHanging();
    bench.timeOut();
    expect(await pushing).toMatchObject({ kind: 'unavailable', whole: false });
    expect(kindsOf(await push([changed(first)]))).toEqual(['cleared']);
    expect(vendor.leads()).toHaveLength(2);
  });

  test('is cleared when the call for the others is throttled, and they wait', async () => {
    const { vendor, push, first } = await known();
    vendor.fault({ kind: 'response', code: '606', path: leadsPath, email: 'new@example.test' });
    expect(await push([changed(first), recordOf('new@example.test')])).toMatchObject({
      outcomes: [{ kind: 'cleared', remoteId: first }, { kind: 'interrupted' }],
      interruption: { kind: 'throttled', retryAfterMs: 20_000 },
    });
    vendor.fault({ kind: 'response', code: '606', path: leadsPath });
    expect(await push([changed(first), recordOf('new@example.test')])).toMatchObject({
      outcomes: [{ kind: 'interrupted' }, { kind: 'unsent' }],
      interruption: { kind: 'throttled' },
    });
  });
});

describe('WRITE_IF_BLANK', () => {
  const withJob = (email: string, title: string, writeIfBlank: string[]) =>
    recordOf(email, { values: { email, title, firstName: 'New' }, writeIfBlank });

  test('fills what is blank, leaves what is filled, and overwrites the rest', async () => {
    const { push, vendor } = await given();
    await push([
      recordOf('filled@example.test', { values: { email: 'filled@example.test', title: 'Old', firstName: 'Old' } }),
      recordOf('blank@example.test', { values: { email: 'blank@example.test', firstName: 'Old' } }),
    ]);
    await push([
      withJob('FILLED@example.test', 'New', ['title']),
      withJob('blank@example.test', 'New', ['title']),
      withJob('new@example.test', 'New', ['title']),
      withJob('plain+sign@example.test', 'New', []),
    ]);
    const told = vendor.leads().map(({ fields }) => [fields.title, fields.firstName]);
    expect(told).toEqual([
      ['Old', 'New'],
      ['New', 'New'],
      ['New', 'New'],
      ['New', 'New'],
    ]);
  });

  test('300 addresses are read in calls whose address stays short', async () => {
    const { push, callsTo, vendor } = await given();
    const long = (index: number) => `somebody.with.a.rather.long.name+${index}@department.example.test`;
    const batch = (title: string) => Array.from({ length: 300 }, (_, index) => withJob(long(index), title, ['title']));
    await push(batch('Old'));
    await push(batch('New'));
    expect(new Set(vendor.leads().map(({ fields }) => fields.title))).toEqual(new Set(['Old']));
    expect(callsTo(leadsPath).filter(({ method }) => method === 'GET').length).toBeGreaterThan(4);
    expect(vendor.leads()).toHaveLength(300);
  });

  test('nothing is read when nobody asks for it, and a refused read writes nothing', async () => {
    const { push, callsTo, vendor } = await given();
    await push();
    expect(callsTo(leadsPath)).toHaveLength(1);
    vendor.fault({ kind: 'response', code: '606', path: leadsPath });
    expect(await push([withJob('x@example.test', 'New', ['title'])])).toMatchObject({ kind: 'throttled' });
    expect(vendor.leads()).toHaveLength(2);
  });

  test('a field that Marketo does not know is named by the read', async () => {
    const { push } = await given();
    const values = { email: 'x@example.test', ghostField: 'boo' };
    expect(await push([recordOf('x@example.test', { values, writeIfBlank: ['ghostField'] })])).toMatchObject({
      kind: 'refused',
      error: { category: 'MISSING_REMOTE_FIELD', remoteField: 'ghostField' },
    });
  });

  test('time is asked for before the read, too', async () => {
    const { bench, vendor, credentials } = await given();
    let asked = 0;
    const timeLeftMs = () => (++asked > 2 ? 0 : 60_000); // token, read, and no more
    const answer = await marketo.push(
      [withJob('x@example.test', 'New', ['title'])],
      bench.session(credentials, { timeLeftMs }),
    );
    expect(answer).toEqual({ kind: 'unsent' });
    expect(vendor.leads()).toEqual([]);
  });
});

describe('connect', () => {
  test.for(['', '/', '/rest', '/rest/', '/identity', '/identity/', '/rest/v1', '//rest//'])(
    'takes the base URL with "%s" at its end',
    async (suffix) => {
      const { vendor, tools } = await given();
      const { url, clientId, clientSecret } = vendor;
      const answer = await marketo.connect(
        { baseUrl: ` ${url}${suffix} `, clientId, clientSecret, partition: '' },
        tools,
      );
      expect(answer).toEqual({
        kind: 'connected',
        accountId: url.replace('http://', ''),
        accountName: url.replace('http://', ''),
        credentials: { baseUrl: url, clientId, clientSecret, partition: null },
        generatedSecret: null,
      });
    },
  );

  test('wrong or revoked credentials are refused', async () => {
    const { vendor, tools } = await given();
    const { url: baseUrl, clientId, clientSecret } = vendor;
    const refused = { kind: 'refused', path: '', message: 'Marketo refused the client id or secret.' };
    expect(await marketo.connect({ baseUrl, clientId, clientSecret: 'wrong' }, tools)).toEqual(refused);
    vendor.fault({ kind: 'response', code: '601', path: '/rest/', times: null });
    expect(await marketo.connect({ baseUrl, clientId, clientSecret }, tools)).toEqual(refused);
    vendor.change({ kind: 'credentials', state: 'revoked' });
    expect(await marketo.connect({ baseUrl, clientId, clientSecret }, tools)).toEqual(refused);
  });

  test('603 names the permission that is missing', async () => {
    const { vendor, tools } = await given();
    vendor.fault({ kind: 'response', code: '603', path: '/rest/' });
    const { url: baseUrl, clientId, clientSecret } = vendor;
    expect(await marketo.connect({ baseUrl, clientId, clientSecret }, tools)).toMatchObject({
      kind: 'refused',
      path: '',
      message: expect.stringContaining('Read-Write'),
    });
  });

  test.for([
    [{ baseUrl: 'nonsense' }, 'baseUrl'],
    [{ baseUrl: '' }, 'baseUrl'],
    [{ baseUrl: 'ftp://example.test' }, 'baseUrl'],
    [{ baseUrl: 'https://user:pass@example.test' }, 'baseUrl'],
    [{ baseUrl: 'http://169.254.169.254/' }, 'baseUrl'],
    [{ clientId: ' ' }, 'clientId'],
    [{ clientSecret: '' }, 'clientSecret'],
  ] as const)('%j is refused at %s', async ([change, path]) => {
    const { bench, vendor, tools } = await given();
    const { url: baseUrl, clientId, clientSecret } = vendor;
    const answer = await marketo.connect({ baseUrl, clientId, clientSecret, ...change }, tools);
    expect(answer).toMatchObject({ kind: 'refused', path, message: expect.any(String) });
    expect(bench.finished).toEqual([]);
  });

  test('without private networks a name that leads to one is refused', async () => {
    const resolve = (
      _name: string,
      _options: unknown,
      done: (error: null, found: { address: string; family: number }[]) => void,
    ) => done(null, [{ address: '10.0.0.1', family: 4 }]);
    const bench = createWorkbench({ allowPrivateNetworks: false, resolve });
    const input = { baseUrl: 'https://123-abc-456.mktorest.com/rest', clientId: 'id', clientSecret: 'secret' };
    const tools = bench.tools;
    expect(await marketo.connect(input, tools)).toMatchObject({ kind: 'refused', path: 'baseUrl' });
  });

  test.for(['html', 'oversize', 'reset', 'status'] as const)('what answers by %s is not Marketo', async (kind) => {
    const { vendor, tools } = await given();
    const { url: baseUrl, clientId, clientSecret } = vendor;
    for (const path of ['/identity/', '/rest/']) {
      vendor.fault(kind === 'status' ? { kind, status: 404, path } : { kind, path });
      expect(await marketo.connect({ baseUrl, clientId, clientSecret }, tools)).toMatchObject({
        kind: 'unavailable',
        message: expect.stringContaining('did not answer as Marketo does'),
      });
    }
  });

  test('limits make it unavailable for now', async () => {
    const { vendor, tools } = await given();
    const { url: baseUrl, clientId, clientSecret } = vendor;
    vendor.fault({ kind: 'response', code: '607', path: '/rest/' });
    expect(await marketo.connect({ baseUrl, clientId, clientSecret }, tools)).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('quota'),
    });
  });
});

describe('describe', () => {
  test.for([true, false])('tells name, type, length and what is read-only (describe2: %s)', async (hasDescribe2) => {
    const { session } = await given({ hasDescribe2 });
    const answer = await marketo.describe(session);
    const fields = answer.kind === 'described' ? answer.fields : [];
    expect(fields.find(({ name }) => name === 'email')).toEqual({
      name: 'email',
      label: 'Email Address',
      type: 'email',
      required: true,
      readOnly: false,
      maxLength: 255,
      options: null,
    });
    expect(fields.find(({ name }) => name === 'id')).toMatchObject({ readOnly: true, maxLength: null });
  });

  test('is unavailable when Marketo does not answer', async () => {
    const { session, vendor } = await given();
    vendor.fault({ kind: 'html', path: '/rest/' });
    expect(await marketo.describe(session)).toMatchObject({ kind: 'unavailable' });
  });
});

describe('check', () => {
  const check = (values: Record<string, string>) => marketo.check(recordOf('a@example.test', { values }));

  test('an address of ASCII passes', () => {
    expect(check({ email: "o'neil+fair_2026@mail.example.test" })).toBeNull();
  });

  test('without an address there is nothing to match by', () => {
    expect(check({ firstName: 'Ada' })).toMatchObject({ category: 'MISSING_MATCH_KEY', remoteField: 'email' });
  });

  test.for([
    'jürgen@example.test',
    'ada@exämple.test',
    'ada',
    'ada@',
    '@example.test',
    'a@b@c',
    'a,b@example.test',
    'a b@example.test',
    'a\n@b',
  ])('%j fails without a call', (email) => {
    expect(check({ email })).toMatchObject({ category: 'DATA_VALUE_VALIDATION', remoteField: 'email' });
  });
});
