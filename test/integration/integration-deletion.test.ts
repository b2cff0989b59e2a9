import { and, eq, sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { claimDueItems } from '../../src/db/statements/claim.ts';
import { gates, operations, pushAttempts, syncItems } from '../../src/db/tables/index.ts';
import { NotFoundError } from '../../src/domain/errors.ts';
import { cancelRetry } from '../../src/sync/cancel-retry.ts';
import { captureLeads } from '../../src/sync/capture-leads.ts';
import { deleteIntegration } from '../../src/sync/delete-integration.ts';
import { disconnect } from '../../src/sync/disconnect.ts';
import { eraseLead } from '../../src/sync/erase-lead.ts';
import { retryEvent } from '../../src/sync/retry.ts';
import type { Services } from '../../src/sync/services.ts';
import { updateLead } from '../../src/sync/update-lead.ts';
import { startWorld } from '../support/engine.ts';
import { Tenant as Rows } from '../support/factory.ts';
import { globalId, SchemaClient } from '../support/graphql.ts';
import { violationsOf } from '../support/log-check.ts';
import { leadOf, Tenant } from '../support/tenant.ts';

const world = await startWorld({ worker: false });
const { services } = world;

const remove = /* GraphQL */ `
  mutation ($input: DeleteIntegrationInput!) {
    done: deleteIntegration(input: $input) {
      __typename
      ... on DeleteIntegrationSuccess { integrationId }
      ... on ConfirmationRequiredError { affectedLeads }
      ... on ValidationError { fieldErrors { path message } }
      ... on ForbiddenError { requiredRole }
    }
  }
`;

const deleteAs = (tenant: Tenant, integrationId: string) =>
  deleteIntegration(services, tenant.admin, { integrationId, confirm: true });

async function withWorker<Result>(work: () => Promise<Result>): Promise<Result> {
  const worker = await world.startWorker();
  try {
    return await work();
  } finally {
    await worker.stop();
  }
}

/** The deletion's operation, followed to its end. */
async function untilDeleted({ orgId }: Tenant) {
  const [found] = await services.db
    .select()
    .from(operations)
    .where(and(eq(operations.orgId, orgId), eq(operations.kind, 'INTEGRATION_DELETION')));
  if (!found) throw new Error('nothing is being deleted');
  let last = found;
  const told = world.feed.operation({ orgId, operationId: found.id }, AbortSignal.timeout(20_000));
  for await (const row of told) last = row;
  return last;
}

/** Tables of ours in which the text is anywhere. */
async function tablesWith(text: string): Promise<string[]> {
  const tables = await services.db.execute<{ name: string }>(
    sql`select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const [row] = await services.db.execute<{ n: number }>(
      sql`select count(*)::int as n from ${sql.identifier(name)} t where t::text like ${`%${text}%`}`,
    );
    if (row && row.n > 0) found.push(name);
  }
  return found;
}

/** Two integrations with waiting leads that nobody pushes; the first one is disconnected. */
async function givenTwo(leads = 3) {
  const rows = await Rows.create(services);
  const tenant = new Tenant(world, rows.orgId);
  const integrationId = await rows.createIntegration('MARKETO', { connection: 'DISCONNECTED' });
  const otherId = await rows.createIntegration();
  const eventId = await rows.createEvent();
  const leadIds: string[] = [];
  for (let left = leads; left > 0; left -= 1_000) {
    leadIds.push(...(await rows.captureLeads(eventId, Math.min(left, 1_000))));
  }
  return { rows, tenant, integrationId, otherId, eventId, leadIds };
}

describe('a deleted integration', () => {
  test('leaves nothing behind, and everything else as it is', async () => {
    const tenant = await world.tenant();
    const eventId = await tenant.createEvent();
    const { integrationId, receiver } = await tenant.connectWebhook();
    const other = await tenant.connectWebhook();
    const left = await withWorker(async () => {
      receiver.script(400);
      await tenant.capture(eventId, 3);
      await tenant.until(integrationId, { cleared: 2, failed: 1 });
      await tenant.until(other.integrationId, { cleared: 3 });
      const retryId = await retryEvent(services, tenant.operator, { integrationId, eventId, groups: ['FAILED'] });
      await tenant.untilRetry(retryId);
      await disconnect(services, tenant.admin, { integrationId, confirm: true });
      expect((await tablesWith(integrationId)).length).toBeGreaterThan(8);
      await deleteAs(tenant, integrationId);
      return untilDeleted(tenant);
    });
    expect(left).toMatchObject({ status: 'COMPLETED', total: 3, done: 3 });
    expect(await tablesWith(integrationId)).toEqual(['operations']);
    expect(await tenant.counts(other.integrationId)).toMatchObject({ cleared: 3 });
    expect(await violationsOf(services, tenant, other.integrationId)).toEqual([]);
    expect(await services.db.select().from(pushAttempts).where(eq(pushAttempts.orgId, tenant.orgId))).toHaveLength(3);
  });

  test('is gone from every answer at once, also while its rows are still being removed', async () => {
    const { rows, tenant, integrationId, otherId, eventId, leadIds } = await givenTwo();
    const ofThis = eq(gates.integrationId, integrationId);
    await services.db.update(gates).set({ connection: 'CONNECTED' }).where(ofThis);
    const retryId = await retryEvent(services, tenant.operator, { integrationId, eventId });
    await services.db.update(gates).set({ connection: 'DISCONNECTED' }).where(ofThis);
    const [item] = await rows.listItems(integrationId);
    const client = new SchemaClient(services, tenant.admin);
    const id = globalId('Integration', integrationId);
    const { done } = await client.data(remove, { input: { integrationId: id, confirm: true } });
    expect(done).toEqual({ __typename: 'DeleteIntegrationSuccess', integrationId: id });
    expect(await rows.listItems(integrationId)).toHaveLength(3);
    const seen = await client.data(
      /* GraphQL */ `
        query ($id: ID!, $item: ID!, $retry: ID!, $lead: ID!) {
          node(id: $id) { id } retry: node(id: $retry) { id } item: node(id: $item) { id } integration(id: $id) { id } syncMode(integrationId: $id) { mode }
          reconciliation(integrationId: $id) { withdrawn } integrations { id } lead(id: $lead) { syncItems { integration { id } } }
        }
      `,
      {
        id,
        item: globalId('SyncItem', item?.id ?? ''),
        retry: globalId('Retry', retryId),
        lead: globalId('Lead', leadIds[0] ?? ''),
      },
    );
    const otherOne = { id: globalId('Integration', otherId) };
    expect(seen).toEqual({
      ...{ node: null, retry: null, item: null, integration: null, syncMode: null, reconciliation: null },
      integrations: [otherOne],
      lead: { syncItems: [{ integration: otherOne }] },
    });
    expect((await client.data(remove, { input: { integrationId: id, confirm: true } })).done).toEqual({
      __typename: 'NotFoundError',
    });
    await expect(cancelRetry(services, tenant.operator, retryId)).rejects.toThrow(NotFoundError);
    expect(await tenant.counts(otherId, eventId)).toMatchObject({ queued: 3 });
  });

  test('is removed in chunks, and goes on in another process when the first one stops', async () => {
    const { rows, tenant, integrationId, otherId } = await givenTwo(2_500);
    await deleteAs(tenant, integrationId);
    const first = await world.startWorker();
    const [{ id: operationId } = { id: '' }] = await services.db
      .select({ id: operations.id })
      .from(operations)
      .where(eq(operations.orgId, rows.orgId));
    for await (const row of world.feed.operation({ orgId: rows.orgId, operationId }, AbortSignal.timeout(20_000))) {
      if (row.done > 0 && row.done < 2_500) break;
    }
    await first.stop();
    const [stopped] = await services.db.select().from(operations).where(eq(operations.id, operationId));
    expect(stopped?.done).toBeGreaterThan(0);
    const left = (await rows.listItems(integrationId)).length;
    expect(left).toBe(2_500 - (stopped?.done ?? 0)); // a piece is done and told, or neither
    const last = await withWorker(() => untilDeleted(tenant));
    expect(last).toMatchObject({ status: 'COMPLETED', done: 2_500 });
    expect(await tablesWith(integrationId)).toEqual(['operations']);
    expect(await rows.listItems(otherId)).toHaveLength(2_500);
  });

  test('is in nobody’s way: leads that were on its list are edited, erased and captured as before', async () => {
    const { rows, tenant, integrationId, otherId, eventId, leadIds } = await givenTwo();
    await deleteAs(tenant, integrationId);
    await updateLead(services, tenant.operator, { leadId: leadIds[0] ?? '', company: 'Elsewhere' });
    await eraseLead(services, tenant.admin, { leadId: leadIds[1] ?? '', confirm: true });
    const [newLead = ''] = await captureLeads(services, tenant.operator, { eventId, leads: [leadOf(7)] });
    const items = await services.db.select().from(syncItems).where(eq(syncItems.leadId, newLead));
    expect(items.map((item) => item.integrationId)).toEqual([otherId]);
    expect((await withWorker(() => untilDeleted(tenant))).status).toBe('COMPLETED');
    expect(await tablesWith(integrationId)).toEqual(['operations']);
    expect(await rows.listItems(otherId)).toHaveLength(4);
    const found = (await violationsOf(services, tenant, otherId)).filter((text) => !text.includes('history says'));
    expect(found).toEqual([]);
  });

  test('gets no lead of a capture that had begun before it was deleted', async () => {
    const { tenant, integrationId, otherId, eventId } = await givenTwo();
    const deleted = Promise.withResolvers<void>();
    const mayCommit = Promise.withResolvers<void>();
    const slowly: Services = {
      ...services,
      db: Object.assign(Object.create(services.db) as Services['db'], {
        transaction: (run: Parameters<Services['db']['transaction']>[0]) =>
          services.db.transaction(async (tx) => {
            const done = await run(tx);
            deleted.resolve();
            await mayCommit.promise;
            return done;
          }),
      }),
    };
    const deleting = deleteIntegration(slowly, tenant.admin, { integrationId, confirm: true });
    await deleted.promise;
    const capturing = captureLeads(services, tenant.operator, { eventId, leads: [leadOf(8)] });
    await untilBlocked();
    mayCommit.resolve();
    await deleting;
    const [leadId = ''] = await capturing;
    const items = await services.db.select().from(syncItems).where(eq(syncItems.leadId, leadId));
    expect(items.map((item) => item.integrationId)).toEqual([otherId]);
  });

  test('ends the streams that watch it, each with an error; those that watch everything go on', async () => {
    const { tenant, integrationId, otherId } = await givenTwo();
    const client = new SchemaClient(services, tenant.admin, world.feed);
    const id = globalId('Integration', integrationId);
    const watch = (text: string) => client.subscribe(text, text.includes('$id') ? { id } : {});
    const doomed = await Promise.all([
      watch('subscription ($id: ID!) { reconciliationChanged(integrationId: $id) { withdrawn } }'),
      watch('subscription ($id: ID!) { integrationChanged(integrationId: $id) { name } }'),
      watch('subscription ($id: ID!) { leadStatusChanged(integrationId: $id) { id } }'),
      watch('subscription ($id: ID!) { leadStatusesChanged(integrationId: $id) { cursor } }'),
    ]);
    const [counts, setting] = doomed;
    await counts?.next();
    await setting?.next();
    const all = await watch('subscription { integrationChanged { id } }');
    const first = [await all.next(), await all.next()].map(({ value }) => value.integrationChanged.id).sort();
    expect(first).toEqual([id, globalId('Integration', otherId)].sort());
    const ends = doomed.map((stream) =>
      stream.next().then(
        () => null,
        (error: { extensions: object }) => error.extensions,
      ),
    );
    await deleteAs(tenant, integrationId);
    expect(await Promise.all(ends)).toMatchObject(doomed.map(() => ({ code: 'NOT_FOUND' })));
    const next = all.next();
    await disconnect(services, tenant.admin, { integrationId: otherId, confirm: true });
    expect((await next).value.integrationChanged.id).toBe(globalId('Integration', otherId));
  });
});

test('only a disconnected one without leads in flight is deleted, by an administrator who confirms it', async () => {
  const { rows, tenant, integrationId, otherId } = await givenTwo();
  const ask = async (viewer: Tenant['admin'], target: string, more: object = { confirm: true }) => {
    const input = { integrationId: globalId('Integration', target), ...more };
    return (await new SchemaClient(services, viewer).data(remove, { input })).done;
  };
  expect(await ask(tenant.operator, integrationId)).toEqual({ __typename: 'ForbiddenError', requiredRole: 'ADMIN' });
  expect(await ask(tenant.admin, integrationId, {})).toEqual({
    __typename: 'ConfirmationRequiredError',
    affectedLeads: 3,
  });
  expect(await ask((await world.tenant()).admin, integrationId)).toEqual({ __typename: 'NotFoundError' });
  expect(await ask(tenant.admin, otherId)).toMatchObject({
    fieldErrors: [{ path: 'integrationId', message: expect.stringContaining('disconnect') }],
  });
  const { orgId } = rows;
  await claimDueItems(services.db, {
    ...{ orgId, integrationId: otherId, token: services.newId(), claimSeconds: 60, limit: 2 },
    ...{ busyKeys: [], except: [], only: null, liveOnly: false },
  });
  await disconnect(services, tenant.admin, { integrationId: otherId, confirm: true });
  expect(await ask(tenant.admin, otherId)).toMatchObject({
    fieldErrors: [{ path: 'integrationId', message: expect.stringContaining('2 leads in flight') }],
  });
  expect(await rows.listItems(otherId)).toHaveLength(3);
  expect(await tenant.counts(otherId)).toMatchObject({ syncing: 2 });
});

/** Until a statement of another connection waits for a lock. */
async function untilBlocked(): Promise<void> {
  for (;;) {
    const [row] = await services.db.execute<{ waiting: number }>(sql`
      select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`);
    if (row && row.waiting > 0) return;
  }
}
