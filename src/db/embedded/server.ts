import { once } from 'node:events';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import postgres from 'postgres';
import { type Cluster, savedPort, savePort, superuser } from './cluster.ts';
import { EmbeddedDatabaseError, explain } from './error.ts';
import { runAsServer, spawnAsServer } from './programs.ts';

const startAttempts = 5;
const pollMs = 50;
const retryMs = 1_000;
/** Recovery after a crash takes its time. */
const readySecondsMax = 600;
const stopSecondsMax = 120;

/** Starts the server unless it runs already, and returns its port. */
export async function ensureRunning(cluster: Cluster): Promise<number> {
  const running = await findRunning(cluster);
  if (running !== null) return running;
  let port = await savedPort(cluster);
  for (let attempt = 1; attempt <= startAttempts; attempt += 1) {
    if (port === 0 || !(await isFree(port))) port = await findFreePort();
    const end = await start(cluster, port);
    if (end === 'ready') {
      await savePort(cluster, port);
      cluster.log.info({ port, folder: cluster.folder }, 'The embedded PostgreSQL runs');
      return port;
    }
    if (end === 'port taken') port = 0;
    else await delay(retryMs); // the last processes of a server that was killed are still leaving
  }
  const problem = `The embedded PostgreSQL did not start after ${startAttempts} attempts.`;
  throw new EmbeddedDatabaseError(`${problem} ${await lastWords(cluster)}`);
}

/** The port of the server that runs on our data, once it is ready; null: none runs. */
export async function findRunning(cluster: Cluster): Promise<number | null> {
  const { data, log } = cluster;
  const deadline = performance.now() + readySecondsMax * 1000;
  while (performance.now() < deadline) {
    const found = await readPidFile(data);
    if (!found || !isAlive(found.pid)) return null; // PostgreSQL replaces the file of a process that is gone
    if (!(await runsOn(found.pid, data))) {
      log.warn({ pid: found.pid }, 'Removing postmaster.pid: the process in it is no server of this folder any more');
      await rm(join(data, 'postmaster.pid'), { force: true });
      return null;
    }
    if (found.status === 'ready') {
      const problem = await tryConnection(cluster, found.port);
      if (!problem) return found.port;
      if (problem === '28P01') {
        const refusal = `The PostgreSQL that runs on ${data} refuses the password in server.json.`;
        throw new EmbeddedDatabaseError(`${refusal} Stop it, and restore that file.`);
      }
    }
    await delay(pollMs); // starting, recovering from a crash, or stopping
  }
  throw new EmbeddedDatabaseError(`The PostgreSQL on ${data} runs, but does not answer. ${await lastWords(cluster)}`);
}

/** Stops the server in order; nobody may need it any more. */
export async function stopServer({ data, binaries, user, log }: Cluster): Promise<void> {
  const args = ['stop', '--pgdata', data, '--mode', 'fast', '--wait', '--timeout', String(stopSecondsMax), '--silent'];
  await runAsServer(user, binaries.pgCtl, args, 'The embedded PostgreSQL could not be stopped');
  log.info({}, 'The embedded PostgreSQL is stopped');
}

async function start(cluster: Cluster, port: number): Promise<'ready' | 'port taken' | 'try again'> {
  const { folder, data, binaries, user } = cluster;
  const logPath = join(folder, 'server.log');
  await rename(logPath, join(folder, 'server.previous.log')).catch(() => {}); // the first start has none
  const logFile = await open(logPath, 'w', 0o600);
  try {
    const args = [
      '-D',
      data,
      '-p',
      String(port),
      ...serverSettings(cluster.fsync).flatMap((setting) => ['-c', setting]),
    ];
    const server = spawnAsServer(user, binaries.postgres, args, { stdio: ['ignore', logFile.fd, logFile.fd] });
    let ended = false;
    server.once('exit', () => {
      ended = true;
    });
    await once(server, 'spawn').catch((cause: Error) => {
      throw new EmbeddedDatabaseError(`The embedded PostgreSQL could not be started. ${explain(cause.message)}`, {
        cause,
      });
    });
    server.unref();
    while (!ended) {
      const found = await readPidFile(data);
      const ready = found?.pid === server.pid && found?.status === 'ready';
      if (ready && !(await tryConnection(cluster, port))) return 'ready';
      await delay(pollMs);
    }
  } finally {
    await logFile.close();
  }
  const words = await readFile(logPath, 'utf8');
  if (/could not bind|address already in use/i.test(words)) return 'port taken';
  if (/pre-existing shared memory block|lock file "postmaster\.pid" already exists/.test(words)) return 'try again';
  throw new EmbeddedDatabaseError(`The embedded PostgreSQL ended while it started. ${explain(words)}`);
}

/** As flags, so that they hold for clusters which an older version of ours made. */
function serverSettings(fsync: boolean): string[] {
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200'];
  settings.push('shared_buffers=256MB', 'effective_cache_size=1GB', 'random_page_cost=1.1', 'jit=off');
  settings.push(
    'autovacuum_naptime=15s',
    'autovacuum_vacuum_scale_factor=0.05',
    'autovacuum_analyze_scale_factor=0.05',
  );
  settings.push('timezone=UTC', 'log_timezone=UTC', 'log_checkpoints=off');
  // A failed statement names the values it was given: those are leads, and no business of a log file.
  settings.push('log_min_messages=log', 'log_min_error_statement=panic');
  return fsync ? settings : [...settings, 'fsync=off', 'full_page_writes=off', 'synchronous_commit=off'];
}

/** Null: connected, and the server serves our data. Otherwise the code of what went wrong. */
async function tryConnection({ password, data }: Cluster, port: number): Promise<string | null> {
  const address = { host: '127.0.0.1', port, username: superuser, password, database: 'postgres' };
  const connection = postgres({ ...address, max: 1, connect_timeout: 5, fetch_types: false });
  try {
    const [row] = await connection`select current_setting('data_directory') as data`;
    return row?.data === data ? null : 'another server';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  } finally {
    await connection.end({ timeout: 1 });
  }
}

async function readPidFile(data: string): Promise<{ pid: number; port: number; status: string } | null> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
  // Lines: pid, data directory, start time, port, socket directory, address, shared memory, status
  const lines = text.split('\n').map((line) => line.trim());
  const pid = Number(lines[0]);
  return Number.isInteger(pid) && pid > 0 ? { pid, port: Number(lines[3]), status: lines[7] ?? '' } : null;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'; // alive, and somebody else's
  }
}

/**
 * Whether the process is a server on `data`; where the system can't tell, yes. One that ended without anybody to take note
 * of it (a zombie, in a container whose first process does not care) is none.
 */
async function runsOn(pid: number, data: string): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  if (/^\d+ \(.*\) Z/.test(status)) return false;
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return command === '' || command.split('\0').includes(data);
}

const isFree = (port: number): Promise<boolean> =>
  listenOnce(port).then(
    () => true,
    () => false,
  );
const findFreePort = (): Promise<number> => listenOnce(0);

function listenOnce(port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer();
  server.once('error', reject);
  server.listen(port, '127.0.0.1', () => {
    const address = server.address();
    server.close(() => resolve(address && typeof address === 'object' ? address.port : port));
  });
  return promise;
}

const lastWords = async ({ folder }: Cluster): Promise<string> =>
  explain(await readFile(join(folder, 'server.log'), 'utf8').catch(() => ''));
