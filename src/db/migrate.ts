import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';

const migrationsFolder = fileURLToPath(new URL('./migrations', import.meta.url));

/** Any number that nothing else in the database uses as an advisory lock. */
const migrationLock = 7_531_001;

/** Brings the database to the newest schema; several processes may start at once: one migrates, the others wait for it. */
export async function migrate(url: string): Promise<void> {
  const connection = postgres(url, { max: 1, onnotice: () => {}, connection: { application_name: 'sluice migrate' } });
  try {
    await connection`select pg_advisory_lock(${migrationLock})`;
    await applyMigrations(drizzle(connection), { migrationsFolder });
  } finally {
    await connection.end();
  }
}
