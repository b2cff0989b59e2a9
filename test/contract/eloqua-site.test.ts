import { describe, expect, test } from 'vitest';
import type { Grant } from '../../src/sync/connectors/connector.ts';
import { eloqua } from '../../src/sync/connectors/eloqua/eloqua.ts';
import { givenEloqua, kindsOf, of } from './eloqua-stand.ts';

type Given = Awaited<ReturnType<typeof givenEloqua>>;

/** As a sign-in leaves it. */
function grantOf({ vendor, bench }: Given): Grant {
  const { accessToken, refreshToken } = vendor.signIn.issue(bench.now);
  return {
    clientId: vendor.clientId,
    clientSecret: vendor.clientSecret,
    redirectUri: 'https://sluice.example/oauth/callback',
    sandbox: false,
    tokens: { access_token: accessToken, token_type: 'bearer', expires_in: 28_800, refresh_token: refreshToken },
    grantedAt: bench.now,
  };
}

const refreshes = ({ vendor }: Given) => vendor.calls().filter(({ path }) => path === '/auth/oauth2/token').length;
const asks = ({ vendor }: Given) => vendor.calls().filter(({ path }) => path === '/id').length;

describe('Eloqua is connected', () => {
  test('by company, user and password: the site is the account, on the pod that the login host names', async () => {
    const given = await givenEloqua();
    expect(await eloqua.connect(given.basic, given.bench.tools)).toMatchObject({
      kind: 'connected',
      accountId: '4711',
      accountName: 'AnalyticalEngines (4711)',
      credentials: { podUrl: given.vendor.podUrl(), app: null },
    });
  });

  test('by a sign-in: the same account', async () => {
    const given = await givenEloqua();
    given.bench.grants.set('granted', grantOf(given));
    const answer = await eloqua.connect({ authorizationId: 'granted' }, given.bench.tools);
    expect(answer).toMatchObject({
      kind: 'connected',
      accountId: '4711',
      credentials: { accessTokenExpiresAt: given.bench.now + 28_800_000, password: null },
    });
  });

  test('with nothing else: what is wrong or incomplete is refused, and says what was expected', async () => {
    const given = await givenEloqua();
    const { basic, bench } = given;
    const connect = (input: Parameters<typeof eloqua.connect>[0]) => eloqua.connect(input, bench.tools);
    for (const input of [{}, { ...basic, password: null }, { ...basic, authorizationId: 'granted' }]) {
      expect(await connect(input)).toMatchObject({ kind: 'refused', message: expect.stringContaining('expected') });
    }
    expect(given.vendor.calls()).toEqual([]);
    expect(await connect({ ...basic, password: 'wrong' })).toMatchObject({ kind: 'refused', path: '' });
    expect(await connect({ authorizationId: 'unknown' })).toMatchObject({ path: 'authorizationId' });
  });

  test('where the login host does not tell the site, by what was given', async () => {
    const given = await givenEloqua();
    const { bench, basic, vendor } = given;
    vendor.fault({ kind: 'status', status: 404, path: '/id', times: null });
    expect(await eloqua.connect(basic, bench.tools)).toMatchObject({ kind: 'unavailable' });
    bench.tools.hosts = { authUrl: vendor.url, apiUrl: vendor.url };
    expect(await eloqua.connect(basic, bench.tools)).toMatchObject({
      kind: 'connected',
      accountId: 'analyticalengines',
    });
  });

  test.for([
    ['a user that may not use the API', { kind: 'status', status: 403, path: '/contacts/fields' }, 'refused'],
    ['a login host out of order', { kind: 'status', status: 503, path: '/id' }, 'unavailable'],
    ['a web page for fields', { kind: 'html', path: '/contacts/fields' }, 'unavailable'],
  ] as const)('not by %s', async ([, fault, kind]) => {
    const { bench, basic, vendor } = await givenEloqua();
    vendor.fault(fault);
    expect(await eloqua.connect(basic, bench.tools)).toMatchObject({ kind });
  });
});

describe('the pod of the site', () => {
  test('is the one that was told at first, without asking again', async () => {
    const given = await givenEloqua();
    await eloqua.push([of('a@example.test')], given.session);
    expect(asks(given)).toBe(0);
    expect(given.vendor.calls().every(({ path }) => path.startsWith('/p03/'))).toBe(true);
  });

  test('that has moved is found by its refusal, stored, and the push goes on there', async () => {
    const given = await givenEloqua();
    const { vendor, bench, session } = given;
    vendor.movePod();
    expect(kindsOf(await eloqua.push([of('a@example.test')], session))).toEqual(['cleared']);
    const stored = await session.renew(
      () => false,
      async () => ({ kind: 'unsent' }),
    );
    expect(stored).toMatchObject({ credentials: { podUrl: vendor.podUrl() } });
    const before = asks(given);
    if (stored.kind === 'renewed') await eloqua.push([of('b@example.test')], bench.session(stored.credentials));
    expect(asks(given)).toBe(before);
  });

  test('is asked for by a password too, and by a token whose renewal is refused', async () => {
    const given = await givenEloqua();
    const { vendor, bench, basic, credentials } = given;
    const connected = await eloqua.connect(basic, bench.tools);
    if (connected.kind !== 'connected' || !credentials.app) throw new Error('not connected');
    vendor.movePod();
    expect(kindsOf(await eloqua.push([of('a@example.test')], bench.session(connected.credentials)))).toEqual([
      'cleared',
    ]);
    const stale = { ...credentials, app: { ...credentials.app, refreshToken: 'used before' } };
    expect(kindsOf(await eloqua.push([of('b@example.test')], bench.session(stale)))).toEqual(['cleared']);
  });

  test('may move while the token runs out', async () => {
    const { vendor, session } = await givenEloqua();
    vendor.movePod();
    vendor.signIn.expire();
    expect(kindsOf(await eloqua.push([of('a@example.test')], session))).toEqual(['cleared']);
  });

  test('is not what is used where ELOQUA_API_URL is set', async () => {
    const { vendor, bench, credentials } = await givenEloqua();
    bench.tools.hosts = { authUrl: vendor.url, apiUrl: vendor.url };
    await eloqua.push([of('a@example.test')], bench.session(credentials, { hosts: bench.tools.hosts }));
    expect(vendor.calls().some(({ path }) => path.startsWith('/p0'))).toBe(false);
  });
});

describe('the access to Eloqua', () => {
  test('is renewed by a refresh token that is good once: stored before the new token is used', async () => {
    const given = await givenEloqua();
    const { vendor, session } = given;
    const order: string[] = [];
    const watched: typeof session = {
      ...session,
      renew: async (stale, refresh) => {
        const answer = await session.renew(stale, refresh);
        order.push('stored');
        return answer;
      },
      http: {
        ...session.http,
        request: (request) => {
          order.push(new URL(request.url).pathname.split('/').slice(-1).join());
          return session.http.request(request);
        },
      },
    };
    for (let round = 0; round < 2; round++) {
      vendor.signIn.expire();
      order.length = 0;
      expect(kindsOf(await eloqua.push([of('a@example.test')], watched))).toEqual(['cleared']);
      expect(order.slice(1, 4)).toEqual(['token', 'stored', 'id']);
    }
    expect(refreshes(given)).toBe(2);
  });

  test('is renewed once for all pushes that need it', async () => {
    const given = await givenEloqua();
    given.vendor.signIn.expire();
    const pushes = ['a', 'b', 'c'].map((name) => eloqua.push([of(`${name}@example.test`)], given.session));
    expect((await Promise.all(pushes)).map(kindsOf)).toEqual([['cleared'], ['cleared'], ['cleared']]);
    expect(refreshes(given)).toBe(1);
  });

  test.for([
    ['301 Login required', { kind: 'status', status: 301, body: 'Login required' }],
    ['200 Not authenticated.', { kind: 'status', status: 200, body: '"Not authenticated."' }],
  ] as const)('that is refused by %s is renewed as well', async ([, fault]) => {
    const given = await givenEloqua();
    given.vendor.fault({ ...fault, path: '/contacts/imports' });
    expect(kindsOf(await eloqua.push([of('a@example.test')], given.session))).toEqual(['cleared']);
    expect(refreshes(given)).toBe(1);
  });

  test.for([400, 401])('ends where the token endpoint answers %i: nobody fails', async (status) => {
    const { vendor, session } = await givenEloqua();
    vendor.signIn.expire();
    vendor.fault({ kind: 'status', status, body: '{"error":"invalid_grant"}', path: '/token' });
    expect(await eloqua.push([of('a@example.test')], session)).toMatchObject({
      kind: 'unauthorized',
      error: { category: 'AUTHENTICATION' },
    });
  });

  test('is not given up while the login host is out of order', async () => {
    const { vendor, bench, basic } = await givenEloqua();
    const connected = await eloqua.connect(basic, bench.tools);
    if (connected.kind !== 'connected') throw new Error('not connected');
    vendor.fault({ kind: 'status', status: 401, body: 'Login required', path: '/contacts/imports' });
    vendor.fault({ kind: 'status', status: 503, path: '/id' });
    expect(await eloqua.push([of('a@example.test')], bench.session(connected.credentials))).toMatchObject({
      kind: 'unavailable',
      whole: true,
    });
  });

  test('by a password repeats it in no answer', async () => {
    const { vendor, bench, basic } = await givenEloqua();
    const connected = await eloqua.connect(basic, bench.tools);
    if (connected.kind !== 'connected') throw new Error('not connected');
    const { accessToken } = connected.credentials;
    vendor.fault({ kind: 'status', status: 400, body: `Refused ${basic.password} ${accessToken}`, path: '/data' });
    const told = JSON.stringify(await eloqua.push([of('a@example.test')], bench.session(connected.credentials)));
    expect(told).toContain('Refused');
    for (const secret of [basic.password, accessToken]) expect(told).not.toContain(secret);
  });
});
