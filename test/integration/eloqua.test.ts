import { afterAll, expect, test } from 'vitest';
import { startEloqua } from '../../simulators/eloqua/start-eloqua.ts';
import type { OperationRow } from '../../src/db/statements/operations.ts';
import { listFindings } from '../../src/db/statements/verification/findings.ts';
import type { FieldMapping } from '../../src/domain/mapping.ts';
import { finishSignIn } from '../../src/server/oauth-callback.ts';
import { connect } from '../../src/sync/connect.ts';
import { retry } from '../../src/sync/retry.ts';
import { setFieldMappings } from '../../src/sync/set-field-mappings.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { summaryOf } from '../../src/sync/verification/verification.ts';
import { verify } from '../../src/sync/verification/verify.ts';
import { startWorld } from '../support/engine.ts';
import { globalId, SchemaClient } from '../support/graphql.ts';
import { leadOf } from '../support/tenant.ts';

const eloqua = await startEloqua({ syncMs: 50 });
afterAll(() => eloqua.close());
// No ELOQUA_API_URL: the pod is the one that the login host names.
const vendorUrls = { ELOQUA: { authUrl: eloqua.url, apiUrl: null } };
const world = await startWorld({ vendorUrls, operations: { times: { sweepMs: 100 } } });
const { services } = world;

const mapped = (source: string, remoteField: string, writeBehavior: FieldMapping['writeBehavior'] = 'OVERWRITE') => ({
  source,
  remoteField,
  writeBehavior,
  values: [],
});
const mappings = [
  mapped('email', 'C_EmailAddress'),
  mapped('firstName', 'C_FirstName'),
  mapped('phone', 'C_BusPhone', 'WRITE_IF_BLANK'),
];

const previewing = `query ($id: ID!) { previewPush(integrationId: $id, select: { filter: {} }, first: 100) {
  kind payload changes { remoteField old new written } item { lead { email } } } }`;

test('a preview tells what Eloqua itself will keep, and what is sent afterwards is what it showed', async () => {
  const tenant = await world.tenant();
  const { company, username, password } = eloqua;
  const { integrationId } = await connect(services, tenant.admin, {
    vendor: 'ELOQUA',
    credentials: { eloqua: { company, username, password } },
  });
  await setFieldMappings(services, tenant.admin, { integrationId, mappings });
  await setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL', confirm: true });
  const first = await tenant.createEvent();
  await tenant.capture(first, [leadOf(0, { phone: '+49 1' })]);
  await tenant.untilRetry(await retry(services, tenant.operator, { integrationId, select: { filter: {} } }));
  await tenant.capture(await tenant.createEvent(), [
    leadOf(0, { externalId: 'again', firstName: 'Changed', phone: '+49 2' }),
    leadOf(1, { phone: '+49 3' }),
  ]);

  const client = new SchemaClient(services, tenant.viewer);
  const { previewPush } = await client.data(previewing, { id: globalId('Integration', integrationId) });
  expect(previewPush).toMatchObject([
    {
      kind: 'UPDATE',
      changes: [
        {},
        { remoteField: 'C_FirstName', old: 'First0', new: 'Changed', written: true },
        { remoteField: 'C_BusPhone', old: '+49 1', new: '+49 2', written: false },
      ],
    },
    { kind: 'CREATE', changes: [{}, {}, { remoteField: 'C_BusPhone', old: null, new: '+49 3', written: true }] },
  ]);

  await tenant.untilRetry(await retry(services, tenant.operator, { integrationId, select: { filter: {} } }));
  await tenant.until(integrationId, { cleared: 3 });
  for (const { payload, item } of previewPush) {
    expect(eloqua.received(item.lead.email).slice(-2)).toEqual(payload);
  }
  expect(eloqua.contacts()).toMatchObject([
    { values: { C_FirstName: 'Changed', C_BusPhone: '+49 1' } },
    { values: { C_BusPhone: '+49 3' } },
  ]);
});

test('what was deleted at Eloqua is named by a verification that reads back, by address as there are no ids', async () => {
  const tenant = await world.tenant();
  const { company, username, password } = eloqua;
  const credentials = { eloqua: { company, username, password } };
  const { integrationId } = await connect(services, tenant.admin, { vendor: 'ELOQUA', credentials });
  await setFieldMappings(services, tenant.admin, { integrationId, mappings });
  const people = [100, 101, 102].map((index) => leadOf(index));
  await tenant.capture(await tenant.createEvent(), people);
  await tenant.until(integrationId, { cleared: 3 });
  const gone = eloqua.contacts().find(({ values }) => values.C_EmailAddress === people[1]?.email);
  eloqua.deleteContact(gone?.id ?? '');
  const id = await verify(services, tenant.operator, { integrationId, readBack: true });
  let last: OperationRow | undefined;
  const target = { orgId: tenant.orgId, operationId: id };
  for await (const row of world.feed.operation(target, AbortSignal.timeout(25_000))) last = row;
  if (!last) throw new Error('nothing was told of the verification');
  const [readBack] = summaryOf(last).integrations;
  expect(readBack).toMatchObject({ readBack: { state: 'CHECKED', checked: 3, missing: 1, unknown: 0 } });
  const items = await tenant.items(integrationId);
  const item = items.find(({ externalId }) => externalId === people[1]?.externalId);
  const findings = await listFindings(services.db, tenant.orgId, id, { kind: null, after: null, limit: 10 });
  expect(findings).toMatchObject([{ kind: 'MISSING_AT_VENDOR', itemId: item?.id }]);
  expect(JSON.stringify(findings)).not.toContain('@');
});

test('a sign-in whose tokens run out and whose site moves goes on, with tokens that are each used once', async () => {
  const tenant = await world.tenant();
  const client = new SchemaClient(services, { ...tenant.admin, keyId: services.newId() });
  const { clientId, clientSecret } = eloqua;
  const begun = await client.data(
    `mutation ($input: BeginAuthorizationInput!) { beginAuthorization(input: $input) { ... on BeginAuthorizationSuccess {
      authorization { id url } } } }`,
    { input: { vendor: 'ELOQUA', clientId, clientSecret } },
  );
  const { id, url } = begun.beginAuthorization.authorization;
  const back = await fetch(url, { redirect: 'manual' });
  await finishSignIn(services, new URL(back.headers.get('location') ?? '').search.slice(1));
  const connected = await client.data(
    `mutation ($input: ConnectInput!) { connect(input: $input) { ... on ConnectSuccess { integration { id
      connection { account } } } ... on Error { message } } }`,
    { input: { vendor: 'ELOQUA', credentials: { eloqua: { authorizationId: id } } } },
  );
  const { integration } = connected.connect;
  expect(integration.connection.account).toContain('4711');
  const integrationId = Buffer.from(integration.id, 'base64').toString().split(':')[1] ?? '';
  await setFieldMappings(services, tenant.admin, { integrationId, mappings });

  const eventId = await tenant.createEvent();
  const before = eloqua.contacts().length;
  for (let round = 1; round <= 3; round++) {
    await tenant.capture(eventId, [leadOf(round * 10), leadOf(round * 10 + 1)]);
    await tenant.until(integrationId, { cleared: round * 2 });
    eloqua.signIn.expire();
    if (round === 2) eloqua.movePod();
  }
  expect(await tenant.counts(integrationId)).toMatchObject({ failed: 0, cleared: 6 });
  expect(eloqua.contacts()).toHaveLength(before + 6);
  expect(eloqua.calls().at(-1)?.path).toMatch(/^\/p04\//);
});
