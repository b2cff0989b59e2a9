import { sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { claimDueItems } from '../../src/db/statements/claim.ts';
import { insertItems } from '../../src/db/statements/edit-items.ts';
import { listLeads } from '../../src/db/statements/leads.ts';
import { eraseLead } from '../../src/sync/erase-lead.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { updateLead } from '../../src/sync/update-lead.ts';
import { newItems } from '../../src/sync/write-leads.ts';
import { backfillStand } from '../support/backfill-stand.ts';
import { startWorld } from '../support/engine.ts';
import { globalId } from '../support/graphql.ts';
import { violationsOf } from '../support/log-check.ts';
import { leadOf } from '../support/tenant.ts';

const world = await startWorld({ worker: false, operations: { times: { leaseSeconds: 1, sweepMs: 100 } } });
const { services } = world;
const { manual, backfill, ended, withWorker, backfillAll, leadIdsOf } = backfillStand(world);

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
});
