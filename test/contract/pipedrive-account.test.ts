import { describe, expect, test } from 'vitest';
import { pipedrive } from '../../src/sync/connectors/pipedrive/pipedrive.ts';
import { givenPipedrive, kindsOf, personOf } from './pipedrive-stand.ts';

const me = { method: 'GET', path: /\/users\/me$/ };
const grantOf = (
  vendor: Awaited<ReturnType<typeof givenPipedrive>>['vendor'],
  nowMs: number,
  apiDomain = vendor.url,
) => {
  const { accessToken, refreshToken } = vendor.signIn.issue(nowMs);
  return {
    clientId: vendor.clientId,
    clientSecret: vendor.clientSecret,
    redirectUri: 'https://sluice.example/oauth/callback',
    sandbox: false,
    tokens: { access_token: accessToken, refresh_token: refreshToken, expires_in: 3_600, api_domain: apiDomain },
    grantedAt: nowMs,
  };
};

describe('Pipedrive is connected', () => {
  test('by an API token and by a sign-in, and is the same account', async () => {
    const { vendor, bench } = await givenPipedrive();
    bench.grants.set('granted', grantOf(vendor, bench.now));
    const byToken = await pipedrive.connect({ companyDomain: 'acme', apiToken: vendor.apiToken }, bench.tools);
    const bySignIn = await pipedrive.connect({ authorizationId: 'granted' }, bench.tools);
    for (const answer of [byToken, bySignIn]) {
      expect(answer).toMatchObject({ kind: 'connected', accountId: '4711', accountName: 'Acme Ltd (acme)' });
    }
    expect(byToken).toMatchObject({
      credentials: { app: null, apiDomain: 'https://acme.pipedrive.com', currency: 'EUR' },
    });
    expect(bySignIn).toMatchObject({ credentials: { app: { clientId: vendor.clientId }, apiDomain: vendor.url } });
  });

  test('as its domain where it does not say who it is', async () => {
    const { vendor, bench } = await givenPipedrive({ missing: [me] });
    bench.grants.set('granted', grantOf(vendor, bench.now, 'https://acme.pipedrive.com/'));
    for (const input of [{ companyDomain: 'acme', apiToken: vendor.apiToken }, { authorizationId: 'granted' }]) {
      expect(await pipedrive.connect(input, bench.tools)).toMatchObject({ kind: 'connected', accountId: 'acme' });
    }
    vendor.fault({ kind: 'status', status: 403, body: '{"success":false}', path: 'users/me' });
    expect(await pipedrive.connect({ companyDomain: 'acme', apiToken: vendor.apiToken }, bench.tools)).toMatchObject({
      kind: 'connected',
    });
  });

  test('also where the token says neither when it ends nor whose it is', async () => {
    const { vendor, bench } = await givenPipedrive();
    const { tokens, ...grant } = grantOf(vendor, bench.now);
    const { access_token, refresh_token } = tokens;
    bench.grants.set('granted', { ...grant, tokens: { access_token, refresh_token } });
    expect(await pipedrive.connect({ authorizationId: 'granted' }, bench.tools)).toMatchObject({
      kind: 'connected',
      credentials: { accessTokenExpiresAt: null, apiDomain: 'https://api.pipedrive.com' },
    });
  });

  test.for([
    ['Acme', 'acme'],
    ['acme.pipedrive.com', 'acme'],
    ['https://my-firm2.pipedrive.com/persons', 'my-firm2'],
  ])('by the domain %s', async ([companyDomain, domain]) => {
    const { vendor, bench } = await givenPipedrive();
    expect(
      await pipedrive.connect({ companyDomain: companyDomain ?? '', apiToken: vendor.apiToken }, bench.tools),
    ).toMatchObject({
      credentials: { apiDomain: `https://${domain}.pipedrive.com` },
    });
  });

  test.for<[object, string]>([
    [{}, ''],
    [{ companyDomain: 'acme' }, ''],
    [{ companyDomain: 'acme', apiToken: 'x', authorizationId: 'granted' }, ''],
    [{ companyDomain: 'acme', authorizationId: 'granted' }, ''],
    [{ apiToken: 'x' }, 'companyDomain'],
    [{ apiToken: 'x', companyDomain: 'evil.example/?.pipedrive.com' }, 'companyDomain'],
    [{ apiToken: 'x', companyDomain: 'evil.example' }, 'companyDomain'],
    [{ apiToken: 'wrong', companyDomain: 'acme' }, ''],
    [{ authorizationId: 'unknown' }, 'authorizationId'],
  ])('not by %o', async ([input, path]) => {
    const { bench } = await givenPipedrive();
    expect(await pipedrive.connect(input, bench.tools)).toMatchObject({ kind: 'refused', path });
  });

  test.for([402, 403])('not where reading persons is refused with %i', async (status) => {
    const { vendor, bench } = await givenPipedrive();
    vendor.fault({ kind: 'status', status, body: '{"success":false,"error":"Scope and URL mismatch"}', times: null });
    const answer = await pipedrive.connect({ companyDomain: 'acme', apiToken: vendor.apiToken }, bench.tools);
    expect(answer).toMatchObject({ kind: 'refused', path: '' });
  });
});

test('a sign-in is begun at the address of the app, and redeemed with HTTP Basic', async () => {
  const { vendor, bench } = await givenPipedrive();
  const { clientId, clientSecret } = vendor;
  const request = { clientId, redirectUri: 'https://sluice.example/oauth/callback', sandbox: false };
  const challenge = {
    state: 's',
    codeChallenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    hosts: bench.tools.hosts,
  };
  const url = pipedrive.authorization?.url({ ...request, ...challenge }) ?? '';
  const back = (await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '';
  const callback = new Map(new URL(back).searchParams);
  const codeVerifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
  const redeem = (secret: string) =>
    pipedrive.authorization?.exchange({ ...request, clientSecret: secret, codeVerifier, callback }, bench.tools);
  expect(await redeem('wrong-secret')).toMatchObject({ kind: 'refused' });
  expect(await redeem(clientSecret)).toMatchObject({ kind: 'granted', tokens: { api_domain: vendor.url } });
});

describe('a session', () => {
  test('renews its access token by a refresh token that is good once', async () => {
    const { vendor, bench, credentials } = await givenPipedrive();
    const { clientId, clientSecret } = vendor;
    const { accessToken, refreshToken } = vendor.signIn.issue(bench.now);
    const app = { clientId, clientSecret, refreshToken };
    const signedIn = { ...credentials, accessToken, accessTokenExpiresAt: bench.now + 3_600_000, app };
    const session = bench.session(signedIn);
    for (const email of ['a@example.test', 'b@example.test']) {
      vendor.signIn.expire();
      expect(kindsOf(await pipedrive.push([personOf(email)], session))).toEqual(['cleared']);
    }
    expect(vendor.calls().filter(({ path }) => path === '/oauth/token')).toHaveLength(2);
  });

  test('goes to the host of the account, unless a setting names another', async () => {
    const { vendor, bench, credentials } = await givenPipedrive();
    const elsewhere = { ...credentials, apiDomain: 'https://other.invalid' };
    expect(kindsOf(await pipedrive.push([personOf('a@example.test')], bench.session(elsewhere)))).toEqual(['cleared']);
    const hosts = { authUrl: null, apiUrl: null };
    const session = bench.session({ ...credentials, apiDomain: vendor.url }, { hosts });
    expect(kindsOf(await pipedrive.push([personOf('b@example.test')], session))).toEqual(['cleared']);
  });
});

describe('limits', () => {
  test('are learnt from the answers: the rate not from searches, the day in leads', async () => {
    const { bench, session } = await givenPipedrive({ rateMax: 80, tokensMax: 30_000 });
    await pipedrive.push([personOf('a@example.test')], session);
    const resetsAt = new Date('2026-11-24T00:00:00Z');
    expect(bench.learnt).toEqual([
      { daily: { limit: 1_200, remaining: 1_199, resetsAt } },
      { rate: { calls: 80, windowMs: 2_200 }, daily: { limit: 1_200, remaining: 1_199, resetsAt } },
    ]);
  });

  test('are not learnt where nothing is told', async () => {
    const { bench, session } = await givenPipedrive({ tellsTokens: false });
    await pipedrive.push([personOf('a@example.test')], session);
    expect(bench.learnt.filter(({ daily }) => daily)).toEqual([]);
  });

  test('searches are marked as the kind of call that they are', async () => {
    const { bench, credentials } = await givenPipedrive();
    const kinds: (string | undefined)[] = [];
    const http = {
      ...bench.http,
      request: (request: Parameters<typeof bench.http.request>[0]) => {
        kinds.push(request.kind);
        return bench.http.request(request);
      },
    };
    await pipedrive.push([personOf('a@example.test')], bench.session(credentials, { http }));
    expect(kinds).toEqual(['search', undefined]);
    expect(pipedrive.limits.kinds).toHaveProperty('search');
  });
});

test('a person has an address for people, at the company where its domain is known', () => {
  expect(pipedrive.remoteUrl('7', 'acme')).toBe('https://acme.pipedrive.com/person/7');
  expect(pipedrive.remoteUrl('7', '4711')).toBe('https://app.pipedrive.com/person/7');
  expect(pipedrive.remoteUrl('7', '127.0.0.1:4000')).toBeNull();
});
