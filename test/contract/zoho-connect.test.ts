import { describe, expect, onTestFinished, test } from 'vitest';
import { startZoho, type ZohoOptions } from '../../simulators/zoho/start-zoho.ts';
import type { AuthorizationRequest } from '../../src/sync/connectors/connector.ts';
import { zoho } from '../../src/sync/connectors/zoho/zoho.ts';
import { createWorkbench } from './workbench.ts';
import { givenZoho, kindsOf, leadOf, now } from './zoho-stand.ts';

/** An organization that nobody is connected to yet, and what a self client of it knows. */
async function given(options: ZohoOptions = {}) {
  const bench = createWorkbench();
  bench.now = now;
  const vendor = await startZoho({ clock: () => bench.now, apiDomain: 'https://www.zohoapis.eu', ...options });
  onTestFinished(() => vendor.close());
  bench.tools.hosts = { authUrl: vendor.url, apiUrl: vendor.url };
  const { clientId, clientSecret } = vendor;
  const { refreshToken } = vendor.signIn.issue(now);
  const input = { accountsUrl: 'https://accounts.zoho.eu', clientId, clientSecret, refreshToken };
  return { bench, vendor, input, connect: (more: object = {}) => zoho.connect({ ...input, ...more }, bench.tools) };
}

describe('a self client of Zoho', () => {
  test('is connected: the organization is the account, in its data centre', async () => {
    const { connect, input } = await given();
    expect(await connect()).toMatchObject({
      kind: 'connected',
      accountId: 'eu/60021466',
      accountName: 'Zylker (60021466)',
      credentials: {
        ...input,
        apiDomain: 'https://www.zohoapis.eu',
        accessTokenExpiresAt: now + 3_600_000,
        creditsMax: 52_500,
      },
    });
  });

  test('is the same account whatever the credentials, and another one for another organization', async () => {
    const { connect, vendor } = await given();
    const again = await connect({ refreshToken: vendor.signIn.issue(now).refreshToken });
    const other = await (await given({ orgId: '60099999' })).connect();
    expect([await connect(), again, other].map((answer) => answer.kind === 'connected' && answer.accountId)).toEqual([
      'eu/60021466',
      'eu/60021466',
      'eu/60099999',
    ]);
  });

  test.for([
    ['401', { status: 401, body: '{"code":"OAUTH_SCOPE_MISMATCH","status":"error"}' }],
    ['404', { status: 404, body: '{"code":"INVALID_URL_PATTERN","status":"error"}' }],
    ['405', { status: 405, body: '' }],
    ['501', { status: 501, body: '' }],
    ['nothing that is known', { status: 200, body: '[]' }],
  ] as const)('is known by the ids of its organization where that answers %s', async ([, answer]) => {
    const { connect, vendor } = await given();
    vendor.fault({ kind: 'status', ...answer, path: '/org' });
    expect(await connect()).toMatchObject({ kind: 'connected', accountId: 'eu/7244000' });
  });

  test('is known by its data centre where nothing tells the organization', async () => {
    const { connect, vendor } = await given();
    vendor.fault({ kind: 'status', status: 404, body: '', path: '/org' });
    vendor.fault({ kind: 'status', status: 200, body: '{"fields":[{"api_name":"Email"}]}', path: '/settings/fields' });
    expect(await connect()).toMatchObject({ kind: 'connected', accountId: 'eu', accountName: 'Zoho CRM (eu)' });
  });

  test.for([
    [{ accountsUrl: null, authUrl: null }, 'accountsUrl'],
    [{ accountsUrl: 'not a url at all' }, 'accountsUrl'],
    [{ clientId: '' }, 'clientId'],
    [{ clientSecret: undefined }, 'clientSecret'],
    [{ refreshToken: ' ' }, 'refreshToken'],
    [{ authorizationId: 'both' }, ''],
    [{ accountsUrl: null, clientId: null, clientSecret: null, refreshToken: null }, ''],
  ] as const)('with %o is refused, with what was expected', async ([more, path]) => {
    const { connect, vendor, bench } = await given();
    if ('authUrl' in more) bench.tools.hosts = { authUrl: null, apiUrl: vendor.url };
    expect(await connect(more)).toEqual({ kind: 'refused', path, message: expect.stringMatching(/^expected /) });
    expect(vendor.calls()).toEqual([]);
  });

  test.for([
    [{ clientId: '1000.OTHER' }, 'clientId', 200],
    [{ clientSecret: 'another-secret' }, 'clientSecret', 200],
    [{ refreshToken: '1000.revoked' }, 'refreshToken', 200],
    [{ refreshToken: '1000.revoked' }, 'refreshToken', 400],
  ] as const)(
    'that Zoho refuses (%o) is refused where it is wrong, also with HTTP %s',
    async ([more, path, status]) => {
      const { connect } = await given({ refusalStatus: status });
      const answer = await connect(more);
      expect(answer).toMatchObject({ kind: 'refused', path });
      expect(JSON.stringify(answer)).not.toContain(Object.values(more)[0]);
    },
  );

  test('of another data centre is refused: the token is good there alone', async () => {
    const { connect, bench, vendor } = await given();
    const elsewhere = await given();
    bench.tools.hosts = { authUrl: vendor.url, apiUrl: elsewhere.vendor.url };
    expect(await connect()).toMatchObject({
      kind: 'refused',
      path: '',
      message: expect.stringContaining('data centre'),
    });
  });

  test('without a scope is refused with what is missing', async () => {
    const { connect, vendor } = await given();
    const body = '{"code":"OAUTH_SCOPE_MISMATCH","message":"invalid oauth scope","status":"error","details":{}}';
    vendor.fault({ kind: 'status', status: 401, body, path: '/settings/fields' });
    expect(await connect()).toMatchObject({ kind: 'refused', message: expect.stringContaining('scope') });
  });

  test('is told that Zoho is out of order, or hands out no tokens for a while', async () => {
    const { connect, vendor } = await given();
    vendor.fault({ kind: 'status', status: 503, body: '', path: '/org' });
    expect(await connect()).toMatchObject({ kind: 'unavailable' });
    for (let n = 0; n < 9; n++) await connect();
    expect(await connect()).toEqual({ kind: 'unavailable', message: expect.stringContaining('access tokens') });
  });
});

describe('a sign-in at Zoho', () => {
  const request: AuthorizationRequest = {
    clientId: '',
    redirectUri: 'https://sluice.example/oauth/callback',
    sandbox: false,
  };
  const codeVerifier = 'v'.repeat(64);

  async function signedIn(options: ZohoOptions = {}, spoil: (back: URL) => void = () => {}) {
    const { vendor, bench } = await given({ location: 'eu', ...options });
    const { clientId, clientSecret } = vendor;
    const codeChallenge = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(codeVerifier))).toString(
      'base64url',
    );
    const own = { ...request, clientId };
    const url = zoho.authorization?.url({ ...own, state: 'state', codeChallenge, hosts: bench.tools.hosts }) ?? '';
    const back = new URL((await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '');
    spoil(back);
    const callback = new Map(back.searchParams);
    const answer = await zoho.authorization?.exchange({ ...own, clientSecret, codeVerifier, callback }, bench.tools);
    if (answer?.kind === 'granted')
      bench.grants.set('grant', { ...own, clientSecret, tokens: answer.tokens, grantedAt: now });
    return { url: new URL(url), answer, vendor, bench };
  }

  test('asks for the scopes, for access that lasts, and by PKCE', async () => {
    const { url } = await signedIn();
    expect(url.pathname).toBe('/oauth/v2/auth');
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_type: 'code',
      access_type: 'offline',
      prompt: 'consent',
      code_challenge_method: 'S256',
      scope:
        'ZohoCRM.modules.leads.ALL,ZohoCRM.modules.campaigns.ALL,ZohoCRM.settings.fields.READ,ZohoCRM.settings.layouts.READ,ZohoCRM.coql.READ,ZohoCRM.org.READ',
    });
  });

  test('begins at the first data centre where nobody says another', () => {
    const hosts = { authUrl: null, apiUrl: null };
    const url = zoho.authorization?.url({ ...request, state: 's', codeChallenge: 'c', hosts });
    expect(url).toMatch(/^https:\/\/accounts\.zoho\.com\/oauth\/v2\/auth\?/);
  });

  test('is connected in the data centre of the person, and its tokens are used without another being asked for', async () => {
    const { bench, vendor } = await signedIn();
    expect(await zoho.connect({ authorizationId: 'grant' }, bench.tools)).toMatchObject({
      kind: 'connected',
      accountId: 'eu/60021466',
      credentials: {
        accountsUrl: 'https://accounts.zoho.eu',
        apiDomain: 'https://www.zohoapis.eu',
        refreshToken: expect.stringMatching(/^refresh-/),
      },
    });
    expect(vendor.calls().filter(({ path }) => path === '/oauth/v2/token')).toHaveLength(1);
    expect(await zoho.connect({ authorizationId: 'other' }, bench.tools)).toMatchObject({ path: 'authorizationId' });
  });

  test('sends the secret to no server but one of Zoho, whatever the callback names', async () => {
    const asked: string[] = [];
    const exchange = (callback: Record<string, string>) => {
      const bench = createWorkbench();
      const http = {
        ...bench.http,
        request: async ({ url }: { url: string }) => {
          asked.push(url);
          return { kind: 'failed' as const, reason: 'UNREACHABLE' as const, message: 'nobody', head: null };
        },
      };
      const map = new Map(Object.entries({ code: 'c', ...callback }));
      return zoho.authorization?.exchange(
        { ...request, clientSecret: 'secret', codeVerifier, callback: map },
        { ...bench.tools, http },
      );
    };
    await exchange({ 'accounts-server': 'https://accounts.zoho.in', location: 'in' });
    await exchange({ 'accounts-server': 'https://accounts.zoho.com.evil.example' });
    await exchange({ 'accounts-server': 'https://evil.example', location: 'ca' });
    expect(asked).toEqual([
      'https://accounts.zoho.in/oauth/v2/token',
      'https://accounts.zoho.com/oauth/v2/token',
      'https://accounts.zohocloud.ca/oauth/v2/token',
    ]);
  });

  test('without a refresh token is refused with the way out', async () => {
    const { bench } = await signedIn();
    const grant = bench.grants.get('grant');
    if (!grant) throw new Error('no grant');
    bench.grants.set('grant', { ...grant, tokens: { access_token: 'a' } });
    expect(await zoho.connect({ authorizationId: 'grant' }, bench.tools)).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('sign in again'),
    });
  });
});

describe('access tokens of Zoho', () => {
  const tokenCalls = ({ callsTo }: { callsTo(path: string): unknown[] }) => callsTo('/oauth/v2/token').length;

  test('are renewed once for all calls that need one', async () => {
    const crm = await givenZoho({}, { accessToken: null, accessTokenExpiresAt: null });
    const pushes = ['a', 'b', 'c', 'd'].map((name) => crm.push([leadOf(`${name}@example.test`)]));
    expect((await Promise.all(pushes)).map(kindsOf)).toEqual([['cleared'], ['cleared'], ['cleared'], ['cleared']]);
    expect(tokenCalls(crm)).toBe(1);
  });

  test('are replaced when Zoho refuses one, and the API is looked for where the new one says', async () => {
    const crm = await givenZoho({}, { apiDomain: 'http://127.0.0.1:9' });
    crm.bench.tools.hosts = { authUrl: crm.vendor.url, apiUrl: null };
    crm.vendor.signIn.expire();
    const session = crm.bench.session({ ...crm.credentials, accessTokenExpiresAt: now });
    expect(kindsOf(await zoho.push([leadOf('a@example.test')], session))).toEqual(['cleared']);
  });

  test.for(['INVALID_TOKEN', 'AUTHENTICATION_FAILURE', ''])(
    'are renewed once when a call is refused with "%s", and the call is repeated; refused again, a person is needed',
    async (code) => {
      const crm = await givenZoho();
      const fault = {
        kind: 'status',
        status: 401,
        body: code && JSON.stringify({ code, status: 'error' }),
        path: '/crm/',
      } as const;
      crm.vendor.fault(fault);
      expect(kindsOf(await crm.push())).toEqual(['cleared', 'cleared']);
      crm.vendor.fault({ ...fault, times: 2 });
      const error = { category: 'AUTHENTICATION', vendorCode: code || '401' };
      expect(await crm.push()).toMatchObject({ kind: 'unauthorized', error });
      expect(tokenCalls(crm)).toBe(2);
    },
  );

  test('keep the address of the API where a new one does not name it', async () => {
    const crm = await givenZoho();
    crm.bench.tools.hosts = { authUrl: crm.vendor.url, apiUrl: null };
    const session = crm.bench.session({ ...crm.credentials, accessTokenExpiresAt: now });
    const { accessToken: access_token } = crm.vendor.signIn.issue(now);
    crm.vendor.fault({ kind: 'status', status: 200, body: JSON.stringify({ access_token }), path: '/oauth/v2/token' });
    expect(kindsOf(await zoho.push([leadOf('a@example.test')], session))).toEqual(['cleared']);
  });

  test.for(['invalid_code', 'invalid_client'])('that are refused with %s and HTTP 200 need a person', async (error) => {
    const crm = await givenZoho({}, { accessToken: null });
    crm.vendor.fault({ kind: 'status', status: 200, body: JSON.stringify({ error }), path: '/oauth/v2/token' });
    expect(await crm.push()).toMatchObject({
      kind: 'unauthorized',
      error: { category: 'AUTHENTICATION', vendorCode: error },
    });
  });

  test.for([
    [
      200,
      { error: 'Access Denied', error_description: 'You have made too many requests continuously.', status: 'failure' },
    ],
    [400, { error: 'Access Denied' }],
    [400, { error: 'access_denied' }],
  ] as const)(
    'beyond the limit (HTTP %i %o) are waited for ten minutes, and nobody signs in again',
    async ([status, body]) => {
      const crm = await givenZoho({}, { accessToken: null });
      crm.vendor.fault({ kind: 'status', status, body: JSON.stringify(body), path: '/oauth/v2/token' });
      expect(await crm.push()).toMatchObject({
        kind: 'throttled',
        retryAfterMs: 600_000,
        error: { category: 'RATE_LIMITED' },
      });
      expect(crm.callsTo('/crm/')).toEqual([]);
      expect(kindsOf(await crm.push())).toEqual(['cleared', 'cleared']);
    },
  );

  test('can be asked for ten times in ten minutes, and again after', async () => {
    const crm = await givenZoho({}, { accessToken: null });
    const push = () => zoho.push([leadOf('a@example.test')], crm.bench.session(crm.credentials));
    for (let n = 0; n < 10; n++) expect(kindsOf(await push())).toEqual(['cleared']);
    expect(await push()).toMatchObject({ kind: 'throttled' });
    crm.bench.now += 600_001;
    expect(kindsOf(await push())).toEqual(['cleared']);
  });

  test.for([
    [503, ''],
    [200, '{"error":"general_error"}'],
    [200, 'no JSON'],
  ] as const)('that can not be handed out (HTTP %i %s) are no refusal', async ([status, body]) => {
    const crm = await givenZoho({}, { accessToken: null });
    crm.vendor.fault({ kind: 'status', status, body, path: '/oauth/v2/token' });
    expect(await crm.push()).toMatchObject({ kind: 'unavailable', unreached: true });
  });
});

test('a lead has an address in the organization for people', () => {
  expect(zoho.remoteUrl('7244000000000900001', 'eu/60021466')).toBe(
    'https://crm.zoho.eu/crm/org60021466/tab/Leads/7244000000000900001',
  );
  expect(zoho.remoteUrl('1', 'ca/7')).toBe('https://crm.zohocloud.ca/crm/org7/tab/Leads/1');
  expect(zoho.remoteUrl('1', '127.0.0.1:80/7')).toBeNull();
});
