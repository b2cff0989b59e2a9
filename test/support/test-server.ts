import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, openDatabase } from '../../src/db/client.ts';
import { openEmbedded } from '../../src/db/embedded.ts';
import { migrate } from '../../src/db/migrate.ts';

/** Where test files find the server; see database.ts. */
export interface TestServer {
  /** A database for administration, as a user who may create databases. */
  adminUrl: string;
  /** The migrated database that test files clone. */
  template: string;
  /** Starts the names of all databases of this run. */
  prefix: string;
}

export interface RunningTestServer extends TestServer {
  stop(): Promise<void>;
}

/** The server of DATABASE_URL, or an embedded one in a folder that is removed again, with a migrated template on it. */
export async function startTestServer(): Promise<RunningTestServer> {
  const server = process.env.DATABASE_URL
    ? { url: process.env.DATABASE_URL, stop: async () => {} }
    : await startEmbedded();
  const prefix = `sluice_test_${randomBytes(4).toString('hex')}_`;
  const template = `${prefix}template`;
  const admin = openDatabase(server.url, { name: 'test administration', connectionsMax: 2, statementTimeoutMs: 0 });
  const stop = async () => {
    await dropDatabases(admin, prefix);
    await admin.close();
    await server.stop();
  };
  try {
    await admin.sql`create database ${admin.sql(template)}`;
    await migrate(urlOfDatabase(server.url, template));
  } catch (error) {
    await stop();
    throw error;
  }
  return { adminUrl: server.url, template, prefix, stop };
}

/** `url` with another database name. */
export function urlOfDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

const folderPrefix = 'sluice-test-';
const quiet = { info: () => {}, warn: () => {} };

/** An empty DATA_DIR for an embedded server. Should this process be killed, the next run stops the server and removes it. */
export async function createServerFolder(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), `${folderPrefix}${process.pid}-`));
  await chmod(dataDir, 0o711); // as root, the server runs as another user
  return dataDir;
}

async function startEmbedded() {
  await removeAbandoned();
  const dataDir = await createServerFolder();
  const server = await openEmbedded({ dataDir, log: quiet, fsync: false });
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Stops and removes the servers of runs that were killed before they could do so. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = new RegExp(`^${folderPrefix}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const dataDir = join(tmpdir(), name);
    try {
      const server = await openEmbedded({ dataDir, log: quiet, fsync: false });
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    } catch {
      // Somebody else's, or being removed by another run right now: it is in nobody's way.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function dropDatabases({ sql }: Database, prefix: string): Promise<void> {
  const left = await sql<{ datname: string }[]>`select datname from pg_database where starts_with(datname, ${prefix})`;
  for (const { datname } of left) await sql`drop database if exists ${sql(datname)} with (force)`;
}
