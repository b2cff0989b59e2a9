import { randomBytes } from 'node:crypto';
import { and, eq, isNotNull } from 'drizzle-orm';
import { afterAll, expect, test } from 'vitest';
import { startWebhookReceiver } from '../../simulators/webhook/start-webhook-receiver.ts';
import { authorizations, integrations, notificationRules } from '../../src/db/tables/index.ts';
import { beginAuthorization } from '../../src/sync/authorizations.ts';
import { connect } from '../../src/sync/connect.ts';
import { credentialsContext, openConnection, sealCredentials } from '../../src/sync/connection.ts';
import { createNotificationRule } from '../../src/sync/notifications/rules.ts';
import { rotateKey } from '../../src/sync/rotate-key.ts';
import { createVault } from '../../src/sync/vault.ts';
import { runCli } from '../support/run-cli.ts';
import { startTestSluice } from '../support/sluice.ts';

const key = (id: string) => ({ id, key: randomBytes(32) });
const oldKey = key('old');
const newKey = key('new');
const variable = (...keys: (typeof oldKey)[]) =>
  keys.map(({ id, key: bytes }) => `${id}:${bytes.toString('base64')}`).join();

const sluice = await startTestSluice({ environment: { ROLE: 'api', SECRET_KEYS: variable(oldKey) } });
const { services, tenant } = sluice;
const receiver = await startWebhookReceiver();
afterAll(() => receiver.close());
const admin = tenant.viewer();

const rotate = (...keys: (typeof oldKey)[]) =>
  runCli(['rotate-key'], { DATABASE_URL: sluice.database.url, SECRET_KEYS: variable(...keys) });
const withKeys = (...keys: (typeof oldKey)[]) => ({ ...services, vault: createVault(keys) });

const connectWebhook = async (path: string) =>
  (
    await connect(services, admin, {
      vendor: 'WEBHOOK',
      name: path,
      credentials: { webhook: { url: `${receiver.url}${path}` } },
    })
  ).integrationId;

/** One of everything that is sealed. */
async function seed() {
  const integrationId = await connectWebhook('/one');
  const app = { vendor: 'HUBSPOT', clientId: 'app', clientSecret: 'the-secret-of-the-app' } as const;
  await beginAuthorization(services, admin, app, 'https://sluice.example');
  await createNotificationRule(services, admin, {
    ...{ name: 'Slack', triggers: ['AUTHORIZATION_LOST'], cadence: 'IMMEDIATE', timeZone: 'UTC' },
    ...{ active: true, integrationId: null, eventId: null },
    channel: { webhook: { url: 'https://hooks.example.test/secret-path' } },
  });
  return integrationId;
}

/** The keys that rows name, each once. */
async function keysInUse(): Promise<string[]> {
  const { db } = services;
  const rows = await Promise.all([
    db.select({ id: integrations.credentialsKeyId }).from(integrations).where(isNotNull(integrations.credentials)),
    db.select({ id: authorizations.secretsKeyId }).from(authorizations),
    db.select({ id: notificationRules.urlKeyId }).from(notificationRules).where(isNotNull(notificationRules.url)),
  ]);
  return [...new Set(rows.flat().map(({ id }) => String(id)))];
}

const credentialsOf = async (integrationId: string, ...keys: (typeof oldKey)[]) =>
  (await openConnection(withKeys(...keys), services.db, tenant.orgId, integrationId))?.session.credentials;

test('everything that is sealed moves to the first key, and the old key can go', async () => {
  const integrationId = await seed();
  const before = await credentialsOf(integrationId, oldKey);
  expect(await rotate(newKey, oldKey)).toEqual({
    exitCode: 0,
    stdout:
      'Key "new": 3 (credentials: 1, sign-ins: 1, notification webhooks: 1) encrypted anew, 0 were already, 0 can not be opened.\n',
    stderr: '',
  });
  expect(await keysInUse()).toEqual(['new']);
  expect(await credentialsOf(integrationId, newKey)).toEqual(before);
  expect(await rotate(newKey)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('3 were already') });
});

test('again, or without anything to do, it changes nothing', async () => {
  const rows = () => services.db.select().from(integrations);
  const before = await rows();
  expect(await rotate(newKey, oldKey)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('0 (credentials: 0'),
  });
  expect(await rows()).toEqual(before);
});

test('what no key opens is named and left alone, and nothing secret is told', async () => {
  const integrationId = await connectWebhook('/lost');
  const lost = key('lost');
  const secret = 'whsec_nobody-may-read-this';
  const sealed = sealCredentials(
    withKeys(lost),
    { orgId: tenant.orgId, id: integrationId },
    { url: receiver.url, secret },
  );
  const own = and(eq(integrations.orgId, tenant.orgId), eq(integrations.id, integrationId));
  await services.db.update(integrations).set(sealed).where(own);
  const run = await rotate(newKey, oldKey);
  expect(run).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/^sluice: SECRET_KEYS does not have the keys/),
  });
  expect(run.stdout).toMatch(new RegExp(`^lost +.+ +credentials +/lost +${integrationId}$`, 'm'));
  expect(run.stdout + run.stderr).not.toMatch(/nobody-may-read|secret-path|the-secret-of-the-app/);
  expect((await services.db.select().from(integrations).where(own))[0]).toMatchObject(sealed);
  await services.db.delete(integrations).where(own);
});

test('a key of the same name with other bytes is noticed', async () => {
  const run = await rotate({ ...newKey, key: randomBytes(32) });
  expect(run).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('3 can not be opened') });
});

test('tokens that are renewed at the same moment are kept: the newer ones are encrypted anew', async () => {
  const integrationId = await connectWebhook('/renewed');
  const own = and(eq(integrations.orgId, tenant.orgId), eq(integrations.id, integrationId));
  const renewed = { url: `${receiver.url}/renewed`, secret: 'renewed' };
  const rotating = await services.db.transaction(async (tx) => {
    // As a server that renews a token: under the lock of the row, which lasts as long as the vendor takes to answer.
    await tx.select().from(integrations).where(own).for('no key update');
    const underWay = rotateKey(withKeys(newKey, oldKey), 1); // a row at a time: all of them are reached
    await expect
      .poll(
        () => sluice.database.open().sql`
      select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%update integrations%'`,
        { timeout: 20_000 },
      )
      .toHaveLength(1);
    await tx
      .update(integrations)
      .set(sealCredentials(services, { orgId: tenant.orgId, id: integrationId }, renewed))
      .where(own);
    return { underWay };
  });
  expect(await rotating.underWay).toMatchObject({
    reencrypted: { credentials: 1 },
    current: 3,
    contested: 0,
    unreadable: [],
  });
  const [row] = await services.db.select().from(integrations).where(own);
  expect(row?.credentialsKeyId).toBe('new');
  const plain = createVault([newKey]).open(
    { keyId: 'new', bytes: row?.credentials ?? Buffer.alloc(0) },
    credentialsContext(tenant.orgId, integrationId),
  );
  expect(JSON.parse(plain)).toEqual(renewed);
});

test.for([
  ['without keys', {}, /SECRET_KEYS: required/],
  ['with keys that are none', { SECRET_KEYS: 'new:short' }, /SECRET_KEYS: expected/],
] as const)('%s it says what was expected', async ([, environment, message]) => {
  const run = await runCli(['rotate-key'], { DATABASE_URL: sluice.database.url, ...environment });
  expect(run).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringMatching(message) });
});
