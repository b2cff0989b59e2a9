import { asc, eq, sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { claimDueItems, recoverExpiredClaims } from '../../src/db/statements/claim.ts';
import { leads, pushAttempts, syncItems } from '../../src/db/tables/index.ts';
import { lanes } from '../../src/domain/lane.ts';
import { disable } from '../../src/sync/disable.ts';
import { enable } from '../../src/sync/enable.ts';
import { retryEvent } from '../../src/sync/retry.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { updateLead } from '../../src/sync/update-lead.ts';
import { startWorld } from '../support/engine.ts';
import { leadOf, type Tenant } from '../support/tenant.ts';

const world = await startWorld({ worker: false });
const { services } = world;

async function given() {
  const tenant = await world.tenant();
  const stand = await tenant.connectWebhook();
  return { tenant, ...stand, eventId: await tenant.createEvent() };
}

/** Runs `work` while a worker runs. */
async function withWorker<Result>(work: () => Promise<Result>): Promise<Result> {
  const worker = await world.startWorker();
  try {
    return await work();
  } finally {
    await worker.stop();
  }
}

/** Leads of one person: they are pushed one after the other, so that the order of arrival is the order of claiming. */
const person = (externalId: string) => leadOf(1, { externalId });

const reasonsOf = async ({ orgId }: Tenant) =>
  services.db
    .select({ lead: leads.externalId, reason: pushAttempts.reason })
    .from(pushAttempts)
    .innerJoin(syncItems, eq(syncItems.id, pushAttempts.itemId))
    .innerJoin(leads, eq(leads.id, syncItems.leadId))
    .where(eq(pushAttempts.orgId, orgId))
    .orderBy(asc(pushAttempts.startedAt));

/** Puts a waiting lead behind everything else, as a backfill does. */
const asBackfill = (tenant: Tenant, externalId: string) =>
  services.db
    .update(syncItems)
    .set({ lane: lanes.BACKFILL, version: sql`${syncItems.version} + 1`, cause: 'BACKFILLED' })
    .where(
      sql`${syncItems.orgId} = ${tenant.orgId} and ${syncItems.leadId} in (
        select id from leads where org_id = ${tenant.orgId} and external_id = ${externalId})`,
    );

describe('what is due goes in the order of its lane', () => {
  test('what comes live before what a switch let go, that before retries, and those before a backfill, whatever was due first', async () => {
    const { tenant, integrationId, eventId, receiver } = await given();
    receiver.script(400, 400);
    await tenant.capture(eventId, [person('retried 1'), person('retried 2')]);
    await withWorker(() => tenant.until(integrationId, { failed: 2 }));
    await setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL', confirm: true });
    await tenant.capture(eventId, [person('backfilled')]);
    await asBackfill(tenant, 'backfilled');
    await retryEvent(services, tenant.operator, { integrationId, eventId, groups: ['FAILED'] });
    await tenant.capture(eventId, [person('flushed 1')]);
    await tenant.capture(eventId, [person('flushed 2')]);
    await setSyncMode(services, tenant.operator, { integrationId, mode: 'AUTOMATIC' });
    await tenant.capture(eventId, [person('live 1')]);
    await tenant.capture(eventId, [person('live 2')]);

    await withWorker(() => tenant.until(integrationId, { cleared: 7 }));
    const arrived = (await reasonsOf(tenant)).slice(2);
    expect(arrived.slice(0, 4)).toEqual([
      { lead: 'live 1', reason: 'AUTOMATIC' },
      { lead: 'live 2', reason: 'AUTOMATIC' },
      { lead: 'flushed 1', reason: 'FLUSHED' },
      { lead: 'flushed 2', reason: 'FLUSHED' },
    ]);
    expect(
      arrived
        .slice(4, 6)
        .map(({ lead, reason }) => `${lead} ${reason}`)
        .sort(),
    ).toEqual(['retried 1 RETRIED', 'retried 2 RETRIED']);
    expect(arrived.slice(6)).toEqual([{ lead: 'backfilled', reason: 'BACKFILLED' }]);
    const order = receiver
      .deliveries()
      .slice(2)
      .map(({ body }) => JSON.parse(body).data.lead.externalId);
    expect(order).toEqual(arrived.map(({ lead }) => lead));
  });

  test('a lead that comes live while a flush is under way does not wait for its end', async () => {
    const { tenant, integrationId, eventId, receiver } = await given();
    await disable(services, tenant.operator, { integrationId });
    await tenant.capture(eventId, ['a', 'b', 'c'].map(person));
    await enable(services, tenant.operator, { integrationId });
    receiver.fault({ kind: 'hang' });
    const worker = await world.startWorker();
    await receiver.untilHanging(); // the first of the flush
    await tenant.capture(eventId, [person('live')]);
    await worker.stop(0);
    await withWorker(() => tenant.until(integrationId, { cleared: 4 }));
    const order = receiver.deliveries().map(({ body }) => JSON.parse(body).data.lead.externalId);
    expect(order.slice(1)).toEqual(['live', order[0], ...['a', 'b', 'c'].filter((one) => one !== order[0])]);
  });
});

describe('why a push ran', () => {
  test('RELEASED: somebody pushed it out of a Manual integration; AUTOMATIC again once it was edited', async () => {
    const { tenant, integrationId, eventId } = await given();
    await setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL', confirm: true });
    const [leadId = ''] = await tenant.capture(eventId, [person('a')]);
    await retryEvent(services, tenant.operator, { integrationId, eventId });
    await withWorker(async () => {
      await tenant.until(integrationId, { cleared: 1 });
      await setSyncMode(services, tenant.operator, { integrationId, mode: 'AUTOMATIC' });
      await updateLead(services, tenant.operator, { leadId, company: 'Difference Engines' });
      await tenant.untilItems(integrationId, ([item]) => item?.state === 'CLEARED' && item.syncedRevision === 2);
    });
    expect((await reasonsOf(tenant)).map(({ reason }) => reason)).toEqual(['RELEASED', 'AUTOMATIC']);
  });

  test('AGAIN: the vendor had asked us to wait, or there was passing trouble, whoever had asked for the push', async () => {
    const { tenant, integrationId, eventId, receiver } = await given();
    receiver.script(400, { status: 429, headers: { 'retry-after': '60' } }, 500);
    await tenant.capture(eventId, [person('a')]);
    await withWorker(() => tenant.until(integrationId, { failed: 1 }));
    await retryEvent(services, tenant.operator, { integrationId, eventId, groups: ['FAILED'] });
    await withWorker(() => tenant.untilIntegration(integrationId, ({ vendorState }) => vendorState === 'THROTTLED'));
    await tenant.until(integrationId, { queued: 1 });
    await world.forward(61);
    await withWorker(() =>
      tenant.untilItems(integrationId, ([item]) => item?.failures === 1 && item.state === 'PENDING'),
    );
    await world.forward(6);
    await withWorker(() => tenant.until(integrationId, { cleared: 1 }));
    expect((await reasonsOf(tenant)).map(({ reason }) => reason)).toEqual(['AUTOMATIC', 'RETRIED', 'AGAIN', 'AGAIN']);
  });

  test('RECOVERED: the process before died with it', async () => {
    const { tenant, orgId, integrationId, eventId } = await given();
    await tenant.capture(eventId, [person('a')]);
    const everything = { busyKeys: [], except: [], only: null, liveOnly: false };
    const claim = { orgId, integrationId, token: services.newId(), claimSeconds: -60, limit: 1, ...everything };
    expect(await claimDueItems(services.db, claim)).toMatchObject([{ reason: 'AUTOMATIC' }]);
    await recoverExpiredClaims(services.db, 0);
    await withWorker(() => tenant.until(integrationId, { cleared: 1 }));
    expect(await reasonsOf(tenant)).toEqual([{ lead: 'a', reason: 'RECOVERED' }]);
  });
});
