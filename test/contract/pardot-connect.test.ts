import { describe, expect, test } from 'vitest';
import type { Grant } from '../../src/sync/connectors/connector.ts';
import { pardot } from '../../src/sync/connectors/pardot/pardot.ts';
import { clientInputOf, givenPardot as given } from './pardot-stand.ts';
import { recordOf } from './records.ts';

type Given = Awaited<ReturnType<typeof given>>;

function grantOf({ vendor, bench }: Given, sandbox = false): Grant {
  const { accessToken, refreshToken } = vendor.login.issue(bench.now);
  const { clientId, clientSecret, orgId } = vendor.login;
  return {
    clientId,
    clientSecret,
    redirectUri: 'https://sluice.example/oauth/callback',
    sandbox,
    tokens: { access_token: accessToken, refresh_token: refreshToken, id: `${vendor.url}/id/${orgId}/005` },
    grantedAt: bench.now,
  };
}

describe('connecting', () => {
  test('knows the account by its business unit, by whatever sign-in, and names the org beside it', async () => {
    const here = await given();
    const { bench, vendor } = here;
    bench.grants.set('grant', grantOf(here));
    const { businessUnitId } = vendor;
    for (const input of [clientInputOf(vendor), { businessUnitId, authorizationId: 'grant' }]) {
      expect(await pardot.connect(input, bench.tools)).toMatchObject({
        kind: 'connected',
        accountId: businessUnitId,
        accountName: `${businessUnitId} (00DSim000000001)`,
        credentials: { businessUnitId, sandbox: false },
      });
    }
  });

  test('asks for the scope of Account Engagement, at the host of sandboxes where it is one', async () => {
    const { vendor } = await given();
    const urlOf = (sandbox: boolean, authUrl: string | null) =>
      new URL(
        pardot.authorization?.url({
          clientId: 'app',
          redirectUri: 'https://sluice.example/oauth/callback',
          sandbox,
          state: 's',
          codeChallenge: 'c',
          hosts: { authUrl, apiUrl: null },
        }) ?? '',
      );
    expect(urlOf(false, null).origin).toBe('https://login.salesforce.com');
    expect(urlOf(true, null).origin).toBe('https://test.salesforce.com');
    expect(urlOf(true, vendor.url).origin).toBe(vendor.url);
    expect(urlOf(false, null).searchParams.get('scope')?.split(' ')).toEqual(['pardot_api', 'refresh_token']);
  });

  test.for([
    [{ businessUnitId: '0Uv123' }, 'businessUnitId', /0Uv.*18 characters/],
    [{ businessUnitId: '00D000000000001AAA' }, 'businessUnitId', /0Uv.*18 characters/],
    [{}, '', /one way/],
    [{ authorizationId: 'unknown' }, 'authorizationId', /granted sign-in/],
    [
      {
        authorizationId: 'grant',
        clientCredentials: { loginUrl: 'https://x.example', clientId: 'c', clientSecret: 's' },
      },
      '',
      /one way/,
    ],
    [
      { clientCredentials: { loginUrl: '', clientId: 'c', clientSecret: 's' } },
      'clientCredentials.loginUrl',
      /My Domain/,
    ],
  ] as const)('with %o is refused: what was expected is said', async ([wrong, path, message]) => {
    const { bench, vendor } = await given();
    const input = { businessUnitId: vendor.businessUnitId, ...wrong };
    expect(await pardot.connect(input, bench.tools)).toEqual({
      kind: 'refused',
      path,
      message: expect.stringMatching(message),
    });
  });

  test('of another business unit, or with a wrong secret, is refused where the mistake is', async () => {
    const { bench, vendor } = await given();
    const input = clientInputOf(vendor);
    expect(await pardot.connect({ ...input, businessUnitId: '0UvOther0000001AAA' }, bench.tools)).toMatchObject({
      kind: 'refused',
      path: 'businessUnitId',
    });
    const clientCredentials = { loginUrl: vendor.url, clientId: vendor.login.clientId, clientSecret: 'wrong-secret' };
    expect(await pardot.connect({ ...input, clientCredentials }, bench.tools)).toMatchObject({
      kind: 'refused',
      path: 'clientCredentials',
    });
  });

  test.for([184, 46, 53, 76])('by a user whose token Account Engagement refuses with %i tells why', async (code) => {
    const { bench, vendor } = await given();
    const body = JSON.stringify({ code, message: 'Words of theirs' });
    vendor.fault({ kind: 'status', status: 403, body, path: '/api/', times: null });
    const answer = await pardot.connect(clientInputOf(vendor), bench.tools);
    // Who may not see custom fields may write prospects all the same.
    expect(answer.kind).toBe(code === 46 ? 'connected' : 'refused');
  });

  test.for([400, 403] as const)('whose token is refused by XML with %i is refused, too', async (xmlStatus) => {
    const { bench, vendor } = await given({ xmlStatus });
    vendor.refuseCalls();
    expect(await pardot.connect(clientInputOf(vendor), bench.tools)).toEqual({
      kind: 'refused',
      path: '',
      message: expect.stringContaining('pardot_api'),
    });
  });

  test.for([404, 405])('does not depend on what a stand-in may not have (%i)', async (status) => {
    const { bench, vendor } = await given();
    vendor.fault({ kind: 'status', status, body: 'no such', path: '/objects/prospects', times: null });
    vendor.fault({ kind: 'status', status, body: 'no such', path: '/objects/custom-fields', times: null });
    expect(await pardot.connect(clientInputOf(vendor), bench.tools)).toMatchObject({ kind: 'connected' });
  });
});

describe('the hosts', () => {
  test.for([
    [false, 'https://pi.pardot.com'],
    [true, 'https://pi.demo.pardot.com'],
  ] as const)('of the API, sandbox %s: %s, whatever the address of the org', async ([sandbox, origin]) => {
    const { bench, credentials } = await given();
    const asked: string[] = [];
    const http: typeof bench.http = {
      ...bench.http,
      request: async ({ url }) => {
        asked.push(url);
        return { kind: 'response', status: 201, headers: {}, text: '{"id":1}' };
      },
    };
    const session = bench.session({ ...credentials, sandbox }, { http, hosts: { authUrl: null, apiUrl: null } });
    await pardot.push([recordOf('ada@example.test')], session);
    expect(asked).toEqual([`${origin}/api/v5/objects/prospects/do/upsertLatestByEmail`]);
  });

  test('that are set replace both', async () => {
    const { vendor, push } = await given();
    vendor.login.signIn.expire();
    await push();
    expect(vendor.calls().map(({ path }) => path)).toContain('/services/oauth2/token');
  });
});

describe('the fields', () => {
  const field = (id: number, fieldId: string, type = 'text') => ({
    id,
    fieldId,
    name: fieldId,
    type,
    isRequired: id === 2,
  });

  test('are the standard ones, and the custom ones of every page', async () => {
    const customFields = Array.from({ length: 450 }, (_, index) =>
      field(index, `field${index}`, index === 3 ? 'number' : 'dropdown'),
    );
    const { session } = await given({ customFields });
    const answer = await pardot.describe(session);
    const fields = answer.kind === 'described' ? answer.fields : [];
    expect(fields.find(({ name }) => name === 'email')).toMatchObject({
      required: true,
      maxLength: 255,
      readOnly: false,
    });
    expect(fields.find(({ name }) => name === 'campaignId')).toMatchObject({ type: 'integer', options: null });
    expect(fields.filter(({ name }) => name.endsWith('__c'))).toHaveLength(450);
    expect(fields.find(({ name }) => name === 'field2__c')).toMatchObject({
      required: true,
      options: null,
      maxLength: null,
    });
    expect(fields.find(({ name }) => name === 'field3__c')).toMatchObject({ type: 'number' });
  });

  test('that the API user may not list leave the standard ones, and any custom one is let through', async () => {
    const { vendor, session } = await given({ customFields: [field(1, 'level')] });
    const described = async () => {
      const answer = await pardot.describe(session);
      return answer.kind === 'described' ? answer.fields : [];
    };
    expect(pardot.mayHave?.('other__c', await described())).toBe(false);
    vendor.forbid('custom-fields');
    const standard = await described();
    expect(standard.map(({ name }) => name)).toContain('jobTitle');
    expect(pardot.mayHave?.('level__c', standard)).toBe(true);
    expect(pardot.mayHave?.('levle', standard)).toBe(false);
  });
});
