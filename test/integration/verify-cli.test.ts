import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { startMarketo } from '../../simulators/marketo/start-marketo.ts';
import { runCli } from '../support/run-cli.ts';
import { nextOf, startTestSluice } from '../support/sluice.ts';

const secretKeys = `test:${randomBytes(32).toString('base64')}`;
const sluice = await startTestSluice({ environment: { SECRET_KEYS: secretKeys } });
const { services, database } = sluice;
const client = sluice.client();
const verify = (...args: string[]) => runCli(['verify', ...args], { DATABASE_URL: database.url });
const verifyAtVendor = (...args: string[]) =>
  runCli(['verify', '--read-back', ...args], {
    DATABASE_URL: database.url,
    SECRET_KEYS: secretKeys,
    ALLOW_PRIVATE_NETWORKS: 'true',
  });

const marketo = await startMarketo({ rateMax: null });
const { url: baseUrl, clientId, clientSecret } = marketo;
const { connect } = await client.data<{ connect: { integration: { id: string } } }>(
  `mutation ($credentials: CredentialsInput!) {
    connect(input: { vendor: MARKETO, name: "Marketo of a test", credentials: $credentials }) { ... on ConnectSuccess { integration { id } } }
  }`,
  { credentials: { marketo: { baseUrl, clientId, clientSecret } } },
);
const integrationId = connect.integration.id;
await client.data(
  `mutation ($id: ID!) { setFieldMappings(input: { integrationId: $id, mappings: [{ source: "email", remoteField: "email" }] }) { __typename } }`,
  { id: integrationId },
);
const { createEvent } = await client.data<{ createEvent: { event: { id: string } } }>(
  'mutation { createEvent(input: { name: "Spring Expo" }) { ... on CreateEventSuccess { event { id } } } }',
);
const leads = Array.from({ length: 20 }, (_, index) => ({
  externalId: `${index}`,
  email: `lead${index}@example.test`,
}));
await client.data(
  'mutation ($event: ID!, $leads: [LeadInput!]!) { captureLeads(input: { eventId: $event, leads: $leads }) { __typename } }',
  { event: createEvent.event.id, leads },
);
test('where everything holds it says so, what it looked at, and exits with 0', async () => {
  const counts = client.subscribe<{ reconciliationChanged: { counts: { cleared: number } } }>(
    'subscription ($id: ID!) { reconciliationChanged(integrationId: $id) { counts { cleared } } }',
    { id: integrationId },
  );
  while ((await nextOf(counts)).data?.reconciliationChanged.counts.cleared !== leads.length);
  const { exitCode, stdout } = await verify();
  expect(stdout).toContain('Marketo of a test');
  expect(stdout).toContain(
    '20 captured = 0 not enriched + 0 not taken + 0 waiting + 0 failed + 20 cleared + 0 withdrawn',
  );
  expect(stdout).toContain('Everything holds.');
  expect(exitCode).toBe(0);
});

test('with --read-back it names exactly the leads whose records are missing at the vendor, and exits with 1', async () => {
  const deleted = marketo
    .leads()
    .slice(4, 11)
    .map(({ id }) => id);
  for (const id of deleted) marketo.deleteLead(id);
  const { exitCode, stdout } = await verifyAtVendor('--integration', 'marketo of a TEST');
  const lines = stdout.split('\n').filter((line) => line.includes('MISSING_AT_VENDOR'));
  expect(lines).toHaveLength(7);
  for (const id of deleted) expect(lines.filter((line) => line.includes(`the record ${id},`))).toHaveLength(1);
  expect(stdout).toContain('read back: 20 asked for, 7 missing, 0 that can not be asked for');
  expect(stdout).not.toContain('example.test');
  expect(exitCode).toBe(1);
  expect((await verify()).exitCode).toBe(0);
});

test('a count that somebody changed is named with its event, and the command exits with 1', async () => {
  await services.db.execute(sql`update counts set n = n + 1 where bucket = 'CLEARED'`);
  const { exitCode, stdout } = await verify(
    '--organization',
    (await client.data<{ viewer: { organization: { name: string } } }>('{ viewer { organization { name } } }')).viewer
      .organization.name,
  );
  await services.db.execute(sql`update counts set n = n - 1 where bucket = 'CLEARED'`);
  expect(stdout).toContain('COUNT_WRONG: Marketo of a test, Spring Expo: The count of CLEARED says 21; there are 20.');
  expect(exitCode).toBe(1);
});

test('what can not be checked exits with 2 and says why', async () => {
  expect(await verify('--integration', 'Hubspot')).toMatchObject({
    exitCode: 2,
    stderr: 'sluice: There is no integration "Hubspot".\n',
  });
  expect(await verify('--read-back')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('SECRET_KEYS') });
  const otherKeys = await runCli(['verify', '--read-back'], {
    DATABASE_URL: database.url,
    SECRET_KEYS: `other:${randomBytes(32).toString('base64')}`,
  });
  expect(otherKeys).toMatchObject({
    exitCode: 2,
    stdout: expect.stringContaining('SECRET_KEYS does not name the key'),
  });
  await marketo.close();
  expect((await verify('--nonsense')).exitCode).toBe(2);
});
