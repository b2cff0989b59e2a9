import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { afterAll } from 'vitest';
import { type Database, processName, setClockOffset } from '../../src/db/client.ts';
import { renewLogEpoch } from '../../src/db/log-epoch.ts';
import { organizations } from '../../src/db/tables/index.ts';
import { createHttpClient } from '../../src/sync/connectors/http/client.ts';
import type { EngineTimes } from '../../src/sync/engine/engine.ts';
import { JobQueue } from '../../src/sync/engine/jobs.ts';
import { type EngineOptions, startEngine } from '../../src/sync/engine/start.ts';
import { createFeed } from '../../src/sync/live/create-feed.ts';
import { Doorbell } from '../../src/sync/live/doorbell.ts';
import type { Feed } from '../../src/sync/live/feed.ts';
import type { Mailer } from '../../src/sync/notifications/mailer.ts';
import type { Services } from '../../src/sync/services.ts';
import { createVault } from '../../src/sync/vault.ts';
import { createDatabase, type TestDatabase } from './database.ts';
import { Tenant } from './tenant.ts';

/** What the program logged, level `warn` and above. */
export interface LogLine {
  level: number;
  event: string;
  msg: string;
}

export interface WorldOptions {
  /** False: nothing is pushed until startWorker() is called. */
  worker?: boolean;
  times?: Partial<EngineTimes>;
  /** Default: 30; 0: none are kept. */
  attemptRetentionDays?: number;
  operations?: EngineOptions['operations'];
  /** Where vendors with fixed hosts are reached instead. */
  vendorUrls?: Services['vendorUrls'];
  /** Absent: this server sends no e-mail. */
  mailer?: Mailer;
  /** In [0, 1), for the jitter of backoffs; 0.5, the default, means none. */
  random?: () => number;
}

/** A process that pushes, with connections of its own. */
export interface Worker {
  /** As at shutdown: finishes what is in flight for up to `ms`. */
  stop(ms?: number): Promise<void>;
}

/** Everything that main.ts makes except the server, on a database of its own. Time can be moved, workers can come and go. */
export interface World {
  testDatabase: TestDatabase;
  database: Database;
  services: Services;
  feed: Feed;
  log: LogLine[];
  /** An organization with nothing in it; tests don't see each other's. */
  tenant(): Promise<Tenant>;
  startWorker(times?: Partial<EngineTimes>, drainsMax?: number): Promise<Worker>;
  /** Ends every database connection of every worker, in the middle of whatever it does. */
  killBackends(): Promise<void>;
  /** Moves the database's clock forward, and starts the drains anew: what became due goes. Nothing may be in flight. */
  forward(seconds: number, ...integrations: { orgId: string; integrationId: string }[]): Promise<void>;
}

/** A drain ends soon after its work, so that a pause of the vendor is kept by the database and not by a timer of this process. */
const times: Partial<EngineTimes> = { lingerMs: 400 };

/** Call it at the top of a test file: it ends after the last test. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const testDatabase = await createDatabase();
  const database = testDatabase.open({ name: 'world', connectionsMax: 12 });
  await renewLogEpoch(database.db);
  const lines: LogLine[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => lines.push(JSON.parse(line) as LogLine) });
  const queueFailed = (error: unknown) => log.warn({ event: 'jobs.failed', err: error }, 'job queue');
  const sender = new JobQueue(testDatabase.url, queueFailed);
  await sender.start();
  const http = createHttpClient({ allowPrivateNetworks: true });
  const services: Services = {
    db: database.db,
    jobs: sender,
    vault: createVault([{ id: 'test', key: randomBytes(32) }]),
    http,
    vendorUrls: options.vendorUrls ?? {},
    mailer: options.mailer ?? null,
    log,
    now: () => new Date(),
    newId: () => v7(),
    random: options.random ?? (() => 0.5),
  };
  const listenAs = async (name: string) => {
    const doorbell = new Doorbell(testDatabase.open({ name, connectionsMax: 1, statementTimeoutMs: 0 }), log);
    await doorbell.prove();
    return doorbell;
  };
  const doorbell = await listenAs('world listens');
  const feed = await createFeed(database.db, doorbell, log);

  let offset = 0;
  const pools = new Set([database]);
  const workers = new Set<Worker>();
  const startWorker = async (more: Partial<EngineTimes> = {}, drainsMax?: number): Promise<Worker> => {
    const pool = testDatabase.open({ name: 'worker', connectionsMax: 8 });
    await setClockOffset(pool, offset);
    pools.add(pool);
    const queue = new JobQueue(testDatabase.url, queueFailed);
    await queue.start();
    const bell = await listenAs('worker listens');
    const engine = await startEngine({
      services: { ...services, db: pool.db, jobs: queue },
      queue,
      doorbell: bell,
      logRetentionDays: 90,
      attemptRetentionDays: options.attemptRetentionDays ?? 30,
      publicUrl: () => 'https://sluice.example',
      times: { ...times, ...options.times, ...more },
      ...(drainsMax !== undefined && { drainsMax }),
      ...(options.operations && { operations: options.operations }),
    });
    const worker: Worker = {
      async stop(ms = 5_000) {
        if (!workers.delete(worker)) return;
        await engine.stop(ms);
        await queue.stop(ms);
        await bell.close();
        pools.delete(pool);
        await pool.close();
      },
    };
    workers.add(worker);
    return worker;
  };
  if (options.worker !== false) await startWorker();

  afterAll(async () => {
    await Promise.all([...workers].map((worker) => worker.stop(500)));
    feed.close();
    await doorbell.close();
    await sender.stop(1_000);
    await http.close();
  });
  const world: World = {
    testDatabase,
    database,
    services,
    feed,
    log: lines,
    startWorker,
    async tenant() {
      const orgId = services.newId();
      await database.db.insert(organizations).values({ id: orgId, name: orgId, createdAt: services.now() });
      return new Tenant(world, orgId);
    },
    async killBackends() {
      await database.sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name like ${`${processName} worker%`}`;
    },
    async forward(seconds, ...integrations) {
      offset += seconds;
      await Promise.all([...pools].map((pool) => setClockOffset(pool, offset)));
      for (const { orgId, integrationId } of integrations) {
        await database.db.transaction((tx) => services.jobs.drain(tx, orgId, integrationId));
      }
    },
  };
  return world;
}
