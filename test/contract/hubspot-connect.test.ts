import { describe, expect, test } from 'vitest';
import type { ConnectAnswer, Grant } from '../../src/sync/connectors/connector.ts';
import { hubspot } from '../../src/sync/connectors/hubspot/hubspot.ts';
import { contactOf, givenHubspot, hostsOf, kindsOf } from './hubspot-stand.ts';

const detailsPath = '/account-info/';
const introspectPath = '/introspect';

/** A stand that nobody signed in to yet, and a sign-in there. */
async function given() {
  const { bench, vendor } = await givenHubspot();
  const { clientId, clientSecret } = vendor;
  const grant = (more: Record<string, unknown> = {}) => {
    const { accessToken, refreshToken } = vendor.signIn.issue(bench.now);
    const tokens = { access_token: accessToken, refresh_token: refreshToken, expires_in: 1_800, ...more };
    const redirectUri = 'https://sluice.example/oauth/callback';
    const granted: Grant = { clientId, clientSecret, redirectUri, sandbox: false, tokens, grantedAt: bench.now };
    bench.grants.set('sign-in', granted);
    return hubspot.connect({ authorizationId: 'sign-in' }, bench.tools);
  };
  const byToken = () => hubspot.connect({ accessToken: vendor.accessToken }, bench.tools);
  const absent = (path: string, status = 404) => vendor.fault({ kind: 'status', status, path, times: null });
  return { bench, vendor, grant, byToken, absent };
}

const accountOf = (answer: ConnectAnswer<unknown>) => (answer.kind === 'connected' ? answer.accountId : answer);

describe('HubSpot is connected', () => {
  test('by a static token or a sign-in: the portal is the account, whichever it was', async () => {
    const { bench, byToken, grant } = await given();
    const credentials = { portalId: '4711', timeZone: 'US/Eastern' };
    const connected = { kind: 'connected', accountId: '4711', accountName: '4711 (app.hubspot.com)' };
    expect(await byToken()).toMatchObject({ ...connected, credentials: { ...credentials, app: null } });
    expect(await grant()).toMatchObject({ ...connected, credentials: { ...credentials, app: expect.any(Object) } });
    expect(await hubspot.connect({ accessToken: 'pat-wrong' }, bench.tools)).toMatchObject({ kind: 'refused' });
    expect(await hubspot.connect({}, bench.tools)).toMatchObject({ kind: 'refused' });
    expect(await hubspot.connect({ authorizationId: 'unknown' }, bench.tools)).toMatchObject({
      path: 'authorizationId',
    });
  });

  test.for([403, 404, 405, 429, 500, 501])(
    'though the details of the account answer HTTP %i: by what the sign-in told',
    async (status) => {
      const { absent, grant } = await given();
      absent(detailsPath, status);
      absent(introspectPath, status);
      expect(accountOf(await grant({ hub_id: 4711 }))).toBe('4711');
    },
  );

  test('though they answer something odd: by what HubSpot knows of the token', async () => {
    const { vendor, byToken, grant } = await given();
    vendor.fault({ kind: 'status', status: 200, body: '{"portal":"?"}', path: detailsPath, times: null });
    expect(await byToken()).toMatchObject({ accountId: '4711', accountName: '4711 (sluice.example)' });
    expect(accountOf(await grant())).toBe('4711');
  });

  test('though nothing tells the portal: the same again for the same token or app, another for another, and no secret in it', async () => {
    const { bench, vendor, absent, byToken, grant } = await given();
    absent(detailsPath);
    absent(introspectPath);
    const first = accountOf(await byToken());
    expect(first).toMatch(/^unnamed-[0-9a-f]{24}$/);
    expect(accountOf(await byToken())).toBe(first);
    expect(JSON.stringify(first)).not.toContain(vendor.accessToken.slice(8));
    const signedIn = accountOf(await grant());
    expect(signedIn).not.toBe(first);
    expect(accountOf(await grant())).toBe(signedIn); // another sign-in has other tokens
    expect(hubspot.remoteUrl('501', String(first))).toBeNull();
    expect(await hubspot.connect({ accessToken: 'pat-wrong' }, bench.tools)).toMatchObject({ kind: 'refused' });
  });

  test('though the answer there is a page that says that there is nothing', async () => {
    const { vendor, absent, byToken } = await given();
    vendor.fault({ kind: 'html', status: 404, path: detailsPath, times: null });
    absent(introspectPath);
    expect(await byToken()).toMatchObject({ kind: 'connected' });
  });

  test.for([429, 477, 500, 503, 504])('not under another id because of a moment’s trouble: HTTP %i', async (status) => {
    const { absent, byToken } = await given();
    absent(detailsPath, status);
    absent(introspectPath, status);
    expect(await byToken()).toMatchObject({ kind: 'unavailable' });
  });

  test('only by who may read properties: 403 there names the scopes', async () => {
    const { vendor, byToken } = await given();
    const body = JSON.stringify({
      category: 'MISSING_SCOPES',
      errors: [{ context: { requiredScopes: ['crm.schemas.contacts.read'] } }],
    });
    vendor.fault({ kind: 'status', status: 403, body, path: '/properties/' });
    expect(await byToken()).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('crm.schemas.contacts.read'),
    });
  });
});

describe('a dated version of the API', () => {
  test('serves every kind of call', async () => {
    const lists = [{ listId: '77', name: 'Harbor Expo', processingType: 'MANUAL' as const }];
    const { bench, vendor, credentials } = await givenHubspot({ lists });
    const session = bench.session(credentials, { hosts: { ...hostsOf(vendor), apiVersion: '2026-03' } });
    const campaign = { campaignId: '77', memberStatus: '' };
    const batch = [contactOf('a@example.test', { campaign, writeIfBlank: ['firstname'] })];
    expect(kindsOf(await hubspot.push(batch, session))).toEqual(['cleared']);
    expect(kindsOf(await hubspot.push(batch, session))).toEqual(['cleared']); // by id now
    expect(await hubspot.describe(session)).toMatchObject({ kind: 'described' });
    expect(await hubspot.campaigns?.list('harbor', session)).toMatchObject({ campaigns: [{ id: '77' }] });
    expect(await hubspot.campaigns?.find('77', session)).toMatchObject({ campaign: { id: '77' } });
    expect(new Set(vendor.calls().map(({ path }) => path))).toEqual(
      new Set([
        '/crm/objects/2026-03/contacts/batch/read',
        '/crm/objects/2026-03/contacts/batch/upsert',
        '/crm/objects/2026-03/contacts/batch/update',
        '/crm/lists/2026-03/77/memberships/add',
        '/crm/properties/2026-03/contacts',
        '/crm/lists/2026-03/search',
        '/crm/lists/2026-03/77',
      ]),
    );
  });
});
