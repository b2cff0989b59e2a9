import { setTimeout } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { fromDrizzle, PgBoss } from 'pg-boss';
import type { Tx } from '../../db/client.ts';

/** Sends work to whichever process is free. A job sent in a transaction exists when that commits. */
export interface Jobs {
  /** Wakes the drain of one integration, or starts one. */
  drain(tx: Tx, orgId: string, integrationId: string): Promise<void>;
  /** The same for several integrations of an organization. */
  drainAll(tx: Tx, orgId: string, integrationIds: readonly string[]): Promise<void>;
}

export interface DrainJob {
  orgId: string;
  integrationId: string;
}

const drainQueue = 'drain';
/** Drains to come: a queue of its own, because a job that waits for its time would keep one that is wanted now out of `drain`. */
const dueQueue = 'drain-due';

/** A drain hands over long before; a job that is active for longer is lost. */
const drainSecondsMax = 900;
/** The shortest that pg-boss takes: how long a dead process keeps an integration to itself. */
const heartbeatSeconds = 10;

/** The job queue: pg-boss on the same database, in a schema of its own. */
export class JobQueue implements Jobs {
  readonly #boss: PgBoss;

  constructor(url: string, onError: (error: unknown) => void) {
    this.#boss = new PgBoss({
      connectionString: url,
      application_name: 'sluice jobs',
      max: 4,
      useListenNotify: true,
      schedule: false,
      superviseIntervalSeconds: 2,
      monitorIntervalSeconds: 2,
    });
    this.#boss.on('error', onError);
  }

  async start(): Promise<void> {
    await this.#boss.start();
    await this.#boss.createQueue(drainQueue, {
      policy: 'stately',
      notify: true,
      retryLimit: 0,
      expireInSeconds: drainSecondsMax,
      heartbeatSeconds,
      deleteAfterSeconds: 60,
    });
    await this.#boss.createQueue(dueQueue, { policy: 'short', retryLimit: 3, deleteAfterSeconds: 60 });
  }

  async drain(tx: Tx, orgId: string, integrationId: string): Promise<void> {
    const job: DrainJob = { orgId, integrationId };
    await this.#boss.send(drainQueue, job, { singletonKey: integrationId, db: fromDrizzle(tx, sql) });
  }

  async drainAll(tx: Tx, orgId: string, integrationIds: readonly string[]): Promise<void> {
    for (const integrationId of integrationIds) await this.drain(tx, orgId, integrationId);
  }

  /** Outside of any transaction: for the safety net, and for letting others have their turn. */
  async drainNow(job: DrainJob): Promise<void> {
    await this.#boss.send(drainQueue, job, { singletonKey: job.integrationId });
  }

  /** Another process goes on at once: a job that waits already is announced anew. Not while our own still runs. */
  async handOver(job: DrainJob): Promise<void> {
    await this.#boss.upsert(drainQueue, job, { singletonKey: job.integrationId });
  }

  /** Starts a drain in `ms`. Times within five seconds of each other are one job. */
  async drainLater(job: DrainJob, ms: number): Promise<void> {
    const at = new Date(Date.now() + ms);
    const slot = Math.floor(at.getTime() / 5_000);
    await this.#boss.send(dueQueue, job, { singletonKey: `${job.integrationId}/${slot}`, startAfter: at });
  }

  /** Runs up to `concurrency` drains at once, never two of one integration in the whole cluster. `signal`: the job was taken from us. */
  async work(concurrency: number, run: (job: DrainJob, signal: AbortSignal) => Promise<void>): Promise<void> {
    const polling = { pollingIntervalSeconds: 1, notifyPollingIntervalSeconds: 2 };
    await this.#boss.work<DrainJob>(
      drainQueue,
      { ...polling, localConcurrency: concurrency, heartbeatRefreshSeconds: 3 },
      async ([job]) => {
        if (job) await run(job.data, job.signal);
      },
    );
    await this.#boss.work<DrainJob>(dueQueue, { pollingIntervalSeconds: 1 }, async ([job]) => {
      if (job) await this.drainNow(job.data);
    });
  }

  /** Takes no more jobs. Resolves when those under way are done, or after `ms`. */
  async endWork(ms: number): Promise<void> {
    const ended = Promise.all([drainQueue, dueQueue].map((name) => this.#boss.offWork(name, { wait: true })));
    await Promise.race([ended, setTimeout(ms, undefined, { ref: false })]);
  }

  /** Drops all drains, running ones included: only for a process that knows that nobody runs them. */
  async forget(): Promise<void> {
    await this.#boss.deleteAllJobs(drainQueue);
  }

  /** Takes no more jobs; those that run have until `ms` to end. */
  async stop(ms: number): Promise<void> {
    await this.#boss.stop({ graceful: true, timeout: Math.max(ms, 1_000), close: true });
  }
}
