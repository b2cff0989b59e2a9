import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chown, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import postgres from 'postgres';
import { z } from 'zod';
import {
  type Binaries,
  chooseServerUser,
  EmbeddedDatabaseError,
  findBinaries,
  type ServerUser,
  spawnAsServer,
} from './embedded-binaries.ts';

/** A database cluster in a folder of ours, and the server that runs on it. Callers hold the folder's lock. */
export interface Cluster {
  folder: string;
  data: string;
  binaries: Binaries;
  user: ServerUser;
  password: string;
  /** Tests only: without it a power cut loses the data. */
  fsync: boolean;
  log: EmbeddedLog;
}

export interface EmbeddedLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export const superuser = 'sluice';
const portAttempts = 5;
const pollMs = 50;
const startSecondsMax = 600;
const stopSecondsMax = 120;

const savedSchema = z.object({ password: z.string().min(1), port: z.int() });
type Saved = z.infer<typeof savedSchema>;
const savedPath = (folder: string): string => join(folder, 'server.json');

/** Finds the cluster, or makes it. A creation that was interrupted has left nothing but a folder that is thrown away here. */
export async function prepareCluster(folder: string, options: { fsync: boolean; log: EmbeddedLog }): Promise<Cluster> {
  const data = join(folder, 'data');
  const binaries = await findBinaries();
  const existing = await stat(data).catch(() => null);
  const dataOwner = existing && existing.uid !== 0 ? existing : null;
  const user = await chooseServerUser([folder, dirname(binaries.postgres)], dataOwner);
  if (existing) return { folder, data, binaries, user, password: (await readSaved(folder)).password, ...options };

  const password = randomBytes(24).toString('base64url');
  const cluster = { folder, data, binaries, user, password, ...options };
  options.log.info({ folder }, 'Creating the embedded PostgreSQL');
  await save(folder, { password, port: 0 });
  await initialise(cluster);
  return cluster;
}

async function initialise({ folder, data, binaries, user, password, fsync }: Cluster): Promise<void> {
  const unfinished = join(folder, 'data.unfinished');
  const passwordFile = join(folder, 'password.tmp');
  await rm(unfinished, { recursive: true, force: true });
  await rm(passwordFile, { force: true });
  await mkdir(unfinished, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user.owner) {
    await chown(unfinished, user.owner.uid, user.owner.gid);
    await chown(passwordFile, user.owner.uid, user.owner.gid);
  }
  const args = [
    `--pgdata=${unfinished}`,
    `--username=${superuser}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
  ];
  args.push(
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
  );
  if (!fsync) args.push('--no-sync');
  try {
    await runToEnd(user, binaries.initdb, args, 'The embedded PostgreSQL could not be created');
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(unfinished, data);
}

/** Starts the server unless it runs already, and returns its port. */
export async function ensureRunning(cluster: Cluster): Promise<number> {
  const running = await findRunning(cluster);
  if (running !== null) return running;
  let { port } = await readSaved(cluster.folder);
  for (let attempt = 1; attempt <= portAttempts; attempt += 1) {
    if (port === 0 || !(await isFree(port))) port = await findFreePort();
    const end = await start(cluster, port);
    if (end === 'ready') {
      await save(cluster.folder, { password: cluster.password, port });
      cluster.log.info({ port, folder: cluster.folder }, 'The embedded PostgreSQL runs');
      return port;
    }
    if (end === 'port taken') port = 0;
    else await delay(1_000); // the last processes of a server that was killed are still leaving
  }
  throw new EmbeddedDatabaseError(
    `The embedded PostgreSQL did not start after ${portAttempts} attempts. ${await lastWords(cluster.folder)}`,
  );
}

/** The port of the server that runs on our data, once it is ready; null: none runs. */
export async function findRunning(cluster: Cluster): Promise<number | null> {
  const deadline = performance.now() + startSecondsMax * 1000;
  while (performance.now() < deadline) {
    const found = await readPidFile(cluster.data);
    if (!found || !isAlive(found.pid)) return null; // PostgreSQL replaces the file of a process that is gone
    if (!(await runsOn(found.pid, cluster.data))) {
      cluster.log.warn(
        { pid: found.pid },
        'Removing postmaster.pid: another program has the process id of a server that was killed',
      );
      await rm(join(cluster.data, 'postmaster.pid'), { force: true });
      return null;
    }
    if (found.status === 'ready') {
      const problem = await tryConnection(cluster, found.port);
      if (!problem) return found.port;
      if (problem === '28P01') {
        throw new EmbeddedDatabaseError(
          `The PostgreSQL that runs in ${cluster.data} does not take the password of ${savedPath(cluster.folder)}.`,
        );
      }
    }
    await delay(pollMs); // starting, recovering from a crash, or stopping
  }
  throw new EmbeddedDatabaseError(
    `The PostgreSQL in ${cluster.data} runs, but does not answer. ${await lastWords(cluster.folder)}`,
  );
}

/** Stops the server in order; nobody may need it any more. */
export async function stopServer({ data, binaries, user, log }: Cluster): Promise<void> {
  const args = ['stop', '--pgdata', data, '--mode', 'fast', '--wait', '--timeout', String(stopSecondsMax), '--silent'];
  await runToEnd(user, binaries.pgCtl, args, 'The embedded PostgreSQL could not be stopped');
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
      throw new EmbeddedDatabaseError(`The embedded PostgreSQL could not be started: ${cause.message}`, { cause });
    });
    server.unref();
    while (!ended) {
      const found = await readPidFile(data);
      if (found?.pid === server.pid && found?.status === 'ready' && !(await tryConnection(cluster, port)))
        return 'ready';
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

/** As flags, so that they hold for clusters which an older version made. Statements and their values never get into the server's log. */
function serverSettings(fsync: boolean): string[] {
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    'timezone=UTC',
    'log_timezone=UTC',
  ];
  settings.push('shared_buffers=256MB', 'effective_cache_size=1GB', 'random_page_cost=1.1', 'jit=off');
  settings.push(
    'autovacuum_naptime=15s',
    'autovacuum_vacuum_scale_factor=0.05',
    'autovacuum_analyze_scale_factor=0.05',
  );
  settings.push('log_min_messages=log', 'log_min_error_statement=panic', 'log_checkpoints=off');
  return fsync ? settings : [...settings, 'fsync=off', 'full_page_writes=off', 'synchronous_commit=off'];
}

/** Null: connected, and the server serves our data. Otherwise the code of what went wrong. */
async function tryConnection({ password, data }: Cluster, port: number): Promise<string | null> {
  const connection = postgres({
    host: '127.0.0.1',
    port,
    username: superuser,
    password,
    database: 'postgres',
    max: 1,
    connect_timeout: 5,
  });
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
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'; // alive, and somebody else's
  }
}

/** Whether the process is a server on `data`; where the system can't tell, yes. */
async function runsOn(pid: number, data: string): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null);
  return command === null || command === '' || command.split('\0').includes(data);
}

const isFree = (port: number): Promise<boolean> => listenOnce(port).then(Boolean, () => false);
const findFreePort = (): Promise<number> => listenOnce(0);

function listenOnce(port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer();
  server.once('error', reject);
  server.listen(port, '127.0.0.1', () => {
    const address = server.address();
    server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))));
  });
  return promise;
}

async function readSaved(folder: string): Promise<Saved> {
  try {
    return savedSchema.parse(JSON.parse(await readFile(savedPath(folder), 'utf8')));
  } catch (cause) {
    throw new EmbeddedDatabaseError(
      `${savedPath(folder)} holds the password of the embedded PostgreSQL and can't be read. Start as the user who made it, restore it, or remove ${folder} to begin with an empty database.`,
      { cause },
    );
  }
}

async function save(folder: string, saved: Saved): Promise<void> {
  const path = savedPath(folder);
  await writeFile(`${path}.tmp`, JSON.stringify(saved), { mode: 0o600, flush: true });
  await rename(`${path}.tmp`, path);
}

async function runToEnd(user: ServerUser, program: string, args: string[], problem: string): Promise<void> {
  const child = spawnAsServer(user, program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    words += chunk.toString();
  });
  const [code] = await once(child, 'close').catch((cause: Error) => {
    throw new EmbeddedDatabaseError(`${problem}: ${cause.message}`, { cause });
  });
  if (code !== 0) throw new EmbeddedDatabaseError(`${problem}. ${explain(words)}`);
}

const lastWords = async (folder: string): Promise<string> =>
  explain(await readFile(join(folder, 'server.log'), 'utf8').catch(() => ''));

/** The way out where we know one, and the server's own last words. */
function explain(words: string): string {
  const advice = advices.find(([pattern]) => pattern.test(words))?.[1];
  const last = words.trim().split('\n').slice(-3).join(' | ');
  return [advice, last && `It said: ${last}`].filter(Boolean).join(' ');
}

const advices: [RegExp, string][] = [
  [/No space left on device|Disk quota exceeded/, 'The disk is full: make room in DATA_DIR.'],
  [
    /database files are incompatible/,
    'The data were made by another major version: set DATA_DIR to a new folder, or migrate them with pg_upgrade.',
  ],
  [
    /wrong ownership|Permission denied/,
    'The user it runs as may not use DATA_DIR: start as the user who made it, or set DATA_DIR to another folder.',
  ],
  [
    /error while loading shared libraries|cannot execute|No such file or directory.*ld-/,
    'This system lacks what the packaged PostgreSQL needs (glibc): set DATABASE_URL to a PostgreSQL of your own.',
  ],
  [/could not create shared memory|Cannot allocate memory/, 'There is not enough memory for its shared buffers.'],
];
