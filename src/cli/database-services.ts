import { v7 as uuidv7 } from 'uuid';
import { ConfigError, loadConfig, loadDatabaseConfig } from '../config.ts';
import { findDbError, openDatabase } from '../db/client.ts';
import { EmbeddedDatabaseError, openEmbedded } from '../db/embedded.ts';
import { migrate } from '../db/migrate.ts';
import { DomainError } from '../domain/errors.ts';
import { createLogger } from '../logger.ts';
import type { KeyServices } from '../sync/api-keys.ts';
import { createHttpClient } from '../sync/connectors/http/client.ts';
import type { Jobs } from '../sync/engine/jobs.ts';
import type { Services } from '../sync/services.ts';
import { createVault, type Vault } from '../sync/vault.ts';
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
      const database = openDatabase(url, { name: 'cli', connectionsMax: 3 });
      try {
        return await command({ db: database.db, now: () => new Date(), newId: () => uuidv7() });
      } finally {
        await database.close();
      }
    }),
  );
}

/**
 * The same with everything that use cases work with, except that nothing can be sent to the workers. `secrets`: vendors' credentials are to be
 * opened, which needs the server's settings.
 * @throws CliError for everything that whoever typed the command can mend
 */
export async function withServices<Result>(
  { secrets }: { secrets: boolean },
  command: (services: Services) => Promise<Result>,
): Promise<Result> {
  return explained(async () => {
    const settings = secrets ? loadConfig() : null; // before anything is opened
    const http = createHttpClient({ allowPrivateNetworks: settings?.allowPrivateNetworks ?? false });
    try {
      return await withDatabase((base) =>
        command({
          ...base,
          jobs: noJobs,
          vault: settings ? createVault(settings.secretKeys) : closedVault,
          http,
          vendorUrls: settings?.vendorUrls ?? {},
          mailer: null,
          log: createLogger({ level: 'silent' }),
          random: Math.random,
        }),
      );
    } finally {
      await http.close();
    }
  });
}

const refuse = (): never => {
  throw new Error('not to be had on the command line');
};
const noJobs: Jobs = { drain: refuse, drainAll: refuse };
const closedVault: Vault = { keyId: '', seal: refuse, open: refuse };

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
