import { eq, sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { operations, syncItems } from '../../src/db/tables/index.ts';
import { lanes } from '../../src/domain/lane.ts';
import { backfillHandler } from '../../src/sync/backfill/backfill-handler.ts';
import { summaryOf } from '../../src/sync/verification/verification.ts';
import { verify } from '../../src/sync/verification/verify.ts';
import { backfillStand } from '../support/backfill-stand.ts';
import { startWorld } from '../support/engine.ts';
import { globalId } from '../support/graphql.ts';
import { violationsOf } from '../support/log-check.ts';

const world = await startWorld({ worker: false, operations: { times: { leaseSeconds: 1, sweepMs: 100 } } });
const { services, feed } = world;
const { clientOf, start, backfill, progress, manual, withWorker, backfillAll, ended, leadIdsOf } = backfillStand(world);
const cancel = `mutation ($id: ID!) { done: cancelBackfill(backfillId: $id) {
  __typename ... on BackfillSuccess { backfill { status done } } ... on ForbiddenError { requiredRole }
} }`;

describe('a backfill as an operation', () => {
  test('asks for a push of what it put onto the list, in the same transaction', async () => {
    const tenant = await world.tenant();
    const eventId = await tenant.createEvent();
    await tenant.capture(eventId, 2);
    const { integrationId } = await tenant.connectWebhook();
    await backfill(tenant, integrationId, eventId);
    const [operation] = await services.db.select().from(operations).where(eq(operations.orgId, tenant.orgId));
    if (!operation) throw new Error('it was started');
    const asked: unknown[] = [];
    const drain: typeof services.jobs.drain = async (tx, orgId, id) => {
      const [listed] = await tx.execute<{ n: number }>(
        sql`select count(*)::int as n from sync_items where integration_id = ${id}`,
      );
      asked.push({ orgId, id, listed: listed?.n });
    };
    await backfillHandler.step({
      services: { ...services, jobs: { ...services.jobs, drain } },
      operation,
      signal: AbortSignal.timeout(20_000),
      commit: async (piece) => {
        await services.db.transaction(piece);
        return { operation, waitMs: 0 };
      },
    });
    expect(asked).toEqual([{ orgId: tenant.orgId, id: integrationId, listed: 2 }]);
  });

  test('goes in chunks of at most 500, tells its progress, and goes on after its process died', async () => {
    const tenant = await world.tenant();
    const eventId = await tenant.createEvent();
    for (let call = 0; call < 3; call += 1) await tenant.capture(eventId, 700);
    const { integrationId } = await tenant.connectWebhook();
    await manual(tenant, integrationId);
    // Holds up the second chunk: the lead that it would take next is locked by somebody else.
    const leadIds = (
      await services.db.execute<{ id: string }>(sql`select id from leads where event_id = ${eventId} order by id`)
    ).map(({ id }) => id);
    const worker = await world.startWorker();
    const { backfill: started } = await services.db.transaction(async (tx) => {
      await tx.execute(sql`select from leads where id = ${leadIds[700] ?? ''} for no key update`);
      const begun = await backfill(tenant, integrationId, eventId);
      await tenant.untilItems(integrationId, (items) => items.length === 500);
      await world.killBackends();
      return begun;
    });
    const told = await ended(tenant, started.id);
    expect(told.at(-1)).toMatchObject({ status: 'COMPLETED', done: 2_100, total: 2_100 });
    await worker.stop();
    expect(await leadIdsOf(tenant, integrationId)).toEqual(leadIds.toSorted());
    const chunks = await services.db.execute<{ n: number }>(sql`
      select count(*)::int as n from transitions where integration_id = ${integrationId} group by at`);
    expect(Math.max(...chunks.map(({ n }) => n))).toBeLessThanOrEqual(500);
    expect(await violationsOf(services, tenant, integrationId)).toEqual([]);
  });

  test('that is canceled keeps what it put onto the list, and adds nothing more', async () => {
    const tenant = await world.tenant();
    const eventId = await tenant.createEvent();
    await tenant.capture(eventId, 700);
    const { integrationId } = await tenant.connectWebhook();
    await manual(tenant, integrationId);
    const ids = (
      await services.db.execute<{ id: string }>(sql`select id from leads where event_id = ${eventId} order by id`)
    ).map(({ id }) => id);
    const worker = await world.startWorker();
    const { backfill: started } = await services.db.transaction(async (tx) => {
      await tx.execute(sql`select from leads where id = ${ids[600] ?? ''} for no key update`);
      const begun = await backfill(tenant, integrationId, eventId);
      await tenant.untilItems(integrationId, (items) => items.length === 500);
      const { done } = await clientOf(tenant).data(cancel, { id: begun.backfill.id });
      expect(done).toMatchObject({ backfill: { status: 'CANCELED', done: 500 } });
      return begun;
    });
    await worker.stop();
    expect(await tenant.items(integrationId)).toHaveLength(500);
    expect((await ended(tenant, started.id)).at(-1)).toMatchObject({ status: 'CANCELED', done: 500, total: 700 });
    expect(await backfill(tenant, integrationId, eventId, false)).toMatchObject({ affectedLeads: 200 });
  });

  test('is proved right by verify: what was not taken is on the list', async () => {
    const tenant = await world.tenant();
    const eventId = await tenant.createEvent();
    await tenant.capture(eventId, 9);
    const { integrationId } = await tenant.connectWebhook();
    await manual(tenant, integrationId);
    await withWorker(async () => {
      await backfillAll(tenant, integrationId, eventId);
      const operationId = await verify(services, tenant.operator, { integrationId, readBack: false });
      const of = { orgId: tenant.orgId, operationId };
      let last: Parameters<typeof summaryOf>[0] = { progress: {}, result: null };
      for await (const row of feed.operation(of, AbortSignal.timeout(20_000))) last = row;
      expect(summaryOf(last)).toMatchObject({ findings: {}, integrations: [{ balance: { notTaken: 0, waiting: 9 } }] });
    });
  });

  test('is one in the list of its integration, newest first, and of no other', async () => {
    const tenant = await world.tenant();
    const events = [await tenant.createEvent(), await tenant.createEvent(), await tenant.createEvent()];
    const { integrationId } = await tenant.connectWebhook();
    const other = await tenant.connectWebhook();
    const ids: string[] = [];
    for (const eventId of events) ids.unshift((await backfill(tenant, integrationId, eventId)).backfill.id);
    const query = `query ($after: String) { integrations { id backfills(first: 2, after: $after) {
      edges { node { id } } pageInfo { hasNextPage endCursor } } } }`;
    const listOf = async (after: string | null, id: string) =>
      (await clientOf(tenant, 'viewer').data(query, { after })).integrations.find(
        (one: { id: string }) => one.id === globalId('Integration', id),
      ).backfills;
    const first = await listOf(null, integrationId);
    expect(first).toMatchObject({
      edges: ids.slice(0, 2).map((id) => ({ node: { id } })),
      pageInfo: { hasNextPage: true },
    });
    expect(await listOf(first.pageInfo.endCursor, integrationId)).toMatchObject({ edges: [{ node: { id: ids[2] } }] });
    expect(await listOf(null, other.integrationId)).toMatchObject({ edges: [] });
  });
});

test('viewers start and cancel none, and nobody reaches those of others', async () => {
  const tenant = await world.tenant();
  const eventId = await tenant.createEvent();
  await tenant.capture(eventId, 1);
  const { integrationId } = await tenant.connectWebhook();
  const input = {
    integrationId: globalId('Integration', integrationId),
    eventId: globalId('Event', eventId),
    confirm: true,
  };
  const forbidden = { done: { __typename: 'ForbiddenError', requiredRole: 'OPERATOR' } };
  expect(await clientOf(tenant, 'viewer').data(start, { input })).toEqual(forbidden);
  const { backfill: started } = await backfill(tenant, integrationId, eventId);
  expect(await clientOf(tenant, 'viewer').data(cancel, { id: started.id })).toEqual(forbidden);
  const strangers = await world.tenant();
  const stranger = clientOf(strangers, 'admin');
  const foreign = { ...input, eventId: globalId('Event', await strangers.createEvent()) };
  expect(await stranger.data(start, { input })).toEqual({ done: { __typename: 'NotFoundError' } });
  expect(await clientOf(tenant).data(start, { input: foreign })).toEqual({ done: { __typename: 'NotFoundError' } });
  expect(await stranger.data(cancel, { id: started.id })).toEqual({ done: { __typename: 'NotFoundError' } });
  expect(await stranger.data('query ($id: ID!) { node(id: $id) { id } }', { id: started.id })).toEqual({ node: null });
  await expect(stranger.subscribe(progress, { id: started.id })).rejects.toMatchObject({
    extensions: { code: 'NOT_FOUND' },
  });
  const rows = await services.db.select().from(operations).where(eq(operations.orgId, tenant.orgId));
  expect(rows).toMatchObject([{ status: 'RUNNING', kind: 'BACKFILL' }]);
  expect(await services.db.select().from(syncItems).where(eq(syncItems.lane, lanes.BACKFILL))).not.toContainEqual(
    expect.objectContaining({ orgId: strangers.orgId }),
  );
});
