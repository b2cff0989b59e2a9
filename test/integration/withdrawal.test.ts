import { asc, eq } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { transitions } from '../../src/db/tables/index.ts';
import { retryEvent } from '../../src/sync/retry.ts';
import { updateLead } from '../../src/sync/update-lead.ts';
import { createDatabase } from '../support/database.ts';
import { createServices, Tenant } from '../support/factory.ts';
import { globalId, SchemaClient } from '../support/graphql.ts';

const services = await createServices((await createDatabase()).open());

const withdraw = /* GraphQL */ `
  mutation ($input: WithdrawItemsInput!) {
    done: withdrawItems(input: $input) {
      __typename
      ... on WithdrawItemsSuccess { withdrawn items { id status group availableActions } integration { reconciliation { ...Counts } } }
      ... on ValidationError { fieldErrors { path message } }
      ... on ForbiddenError { requiredRole }
    }
  }
  fragment Counts on Reconciliation { withdrawn counts { total queued failed cleared syncing } }
`;
const restore = /* GraphQL */ `
  mutation ($input: RestoreItemsInput!) {
    done: restoreItems(input: $input) {
      __typename
      ... on RestoreItemsSuccess { restored items { id status error { category } availableActions } integration { reconciliation { withdrawn counts { total } } } }
      ... on ValidationError { fieldErrors { path message } }
      ... on ForbiddenError { requiredRole }
    }
  }
`;

type Select = { ids: readonly string[] } | { filter: object };

/** Six leads at one event: two wait, two failed, one is CLEARED, one is in flight; nobody works on them. */
async function givenList() {
  const tenant = await Tenant.create(services);
  const integrationId = await tenant.createIntegration('MARKETO');
  const eventId = await tenant.createEvent();
  await tenant.captureLeads(eventId, 6);
  const items = await tenant.listItems(integrationId);
  const [waiting, alsoWaiting, failed, alsoFailed, cleared, syncing] = items.map((item) => item.id) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  await tenant.fail([failed], 'DUPLICATE');
  await tenant.fail([alsoFailed], 'NO_TAG_MAPPING');
  await tenant.clear([cleared], 'remote-1');
  await tenant.claim([syncing]);
  const client = new SchemaClient(services, tenant.viewer('OPERATOR'));
  const ask = (document: string) => async (select: Select) => {
    const given =
      'ids' in select ? { syncItemIds: select.ids.map((id) => globalId('SyncItem', id)) } : { filter: select.filter };
    const input = { integrationId: globalId('Integration', integrationId), select: given };
    return (await client.data(document, { input })).done;
  };
  const stateOf = async (id: string) => (await tenant.listItems(integrationId)).find((item) => item.id === id);
  return {
    tenant,
    integrationId,
    eventId,
    leadOf: (id: string) => items.find((item) => item.id === id)?.leadId ?? '',
    client,
    withdraw: ask(withdraw),
    restore: ask(restore),
    stateOf,
    ...{ waiting, alsoWaiting, failed, alsoFailed, cleared, syncing },
  };
}

const logOf = (itemId: string) =>
  services.db.select().from(transitions).where(eq(transitions.itemId, itemId)).orderBy(asc(transitions.position));

describe('withdrawing', () => {
  test('takes leads out of every group and count, and says who did', async () => {
    const { withdraw, waiting, failed, cleared } = await givenList();
    const done = await withdraw({ ids: [waiting, failed, cleared] });
    expect(done).toMatchObject({ __typename: 'WithdrawItemsSuccess', withdrawn: 3 });
    expect(done.items).toEqual(
      [waiting, failed, cleared].map((id) => ({
        id: globalId('SyncItem', id),
        status: 'WITHDRAWN',
        group: null,
        availableActions: ['EDIT', 'RESTORE'],
      })),
    );
    expect(done.integration.reconciliation).toEqual({
      withdrawn: 3,
      counts: { total: 3, queued: 1, failed: 1, cleared: 0, syncing: 1 },
    });
    expect((await logOf(failed)).at(-1)).toMatchObject({
      fromStatus: 'FAILED',
      toStatus: 'WITHDRAWN',
      cause: 'WITHDRAWN',
      causedBy: 'OPERATOR of a test',
    });
  });

  test('by ids takes all or none: what is in flight or unknown refuses the call', async () => {
    const { withdraw, waiting, syncing, stateOf } = await givenList();
    expect(await withdraw({ ids: [waiting, syncing] })).toMatchObject({
      __typename: 'ValidationError',
      fieldErrors: [{ path: 'select.syncItemIds.1', message: expect.stringContaining('SYNCING') }],
    });
    expect(await withdraw({ ids: [waiting, services.newId()] })).toEqual({ __typename: 'NotFoundError' });
    expect(await withdraw({ ids: Array.from({ length: 1_001 }, () => services.newId()) })).toMatchObject({
      fieldErrors: [{ path: 'select.syncItemIds' }],
    });
    expect(await stateOf(waiting)).toMatchObject({ state: 'PENDING' });
  });

  test('what is withdrawn already stays so, without another move', async () => {
    const { withdraw, waiting, alsoWaiting, stateOf } = await givenList();
    await withdraw({ ids: [waiting] });
    const before = await stateOf(waiting);
    expect(await withdraw({ ids: [waiting, alsoWaiting] })).toMatchObject({ withdrawn: 1 });
    expect(await stateOf(waiting)).toEqual(before);
  });

  test('by a filter takes what waits or failed and matches, and nothing that is in flight or CLEARED', async () => {
    const { withdraw, failed, syncing, cleared, stateOf } = await givenList();
    expect(await withdraw({ filter: { category: 'DUPLICATE' } })).toMatchObject({ withdrawn: 1, items: [] });
    expect(await stateOf(failed)).toMatchObject({ state: 'WITHDRAWN' });
    expect(await withdraw({ filter: { group: 'CLEARED' } })).toMatchObject({
      fieldErrors: [{ path: 'select.filter.group' }],
    });
    expect(await withdraw({ filter: { search: 'ad' } })).toMatchObject({
      fieldErrors: [{ path: 'select.filter.search' }],
    });
    expect(await withdraw({ filter: { search: 'nobody' } })).toMatchObject({ withdrawn: 0 });
    expect(await withdraw({ filter: {} })).toMatchObject({ withdrawn: 3 });
    expect(await stateOf(syncing)).toMatchObject({ state: 'SYNCING' });
    expect(await stateOf(cleared)).toMatchObject({ state: 'CLEARED' });
  });

  test('by a filter takes any number, in chunks, and every one of them once', async () => {
    const { tenant, integrationId, withdraw, restore } = await givenList();
    const eventId = await tenant.createEvent();
    await tenant.captureLeads(eventId, 700);
    await tenant.captureLeads(eventId, 500);
    const filter = { eventId: globalId('Event', eventId) };
    expect(await withdraw({ filter })).toMatchObject({ withdrawn: 1_200 });
    expect((await tenant.listItems(integrationId)).filter((item) => item.state === 'WITHDRAWN')).toHaveLength(1_200);
    expect(await restore({ filter })).toMatchObject({ restored: 1_200 });
  });

  test('is of one integration and of one organization', async () => {
    const { tenant, withdraw, waiting, leadOf, integrationId } = await givenList();
    const other = await givenList();
    expect(await withdraw({ ids: [other.waiting] })).toEqual({ __typename: 'NotFoundError' });
    const another = await tenant.createIntegration();
    await tenant.captureLeads(await tenant.createEvent(), 1);
    const [elsewhere] = await tenant.listItems(another);
    expect(await withdraw({ ids: [elsewhere?.id ?? ''] })).toEqual({ __typename: 'NotFoundError' });
    expect(await withdraw({ filter: { search: 'lead' } })).toMatchObject({ withdrawn: 5 });
    expect(await tenant.listItems(another)).toMatchObject([{ state: 'PENDING' }]);
    expect(leadOf(waiting)).not.toBe('');
    expect(integrationId).not.toBe(another);
  });

  test('an edit of a withdrawn lead leaves it withdrawn', async () => {
    const { tenant, withdraw, waiting, leadOf, stateOf } = await givenList();
    await withdraw({ ids: [waiting] });
    await updateLead(services, tenant.viewer(), { leadId: leadOf(waiting), company: 'Elsewhere' });
    expect(await stateOf(waiting)).toMatchObject({ state: 'WITHDRAWN', revision: 2 });
  });

  test('WITHDRAWN leads are listed only when they are asked for, and the list is as long as the count', async () => {
    const { withdraw, client, integrationId, waiting, cleared } = await givenList();
    await withdraw({ ids: [waiting, cleared] });
    const { reconciliation } = await client.data(
      'query ($id: ID!) { reconciliation(integrationId: $id) { withdrawn all: items { totalCount edges { node { id } } } withdrawnItems: items(status: WITHDRAWN) { totalCount edges { node { id } } } found: items(status: WITHDRAWN, search: "lead") { totalCount } } }',
      { id: globalId('Integration', integrationId) },
    );
    expect(reconciliation).toMatchObject({
      withdrawn: 2,
      all: { totalCount: 4 },
      withdrawnItems: { totalCount: 2 },
      found: { totalCount: 2 },
    });
    const ids = (list: { edges: { node: { id: string } }[] }) => list.edges.map(({ node }) => node.id).sort();
    expect(ids(reconciliation.withdrawnItems)).toEqual([waiting, cleared].map((id) => globalId('SyncItem', id)).sort());
    expect(ids(reconciliation.all)).toHaveLength(4);
  });
});

describe('restoring', () => {
  test('puts each lead back to where it was, with its error, and logs it', async () => {
    const { withdraw, restore, waiting, failed, cleared, stateOf } = await givenList();
    const before = await Promise.all([waiting, failed, cleared].map(stateOf));
    await withdraw({ ids: [waiting, failed, cleared] });
    const done = await restore({ ids: [waiting, failed, cleared] });
    expect(done).toMatchObject({
      restored: 3,
      items: [
        { status: 'QUEUED', error: null },
        { status: 'FAILED', error: { category: 'DUPLICATE' } },
        { status: 'CLEARED' },
      ],
      integration: { reconciliation: { withdrawn: 0, counts: { total: 6 } } },
    });
    const after = await Promise.all([waiting, failed, cleared].map(stateOf));
    const told = (item: (typeof after)[number]) => ({
      state: item?.state,
      error: item?.error,
      remoteId: item?.remoteId,
      dueAt: item?.dueAt,
    });
    expect(after.map(told)).toEqual(before.map(told));
    expect((await logOf(failed)).slice(-2)).toMatchObject([
      { fromStatus: 'FAILED', toStatus: 'WITHDRAWN', cause: 'WITHDRAWN' },
      { fromStatus: 'WITHDRAWN', toStatus: 'FAILED', cause: 'RESTORED', causedBy: 'OPERATOR of a test' },
    ]);
  });

  test('a lead that was CLEARED, withdrawn and edited is sent again', async () => {
    const { tenant, withdraw, restore, cleared, leadOf, stateOf } = await givenList();
    await withdraw({ ids: [cleared] });
    await updateLead(services, tenant.viewer(), { leadId: leadOf(cleared), company: 'Elsewhere' });
    expect(await restore({ ids: [cleared] })).toMatchObject({ items: [{ status: 'QUEUED' }] });
    expect(await stateOf(cleared)).toMatchObject({ state: 'PENDING', remoteId: 'remote-1', releaseEpoch: null });
  });

  test('by a filter goes by what the leads were before', async () => {
    const { withdraw, restore, waiting, failed, alsoFailed, cleared, stateOf } = await givenList();
    await withdraw({ ids: [waiting, failed, alsoFailed, cleared] });
    expect(await restore({ filter: { category: 'NO_TAG_MAPPING' } })).toMatchObject({ restored: 1 });
    expect(await stateOf(alsoFailed)).toMatchObject({ state: 'FAILED' });
    expect(await restore({ filter: { group: 'CLEARED' } })).toMatchObject({ restored: 1 });
    expect(await stateOf(cleared)).toMatchObject({ state: 'CLEARED' });
    expect(await restore({ filter: { group: 'PRE_SYNC' } })).toMatchObject({ restored: 1 });
    expect(await restore({ filter: {} })).toMatchObject({ restored: 1 });
    expect(await stateOf(failed)).toMatchObject({ state: 'FAILED' });
    expect(await restore({ filter: {} })).toMatchObject({ restored: 0 });
  });

  test('what is on the list stays as it is', async () => {
    const { restore, failed, stateOf } = await givenList();
    const before = await stateOf(failed);
    expect(await restore({ ids: [failed] })).toMatchObject({ restored: 0 });
    expect(await stateOf(failed)).toEqual(before);
  });
});

test('a lead that was withdrawn out of a bulk push is back to before it, and is not pushed by it', async () => {
  const { tenant, withdraw, restore, integrationId, eventId, failed, stateOf } = await givenList();
  await retryEvent(services, tenant.viewer(), { integrationId, eventId, groups: ['FAILED'] });
  expect(await stateOf(failed)).toMatchObject({ state: 'PENDING' });
  await withdraw({ ids: [failed] });
  expect(await restore({ ids: [failed] })).toMatchObject({
    items: [{ status: 'FAILED', error: { category: 'DUPLICATE' } }],
  });
  expect(await stateOf(failed)).toMatchObject({ retryId: null, releaseEpoch: null, beforeRetry: null });
});

test('a bulk push does not wait for what was withdrawn: its numbers add up without it, and it completes', async () => {
  const { tenant, withdraw, client, integrationId, eventId, failed, alsoFailed } = await givenList();
  const retryId = await retryEvent(services, tenant.viewer(), { integrationId, eventId, groups: ['FAILED'] });
  const read = async () =>
    (
      await client.data('query ($id: ID!) { node(id: $id) { ... on Retry { status total waiting cleared failed } } }', {
        id: globalId('Retry', retryId),
      })
    ).node;
  expect(await read()).toEqual({ status: 'RUNNING', total: 2, waiting: 2, cleared: 0, failed: 0 });
  await withdraw({ ids: [failed] });
  expect(await read()).toEqual({ status: 'RUNNING', total: 1, waiting: 1, cleared: 0, failed: 0 });
  await withdraw({ ids: [alsoFailed] });
  expect(await read()).toEqual({ status: 'COMPLETED', total: 0, waiting: 0, cleared: 0, failed: 0 });
});

test('viewers may neither withdraw nor restore', async () => {
  const { tenant, integrationId, waiting, stateOf } = await givenList();
  const client = new SchemaClient(services, tenant.viewer('VIEWER'));
  const input = {
    integrationId: globalId('Integration', integrationId),
    select: { syncItemIds: [globalId('SyncItem', waiting)] },
  };
  for (const document of [withdraw, restore]) {
    expect((await client.data(document, { input })).done).toEqual({
      __typename: 'ForbiddenError',
      requiredRole: 'OPERATOR',
    });
  }
  expect(await stateOf(waiting)).toMatchObject({ state: 'PENDING' });
});
