import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import {
  type Claim,
  type ClaimedItem,
  claimDueItems,
  listBusyKeys,
  msUntilNextDue,
} from '../../db/statements/claim.ts';
import { findVendorFlow } from '../../db/statements/vendor-flow.ts';
import { gates } from '../../db/tables/index.ts';
import { type Connection, openConnection } from '../connection.ts';
import { AccountLimits } from './account-limits.ts';
import type { Engine } from './engine.ts';
import { FieldCache } from './field-cache.ts';
import type { DrainJob } from './jobs.ts';
import { Pacer } from './pacing.ts';
import { prepareClaim } from './prepare-claim.ts';
import { push } from './push.ts';
import type { ClaimedItems, PushContext } from './push-context.ts';
import { Settler } from './settler.ts';
import { VendorState } from './vendor-state.ts';

/**
 * Pushes what waits for one integration until nothing is due any more. Only one runs per integration in the whole cluster, so the vendor's
 * limits are kept exactly, in memory. A lead is claimed only when it can be sent at once: slot first, claim second, call third. Ends only
 * after an empty claim that began after its last wake-up, so that nothing due is left behind. True: the process stops, and another one has to
 * go on.
 */
export async function drain(engine: Engine, job: DrainJob, lost: AbortSignal): Promise<boolean> {
  const opened = await open(engine, job);
  if (!opened) return false;
  const run = new DrainRun(engine, job, opened, lost);
  const unlisten = engine.bell.listen(job.integrationId, () => run.wake());
  const stop = () => run.wake();
  lost.addEventListener('abort', stop);
  engine.abort.addEventListener('abort', stop);
  try {
    return await run.loop();
  } finally {
    unlisten();
    lost.removeEventListener('abort', stop);
    engine.abort.removeEventListener('abort', stop);
    await run.finish();
  }
}

/** How long a drain waits, at most, for more free places before it claims for the few that there are. */
const gatherMs = 10;
const claimRetryMs = 500;
/** Longest pause of the vendor that a drain waits for in its place while others may want that. */
const crowdedPatienceMs = 1_000;

interface Opened {
  connection: Connection;
  pacer: Pacer;
  limits: AccountLimits;
  connectionEpoch: number;
  vendor: VendorState;
  busyElsewhere: string[];
}

async function open(engine: Engine, { orgId, integrationId }: DrainJob): Promise<Opened | null> {
  const { services } = engine;
  const [gate] = await services.db
    .select({ connectionEpoch: gates.connectionEpoch })
    .from(gates)
    .where(and(eq(gates.orgId, orgId), eq(gates.integrationId, integrationId)));
  const connection = gate && (await openConnection(services, services.db, orgId, integrationId, { closes: true }));
  if (!connection) return null;
  const flow = await findVendorFlow(services.db, orgId, integrationId);
  const { rate, kinds } = connection.connector.limits;
  const pacer = engine.pacers.get(integrationId) ?? new Pacer(rate, engine.monotonic, kinds);
  engine.pacers.set(integrationId, pacer);
  return {
    connection,
    pacer,
    limits: await AccountLimits.open(services, { orgId, integrationId }, pacer, engine.monotonic),
    connectionEpoch: gate.connectionEpoch,
    vendor: new VendorState(flow, engine.monotonic, services.random),
    busyElsewhere: await listBusyKeys(services.db, orgId, integrationId),
  };
}

class DrainRun {
  readonly #engine: Engine;
  readonly #job: DrainJob;
  readonly #lost: AbortSignal;
  readonly #context: PushContext;
  readonly #pacer: Pacer;
  readonly #startedAt: number;
  /** Groups that a refused batch was split into: claimed one by one, each by itself, and not before the refusal is recorded. */
  #groups: { itemIds: string[]; recorded: boolean }[] = [];
  readonly #pushes = new Set<Promise<void>>();
  readonly #busyKeys = new Set<string>();
  #busyElsewhere: string[];
  #lingerUntil: number;
  #claimedAt = Number.NEGATIVE_INFINITY;
  #woken = false;
  #wakeUp: (() => void) | null = null;

  constructor(engine: Engine, job: DrainJob, opened: Opened, lost: AbortSignal) {
    this.#engine = engine;
    this.#job = job;
    this.#lost = lost;
    this.#startedAt = engine.monotonic();
    this.#lingerUntil = this.#startedAt + engine.times.lingerMs;
    this.#busyElsewhere = opened.busyElsewhere;
    this.#pacer = opened.pacer;
    this.#context = {
      engine,
      job,
      connection: opened.connection,
      connectionEpoch: opened.connectionEpoch,
      vendor: opened.vendor,
      limits: opened.limits,
      pacer: opened.pacer,
      settler: new Settler(engine.services.db, job.orgId),
      fields: new FieldCache(engine.services, job.orgId, job.integrationId),
      split: (groups) => this.#split(groups),
    };
  }

  /** There may be work, or a reason to end. */
  wake(): void {
    this.#woken = true;
    this.#wakeUp?.();
  }

  /** True: the process stops, and work may be left. */
  async loop(): Promise<boolean> {
    while (!this.#mustEnd()) {
      const waitMs = this.#msUntilCall();
      if (waitMs > this.#patienceMs() && this.#pushes.size === 0) {
        await this.#engine.queue.drainLater(this.#job, waitMs);
        return false;
      }
      if (waitMs > 0) {
        await this.#idle(waitMs);
        continue;
      }
      this.#woken = false;
      const slot = this.#pacer.take();
      const claim = await this.#claim().catch((error: unknown) => this.#claimFailed(error));
      if (!claim) {
        slot.giveBack();
        await this.#idle(claimRetryMs);
        continue;
      }
      if (claim.items.length > 0) {
        this.#claimedAt = this.#engine.monotonic();
        this.#lingerUntil = this.#claimedAt + this.#engine.times.lingerMs;
        this.#start(claim);
        continue;
      }
      slot.giveBack();
      if (!(await this.#awaitWork())) return false;
    }
    if (this.#engine.stopping) return true;
    if (!this.#lost.aborted) await this.#engine.queue.drainNow(this.#job); // handing over: others' turn
    return false;
  }

  /** Waits for what is in flight: its answers are recorded whatever happened meanwhile. */
  async finish(): Promise<void> {
    while (this.#pushes.size > 0) await Promise.all(this.#pushes);
    await this.#context.limits.settled();
  }

  #mustEnd(): boolean {
    const { times, stopping } = this.#engine;
    const placeMs = this.#engine.isCrowded() ? times.crowdedHandOverMs : times.handOverMs;
    return stopping || this.#lost.aborted || this.#engine.monotonic() - this.#startedAt > placeMs;
  }

  /** How long it may wait for the vendor with its place taken. */
  #patienceMs(): number {
    const { lingerMs } = this.#engine.times;
    return this.#engine.isCrowded() ? Math.min(crowdedPatienceMs, lingerMs) : lingerMs;
  }

  /** Until a call may start: the vendor's pause, a free place among the calls at once, the rate. Infinity: when a call ends. */
  #msUntilCall(): number {
    const { vendor, connection } = this.#context;
    const pauseMs = vendor.pauseMs();
    if (pauseMs > 0) return pauseMs;
    const { concurrentMax, batchMax } = connection.connector.limits;
    const free = (vendor.probing ? 1 : concurrentMax) - this.#pushes.size;
    if (free <= 0) return Number.POSITIVE_INFINITY;
    // Where a call takes one lead, a moment's patience lets several places become free for one claim.
    const gatheringMs = batchMax === 1 && this.#pushes.size > 0 && free < concurrentMax / 2 ? gatherMs : 0;
    const waitMs = Math.ceil(this.#claimedAt + gatheringMs - this.#engine.monotonic());
    return Math.max(waitMs, this.#pacer.waitMs(), 0);
  }

  async #claim(): Promise<ClaimedItems> {
    const { services, times, monotonic } = this.#engine;
    const { connection, vendor } = this.#context;
    const { limits } = connection.connector;
    const places = Math.min(limits.concurrentMax - this.#pushes.size, this.#pacer.free() + 1); // and the slot that we have
    // One claim for all free places where a call takes one lead: the log takes one transaction at a time.
    const limit = vendor.leadsMax(limits.batchMax === 1 ? places : limits.batchMax);
    if (vendor.probing) this.#groups = []; // its leads are asked one by one like any other
    const group = this.#groups.find(({ recorded }) => recorded);
    const token = randomUUID();
    const until = monotonic() + (times.claimSeconds - times.claimMarginSeconds) * 1_000;
    const claim: Claim = {
      ...this.#job,
      token,
      claimSeconds: times.claimSeconds,
      limit: group ? Math.min(limit, group.itemIds.length) : limit,
      busyKeys: [...this.#busyKeys, ...this.#busyElsewhere],
      except: group ? [] : this.#groups.flatMap(({ itemIds }) => itemIds),
      only: group?.itemIds ?? null,
      liveOnly: this.#context.limits.liveOnly,
    };
    const items = vendor.probing ? await this.#claimWitness(claim) : await claimDueItems(services.db, claim);
    this.#groups = this.#groups.filter((other) => other !== group); // what of it the gate held back is claimed again like any other
    return { token, items, until };
  }

  /** The lead that can tell most of a vendor that seems to be down: one that was never without an answer, or not the last, or any. */
  async #claimWitness(claim: Claim): Promise<ClaimedItem[]> {
    const { db } = this.#engine.services;
    const { suspectId } = this.#context.vendor;
    const untried = await claimDueItems(db, { ...claim, which: 'UNTRIED' });
    if (untried.length > 0) return untried;
    const except = [...claim.except, ...(suspectId ? [suspectId] : [])];
    const unspent = await claimDueItems(db, { ...claim, except, which: 'UNSPENT' });
    return unspent.length > 0 ? unspent : claimDueItems(db, claim);
  }

  #split(groups: string[][]): () => void {
    const added = groups.map((itemIds) => ({ itemIds, recorded: false }));
    this.#groups.push(...added);
    return () => {
      for (const group of added) group.recorded = true;
      this.wake();
    };
  }

  /** The database was away. Whether it committed is not known: if it did, the claim ends by itself. */
  #claimFailed(error: unknown): null {
    const { log } = this.#engine.services;
    log.warn({ event: 'claim.failed', integration: this.#job.integrationId, err: error }, 'claim failed; trying again');
    return null;
  }

  /** One call per batch of the claim; their records are made together. */
  #start(claim: ClaimedItems): void {
    const { batchMax } = this.#context.connection.connector.limits;
    const preparing = prepareClaim(this.#context, claim);
    for (let first = 0; first < claim.items.length; first += batchMax) {
      if (first > 0) this.#pacer.take();
      const keys = claim.items.slice(first, first + batchMax).flatMap((item) => item.match_key ?? []);
      for (const key of keys) this.#busyKeys.add(key);
      const pushed = push(this.#context, claim, preparing, first, batchMax).finally(() => {
        for (const key of keys) this.#busyKeys.delete(key);
        this.#pushes.delete(pushed);
        this.wake();
      });
      this.#pushes.add(pushed);
    }
  }

  /** After an empty claim. False: nothing came for long enough, and whatever is due later has its job. */
  async #awaitWork(): Promise<boolean> {
    const { services, times, monotonic, queue } = this.#engine;
    const { orgId, integrationId } = this.#job;
    if (this.#woken || this.#groups.some(({ recorded }) => recorded)) return true;
    if (this.#busyElsewhere.length > 0) {
      const busy = await listBusyKeys(services.db, orgId, integrationId);
      this.#busyElsewhere = busy.filter((key) => !this.#busyKeys.has(key));
    }
    const { limits } = this.#context;
    const { liveOnly } = limits;
    const dueMs = await msUntilNextDue(services.db, orgId, integrationId, liveOnly);
    const lingerMs = this.#engine.isCrowded() ? 0 : this.#lingerUntil - monotonic();
    if (this.#pushes.size === 0 && lingerMs <= 0 && !this.#woken) {
      if (dueMs !== null) await queue.drainLater(this.#job, dueMs);
      if (liveOnly) await queue.drainLater(this.#job, limits.liveOnlyMs()); // then the rest goes on
      return false;
    }
    // Due but not claimable: its match key is at the vendor, or another transaction holds it. A wake-up or a moment frees it.
    const soonest = dueMs === null ? times.pollMs : Math.max(dueMs, 20);
    await this.#idle(Math.min(soonest, times.pollMs));
    return true;
  }

  /** Sleeps until `ms` have passed or somebody wakes it; at once when somebody did since the last claim. */
  async #idle(ms: number): Promise<void> {
    if (this.#woken) {
      this.#woken = false;
      return;
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.min(ms, this.#engine.times.lingerMs));
      this.#wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wakeUp = null;
    this.#woken = false;
  }
}
