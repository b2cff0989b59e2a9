import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { startWorld } from '../support/engine.ts';
import { globalId, SchemaClient } from '../support/graphql.ts';

const world = await startWorld({ operations: { times: { sweepMs: 100 } } });
const { services, feed } = world;

const verification = `
  id status outcome readBack requestedAt requestedBy finishedAt done total findingCount problem
  integration { id }
  integrations {
    integration { id }
    balance { captured notEnriched notTaken waiting failed cleared withdrawn }
    items transitions
    readBack { state checked missing unknown problem }
  }`;
const verify = `mutation ($input: VerifyInput!) {
  verify(input: $input) { __typename ... on VerifySuccess { verification { ${verification} } } ... on Error { message } }
}`;
const progress = `subscription ($id: ID!) { verificationProgressed(verificationId: $id) { ${verification} } }`;

async function given() {
  const tenant = await world.tenant();
  const stand = await tenant.connectMarketo();
  const eventId = await tenant.createEvent();
  await tenant.capture(eventId, 12);
  await tenant.until(stand.integrationId, { cleared: 12 });
  const client = (role: 'admin' | 'operator' | 'viewer') => new SchemaClient(services, tenant[role], feed);
  return { tenant, ...stand, eventId, client };
}

/** The last message of the stream, which says how it ended. */
async function ended(client: SchemaClient, id: string) {
  let last: Record<string, unknown> | undefined;
  for await (const { verificationProgressed } of await client.subscribe(progress, { id }))
    last = verificationProgressed;
  return last;
}

test('an operator starts a verification, a viewer watches it to its end and pages through what it found', async () => {
  const { marketo, integrationId, eventId, client, tenant } = await given();
  for (const lead of marketo.leads().slice(0, 7)) marketo.deleteLead(lead.id);
  const id = globalId('Integration', integrationId);
  const started = await client('operator').data(verify, { input: { integrationId: id, readBack: true } });
  expect(started.verify).toMatchObject({
    __typename: 'VerifySuccess',
    verification: { requestedBy: 'Otto', readBack: true },
  });
  const verificationId = started.verify.verification.id;
  const none = { notEnriched: 0, notTaken: 0, waiting: 0, failed: 0, withdrawn: 0 };
  expect(await ended(client('viewer'), verificationId)).toMatchObject({
    id: verificationId,
    status: 'COMPLETED',
    outcome: 'FINDINGS',
    findingCount: 7,
    finishedAt: expect.stringMatching(/Z$/),
    integration: { id },
    integrations: [
      {
        integration: { id },
        balance: { ...none, captured: 12, cleared: 12 },
        items: 12,
        readBack: { state: 'CHECKED', checked: 12, missing: 7, unknown: 0, problem: null },
      },
    ],
  });

  const findings = `query ($id: ID!, $after: String, $kind: VerificationFindingKind) {
    node(id: $id) { ... on Verification { findings(first: 3, after: $after, kind: $kind) {
      edges { node { kind message integration { id } event { id } item { id status remoteId } } } pageInfo { hasNextPage endCursor }
    } } }
  }`;
  const found: Record<string, unknown>[] = [];
  for (let after: string | null = null; ; ) {
    const { node } = await client('viewer').data(findings, { id: verificationId, after });
    found.push(...node.findings.edges.map((edge: { node: Record<string, unknown> }) => edge.node));
    if (!node.findings.pageInfo.hasNextPage) break;
    after = node.findings.pageInfo.endCursor;
  }
  const left = new Set(marketo.leads().map((lead) => String(lead.id)));
  const gone = (await tenant.items(integrationId)).filter((item) => !left.has(item.remoteId ?? ''));
  expect(found).toHaveLength(7);
  expect(found.map((one) => (one.item as { id: string }).id).toSorted()).toEqual(
    gone.map((item) => globalId('SyncItem', item.id)).toSorted(),
  );
  expect(found[0]).toMatchObject({
    kind: 'MISSING_AT_VENDOR',
    integration: { id },
    event: { id: globalId('Event', eventId) },
  });
  const others = await client('viewer').data(findings, { id: verificationId, kind: 'COUNT_WRONG' });
  expect(others.node.findings.edges).toEqual([]);
});

test('the last verification of an integration, or of all, is the first in the list', async () => {
  const { integrationId, client } = await given();
  const id = globalId('Integration', integrationId);
  const ids: string[] = [];
  for (const input of [{}, { integrationId: id }, { readBack: true }]) {
    const started = await client('operator').data(verify, { input });
    ids.push(started.verify.verification.id);
    await ended(client('viewer'), started.verify.verification.id);
  }
  const list = `query ($of: ID, $after: String) {
    verifications(integrationId: $of, first: 2, after: $after) { edges { node { id outcome } } pageInfo { hasNextPage endCursor } }
  }`;
  const first = await client('viewer').data(list);
  expect(first.verifications.edges).toEqual([ids[2], ids[1]].map((one) => ({ node: { id: one, outcome: 'HOLDS' } })));
  const second = await client('viewer').data(list, { after: first.verifications.pageInfo.endCursor });
  expect(second.verifications).toMatchObject({ edges: [{ node: { id: ids[0] } }], pageInfo: { hasNextPage: false } });
  const ofOne = await client('viewer').data(list, { of: id });
  expect(ofOne.verifications.edges).toEqual([{ node: { id: ids[1], outcome: 'HOLDS' } }]);
});

test('the same is not proved twice at once', async () => {
  const { tenant, client } = await given();
  // Held by a process that is not there: it stays RUNNING while the test looks.
  const first = await client('operator').data(verify, { input: {} });
  const id = first.verify.verification.id;
  await services.db.execute(sql`
    update operations set status = 'RUNNING', owner = ${services.newId()}, owned_until = sluice_now() + interval '1 hour', finished_at = null
    where org_id = ${tenant.orgId}`);
  const again = await client('operator').data(verify, { input: {} });
  expect(again.verify.verification.id).toBe(id);
  const other = await client('operator').data(verify, { input: { readBack: true } });
  expect(other.verify.verification.id).not.toBe(id);
  const cancel = `mutation ($id: ID!) { cancelVerification(verificationId: $id) { ... on VerifySuccess { verification { status outcome } } } }`;
  expect(await client('operator').data(cancel, { id })).toEqual({
    cancelVerification: { verification: { status: 'CANCELED', outcome: 'INCOMPLETE' } },
  });
});

test('viewers start and cancel nothing, and nobody reaches the verifications of others', async () => {
  const { client } = await given();
  const stranger = new SchemaClient(services, (await world.tenant()).admin, feed);
  expect(await client('viewer').data(verify, { input: {} })).toMatchObject({
    verify: { __typename: 'ForbiddenError' },
  });
  const { verify: started } = await client('operator').data(verify, { input: {} });
  const { id } = started.verification;
  const cancel = `mutation ($id: ID!) { cancelVerification(verificationId: $id) { __typename } }`;
  expect(await client('viewer').data(cancel, { id })).toEqual({ cancelVerification: { __typename: 'ForbiddenError' } });
  expect(await stranger.data(cancel, { id })).toEqual({ cancelVerification: { __typename: 'NotFoundError' } });
  expect(await stranger.data('query ($id: ID!) { node(id: $id) { id } }', { id })).toEqual({ node: null });
  await expect(stranger.subscribe(progress, { id })).rejects.toMatchObject({ extensions: { code: 'NOT_FOUND' } });
});
