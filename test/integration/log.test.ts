import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { renewLogEpoch } from '../../src/db/log-epoch.ts';
import { pruneLogs } from '../../src/db/statements/prune.ts';
import { CursorExpiredError } from '../../src/domain/errors.ts';
import { disable } from '../../src/sync/disable.ts';
import { enable } from '../../src/sync/enable.ts';
import { encodeCursor } from '../../src/sync/log.ts';
import { retryEvent } from '../../src/sync/retry.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { updateLead } from '../../src/sync/update-lead.ts';
import { startWorld } from '../support/engine.ts';
import { replay, tally, violationsOf } from '../support/log-check.ts';
import { leadOf, type Tenant } from '../support/tenant.ts';

const world = await startWorld();
const { services } = world;

async function given() {
  const tenant = await world.tenant();
  const { integrationId, marketo, credentials } = await tenant.connectMarketo();
  return { tenant, integrationId, marketo, credentials, eventId: await tenant.createEvent() };
}

/** The log's first answer to who resumes there. */
function resume(tenant: Tenant, integrationId: string, after: string) {
  const options = { orgId: tenant.orgId, integrationId, eventId: null, after, batchMax: 100, heartbeats: false };
  return world.feed.transitions(options, AbortSignal.timeout(10_000)).next();
}

test('under captures, edits, pushes and switches at once positions have no gaps, moves join, and counts are what counting gives', async () => {
  const { tenant, integrationId, marketo } = await given();
  const webhook = await tenant.connectWebhook();
  const eventIds = await Promise.all([1, 2, 3].map(() => tenant.createEvent()));
  marketo.fault({ kind: 'record', code: '1007', email: String(leadOf(5).email), times: null });
  const captured = await Promise.all(
    eventIds.flatMap((eventId, event) =>
      [0, 1, 2, 3].map((call) =>
        tenant.capture(
          eventId,
          Array.from({ length: 20 }, (_, index) =>
            leadOf(index + 20 * call, { externalId: `${event}-${call}-${index}` }),
          ),
        ),
      ),
    ),
  );
  const edits = captured.flatMap(([first = '', second = '']) =>
    [first, second].map((leadId) => updateLead(services, tenant.operator, { leadId, company: 'Difference Engines' })),
  );
  const switches = async () => {
    await setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL', confirm: true });
    for (const eventId of eventIds) await retryEvent(services, tenant.operator, { integrationId, eventId });
    await disable(services, tenant.operator, { integrationId });
    await enable(services, tenant.operator, { integrationId });
    await setSyncMode(services, tenant.operator, { integrationId, mode: 'AUTOMATIC' });
  };
  await Promise.all([...edits, switches()]);
  await tenant.until(integrationId, { cleared: 237, failed: 3 });
  await tenant.until(webhook.integrationId, { cleared: 240 });
  expect(await violationsOf(services, tenant, integrationId)).toEqual([]);
  expect(await violationsOf(services, tenant, webhook.integrationId)).toEqual([]);
});

test('counts that are read while everything moves are what the log says at their position', async () => {
  const { tenant, integrationId, eventId } = await given();
  const snapshots: Awaited<ReturnType<Tenant['snapshot']>>[] = [];
  let isDone = false;
  const watch = async () => {
    while (!isDone) snapshots.push(await tenant.snapshot(integrationId));
  };
  const work = async () => {
    for (let call = 0; call < 15; call++) {
      await tenant.capture(eventId, 40);
      const mode = call % 2 === 0 ? 'MANUAL' : 'AUTOMATIC';
      await setSyncMode(services, tenant.operator, { integrationId, mode, confirm: true });
    }
    await setSyncMode(services, tenant.operator, { integrationId, mode: 'AUTOMATIC' });
    await tenant.until(integrationId, { cleared: 600 });
    isDone = true;
  };
  await Promise.all([work(), watch(), watch()]);
  const log = await tenant.log(integrationId);
  const wrong = snapshots.filter((snapshot) => {
    const { frozen, queued, syncing, cleared } = snapshot;
    const said = tally(replay(log, snapshot.position).values());
    return JSON.stringify(said) !== JSON.stringify({ waiting: frozen + queued, syncing, failed: 0, cleared });
  });
  expect(wrong).toEqual([]);
  expect(new Set(snapshots.map(({ position }) => position)).size).toBeGreaterThan(5);
});

test('instants never run backwards against positions, even when the clock is set back', async () => {
  const { tenant, integrationId, eventId } = await given();
  await world.forward(600);
  await tenant.capture(eventId, 1);
  await tenant.until(integrationId, { cleared: 1 });
  await world.forward(-600);
  await tenant.capture(eventId, 1);
  await tenant.until(integrationId, { cleared: 2 });
  const instants = (await tenant.log(integrationId)).map(({ at }) => at.getTime());
  expect(instants).toHaveLength(6);
  expect(instants).toEqual(instants.toSorted((a, b) => a - b));
});

test('what is taken off the database leaves the counts as well', async () => {
  const { tenant, integrationId, eventId } = await given();
  await disable(services, tenant.operator, { integrationId });
  await tenant.capture(eventId, 5);
  await services.db.execute(sql`
    delete from sync_items where ctid = any(array(select ctid from sync_items where org_id = ${tenant.orgId} limit 2))`);
  expect(await tenant.counts(integrationId)).toMatchObject({ frozen: 3 });
  await services.db.execute(sql`delete from sync_items where org_id = ${tenant.orgId}`);
  await services.db.execute(sql`delete from leads where org_id = ${tenant.orgId}`);
  expect(await tenant.snapshot(integrationId)).toMatchObject({ frozen: 0, notEnriched: 0 });
});

test('a row that no integration’s log can take is refused: nothing moves without being logged', async () => {
  const { tenant, integrationId, eventId } = await given();
  await disable(services, tenant.operator, { integrationId });
  await tenant.capture(eventId, 1);
  const orphan = services.db.transaction(async (tx) => {
    await tx.execute(sql`delete from sync_logs where org_id = ${tenant.orgId}`);
    await tx.execute(sql`update sync_items set version = version + 1, cause = 'EDITED' where org_id = ${tenant.orgId}`);
  });
  await expect(orphan).rejects.toThrow();
  expect(await violationsOf(services, tenant, integrationId)).toEqual([]);
});

test('pruning removes what is older than the retention, keeps the rest, and expires the cursors before', async () => {
  const { tenant, integrationId, eventId } = await given();
  await tenant.capture(eventId, 10);
  await tenant.until(integrationId, { cleared: 10 });
  const { logEpoch } = await tenant.snapshot(integrationId);
  await world.forward(91 * 24 * 3_600);
  await tenant.capture(eventId, 2);
  await tenant.until(integrationId, { cleared: 12 });
  const counts = await tenant.counts(integrationId);
  expect(await pruneLogs(services.db, 90)).toBeGreaterThanOrEqual(30); // and what other tests left
  expect((await tenant.log(integrationId)).map(({ position }) => position)).toEqual([31, 32, 33, 34, 35, 36]);
  expect(await tenant.counts(integrationId)).toEqual(counts);

  const at = (position: number) => encodeCursor({ integrationId, logEpoch, position });
  const expired = await resume(tenant, integrationId, at(29)).catch((error: unknown) => error);
  expect(expired).toBeInstanceOf(CursorExpiredError);
  expect(expired).toMatchObject({ oldest: at(30) });
  const { value: rest } = await resume(tenant, integrationId, at(30));
  expect(rest?.transitions[0]).toMatchObject({ position: 31 });
  expect(rest).toMatchObject({ position: 36, caughtUp: true });
  expect(await pruneLogs(services.db, 90)).toBe(0);
  expect(await tenant.log(integrationId)).toHaveLength(6);
  await tenant.capture(eventId, 1);
  expect((await tenant.log(integrationId))[6]).toMatchObject({ position: 37, cause: 'CAPTURED' });
});

test('another history of the database expires every cursor of the old one; the same history expires none', async () => {
  const { tenant, integrationId, eventId } = await given();
  await tenant.capture(eventId, 1);
  await tenant.until(integrationId, { cleared: 1 });
  const before = await tenant.snapshot(integrationId);
  await renewLogEpoch(services.db);
  expect((await tenant.snapshot(integrationId)).logEpoch).toBe(before.logEpoch);

  await services.db.execute(sql`update log_epochs set fingerprint = 'of the server that it was dumped from'`);
  await renewLogEpoch(services.db);
  const after = await tenant.snapshot(integrationId);
  expect(after).toEqual({ ...before, logEpoch: expect.not.stringContaining(before.logEpoch) });
  const old = encodeCursor({ integrationId, logEpoch: before.logEpoch, position: 1 });
  await expect(resume(tenant, integrationId, old)).rejects.toThrow(CursorExpiredError);
  const renewed = await resume(
    tenant,
    integrationId,
    encodeCursor({ integrationId, logEpoch: after.logEpoch, position: 1 }),
  );
  expect(renewed.value).toMatchObject({ logEpoch: after.logEpoch, position: 3 });
});
