import { randomBytes } from 'node:crypto';
import { chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { type Binaries, findBinaries } from './binaries.ts';
import { EmbeddedDatabaseError } from './error.ts';
import { chooseServerUser, runAsServer, type ServerUser } from './programs.ts';

/** A database cluster in a folder of ours. Whoever works with it holds the folder's lock. */
export interface Cluster {
  /** Absolute, without symbolic links. */
  folder: string;
  data: string;
  binaries: Binaries;
  user: ServerUser;
  password: string;
  /** Tests only: without it a power cut loses the data. */
  fsync: boolean;
  log: EmbeddedLog;
}

/** What pino's logger is. */
export interface EmbeddedLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export const superuser = 'sluice';

const unfinishedPrefix = 'data.unfinished-';
const savedSchema = z.object({ password: z.string().min(1), port: z.int() });
const savedPath = (folder: string): string => join(folder, 'server.json');

/** Finds the cluster, or makes it. What an interrupted making has left behind is thrown away. */
export async function prepareCluster(folder: string, options: { fsync: boolean; log: EmbeddedLog }): Promise<Cluster> {
  const data = join(folder, 'data');
  const binaries = await findBinaries();
  const existing = await stat(data).catch(() => null);
  const user = await chooseServerUser([folder, dirname(binaries.postgres)], existing?.uid ? existing : null);
  if (existing) {
    const { password } = await readSaved(folder);
    return { folder, data, binaries, user, password, ...options };
  }
  const password = randomBytes(24).toString('base64url');
  const cluster = { folder, data, binaries, user, password, ...options };
  options.log.info({ folder }, 'Creating the embedded PostgreSQL');
  await savePort(cluster, 0);
  await initialise(cluster);
  return cluster;
}

/** The port of the last start; 0: there was none. */
export async function savedPort({ folder }: Cluster): Promise<number> {
  return (await readSaved(folder)).port;
}

export async function savePort({ folder, password }: Cluster, port: number): Promise<void> {
  const path = savedPath(folder);
  await writeFile(`${path}.tmp`, JSON.stringify({ password, port }), { mode: 0o600, flush: true });
  await rename(`${path}.tmp`, path);
}

/** In a folder of another name until it is complete: "data" is whole or not there. */
async function initialise({ folder, data, binaries, user, password, fsync }: Cluster): Promise<void> {
  await removeUnfinished(folder);
  // A name of its own each time: the initdb of a process that was killed may still be writing to the last one.
  const unfinished = join(folder, `${unfinishedPrefix}${randomBytes(4).toString('hex')}`);
  const passwordFile = `${unfinished}.password`;
  await mkdir(unfinished, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user.owner) {
    await chown(unfinished, user.owner.uid, user.owner.gid);
    await chown(passwordFile, user.owner.uid, user.owner.gid);
  }
  const args = [`--pgdata=${unfinished}`, `--username=${superuser}`, `--pwfile=${passwordFile}`];
  args.push('--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--locale-provider=builtin');
  args.push('--builtin-locale=C.UTF-8', '--no-instructions', ...(fsync ? [] : ['--no-sync']));
  try {
    await runAsServer(user, binaries.initdb, args, 'The embedded PostgreSQL could not be created');
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(unfinished, data);
}

async function removeUnfinished(folder: string): Promise<void> {
  const left = (await readdir(folder)).filter((name) => name.startsWith(unfinishedPrefix));
  for (const name of left) {
    // One that is still written to goes at the next making.
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => {});
  }
}

async function readSaved(folder: string): Promise<z.output<typeof savedSchema>> {
  const path = savedPath(folder);
  try {
    return savedSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    const problem = `${path} holds the password of the embedded PostgreSQL and can't be read.`;
    const ways = `Start as the user who made it, restore it, or remove ${folder} to begin with an empty database.`;
    throw new EmbeddedDatabaseError(`${problem} ${ways}`, { cause });
  }
}
