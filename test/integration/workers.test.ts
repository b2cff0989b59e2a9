import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { claimDueItems, prolongClaim, recoverExpiredClaims } from '../../src/db/statements/claim.ts';
import { type Settlement, settleItems } from '../../src/db/statements/settle.ts';
import { cancelRetry } from '../../src/sync/cancel-retry.ts';
import { disable } from '../../src/sync/disable.ts';
import { enable } from '../../src/sync/enable.ts';
import { retryEvent } from '../../src/sync/retry.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { updateLead } from '../../src/sync/update-lead.ts';
import { startWorld } from '../support/engine.ts';
import { leadOf, type Tenant } from '../support/tenant.ts';

const world = await startWorld({ worker: false, times: { recoveryMs: 100 } });
const { services } = world;

async function given(options?: Parameters<Tenant['connectMarketo']>[0]) {
  const tenant = await world.tenant();
  const stand = await tenant.connectMarketo(options);
  const pushes = () => stand.marketo.calls().filter(({ emails }) => emails.length > 0);
  return { tenant, ...stand, pushes, eventId: await tenant.createEvent() };
}

interface Target {
  orgId: string;
  integrationId: string;
}

/** Claims as a process does, for so many seconds; negative: the process died that long ago. */
async function claim({ orgId, integrationId }: Target, claimSeconds: number, limit = 300) {
  const token = randomUUID();
  const everything = { busyKeys: [], except: [], only: null, liveOnly: false };
  const items = await claimDueItems(services.db, { orgId, integrationId, token, claimSeconds, limit, ...everything });
  return { token, items };
}

const clearedAs = (id: string, token: string, remoteId: string): Settlement => ({
  id,
  claim: token,
  outcome: 'CLEARED',
  cause: 'ANSWERED',
  begun: true,
  sentRevision: 1,
  remoteId,
  written: null,
  digest: null,
  accountGeneration: 1,
  error: null,
  dueInMs: 0,
  failures: 0,
  failedValue: null,
  refusedDigest: null,
  attempt: null,
});

/** Runs `work` while a worker runs. */
async function withWorker<Result>(work: () => Promise<Result>): Promise<Result> {
  const worker = await world.startWorker();
  try {
    return await work();
  } finally {
    await worker.stop();
  }
}

describe('a claim', () => {
  test('whose process died is given back, and another process pushes what it held', async () => {
    const { tenant, integrationId, eventId, orgId, marketo } = await given();
    await tenant.capture(eventId, 5);
    expect((await claim({ orgId, integrationId }, -60, 3)).items).toHaveLength(3);
    expect(await tenant.counts(integrationId)).toMatchObject({ syncing: 3, queued: 2 });
    await withWorker(() => tenant.until(integrationId, { cleared: 5 }));
    expect(marketo.leads()).toHaveLength(5);
    const log = await tenant.log(integrationId);
    expect(log.filter(({ cause }) => cause === 'RECOVERED')).toHaveLength(3);
    expect((await tenant.items(integrationId)).every(({ failures }) => failures === 0)).toBe(true);
  });

  test('that still runs is left alone by every other process', async () => {
    const { tenant, integrationId, eventId, orgId, pushes } = await given();
    const [leadId = ''] = await tenant.capture(eventId, 1);
    await claim({ orgId, integrationId }, 3_600);
    await tenant.capture(eventId, 1);
    await withWorker(() => tenant.until(integrationId, { cleared: 1, syncing: 1 }));
    await updateLead(services, tenant.operator, { leadId, company: 'Difference Engines' });
    expect(await recoverExpiredClaims(services.db, 0)).toEqual([]);
    expect(pushes()).toHaveLength(1);
  });

  test('keeps its match key busy for the next process: the same address is not pushed beside it', async () => {
    const { tenant, integrationId, eventId, orgId, pushes } = await given();
    const same = { email: 'same@example.test' };
    await tenant.capture(eventId, [leadOf(1, same)]);
    const { token, items } = await claim({ orgId, integrationId }, 3_600);
    await tenant.capture(eventId, [leadOf(2, same), leadOf(3)]);
    await withWorker(async () => {
      await tenant.until(integrationId, { cleared: 1, queued: 1, syncing: 1 });
      expect(pushes().flatMap(({ emails }) => emails)).toEqual([leadOf(3).email]);
      await settleItems(services.db, orgId, [clearedAs(items[0]?.id ?? '', token, '1')]);
      await tenant.until(integrationId, { cleared: 3 });
    });
  });

  test('that ran out is not settled late once it belongs to another: the late answer changes nothing', async () => {
    const { tenant, integrationId, eventId, orgId } = await given();
    await tenant.capture(eventId, 1);
    const dead = await claim({ orgId, integrationId }, -60);
    const [item] = dead.items;
    await recoverExpiredClaims(services.db, 0);
    const late = [clearedAs(item?.id ?? '', dead.token, 'late')];
    const waiting = await tenant.items(integrationId);
    expect(await settleItems(services.db, orgId, late)).toEqual([]);
    expect(await tenant.items(integrationId)).toEqual(waiting);

    const second = await claim({ orgId, integrationId }, 60);
    const claimed = await tenant.items(integrationId);
    expect(await settleItems(services.db, orgId, late)).toEqual([]);
    expect(await prolongClaim(services.db, orgId, [item?.id ?? ''], dead.token, 60)).toBe(false);
    expect(await tenant.items(integrationId)).toEqual(claimed);
    expect(await settleItems(services.db, orgId, [clearedAs(item?.id ?? '', second.token, 'in time')])).toMatchObject([
      { state: 'CLEARED' },
    ]);
  });

  test('that ran out and that nobody has taken yet is settled all the same', async () => {
    const { tenant, integrationId, eventId, orgId } = await given();
    await tenant.capture(eventId, 1);
    const { token, items } = await claim({ orgId, integrationId }, -60);
    await settleItems(services.db, orgId, [clearedAs(items[0]?.id ?? '', token, '7')]);
    expect(await tenant.items(integrationId)).toMatchObject([{ state: 'CLEARED', remoteId: '7' }]);
  });

  test('is recovered only after the margin in which its process may still send', async () => {
    const { tenant, integrationId, eventId, orgId } = await given();
    await tenant.capture(eventId, 1);
    await claim({ orgId, integrationId }, -60);
    expect(await recoverExpiredClaims(services.db, 3_600)).toEqual([]);
    expect(await recoverExpiredClaims(services.db, 30)).toEqual([{ orgId, integrationId }]);
    expect(await tenant.counts(integrationId)).toMatchObject({ queued: 1, syncing: 0 });
  });

  test('prolonged is not a move: nothing is logged, no version rises', async () => {
    const { tenant, integrationId, eventId, orgId } = await given();
    await tenant.capture(eventId, 2);
    const { token, items } = await claim({ orgId, integrationId }, 60);
    const before = { log: await tenant.log(integrationId), items: await tenant.items(integrationId) };
    const ids = items.map(({ id }) => id);
    expect(await prolongClaim(services.db, orgId, ids, token, 3_600)).toBe(true);
    expect(await tenant.log(integrationId)).toEqual(before.log);
    const after = await tenant.items(integrationId);
    expect(after.map(({ version }) => version)).toEqual(before.items.map(({ version }) => version));
    expect(after.every((item, index) => (item.claimedUntil ?? 0) > (before.items[index]?.claimedUntil ?? 0))).toBe(
      true,
    );
  });

  test('made under a gate that closes is recovered as frozen: nothing of it is sent', async () => {
    const { tenant, integrationId, eventId, orgId, pushes } = await given();
    await tenant.capture(eventId, 2);
    await claim({ orgId, integrationId }, -60);
    expect(await disable(services, tenant.operator, { integrationId })).toMatchObject({ inFlight: 2, held: 0 });
    await withWorker(() => tenant.until(integrationId, { frozen: 2, syncing: 0 }));
    expect(pushes()).toEqual([]);
    await enable(services, tenant.operator, { integrationId });
    await withWorker(() => tenant.until(integrationId, { cleared: 2 }));
  });

  test('of a canceled retry goes back to where it was before the retry, when its process died', async () => {
    const { tenant, integrationId, eventId, orgId, marketo } = await given();
    marketo.fault({ kind: 'record', code: '1007', times: 2 });
    await tenant.capture(eventId, 2);
    await withWorker(() => tenant.until(integrationId, { failed: 2 }));
    await setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL', confirm: true });
    const retryId = await retryEvent(services, tenant.operator, { integrationId, eventId, groups: ['FAILED'] });
    await claim({ orgId, integrationId }, -60, 1);
    await cancelRetry(services, tenant.operator, retryId);
    expect(await tenant.counts(integrationId)).toMatchObject({ syncing: 1, failed: 1 });
    await recoverExpiredClaims(services.db, 0);
    expect(await tenant.counts(integrationId)).toMatchObject({ failed: 2, frozen: 0, queued: 0 });
    expect(await tenant.items(integrationId)).toMatchObject([
      { error: { category: 'DUPLICATE' }, retryId: null, beforeRetry: null },
      { error: { category: 'DUPLICATE' }, retryId: null, beforeRetry: null },
    ]);
  });
});

describe('shutdown', () => {
  test('finishes what is in flight, claims nothing more, and the next process pushes the rest, each lead once', async () => {
    const { tenant, integrationId, eventId, marketo, pushes } = await given();
    await disable(services, tenant.operator, { integrationId });
    for (const _ of [1, 2]) await tenant.capture(eventId, 1_000);
    await enable(services, tenant.operator, { integrationId });
    const worker = await world.startWorker();
    const resume = marketo.pause();
    await tenant.until(integrationId, { syncing: 1_500, queued: 500 });
    const stopped = worker.stop(20_000);
    resume();
    await stopped;
    expect(await tenant.counts(integrationId)).toMatchObject({ syncing: 0, cleared: 1_500, queued: 500 });
    await withWorker(() => tenant.until(integrationId, { cleared: 2_000 }));
    expect(pushes().flatMap(({ emails }) => emails)).toHaveLength(2_000);
    expect(marketo.leads()).toHaveLength(2_000);
  });

  test('gives up on a vendor that does not answer: nobody spends an attempt, and the next process pushes what was under way', async () => {
    const { tenant, integrationId, eventId, marketo } = await given();
    marketo.fault({ kind: 'hang', path: '/rest/v1/leads.json' });
    const worker = await world.startWorker();
    await tenant.capture(eventId, 3);
    await marketo.untilHanging();
    await worker.stop(50);
    expect(await tenant.counts(integrationId)).toMatchObject({ syncing: 0, queued: 3 });
    expect(await tenant.items(integrationId)).toMatchObject([1, 2, 3].map(() => ({ failures: 0, error: null })));
    expect((await tenant.integration(integrationId)).vendorState).toBe('FLOWING');
    await withWorker(() => tenant.until(integrationId, { cleared: 3 }));
    expect(marketo.leads()).toHaveLength(3);
  });
});

describe('a process that stops hands over', () => {
  const waitingDrains = async () => {
    const jobs = await world.database.sql<{ key: string }[]>`
      select singleton_key as key from pgboss.job where name = 'drain' and state = 'created'`;
    return jobs.map(({ key }) => key);
  };

  test('what it leaves of an integration, and what it is given while it stops', async () => {
    const busy = await given();
    const idle = await given();
    const worker = await world.startWorker({ recoveryMs: 3_600_000 });
    const resume = busy.marketo.pause();
    await busy.tenant.capture(busy.eventId, 1);
    await busy.tenant.until(busy.integrationId, { syncing: 1 });
    const stopped = worker.stop(20_000);
    await idle.tenant.capture(idle.eventId, 1); // taken by the process that stops, as no other is there
    await expect.poll(waitingDrains, { timeout: 15_000 }).not.toContain(idle.integrationId);
    resume();
    await stopped;
    expect(await waitingDrains()).toEqual(expect.arrayContaining([busy.integrationId, idle.integrationId]));
    await withWorker(() => idle.tenant.until(idle.integrationId, { cleared: 1 }));
  });

  test('to one that runs beside it, which goes on before it would look by itself', async () => {
    const { tenant, integrationId, eventId, marketo, pushes } = await given();
    const patient = { lingerMs: 60_000, recoveryMs: 3_600_000 };
    const first = await world.startWorker(patient);
    await tenant.capture(eventId, 1);
    await tenant.until(integrationId, { cleared: 1 }); // and now it waits for more, with the integration to itself
    const second = await world.startWorker(patient);
    const resume = marketo.pause();
    await disable(services, tenant.operator, { integrationId });
    for (const _ of [1, 2]) await tenant.capture(eventId, 1_000);
    await enable(services, tenant.operator, { integrationId });
    await tenant.until(integrationId, { syncing: 1_500, queued: 500 });
    const stopped = first.stop(20_000);
    resume();
    await stopped;
    await tenant.until(integrationId, { cleared: 2_001 });
    await second.stop();
    expect(pushes().flatMap(({ emails }) => emails)).toHaveLength(2_001);
  });
});

describe('several processes', () => {
  test('share the integrations, but one integration is drained by one of them: the vendor’s limits hold', async () => {
    const stands = await Promise.all([1, 2, 3, 4].map(() => given({ latencyMs: 5, concurrentMax: 5 })));
    const workers = await Promise.all([1, 2].map(() => world.startWorker()));
    for (const { tenant, eventId } of stands) {
      for (let call = 0; call < 6; call++) await tenant.capture(eventId, 100);
    }
    for (const { tenant, integrationId } of stands) await tenant.until(integrationId, { cleared: 600 });
    await Promise.all(workers.map((worker) => worker.stop()));
    for (const { marketo, pushes, tenant, integrationId } of stands) {
      expect(marketo.inFlightMax()).toBeLessThanOrEqual(5);
      expect(pushes().flatMap(({ emails }) => emails)).toHaveLength(600);
      expect((await tenant.items(integrationId)).every(({ attempts }) => attempts === 1)).toBe(true);
    }
  });

  test('that lose their database connections in the middle of it all go on: every lead arrives', async () => {
    const { tenant, integrationId, eventId } = await given({ latencyMs: 20 });
    const worker = await world.startWorker({ claimSeconds: 2, claimMarginSeconds: 1 });
    for (let round = 0; round < 6; round++) {
      await tenant.capture(eventId, 100);
      await tenant.untilItems(integrationId, (items) => items.some(({ state }) => state === 'SYNCING'));
      await world.killBackends();
    }
    await tenant.until(integrationId, { cleared: 600, queued: 0, syncing: 0 });
    await worker.stop();
  });
});

describe('more integrations than a process drains at once', () => {
  const places = 2;
  const patient = { lingerMs: 60_000, recoveryMs: 3_600_000 };

  test('one that only waits for more leads gives its place to one that has some', async () => {
    const stands = await Promise.all([1, 2, 3, 4, 5].map(() => given()));
    const worker = await world.startWorker(patient, places);
    for (const { tenant, eventId } of stands) await tenant.capture(eventId, 1);
    for (const { tenant, integrationId } of stands) await tenant.until(integrationId, { cleared: 1 });
    await worker.stop();
  });

  test('one with a long backlog gives its place up after its turn, and goes on later', async () => {
    const [long, other] = [await given({ latencyMs: 20 }), await given()];
    await disable(services, long.tenant.operator, { integrationId: long.integrationId });
    await long.tenant.capture(long.eventId, 1_000);
    const worker = await world.startWorker({ ...patient, crowdedHandOverMs: 1 }, 1);
    const resume = long.marketo.pause();
    await enable(services, long.tenant.operator, { integrationId: long.integrationId });
    await long.tenant.untilItems(long.integrationId, (items) => items.some(({ state }) => state === 'SYNCING'));
    await other.tenant.capture(other.eventId, 1);
    resume();
    await other.tenant.until(other.integrationId, { cleared: 1 });
    await long.tenant.until(long.integrationId, { cleared: 1_000 });
    await worker.stop();
    const [own, last] = [other.pushes()[0]?.at, long.pushes().at(-1)?.at];
    expect(own).toBeLessThan(last ?? 0);
  });
});
