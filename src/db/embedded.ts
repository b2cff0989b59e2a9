import { randomUUID } from 'node:crypto';
import { mkdir, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import postgres from 'postgres';
import { lock } from 'proper-lockfile';
import { processName } from './client.ts';
import { type Cluster, type EmbeddedLog, prepareCluster, superuser } from './embedded/cluster.ts';
import { EmbeddedDatabaseError, readable } from './embedded/error.ts';
import { ensureRunning, findRunning, stopServer } from './embedded/server.ts';

export { EmbeddedDatabaseError } from './embedded/error.ts';

export interface EmbeddedOptions {
  dataDir: string;
  log: EmbeddedLog;
  /** False: faster, and a power cut loses the data. Tests only. */
  fsync?: boolean;
}

export interface EmbeddedServer {
  /** Holds the password: not for logs. */
  url: string;
  /** Nobody else used the server when we came: whoever did before is dead. */
  alone: boolean;
  /** The last process out stops the server, the others leave it running. Close your own pools first. */
  stop(): Promise<void>;
}

const database = 'sluice';

/**
 * A PostgreSQL of our own in `dataDir`/postgres. It is made at the first call, and started unless it runs: after a crash
 * of ours it is found running and used, a second process on the same folder shares it, and after a crash of both it
 * recovers by itself.
 * @throws EmbeddedDatabaseError with a message for whoever starts the program
 */
export async function openEmbedded({ dataDir, log, fsync = true }: EmbeddedOptions): Promise<EmbeddedServer> {
  const folder = join(resolve(dataDir), 'postgres');
  try {
    await makeFolder(folder);
    return await withLock(await realpath(folder), log, async (lockedFolder) => {
      const cluster = await prepareCluster(lockedFolder, { fsync, log });
      const url = urlOf(cluster, await ensureRunning(cluster), database);
      await createDatabase(url);
      const presence = await announce(url);
      const alone = (await countOthers(url, presence.name)) === 0;
      let stopped: Promise<void> | null = null;
      const stop = () => {
        stopped ??= leave(cluster, presence);
        return stopped;
      };
      return { url, alone, stop };
    });
  } catch (error) {
    throw readable(error, folder);
  }
}

async function makeFolder(folder: string): Promise<void> {
  // Root's server runs as another user, who has to get through.
  await mkdir(folder, { recursive: true, mode: process.getuid?.() === 0 ? 0o755 : 0o700 });
}

/** One process at a time creates, starts or stops. The lock of a process that died is taken over after some seconds. */
async function withLock<Result>(folder: string, log: EmbeddedLog, work: (folder: string) => Promise<Result>) {
  const release = await lock(folder, {
    lockfilePath: join(folder, 'lock'),
    stale: 8_000,
    update: 2_000,
    retries: { retries: 6_000, factor: 1, minTimeout: 100, maxTimeout: 100 },
    onCompromised: () => log.warn({ folder }, 'The lock of the embedded PostgreSQL was lost'),
  }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ELOCKED') throw cause;
    const problem = `Another process has been starting or stopping the PostgreSQL in ${folder} for minutes.`;
    throw new EmbeddedDatabaseError(`${problem} End it, and try again.`, { cause });
  });
  try {
    return await work(folder);
  } finally {
    await release().catch(() => {}); // lost before: somebody else has it now
  }
}

const urlOf = ({ password }: Cluster, port: number, name: string): string =>
  `postgres://${superuser}:${password}@127.0.0.1:${port}/${name}`;

async function createDatabase(url: string): Promise<void> {
  const connection = postgres(url, { max: 1, database: 'postgres', connection: { application_name: processName } });
  try {
    const found = await connection`select from pg_database where datname = ${database}`;
    if (found.length === 0) await connection`create database ${connection(database)}`;
  } finally {
    await connection.end({ timeout: 1 });
  }
}

interface Presence {
  name: string;
  end(): Promise<void>;
}

/** One connection for as long as we use the server, so that other processes see us even while our pools are idle. */
async function announce(url: string): Promise<Presence> {
  const name = `sluice presence ${randomUUID()}`;
  let ending = false;
  const connection = postgres(url, {
    max: 1,
    max_lifetime: null,
    connection: { application_name: name },
    onclose: () => {
      if (!ending) connect().catch(() => {}); // the server went away: whoever queries it will say so
    },
  });
  const connect = async () => {
    await connection`select 1`;
  };
  await connect();
  return {
    name,
    end: () => {
      ending = true;
      return connection.end({ timeout: 1 });
    },
  };
}

function leave(cluster: Cluster, presence: Presence): Promise<void> {
  return withLock(cluster.folder, cluster.log, async () => {
    await presence.end();
    const port = await findRunning(cluster);
    if (port === null) return;
    const others = await countOthers(urlOf(cluster, port, 'postgres'), presence.name);
    if (others > 0) cluster.log.info({ others }, 'Others use the embedded PostgreSQL: it stays');
    else await stopServer(cluster);
  });
}

/** Connections of other processes. Our own are on their way out, though the server may still list them. */
async function countOthers(url: string, presenceName: string): Promise<number> {
  const connection = postgres(url, { max: 1, connection: { application_name: processName } });
  try {
    const [row] = await connection<{ others: number }[]>`
      select count(*)::int as others from pg_stat_activity
      where application_name like 'sluice%' and application_name <> ${presenceName}
        and not starts_with(application_name || ' ', ${`${processName} `})`;
    return row?.others ?? 0;
  } finally {
    await connection.end({ timeout: 1 });
  }
}
