import { describe, expect, test } from 'vitest';
import { marketo } from '../../src/sync/connectors/marketo/marketo.ts';
import { givenMarketo as given } from './marketo-stand.ts';
import { recordOf } from './records.ts';
import { createWorkbench } from './workbench.ts';

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
