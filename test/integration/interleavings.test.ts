import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { leads } from '../../src/db/tables/index.ts';
import { IntegrationHeldError, ValidationError } from '../../src/domain/errors.ts';
import { cancelRetry } from '../../src/sync/cancel-retry.ts';
import { marketo as connector } from '../../src/sync/connectors/marketo/marketo.ts';
import { disable } from '../../src/sync/disable.ts';
import { disconnect } from '../../src/sync/disconnect.ts';
import { enable } from '../../src/sync/enable.ts';
import type { SyncModeReceipt } from '../../src/sync/gate.ts';
import { decodeCursor } from '../../src/sync/log.ts';
import { moveLead } from '../../src/sync/move-lead.ts';
import { rampToAutomatic } from '../../src/sync/ramp-to-automatic.ts';
import { restoreItems } from '../../src/sync/restore-items.ts';
import { retry, retryEvent } from '../../src/sync/retry.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { updateLead } from '../../src/sync/update-lead.ts';
import { withdrawItems } from '../../src/sync/withdraw-items.ts';
import { startWorld, type Worker } from '../support/engine.ts';
import { replay, tally, violationsOf } from '../support/log-check.ts';
import { leadOf } from '../support/tenant.ts';

Object.assign(connector.limits, { rate: null }); // the pace of calls has tests of its own, and would only stretch this one

const world = await startWorld({
  worker: false,
  times: { claimSeconds: 3, claimMarginSeconds: 1, recoveryMs: 300 },
});
const { services } = world;
const people = 240;
/** Of steps that are too small to stop after. */
const ramp = { steps: [1, 3, 9], stopAbove: 0 };

/** What everybody but the gatekeepers does; `person` may be one of two that share an address. */
const command = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('capture'), person: fc.nat(people), count: fc.nat(25) }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('edit'), person: fc.nat(people), count: fc.nat(9_999) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('withdraw'), person: fc.nat(people), count: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restore'), person: fc.nat(people), count: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('move'), person: fc.nat(people), count: fc.nat(9_999) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('fault'), person: fc.nat(people), count: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill'), person: fc.nat(0), count: fc.nat(0) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart'), person: fc.nat(0), count: fc.nat(0) }) },
);

const addressOf = (person: number) => `person${person < 20 ? person % 10 : person}@example.test`;

/** Notes what nobody expects of people who do allowed things at the wrong moment. */
async function attempt(unexpected: unknown[], work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    // A second ramp; a move to where the person was captured again meanwhile.
    const isRefusal =
      error instanceof ValidationError && ['ramp', 'eventId'].includes(error.fieldErrors[0]?.path ?? '');
    if (!(error instanceof IntegrationHeldError) && !isRefusal) unexpected.push(error);
  }
}

test.for([20_261_123, 4_711])(
  'whatever happens at the same time, every promise holds (seed %i)',
  { timeout: 90_000 },
  async (seed) => {
    const tenant = await world.tenant();
    const marketo = await tenant.connectMarketo({ rateMax: null, latencyMs: 3 });
    const webhook = await tenant.connectWebhook();
    const eventIds = [await tenant.createEvent(), await tenant.createEvent()];
    const unexpected: unknown[] = [];
    const broken: string[] = [];
    const receipts: { integrationId: string; receipt: SyncModeReceipt; held: 'everything' | 'nothing' | null }[] = [];
    const known: string[] = [];
    let done = 0;
    let workers: Worker[] = await Promise.all([world.startWorker(), world.startWorker()]);

    // Somebody who waits for others to do so many things.
    let waiting: { left: number; resolve: () => void }[] = [];
    const others = (count: number) => new Promise<void>((resolve) => waiting.push({ left: count, resolve }));
    const tick = () => {
      for (const one of waiting) if (--one.left <= 0) one.resolve();
      waiting = waiting.filter(({ left }) => left > 0);
    };

    let isDisturbed = false;
    let disturbances = 0;
    let disturbance = Promise.resolve();
    const restart = async () => {
      const [oldest, ...rest] = workers;
      await oldest?.stop(200);
      workers = [...rest, await world.startWorker()];
    };

    const eventOf = (person: number) => eventIds[person % 2] ?? '';
    const perform = async ({ kind, person, count }: { kind: string; person: number; count: number }) => {
      if (kind === 'capture') {
        const captured = Array.from({ length: count + 1 }, (_, index) => {
          const who = 2 * ((Math.floor(person / 2) + index) % (people / 2)) + (person % 2);
          return leadOf(who, { email: addressOf(who), company: `Company ${count}` });
        });
        known.push(...(await tenant.capture(eventOf(person), captured)));
      } else if (kind === 'edit') {
        const leadId = known[(person * 7 + count) % Math.max(1, known.length)];
        if (leadId) await updateLead(services, tenant.operator, { leadId, company: `Company ${count}` });
      } else if (kind === 'move') {
        const leadId = known[(person * 7 + count) % Math.max(1, known.length)];
        if (leadId) await moveLead(services, tenant.operator, { leadId, eventId: eventOf(count) });
      } else if (kind === 'withdraw' || kind === 'restore') {
        const { integrationId } = count === 0 ? marketo : webhook;
        const work = kind === 'withdraw' ? withdrawItems : restoreItems;
        await work(services, tenant.operator, {
          integrationId,
          select: { filter: { search: `person${person % 25}` } },
        });
      } else if (kind === 'fault') {
        const email = addressOf(person);
        const path = '/rest/v1/leads.json';
        if (count === 0) marketo.marketo.fault({ kind: 'record', code: '1007', email });
        if (count === 1) marketo.marketo.fault({ kind: 'response', code: '1003', path, email });
        if (count === 2) marketo.marketo.fault({ kind: 'reset', path, email, afterWrite: true });
        if (count === 3) marketo.marketo.fault({ kind: 'delay', ms: person, path });
        if (count === 4) webhook.receiver.fault({ kind: 'status', status: 400, email });
        if (count === 5) webhook.receiver.fault({ kind: 'delay', ms: person });
      } else {
        // In the background, but one after the other: who starts needs its connections.
        if (isDisturbed) return;
        isDisturbed = true;
        disturbances += 1;
        disturbance = (kind === 'kill' ? world.killBackends() : restart()).finally(() => {
          isDisturbed = false;
        });
      }
    };
    const busyPerson = async (name: number) => {
      const commands = fc.sample(command, { seed: seed + name, numRuns: 2_000 });
      for (const one of commands) {
        if (done === 2) return;
        await attempt(unexpected, () => perform(one));
        tick();
      }
    };

    /** One who switches an integration, and looks whether what must not leave meanwhile stays. */
    const gatekeeper = async (integrationId: string, arrivals: () => string[], reconnect: () => Promise<unknown>) => {
      const by = tenant.admin;
      const steps = fc.sample(fc.record({ hold: fc.nat(2), push: fc.nat(5), pause: fc.integer({ min: 2, max: 9 }) }), {
        seed,
        numRuns: 12,
      });
      const note = (receipt: SyncModeReceipt, held: 'everything' | 'nothing' | null) =>
        receipts.push({ integrationId, receipt, held });
      for (const { hold, push, pause } of steps) {
        const receipt =
          hold === 0
            ? await setSyncMode(services, by, { integrationId, mode: 'MANUAL', confirm: true })
            : hold === 1
              ? await disable(services, by, { integrationId })
              : await disconnect(services, by, { integrationId, confirm: true });
        const before = arrivals().length;
        note(receipt, 'everything');
        await others(pause);
        const arrived = new Set(arrivals().slice(before));
        if (arrived.size > receipt.inFlight) {
          broken.push(`${arrived.size} leads arrived under a hold whose receipt says ${receipt.inFlight} in flight`);
        }
        if (hold === 1) note(await enable(services, by, { integrationId }), null);
        if (hold === 2) await reconnect();
        await attempt(unexpected, async () => {
          if (push === 0) return;
          if (push === 4) await retry(services, by, { integrationId, select: { filter: {} }, onlyPassing: true, ramp });
          if (push === 5) note((await rampToAutomatic(services, by, { integrationId, ramp })).receipt, null);
          if (push > 3) return others(2);
          const groups = push === 1 ? (['PRE_SYNC'] as const) : (['PRE_SYNC', 'FAILED'] as const);
          const retryId = await retryEvent(services, by, { integrationId, eventId: eventOf(pause), groups });
          await others(2);
          if (push === 3) await cancelRetry(services, by, retryId);
        });
        note(await setSyncMode(services, by, { integrationId, mode: 'AUTOMATIC' }), 'nothing');
        await others(3);
      }
      done += 1;
    };
    const emails = () => marketo.marketo.calls().flatMap((call) => call.emails);
    const itemIds = () =>
      webhook.receiver.deliveries().map(({ data }) => (data as { data: { itemId: string } }).data.itemId);
    await Promise.all([
      ...[1, 2, 3, 4].map(busyPerson),
      gatekeeper(marketo.integrationId, emails, () =>
        tenant.connect('MARKETO', marketo.credentials, marketo.integrationId),
      ),
      gatekeeper(webhook.integrationId, itemIds, () =>
        tenant.connect('WEBHOOK', webhook.credentials, webhook.integrationId),
      ),
    ]);

    await disturbance;

    // All faults end; whatever waits or failed is asked for once more, and everything arrives.
    marketo.marketo.clearFaults();
    webhook.receiver.clearFaults();
    await Promise.all(workers.map((worker) => worker.stop()));
    const last = await world.startWorker();
    const rows = await services.db.select().from(leads).where(sql`${leads.orgId} = ${tenant.orgId}`);
    for (const { integrationId } of [marketo, webhook]) {
      await tenant.until(integrationId, { syncing: 0 });
      await restoreItems(services, tenant.operator, { integrationId, select: { filter: {} } });
      for (const eventId of eventIds) {
        await retryEvent(services, tenant.operator, { integrationId, eventId, groups: ['PRE_SYNC', 'FAILED'] });
      }
      await tenant.until(integrationId, { cleared: rows.length, failed: 0, frozen: 0, queued: 0, syncing: 0 });
    }
    await last.stop();

    expect(disturbances).toBeGreaterThan(0);
    expect(unexpected).toEqual([]);
    expect(broken).toEqual([]);
    for (const { integrationId } of [marketo, webhook]) {
      expect(await violationsOf(services, tenant, integrationId)).toEqual([]);
      const log = await tenant.log(integrationId);
      const causes = new Set(log.map(({ cause }) => cause));
      for (const cause of ['WITHDRAWN', 'RESTORED', 'MOVED'] as const) expect(causes).toContain(cause);
      for (const { receipt, held } of receipts.filter((one) => one.integrationId === integrationId)) {
        const { position } = decodeCursor(receipt.cursor, integrationId);
        const { waiting, syncing } = tally(replay(log, position).values());
        expect(receipt.inFlight).toBe(syncing);
        if (held) expect(receipt.held).toBe(held === 'everything' ? waiting : 0);
      }
      const items = await tenant.items(integrationId);
      expect(new Set(items.map(({ leadId }) => leadId)).size).toBe(rows.length);
      expect(items.every((item) => item.syncedRevision === item.revision && item.state === 'CLEARED')).toBe(true);
    }

    // No edit is lost on the way, and no person is at Marketo twice.
    const atMarketo = marketo.marketo.leads().map(({ fields }) => [fields.email, fields.company]);
    expect(new Set(atMarketo.map(([email]) => email)).size).toBe(atMarketo.length);
    const companyAt = new Map(atMarketo as [string, string][]);
    const shared = new Set(Array.from({ length: 10 }, (_, person) => addressOf(person)));
    const times = Map.groupBy(rows, ({ email }) => email);
    const alone = rows.filter(({ email }) => !shared.has(email ?? '') && times.get(email)?.length === 1);
    expect(alone.filter(({ email, company }) => companyAt.get(email ?? '') !== company)).toEqual([]);

    const [deadlocks] = await services.db.execute(sql`
    select deadlocks::int as deadlocks from pg_stat_database where datname = current_database()`);
    expect(deadlocks).toEqual({ deadlocks: 0 });
  },
);
