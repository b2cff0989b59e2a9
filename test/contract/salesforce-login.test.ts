import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startApi } from '../../simulators/api.ts';
import { type LoginOptions, LoginServer } from '../../simulators/salesforce-login/login-server.ts';
import type { Grant } from '../../src/sync/connectors/connector.ts';
import type { LoginInput, SalesforceLogin } from '../../src/sync/connectors/salesforce-login/credentials.ts';
import { salesforceDoor } from '../../src/sync/connectors/salesforce-login/door.ts';
import { logIn } from '../../src/sync/connectors/salesforce-login/log-in.ts';
import { refreshLogin, secretsOfLogin } from '../../src/sync/connectors/salesforce-login/refresh-login.ts';
import { createWorkbench } from './workbench.ts';

const name = 'Salesforce';
const orgId = '00D5g0000012345';
const myDomain = 'https://acme.my.salesforce.com';

async function given(options: LoginOptions = {}) {
  const bench = createWorkbench();
  const login = new LoginServer({ orgId: `${orgId}EAA`, ...options });
  const api = await startApi({
    clock: () => bench.now,
    emailsOf: () => [],
    records: () => null,
    answer: (received, { nowMs }) => login.answer(received, nowMs, 'https://acme.my.salesforce.com') ?? { status: 404 },
  });
  onTestFinished(() => api.close());
  bench.tools.hosts = { authUrl: api.url, apiUrl: null };
  const { clientId, clientSecret, username, privateKey } = login;
  const client = { loginUrl: myDomain, clientId, clientSecret };
  const jwt = { loginUrl: 'https://login.salesforce.com', clientId, username, privateKey };
  const loggedIn = async (input: LoginInput): Promise<SalesforceLogin> => {
    const answer = await logIn(name, input, bench.tools);
    if (answer.kind !== 'loggedIn') throw new Error(JSON.stringify(answer));
    return answer.login;
  };
  return { bench, login, api, client, jwt, loggedIn };
}

const door = salesforceDoor(name, 'api refresh_token');

/** A person signs in; what `connect` would be handed. */
async function granted({ bench, client }: Awaited<ReturnType<typeof given>>): Promise<Grant> {
  const { clientId, clientSecret } = client;
  const request = { clientId, redirectUri: 'https://sluice.example/oauth/callback', sandbox: false };
  const codeVerifier = 'verifier-'.repeat(6);
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(codeVerifier));
  const codeChallenge = Buffer.from(digest).toString('base64url');
  const url = door.url({ ...request, state: 's1', codeChallenge, hosts: bench.tools.hosts });
  const back = new URL((await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '');
  const callback = new Map(back.searchParams);
  const answer = await door.exchange({ ...request, clientSecret, codeVerifier, callback }, bench.tools);
  if (answer.kind !== 'granted') throw new Error(JSON.stringify(answer));
  return { ...request, clientSecret, tokens: answer.tokens, grantedAt: bench.now };
}

describe('a sign-in to Salesforce', () => {
  test('by a person, by client credentials and by JWT is of the same org', async () => {
    const world = await given();
    world.bench.grants.set('sign-in', await granted(world));
    const { client, jwt } = world;
    for (const input of [{ authorizationId: 'sign-in' }, { clientCredentials: client }, { jwt }]) {
      expect(await world.loggedIn(input)).toMatchObject({
        orgId,
        instanceUrl: myDomain,
        accessToken: expect.any(String),
        accessTokenExpiresAt: null,
      });
    }
  });

  test.for([
    [false, 'https://login.salesforce.com'],
    [true, 'https://test.salesforce.com'],
  ] as const)('of a sandbox (%s) begins at %s, unless another host is set', async ([sandbox, host]) => {
    const request = { clientId: 'app', redirectUri: 'https://sluice.example/oauth/callback', sandbox };
    const urlAt = (authUrl: string | null) =>
      new URL(door.url({ ...request, state: 's', codeChallenge: 'c', hosts: { authUrl, apiUrl: null } }));
    expect(urlAt(null).origin + urlAt(null).pathname).toBe(`${host}/services/oauth2/authorize`);
    expect(urlAt(null).searchParams.get('scope')).toBe('api refresh_token');
    expect(urlAt('http://127.0.0.1:7001').origin).toBe('http://127.0.0.1:7001');
  });

  test('is one of the three ways, and says where the input is wrong', async () => {
    const { bench, client, jwt } = await given();
    const answerTo = async (input: LoginInput) => await logIn(name, input, bench.tools);
    expect(await answerTo({})).toMatchObject({ kind: 'refused', path: '' });
    expect(await answerTo({ clientCredentials: client, jwt })).toMatchObject({ kind: 'refused', path: '' });
    expect(await answerTo({ authorizationId: 'unknown' })).toMatchObject({ kind: 'refused', path: 'authorizationId' });
    expect(await answerTo({ clientCredentials: { ...client, loginUrl: 'acme' } })).toMatchObject({
      path: 'clientCredentials.loginUrl',
    });
    expect(await answerTo({ clientCredentials: { ...client, clientSecret: ' ' } })).toMatchObject({
      path: 'clientCredentials.clientSecret',
    });
    expect(await answerTo({ jwt: { ...jwt, privateKey: 'not a key' } })).toMatchObject({ path: 'jwt.privateKey' });
    bench.tools.hosts = { authUrl: null, apiUrl: null };
    const general = { ...client, loginUrl: 'https://login.salesforce.com' };
    expect(await answerTo({ clientCredentials: general })).toMatchObject({
      path: 'clientCredentials.loginUrl',
      message: expect.stringContaining('My Domain'),
    });
  });

  test('that Salesforce refuses is refused in its words, and the secret is named nowhere', async () => {
    const { bench, client, jwt } = await given();
    const wrong = { ...client, clientSecret: 'the-secret-of-another-app' };
    const answer = await logIn(name, { clientCredentials: wrong }, bench.tools);
    expect(answer).toMatchObject({ path: 'clientCredentials', message: expect.stringContaining('invalid_client') });
    expect(JSON.stringify(answer)).not.toContain(wrong.clientSecret);
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2_048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    });
    expect(await logIn(name, { jwt: { ...jwt, privateKey } }, bench.tools)).toMatchObject({
      path: 'jwt',
      message: expect.stringContaining('invalid assertion'),
    });
    expect(await logIn(name, { jwt: { ...jwt, username: 'other@acme.example' } }, bench.tools)).toMatchObject({
      message: expect.stringContaining("hasn't approved"),
    });
  });

  test('by JWT takes a key whose line breaks were lost, and signs for the host of sandboxes where the org is one', async () => {
    const { jwt, loggedIn } = await given();
    const privateKey = jwt.privateKey.replaceAll('\n', '\\n');
    await loggedIn({ jwt: { ...jwt, privateKey } });
    const audienceOf = async (loginUrl: string, sandbox = false) => {
      const { way } = await loggedIn({ sandbox, jwt: { ...jwt, loginUrl } });
      return way.kind === 'jwt' && way.audienceUrl;
    };
    expect(await audienceOf('https://login.salesforce.com')).toBe('https://login.salesforce.com');
    expect(await audienceOf('https://acme.my.salesforce.com/')).toBe('https://login.salesforce.com');
    expect(await audienceOf('https://acme.my.salesforce.com', true)).toBe('https://test.salesforce.com');
    expect(await audienceOf('https://acme--dev.sandbox.my.salesforce.com')).toBe('https://test.salesforce.com');
  });
});

test.for([
  ['https://acme.my.salesforce.com/', 'https://acme.my.salesforce.com'],
  ['acme.my.salesforce.com', 'https://acme.my.salesforce.com'],
  ['https://acme.lightning.force.com/lightning/setup/SetupOneHome/home', 'https://acme.my.salesforce.com'],
  ['https://acme--dev.sandbox.my.salesforce-setup.com', 'https://acme--dev.sandbox.my.salesforce.com'],
] as const)('%s stands for %s', async ([typed, loginUrl]) => {
  const { client, loggedIn } = await given();
  expect(await loggedIn({ clientCredentials: { ...client, loginUrl: typed } })).toMatchObject({ loginUrl });
});

describe('a new access token', () => {
  test('is got by each of the ways, and a refresh token that rotated is kept', async () => {
    const world = await given({ rotates: true });
    world.bench.grants.set('sign-in', await granted(world));
    const { bench, client, jwt, login, loggedIn } = world;
    const secretOf = { refresh: client.clientSecret, client: client.clientSecret, jwt: jwt.privateKey.trim() };
    for (const input of [{ authorizationId: 'sign-in' }, { clientCredentials: client }, { jwt }]) {
      let stored = await loggedIn(input);
      expect(secretsOfLogin(stored)).toContain(secretOf[stored.way.kind]);
      for (let round = 0; round < 2; round++) {
        const answer = await refreshLogin(name, stored)(bench.session(stored), 60_000);
        if (answer.kind !== 'renewed') throw new Error(JSON.stringify(answer));
        expect(answer.credentials.accessToken).not.toBe(stored.accessToken);
        expect(login.isGood(answer.credentials.accessToken ?? '', bench.now)).toBe(true);
        stored = answer.credentials;
      }
    }
  });

  test('asked for twice at once: the second is told that it is being processed, which is no refusal', async () => {
    const world = await given();
    world.bench.grants.set('sign-in', await granted(world));
    const { bench, login, loggedIn } = world;
    const stored = await loggedIn({ authorizationId: 'sign-in' });
    const goOn = login.pauseRefreshes();
    const refresh = () => refreshLogin(name, stored)(bench.session(stored), 60_000);
    const both = [refresh(), refresh()];
    expect(await Promise.race(both)).toMatchObject({ kind: 'unavailable', whole: false });
    goOn();
    const kinds = (await Promise.all(both)).map(({ kind }) => kind);
    expect(kinds.toSorted()).toEqual(['renewed', 'unavailable']);
  });

  test.for([
    ['invalid_grant', 'expired access/refresh token', 'refused'],
    ['invalid_grant', 'authentication failure', 'refused'],
    ['invalid_grant', "user hasn't approved this consumer", 'refused'],
    ['inactive_user', 'user is inactive', 'refused'],
    ['inactive_org', 'organization is inactive', 'refused'],
    ['invalid_client_id', 'client identifier invalid', 'refused'],
    ['invalid_client', 'invalid client credentials', 'refused'],
    ['invalid_grant', 'token request is already being processed', 'unavailable'],
    ['invalid_grant', 'expired authorization code', 'unavailable'],
    ['invalid_grant', 'login rate exceeded', 'unavailable'],
    ['unknown_error', 'retry your request', 'unavailable'],
  ] as const)('%s, "%s": %s', async ([error, words, kind]) => {
    const { bench, client, api, loggedIn } = await given();
    const stored = await loggedIn({ clientCredentials: client });
    const body = JSON.stringify({ error, error_description: words });
    api.fault({ kind: 'status', status: 400, body, path: '/token' });
    const answer = await refreshLogin(name, stored)(bench.session(stored), 60_000);
    expect(answer).toMatchObject({ kind });
    if (answer.kind === 'refused')
      expect(answer.error).toMatchObject({ category: 'AUTHENTICATION', vendorCode: error, vendorMessage: words });
  });

  test('that Salesforce can not give just now is no refusal', async () => {
    const { bench, client, api, loggedIn } = await given();
    const stored = await loggedIn({ clientCredentials: client });
    api.fault({ kind: 'status', status: 503, body: '{"error":"server_error"}', path: '/token' });
    expect(await refreshLogin(name, stored)(bench.session(stored), 60_000)).toMatchObject({
      kind: 'unavailable',
      whole: true,
    });
  });
});
