import { eq, sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { claimDueItems } from '../../src/db/statements/claim.ts';
import { insertItems } from '../../src/db/statements/edit-items.ts';
import { listLeads } from '../../src/db/statements/leads.ts';
import { operations, syncItems } from '../../src/db/tables/index.ts';
import { lanes } from '../../src/domain/lane.ts';
import { backfillHandler } from '../../src/sync/backfill/backfill-handler.ts';
import { eraseLead } from '../../src/sync/erase-lead.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { updateLead } from '../../src/sync/update-lead.ts';
import { summaryOf } from '../../src/sync/verification/verification.ts';
import { verify } from '../../src/sync/verification/verify.ts';
import { newItems } from '../../src/sync/write-leads.ts';
import { startWorld } from '../support/engine.ts';
import { globalId, SchemaClient } from '../support/graphql.ts';
import { violationsOf } from '../support/log-check.ts';
import { leadOf, type Tenant } from '../support/tenant.ts';

const world = await startWorld({ worker: false, operations: { times: { leaseSeconds: 1, sweepMs: 100 } } });
const { services, feed } = world;

const fields = 'id status requestedBy requestedAt finishedAt total done problem integration { id } event { id }';
const start = `mutation ($input: BackfillEventInput!) { done: backfillEvent(input: $input) {
  __typename
  ... on BackfillSuccess { backfill { ${fields} } }
  ... on ConfirmationRequiredError { affectedLeads message }
  ... on ForbiddenError { requiredRole }
} }`;
const progress = `subscription ($id: ID!) { backfillProgressed(backfillId: $id) { ${fields} } }`;
const cancel = `mutation ($id: ID!) { done: cancelBackfill(backfillId: $id) {
  __typename ... on BackfillSuccess { backfill { status done } } ... on ForbiddenError { requiredRole }
} }`;

const clientOf = (tenant: Tenant, role: 'admin' | 'operator' | 'viewer' = 'operator') =>
  new SchemaClient(services, tenant[role], feed);

async function backfill(tenant: Tenant, integrationId: string, eventId: string, confirm = true) {
  const input = {
    integrationId: globalId('Integration', integrationId),
    eventId: globalId('Event', eventId),
    confirm,
  };
  return (await clientOf(tenant).data(start, { input })).done;
}

/** The last message of the stream, which says how it ended. */
async function ended(tenant: Tenant, id: string) {
  const told: Record<string, unknown>[] = [];
  for await (const { backfillProgressed } of await clientOf(tenant, 'viewer').subscribe(progress, { id }))
    told.push(backfillProgressed);
  return told;
}

/** Runs it to its end; what the last message said. */
async function backfillAll(tenant: Tenant, integrationId: string, eventId: string) {
  const { backfill: started } = await backfill(tenant, integrationId, eventId);
  return (await ended(tenant, started.id)).at(-1);
}

async function withWorker<Result>(work: () => Promise<Result>): Promise<Result> {
  const worker = await world.startWorker();
  try {
    return await work();
  } finally {
    await worker.stop();
  }
}

const manual = (tenant: Tenant, integrationId: string) =>
  setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL', confirm: true });

const leadIdsOf = async (tenant: Tenant, integrationId: string) =>
  (await tenant.items(integrationId)).map((item) => item.leadId).toSorted();

describe('a backfill', () => {
  test('says first how many leads it concerns: enriched, not erased, not on the list yet', async () => {
    const tenant = await world.tenant();
    const [eventId, otherEvent] = [await tenant.createEvent(), await tenant.createEvent()];
    const [erased = '', unenriched = ''] = [
      ...(await tenant.capture(eventId, 5)).slice(0, 1),
      ...(await tenant.capture(eventId, [leadOf(90, { enriched: false })])),
    ];
    await tenant.capture(otherEvent, 3);
    await eraseLead(services, tenant.admin, { leadId: erased, confirm: true });
    const { integrationId } = await tenant.connectWebhook();
    await manual(tenant, integrationId);
    await tenant.capture(eventId, 2); // these it takes by itself
    expect(await backfill(tenant, integrationId, eventId, false)).toMatchObject({
      __typename: 'ConfirmationRequiredError',
      affectedLeads: 4,
    });
    expect(await tenant.items(integrationId)).toHaveLength(2);
    await withWorker(async () => {
      expect(await backfillAll(tenant, integrationId, eventId)).toMatchObject({
        status: 'COMPLETED',
        done: 4,
        total: 4,
      });
    });
    const taken = await leadIdsOf(tenant, integrationId);
    expect(taken).toHaveLength(6);
    expect(taken).not.toContain(erased);
    expect(taken).not.toContain(unenriched);
  });

  test.for(['Marketo', 'webhook'] as const)(
    'puts old leads onto the list of a %s, which are pushed as such',
    async (vendor) => {
      const tenant = await world.tenant();
      const eventId = await tenant.createEvent();
      await tenant.capture(eventId, 7);
      const { integrationId } = await (vendor === 'Marketo' ? tenant.connectMarketo() : tenant.connectWebhook());
      expect(await tenant.items(integrationId)).toEqual([]);
      await withWorker(async () => {
        expect(await backfillAll(tenant, integrationId, eventId)).toMatchObject({
          status: 'COMPLETED',
          requestedBy: 'Otto',
          integration: { id: globalId('Integration', integrationId) },
          event: { id: globalId('Event', eventId) },
          finishedAt: expect.stringMatching(/Z$/),
          problem: null,
        });
        await tenant.until(integrationId, { cleared: 7 });
      });
      const log = await tenant.log(integrationId);
      expect(log.filter(({ fromStatus }) => fromStatus === null)).toEqual(
        Array.from({ length: 7 }, () =>
          expect.objectContaining({ cause: 'BACKFILLED', causedBy: 'Otto', toStatus: 'QUEUED', eventId }),
        ),
      );
      const attempts = await services.db.execute<{ reason: string }>(
        sql`select distinct reason from push_attempts where integration_id = ${integrationId}`,
      );
      expect(attempts.map(({ reason }) => reason)).toEqual(['BACKFILLED']);
      expect(await violationsOf(services, tenant, integrationId)).toEqual([]);
    },
  );

  test('holds its leads under MANUAL, like any others', async () => {
    const tenant = await world.tenant();
    const eventId = await tenant.createEvent();
    await tenant.capture(eventId, 4);
    const { integrationId, receiver } = await tenant.connectWebhook();
    await manual(tenant, integrationId);
    await withWorker(async () => {
      await backfillAll(tenant, integrationId, eventId);
      expect(await tenant.counts(integrationId)).toMatchObject({ frozen: 4, queued: 0, syncing: 0, cleared: 0 });
      expect(receiver.deliveries()).toHaveLength(0);
      await setSyncMode(services, tenant.operator, { integrationId, mode: 'AUTOMATIC', confirm: true });
      await tenant.until(integrationId, { cleared: 4 });
    });
  });

  test('goes behind live leads, also those that come after it', async () => {
    const tenant = await world.tenant();
    const eventId = await tenant.createEvent();
    await tenant.capture(eventId, 5);
    const { integrationId } = await tenant.connectWebhook();
    await manual(tenant, integrationId); // nothing moves while the worker is there
    await withWorker(() => backfillAll(tenant, integrationId, eventId));
    const live = await tenant.capture(eventId, 3);
    await setSyncMode(services, tenant.operator, { integrationId, mode: 'AUTOMATIC', confirm: true });
    const before = await tenant.capture(eventId, 2);
    const claim = (limit: number) =>
      claimDueItems(services.db, {
        ...{ orgId: tenant.orgId, integrationId, token: services.newId(), claimSeconds: 60, limit },
        ...{ busyKeys: [], except: [], only: null, liveOnly: false },
      });
    const first = await claim(5);
    expect(first.map((item) => item.lead_id).toSorted()).toEqual([...live, ...before].toSorted());
    expect((await claim(10)).map((item) => item.reason)).toEqual(Array.from({ length: 5 }, () => 'BACKFILLED'));
  });

  test('adds nobody twice: not when it is asked for again, and not who is captured, edited or enriched meanwhile', async () => {
    const tenant = await world.tenant();
    const eventId = await tenant.createEvent();
    const [edited = ''] = await tenant.capture(eventId, 30);
    const [unenriched = ''] = await tenant.capture(eventId, [leadOf(90, { enriched: false })]);
    const { integrationId } = await tenant.connectWebhook();
    await manual(tenant, integrationId);
    const first = await backfill(tenant, integrationId, eventId);
    const same = await backfill(tenant, integrationId, eventId);
    expect(same.backfill.id).toBe(first.backfill.id); // RUNNING: nobody works on it yet
    await withWorker(async () => {
      await Promise.all([
        ended(tenant, first.backfill.id),
        tenant.capture(eventId, 20),
        updateLead(services, tenant.operator, { leadId: unenriched, enriched: true }),
        updateLead(services, tenant.operator, { leadId: edited, company: 'Elsewhere' }),
      ]);
      expect(await backfillAll(tenant, integrationId, eventId)).toMatchObject({
        status: 'COMPLETED',
        done: 0,
        total: 0,
      });
    });
    const taken = await leadIdsOf(tenant, integrationId);
    expect(taken).toHaveLength(51);
    expect(new Set(taken).size).toBe(51);
    expect((await tenant.items(integrationId)).find((item) => item.leadId === edited)?.revision).toBe(2);
    expect(await violationsOf(services, tenant, integrationId)).toEqual([]);
    expect(await backfill(tenant, integrationId, eventId, false)).toMatchObject({ affectedLeads: 0 });
  });

  test('leaves a lead alone that was enriched, and so listed, while the backfill waited for it', async () => {
    const tenant = await world.tenant();
    const eventId = await tenant.createEvent();
    const [first = '', second = ''] = await tenant.capture(eventId, 2);
    const { integrationId } = await tenant.connectWebhook();
    await manual(tenant, integrationId);
    const worker = await world.startWorker();
    const { backfill: started } = await services.db.transaction(async (tx) => {
      await tx.execute(sql`select from leads where id = ${first} for no key update`);
      const begun = await backfill(tenant, integrationId, eventId);
      await expect
        .poll(
          () =>
            services.db.execute(sql`
            select from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock' and query like '%"leads"%' and pid <> pg_backend_pid()`),
          { timeout: 20_000 },
        )
        .toHaveLength(1);
      const [lead] = await listLeads(tx, tenant.orgId, [first]);
      if (!lead) throw new Error('it was captured');
      await insertItems(tx, tenant.orgId, newItems(services, [integrationId], [lead]), {
        cause: 'ENRICHED',
        by: 'Otto',
      });
      return begun;
    });
    expect((await ended(tenant, started.id)).at(-1)).toMatchObject({ status: 'COMPLETED', done: 1, total: 1 });
    await worker.stop();
    expect(world.log.filter(({ event }) => event === 'operation.stepFailed')).toEqual([]);
    const log = await tenant.log(integrationId);
    expect(log.map(({ leadId, cause }) => [leadId, cause])).toEqual([
      [first, 'ENRICHED'],
      [second, 'BACKFILLED'],
    ]);
  });

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
