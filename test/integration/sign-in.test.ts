import { afterAll, describe, expect, test } from 'vitest';
import { startHubspot } from '../../simulators/hubspot/start-hubspot.ts';
import { authorizations } from '../../src/db/tables/index.ts';
import { finishSignIn } from '../../src/server/oauth-callback.ts';
import type { HttpClient } from '../../src/sync/connectors/http/client.ts';
import { applyRecommendedMappings } from '../../src/sync/recommended-mappings.ts';
import type { Viewer } from '../../src/sync/viewer.ts';
import { startWorld } from '../support/engine.ts';
import { globalId, SchemaClient } from '../support/graphql.ts';
import type { Tenant } from '../support/tenant.ts';

const hubspot = await startHubspot({ rateMax: null });
afterAll(() => hubspot.close());
const world = await startWorld({ vendorUrls: { HUBSPOT: { authUrl: hubspot.url, apiUrl: hubspot.url } } });
const { services } = world;
const { clientId, clientSecret } = hubspot;

const begin = `mutation ($input: BeginAuthorizationInput!) { beginAuthorization(input: $input) { __typename
  ... on BeginAuthorizationSuccess { authorization { id url status } } ... on ValidationError { fieldErrors { path } } } }`;
const connecting = `mutation ($input: ConnectInput!) { connect(input: $input) { __typename
  ... on ConnectSuccess { integration { id connection { status account } } } ... on ValidationError { fieldErrors { path } } } }`;

/** An admin's own key, so that what is bound to it can be told from another's. */
const admin = (tenant: Tenant): Viewer => ({ ...tenant.admin, keyId: services.newId() });

async function beginAs(viewer: Viewer, app = { clientId, clientSecret }) {
  const client = new SchemaClient(services, viewer, world.feed);
  const input = { vendor: 'HUBSPOT', ...app };
  const { authorization } = (await client.data(begin, { input })).beginAuthorization;
  return { client, authorization };
}

/** The person signs in: the vendor sends the browser back with these parameters. */
async function signIn(url: string): Promise<string> {
  const answer = await fetch(url, { redirect: 'manual' });
  return new URL(answer.headers.get('location') ?? '').search.slice(1);
}

const connectAs = async (client: SchemaClient, authorizationId: string, integrationId?: string) =>
  (
    await client.data(connecting, {
      input: {
        vendor: 'HUBSPOT',
        credentials: { hubspot: { authorizationId } },
        ...(integrationId && { integrationId }),
      },
    })
  ).connect;

const tokenCalls = () => hubspot.calls().filter(({ path }) => path === '/oauth/v1/token').length;

describe('a sign-in at the vendor', () => {
  test('is begun, granted and used: told as it goes, and then leads flow', async () => {
    const tenant = await world.tenant();
    const { client, authorization } = await beginAs(admin(tenant));
    expect(new URL(authorization.url).searchParams.get('code_challenge_method')).toBe('S256');
    const { authorizationRedirectUri } = await client.data('{ authorizationRedirectUri }');
    expect(new URL(authorization.url).searchParams.get('redirect_uri')).toBe(authorizationRedirectUri);
    const watched = 'subscription ($id: ID!) { authorizationChanged(id: $id) { status problem } }';
    const stream = await client.subscribe(watched, { id: authorization.id });
    const statusOf = async () => (await stream.next()).value?.authorizationChanged.status;
    expect(await statusOf()).toBe('PENDING');

    const page = await finishSignIn(services, await signIn(authorization.url));
    expect(String(page.body)).toContain('Signed in');
    expect(page.policy).toMatch(/script-src 'sha256-/);
    expect(await statusOf()).toBe('GRANTED');
    expect((await stream.next()).done).toBe(true);

    const { integration } = await connectAs(client, authorization.id);
    expect(integration).toMatchObject({
      connection: { status: 'CONNECTED', account: expect.stringContaining('4711') },
    });
    const integrationId = Buffer.from(integration.id, 'base64').toString().split(':')[1] ?? '';
    await applyRecommendedMappings(services, tenant.admin, { integrationId });
    await tenant.capture(await tenant.createEvent(), 3);
    await tenant.until(integrationId, { cleared: 3 });
    expect(hubspot.contacts()).toHaveLength(3);
  });

  test('is good once: its state, and what it granted', async () => {
    const tenant = await world.tenant();
    const { client, authorization } = await beginAs(admin(tenant));
    const query = await signIn(authorization.url);
    expect(String((await finishSignIn(services, query)).body)).toContain('Signed in');
    expect(String((await finishSignIn(services, query)).body)).toContain('Not signed in');
    expect(await connectAs(client, authorization.id)).toMatchObject({ __typename: 'ConnectSuccess' });
    expect(await connectAs(client, authorization.id)).toMatchObject({
      fieldErrors: [{ path: 'credentials.hubspot.authorizationId' }],
    });
  });

  test('is served once when a second browser brings its state before the first is answered', async () => {
    const { authorization } = await beginAs(admin(await world.tenant()));
    const query = await signIn(authorization.url);
    const before = tokenCalls();
    let second: string | undefined;
    const http: HttpClient = {
      ...services.http,
      async request(request) {
        second = String((await finishSignIn(services, query)).body);
        return services.http.request(request);
      },
    };
    expect(String((await finishSignIn({ ...services, http }, query)).body)).toContain('Signed in');
    expect(second).toContain('Not signed in');
    expect(tokenCalls()).toBe(before + 1);
  });

  test('is of the API key that began it, and of its organization', async () => {
    const tenant = await world.tenant();
    const { client, authorization } = await beginAs(admin(tenant));
    await finishSignIn(services, await signIn(authorization.url));
    const others = [admin(tenant), admin(await world.tenant())];
    for (const other of others) {
      expect(await connectAs(new SchemaClient(services, other), authorization.id)).toMatchObject({
        __typename: 'ValidationError',
      });
    }
    expect(await connectAs(client, authorization.id)).toMatchObject({ __typename: 'ConnectSuccess' });
  });

  test('that took longer than ten minutes is EXPIRED, whenever they run out', async () => {
    const tenant = await world.tenant();
    const read = 'query ($id: ID!) { node(id: $id) { ... on Authorization { status } } }';
    const { client, authorization } = await beginAs(admin(tenant));
    const query = await signIn(authorization.url);
    await services.db.update(authorizations).set({ expiresAt: new Date(Date.now() - 1) });
    expect(await client.data(read, { id: authorization.id })).toEqual({ node: { status: 'EXPIRED' } });
    expect(String((await finishSignIn(services, query)).body)).toContain('Not signed in');
  });

  test('that the person refused is REFUSED with the reason, and what the vendor wrote is not shown', async () => {
    const tenant = await world.tenant();
    const { client, authorization } = await beginAs(admin(tenant));
    const state = new URL(authorization.url).searchParams.get('state');
    const words = `<script>alert(1)</script>`;
    const page = await finishSignIn(
      services,
      `error=access_denied&error_description=${encodeURIComponent(words)}&state=${state}`,
    );
    expect(String(page.body)).not.toContain(words);
    const read = 'query ($id: ID!) { node(id: $id) { ... on Authorization { status problem } } }';
    expect(await client.data(read, { id: authorization.id })).toEqual({
      node: { status: 'REFUSED', problem: expect.stringContaining('not granted') },
    });
  });

  test('with the secret of another app is REFUSED, and the secret is named nowhere', async () => {
    const tenant = await world.tenant();
    const app = { clientId, clientSecret: 'the-secret-of-another-app' };
    const { client, authorization } = await beginAs(admin(tenant), app);
    const page = await finishSignIn(services, await signIn(authorization.url));
    expect(String(page.body)).toContain('Not signed in');
    const read = 'query ($id: ID!) { node(id: $id) { ... on Authorization { status problem } } }';
    const { node } = await client.data(read, { id: authorization.id });
    expect(node).toEqual({ status: 'REFUSED', problem: expect.stringContaining('check the client id and secret') });
    expect(node.problem).not.toContain(app.clientSecret);
  });

  test('keeps no secret where it can be read: not in its row, not in its address', async () => {
    const tenant = await world.tenant();
    const { authorization } = await beginAs(admin(tenant));
    const rows = JSON.stringify(await services.db.select().from(authorizations));
    expect(rows).not.toContain(clientSecret);
    expect(authorization.url).not.toContain(clientSecret);
  });

  test('is for admins, and for vendors that people sign in to', async () => {
    const tenant = await world.tenant();
    const input = { vendor: 'WEBHOOK', clientId, clientSecret };
    const refused = await new SchemaClient(services, admin(tenant)).data(begin, { input });
    expect(refused.beginAuthorization).toEqual({ __typename: 'ValidationError', fieldErrors: [{ path: 'vendor' }] });
    const operator = await new SchemaClient(services, tenant.operator).data(begin, {
      input: { ...input, vendor: 'HUBSPOT' },
    });
    expect(operator.beginAuthorization.__typename).toBe('ForbiddenError');
  });
});

describe('what was granted', () => {
  async function given() {
    const tenant = await world.tenant();
    const { client, authorization } = await beginAs(admin(tenant));
    await finishSignIn(services, await signIn(authorization.url));
    const { integration } = await connectAs(client, authorization.id);
    const integrationId = Buffer.from(integration.id, 'base64').toString().split(':')[1] ?? '';
    await applyRecommendedMappings(services, tenant.admin, { integrationId });
    return { tenant, integrationId, eventId: await tenant.createEvent() };
  }

  test('is renewed when the vendor does not take the access token any more: once, and nobody notices', async () => {
    const { tenant, integrationId, eventId } = await given();
    hubspot.signIn.expire();
    const before = tokenCalls();
    await tenant.capture(eventId, 250); // several calls at once need a new one
    await tenant.until(integrationId, { cleared: 250 });
    expect(tokenCalls()).toBe(before + 1);
  });

  test('and was revoked holds everything and fails nobody; after connecting again all goes on by itself', async () => {
    const { tenant, integrationId, eventId } = await given();
    hubspot.signIn.revoke(true);
    await tenant.capture(eventId, 3);
    await tenant.untilIntegration(integrationId, ({ gate }) => gate.connection === 'NEEDS_AUTHORIZATION');
    expect(await tenant.counts(integrationId)).toMatchObject({ failed: 0, cleared: 0 });
    hubspot.signIn.revoke(false);
    const { client, authorization } = await beginAs(admin(tenant));
    await finishSignIn(services, await signIn(authorization.url));
    await connectAs(client, authorization.id, globalId('Integration', integrationId));
    await tenant.until(integrationId, { cleared: 3 });
  });
});
