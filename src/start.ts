import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import type { GraphQLSchema } from 'graphql';
import { v7 as uuidv7 } from 'uuid';
import { type Config, urlOfListener } from './config.ts';
import { type Database, findDbError, openDatabase } from './db/client.ts';
import { openEmbedded } from './db/embedded.ts';
import { renewLogEpoch } from './db/log-epoch.ts';
import { migrate } from './db/migrate.ts';
import { createLogger } from './logger.ts';
import { createSchema } from './schema/index.ts';
import type { RateLimit } from './server/rate-limit.ts';
import { type RunningServer, startServer } from './server/server.ts';
import { authenticate, bootstrap } from './sync/api-keys.ts';
import { createHttpClient } from './sync/connectors/http/client.ts';
import type { EngineTimes } from './sync/engine/engine.ts';
import { JobQueue } from './sync/engine/jobs.ts';
import { type RunningEngine, startEngine } from './sync/engine/start.ts';
import { createFeed } from './sync/live/create-feed.ts';
import { Doorbell } from './sync/live/doorbell.ts';
import { createMailer } from './sync/notifications/mailer.ts';
import type { Services } from './sync/services.ts';
import { createVault } from './sync/vault.ts';

/** What tests and the demo put in the place of something. */
export interface Overrides {
  services?: Partial<Services>;
  schema?: GraphQLSchema;
  engineTimes?: Partial<EngineTimes>;
  rateLimit?: RateLimit;
  /** Of the embedded server; false: faster, and a power cut loses the data. */
  fsync?: boolean;
}

export interface RunningSluice {
  /** Where people reach it, without a slash at its end. */
  url: string;
  services: Services;
  /** Finishes what is under way and closes everything, within `seconds`; default: SHUTDOWN_SECONDS. Safe to call twice. */
  stop(seconds?: number): Promise<void>;
}

/** How long the last steps of a stop may take, after sockets are closed and pushes have ended. */
const closingShare = 0.2;
const readyMs = 3_000;

/** Puts the parts together and starts them: database, jobs, live feed, engine, server. What was started is stopped again when a later part fails. */
export async function startSluice(config: Config, overrides: Overrides = {}): Promise<RunningSluice> {
  const cleanup = new AsyncDisposableStack();
  try {
    return await start(config, overrides, cleanup);
  } catch (error) {
    await cleanup.disposeAsync();
    throw error;
  }
}

async function start(config: Config, overrides: Overrides, cleanup: AsyncDisposableStack): Promise<RunningSluice> {
  const log = overrides.services?.log ?? createLogger({ level: config.logLevel });
  const { url, directUrl, alone } = await findDatabase(config, overrides, log, cleanup);
  await migrate(directUrl);
  const database = await openPool(config, url);
  cleanup.defer(() => database.close());
  await renewLogEpoch(database.db);

  const queue = new JobQueue(directUrl, (err) =>
    log.error({ event: 'jobs.failed', err }, 'the job queue had an error'),
  );
  const http = createHttpClient({
    allowPrivateNetworks: config.allowPrivateNetworks,
    onFinished: (finished) => log.debug({ event: 'http.finished', ...finished }),
  });
  cleanup.defer(() => http.close());
  const services: Services = {
    db: database.db,
    jobs: queue,
    vault: createVault(config.secretKeys),
    http,
    vendorUrls: config.vendorUrls,
    mailer: config.smtp && createMailer(config.smtp),
    log,
    now: () => new Date(),
    newId: () => uuidv7(),
    random: Math.random,
    ...overrides.services,
  };
  await queue.start();
  cleanup.defer(() => queue.stop(1_000));

  const doorbell = new Doorbell(openDatabase(directUrl, { name: 'doorbell', connectionsMax: 1 }), log);
  cleanup.defer(() => doorbell.close());
  await doorbell.prove();
  doorbell.onReconnect(() => {
    renewLogEpoch(database.db).catch((err: unknown) =>
      log.error({ event: 'logEpoch.unchecked', err }, 'the log could not be checked'),
    );
  });
  const feed = await createFeed(database.db, doorbell, log);
  cleanup.defer(() => feed.close());

  await bootstrapKey(config, services);
  const publicUrlOf = (port: number) => config.publicUrl ?? urlOfListener(config.host, port);
  let publicUrl = publicUrlOf(config.port); // of a port that is yet to be chosen until the server listens
  const engine = await startEngineFor(config, overrides, {
    services,
    queue,
    doorbell,
    alone,
    publicUrl: () => publicUrl,
  });
  if (engine) cleanup.defer(() => engine.stop(0));
  const server = await startServer({
    host: config.host,
    port: config.port,
    publicUrlOf,
    services,
    graphql:
      config.role === 'worker'
        ? null
        : { schema: overrides.schema ?? createSchema(), feed, doorbell, graphiql: config.graphiql },
    rateLimit: overrides.rateLimit,
    ready: () => readinessOf(config, database, doorbell),
    dashboardFolder: fileURLToPath(new URL('../dashboard/dist', import.meta.url)),
    errorsHelp: fileURLToPath(new URL('../docs/errors.md', import.meta.url)),
  });
  publicUrl = server.url;
  let stopped: Promise<void> | null = null;
  return {
    url: server.url,
    services,
    stop(seconds = config.shutdownSeconds) {
      stopped ??= stop({ server, engine, cleanup }, seconds * 1_000);
      return stopped;
    },
  };
}

interface Running {
  server: RunningServer;
  engine: RunningEngine | null;
  cleanup: AsyncDisposableStack;
}

/** Pushes and answers under way come first; the rest only lets go of connections, and is not waited for longer than there is time. */
async function stop({ server, engine, cleanup }: Running, ms: number): Promise<void> {
  const graceMs = ms * (1 - closingShare);
  const deadline = Promise.withResolvers<void>();
  const timer = setTimeout(deadline.resolve, ms);
  const finished = Promise.all([server.close(graceMs), engine?.stop(graceMs)]).then(() => cleanup.disposeAsync());
  await Promise.race([finished, deadline.promise]);
  clearTimeout(timer);
}

interface Found {
  url: string;
  /** Not through a pooler, where such an address is known. */
  directUrl: string;
  /** Nobody else uses it. */
  alone: boolean;
}

async function findDatabase(
  config: Config,
  { fsync }: Overrides,
  log: Services['log'],
  cleanup: AsyncDisposableStack,
): Promise<Found> {
  if (config.databaseUrl) {
    return { url: config.databaseUrl, directUrl: config.listenDatabaseUrl ?? config.databaseUrl, alone: false };
  }
  const embedded = await openEmbedded({ dataDir: config.dataDir, log, ...(fsync !== undefined && { fsync }) });
  cleanup.defer(() => embedded.stop());
  return { url: embedded.url, directUrl: embedded.url, alone: embedded.alone };
}

/** SQLSTATE of PgBouncer's refusal of the session settings that come with a connection. */
const protocolViolation = '08P01';

/** A pooler is known by LISTEN_DATABASE_URL, or by refusing what a server takes. */
async function openPool({ listenDatabaseUrl }: Config, url: string): Promise<Database> {
  const database = openDatabase(url, { pooler: listenDatabaseUrl !== null });
  try {
    await database.sql`select 1`;
    return database;
  } catch (error) {
    await database.close();
    if (findDbError(error)?.code !== protocolViolation) throw error;
    return openDatabase(url, { pooler: true });
  }
}

async function bootstrapKey({ bootstrapApiKey }: Config, services: Services): Promise<void> {
  if (!bootstrapApiKey) return;
  await bootstrap(services, bootstrapApiKey);
  if (await authenticate(services, bootstrapApiKey)) return;
  services.log.warn(
    { event: 'bootstrap.unused' },
    'BOOTSTRAP_API_KEY opens nothing: the organization Default has another ADMIN key. Use that one, or `sluice keys create`.',
  );
}

async function startEngineFor(
  { role, logRetentionDays, attemptRetentionDays }: Config,
  { engineTimes }: Overrides,
  parts: { services: Services; queue: JobQueue; doorbell: Doorbell; alone: boolean; publicUrl: () => string },
): Promise<RunningEngine | null> {
  if (role === 'api') return null;
  return startEngine({ ...parts, logRetentionDays, attemptRetentionDays, ...(engineTimes && { times: engineTimes }) });
}

async function readinessOf({ role }: Config, { db }: Database, doorbell: Doorbell) {
  const reachable = await Promise.race([
    db.execute(sql`select 1`).then(
      () => true,
      () => false,
    ),
    new Promise<boolean>((resolve) => setTimeout(resolve, readyMs, false).unref()),
  ]);
  return {
    ready: reachable,
    role,
    database: reachable ? 'reachable' : 'unreachable',
    migrations: 'done', // or it would not have started
    notifications: doorbell.listening ? 'listening' : 'polling',
  };
}
