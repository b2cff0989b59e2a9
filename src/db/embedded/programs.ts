import { type ChildProcess, execFile, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedDatabaseError, explain } from './error.ts';

const run = promisify(execFile);

export interface Owner {
  uid: number;
  gid: number;
}

/**
 * Who runs the server's programs. PostgreSQL refuses to run as root, so root runs them as the user "postgres"; everybody
 * else as themselves.
 */
export interface ServerUser {
  /** null: the user of this process. */
  owner: Owner | null;
  /** A command in front that becomes that user and keeps the right to pass folders which it could not enter. */
  prefix: string[];
}

/**
 * @param folders what the user has to reach: the data and the binaries
 * @param dataOwner whose the data is already; null: it is still to be made
 */
export async function chooseServerUser(folders: string[], dataOwner: Owner | null): Promise<ServerUser> {
  if (process.getuid?.() !== 0) return { owner: null, prefix: [] };
  const owner = dataOwner ?? (await lookUpUser()) ?? (await createUser());
  const closed = await firstClosedFolder(folders, owner);
  if (!closed) return { owner, prefix: [] };
  const identity = [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'];
  // The securebit: without it access(2), which initdb asks about its binaries, ignores the capability.
  const right = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--securebits=+no_setuid_fixup', '--'];
  await run('setpriv', [...identity, ...right, 'sh', '-c', 'cd "$1"', 'sh', closed]).catch((cause) => {
    const problem = `As root, the embedded PostgreSQL runs as the user "postgres", who may not enter ${closed}.`;
    const ways =
      'Open that folder (chmod o+x), set DATA_DIR to another, start as an ordinary user, or set DATABASE_URL.';
    throw new EmbeddedDatabaseError(`${problem} ${ways}`, { cause });
  });
  return { owner, prefix: ['setpriv', ...identity, ...right] };
}

async function lookUpUser(): Promise<Owner | null> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', 'postgres']), run('id', ['-g', 'postgres'])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return null;
  }
}

async function createUser(): Promise<Owner> {
  let refusal: unknown;
  try {
    await run('groupadd', ['--system', '--force', 'postgres']);
    await run('useradd', [
      '--system',
      '--gid',
      'postgres',
      '--no-create-home',
      '--shell',
      '/usr/sbin/nologin',
      'postgres',
    ]);
  } catch (cause) {
    refusal = cause; // another process may have been quicker
  }
  const created = await lookUpUser();
  if (created) return created;
  const problem = 'As root, the embedded PostgreSQL needs a system user "postgres", which could not be created.';
  const ways = 'Create it, start as an ordinary user, or set DATABASE_URL.';
  throw new EmbeddedDatabaseError(`${problem} ${ways}`, { cause: refusal });
}

/** The outermost folder on the way to one of `folders` that `owner` may not enter. */
async function firstClosedFolder(folders: string[], owner: Owner): Promise<string | null> {
  for (const folder of folders) {
    const way: string[] = [];
    for (let at = resolve(folder); at !== dirname(at); at = dirname(at)) way.unshift(at);
    for (const at of way) {
      const { mode, uid, gid } = await stat(at);
      const needed = uid === owner.uid ? 0o100 : gid === owner.gid ? 0o010 : 0o001;
      if ((mode & needed) === 0) return at;
    }
  }
  return null;
}

/** Starts a program as the server's user, in a process group of its own: Ctrl-C in a terminal does not reach it. */
export function spawnAsServer(user: ServerUser, program: string, args: string[], options: SpawnOptions): ChildProcess {
  const [command = program, ...rest] = [...user.prefix, program, ...args];
  const identity = user.owner && user.prefix.length === 0 ? user.owner : {};
  const env = serverEnvironment();
  return spawn(command, rest, { cwd: dirname(program), ...options, ...identity, env, detached: true });
}

/** As spawnAsServer, to its end. @throws EmbeddedDatabaseError that begins with `problem` when it did not succeed */
export async function runAsServer(user: ServerUser, program: string, args: string[], problem: string): Promise<void> {
  const child = spawnAsServer(user, program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    words += chunk.toString();
  });
  const [code] = await once(child, 'close').catch((cause: Error) => {
    throw new EmbeddedDatabaseError(`${problem}. ${explain(cause.message)}`, { cause });
  });
  if (code !== 0) throw new EmbeddedDatabaseError(`${problem}. ${explain(words)}`);
}

/** Little of ours: the server outlives us, and our environment holds keys. English messages, because some are looked for. */
function serverEnvironment(): NodeJS.ProcessEnv {
  // biome-ignore lint/style/noProcessEnv: what the system's loader needs, not configuration
  const { PATH, SystemRoot, LD_LIBRARY_PATH, TMPDIR } = process.env;
  return { PATH, SystemRoot, LD_LIBRARY_PATH, TMPDIR, LC_ALL: 'C' };
}
