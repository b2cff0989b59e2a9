import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { integrations } from '../../src/db/tables/index.ts';
import { openConnection } from '../../src/sync/connection.ts';
import { startWorld } from '../support/engine.ts';
import { globalId, SchemaClient } from '../support/graphql.ts';

const world = await startWorld();
const { services } = world;

const connecting = `mutation ($input: ConnectInput!) { connect(input: $input) { __typename
  ... on ConnectSuccess { webhookSecret previousSecretUntil accountChanged } } }`;
const newSecret = () => `whsec_${randomBytes(32).toString('base64')}`;

async function given() {
  const tenant = await world.tenant();
  const { integrationId, receiver } = await tenant.connectWebhook();
  const client = new SchemaClient(services, tenant.admin);
  const reconnect = async (secret: string | null, url = receiver.url) => {
    const credentials = { webhook: { url, secret } };
    const input = { vendor: 'WEBHOOK', integrationId: globalId('Integration', integrationId), credentials };
    return (await client.data(connecting, { input })).connect;
  };
  const eventId = await tenant.createEvent();
  let cleared = 0;
  const deliver = async () => {
    await tenant.capture(eventId, 1);
    await tenant.until(integrationId, { cleared: ++cleared });
    const delivery = receiver.deliveries().at(-1);
    if (!delivery) throw new Error('nothing was delivered');
    return delivery;
  };
  const stored = async () =>
    (await openConnection(services, services.db, tenant.orgId, integrationId))?.session.credentials;
  return { receiver, reconnect, deliver, stored };
}

test('connecting the endpoint again with another secret signs with both, and says until when', async () => {
  const { receiver, reconnect, deliver } = await given();
  const old = newSecret();
  await reconnect(old);
  const { webhookSecret, previousSecretUntil, accountChanged } = await reconnect(null); // one is generated
  expect(webhookSecret).toMatch(/^whsec_/);
  expect(accountChanged).toBe(false);
  expect(Date.parse(previousSecretUntil) - Date.now()).toBeGreaterThan(23.9 * 3_600_000);
  receiver.setSecret(old); // nobody has told the receiver yet
  const { headers, body } = await deliver();
  for (const secret of [webhookSecret, old]) expect(() => new Webhook(secret).verify(body, headers)).not.toThrow();
  receiver.setSecret(webhookSecret);
  await deliver();
  const stored = JSON.stringify(await services.db.select().from(integrations));
  expect(stored).not.toContain(old);
});

test('an endpoint elsewhere is another receiver: nothing is signed with the secret of the one before', async () => {
  const { receiver, reconnect, stored } = await given();
  await reconnect(newSecret());
  expect(await reconnect(newSecret(), `${receiver.url}?other`)).toMatchObject({
    accountChanged: true,
    previousSecretUntil: null,
  });
  expect(await stored()).toEqual({ url: `${receiver.url}?other`, secret: expect.any(String) });
});
