import { randomBytes } from 'node:crypto';
import { afterAll, inject } from 'vitest';
import { type Database, type OpenOptions, openDatabase } from '../../src/db/client.ts';
import { urlOfDatabase } from './test-server.ts';

export interface TestDatabase {
  url: string;
  /** A pool of its own on this database, closed with it. */
  open(options?: OpenOptions): Database;
}

/**
 * A database of its own for a test file, with the schema and no rows. Call it at the top of the file or in a describe: what was opened
 * is closed and the database dropped after the last test.
 */
export async function createDatabase(): Promise<TestDatabase> {
  const { adminUrl, template, prefix } = inject('testServer');
  const name = `${prefix}${randomBytes(5).toString('hex')}`;
  await administer(adminUrl, ({ sql }) => sql`create database ${sql(name)} template ${sql(template)}`);
  const url = urlOfDatabase(adminUrl, name);
  const opened: Database[] = [];
  afterAll(async () => {
    await Promise.all(opened.map((database) => database.close()));
    await administer(adminUrl, ({ sql }) => sql`drop database ${sql(name)} with (force)`);
  });
  return {
    url,
    open: (options) => {
      const database = openDatabase(url, { name: 'test', ...options });
      opened.push(database);
      return database;
    },
  };
}

async function administer(url: string, work: (database: Database) => PromiseLike<unknown>): Promise<void> {
  const admin = openDatabase(url, { name: 'test administration', connectionsMax: 1 });
  try {
    await work(admin);
  } finally {
    await admin.close();
  }
}
