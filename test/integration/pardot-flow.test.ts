import { afterAll, expect, test } from 'vitest';
import { startPardot } from '../../simulators/pardot/start-pardot.ts';
import { finishSignIn } from '../../src/server/oauth-callback.ts';
import { applyRecommendedMappings } from '../../src/sync/recommended-mappings.ts';
import { startWorld } from '../support/engine.ts';
import { SchemaClient } from '../support/graphql.ts';

const pardot = await startPardot({ latencyMs: 2, severalPerEmail: true });
afterAll(() => pardot.close());
const world = await startWorld({ vendorUrls: { PARDOT: { authUrl: pardot.url, apiUrl: pardot.url } } });
const { services } = world;

const beginning = `mutation ($input: BeginAuthorizationInput!) { beginAuthorization(input: $input) {
  ... on BeginAuthorizationSuccess { authorization { id url } } } }`;
const connecting = `mutation ($input: ConnectInput!) { connect(input: $input) {
  ... on ConnectSuccess { integration { id connection { status account } } } } }`;

test('somebody signs in at Salesforce, and a flush keeps to the calls that Account Engagement takes at once', async () => {
  const tenant = await world.tenant();
  const admin = { ...tenant.admin, keyId: services.newId() };
  const { clientId, clientSecret } = pardot.login;
  const client = new SchemaClient(services, admin);
  const begun = await client.data(beginning, { input: { vendor: 'PARDOT', clientId, clientSecret } });
  const { id: authorizationId, url } = begun.beginAuthorization.authorization;
  const back = await fetch(url, { redirect: 'manual' });
  await finishSignIn(services, new URL(back.headers.get('location') ?? '').search.slice(1));
  const { businessUnitId } = pardot;
  const input = { vendor: 'PARDOT', credentials: { pardot: { businessUnitId, authorizationId } } };
  const { integration } = (await client.data(connecting, { input })).connect;
  expect(integration.connection).toEqual({ status: 'CONNECTED', account: expect.stringContaining(businessUnitId) });
  const integrationId = Buffer.from(integration.id, 'base64').toString().split(':')[1] ?? '';
  await applyRecommendedMappings(services, tenant.admin, { integrationId });

  const eventId = await tenant.createEvent();
  await tenant.capture(eventId, 150);
  await tenant.until(integrationId, { cleared: 150 });
  pardot.login.signIn.expire(); // several calls at once need a new token
  await tenant.capture(eventId, 150);
  await tenant.until(integrationId, { cleared: 300 });

  const calls = pardot.calls().filter(({ path }) => path.startsWith('/api/'));
  expect(Math.max(...calls.map(({ inFlight }) => inFlight))).toBeLessThanOrEqual(5);
  expect(calls.filter(({ status }) => status >= 400 && status !== 401)).toEqual([]);
  expect(pardot.calls().filter(({ path }) => path.endsWith('/oauth2/token'))).toHaveLength(2);
  expect(pardot.prospects()).toHaveLength(300);
});
