import { v7 as uuidv7 } from 'uuid';
import { ConfigError, loadDatabaseConfig } from '../config.ts';
import { findDbError, openDatabase } from '../db/client.ts';
import { EmbeddedDatabaseError, openEmbedded } from '../db/embedded.ts';
import { migrate } from '../db/migrate.ts';
import { DomainError } from '../domain/errors.ts';
import type { KeyServices } from '../sync/api-keys.ts';
import { CliError } from './cli-error.ts';

const silent = { info: () => {}, warn: () => {} };

/**
 * Runs a command on the database itself: that of DATABASE_URL, or the embedded one of DATA_DIR, whether the server runs or not.
 * @throws CliError for everything that whoever typed the command can mend
 */
export async function withDatabase<Result>(command: (services: KeyServices) => Promise<Result>): Promise<Result> {
  return explained(() =>
    withUrl(async (url, embedded) => {
      if (embedded) await migrate(url); // nobody else may have done it yet
      const database = openDatabase(url, { name: 'cli', connectionsMax: 2 });
      try {
        return await command({ db: database.db, now: () => new Date(), newId: () => uuidv7() });
      } finally {
        await database.close();
      }
    }),
  );
}

/** Brings the database to the newest schema. */
export function migrateDatabase(): Promise<void> {
  return explained(() => withUrl((url) => migrate(url)));
}

async function withUrl<Result>(run: (url: string, embedded: boolean) => Promise<Result>): Promise<Result> {
  const { databaseUrl, listenDatabaseUrl, dataDir } = loadDatabaseConfig();
  if (databaseUrl) return run(listenDatabaseUrl ?? databaseUrl, false);
  const server = await openEmbedded({ dataDir, log: silent });
  try {
    return await run(server.url, true);
  } finally {
    await server.stop();
  }
}

async function explained<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    throw explain(error);
  }
}

const undefinedTable = '42P01';

function explain(error: unknown): unknown {
  if (error instanceof DomainError || error instanceof EmbeddedDatabaseError) return new CliError(error.message);
  if (error instanceof ConfigError) return new CliError(error.message);
  const code = findDbError(error)?.code;
  if (code === undefinedTable) return new CliError('The database has no tables yet. Run `sluice migrate` first.');
  return code ? new CliError(`The database can't be used (${code}). Check DATABASE_URL.`) : error;
}
