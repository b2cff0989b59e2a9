import type { Command } from 'commander';
import { migrateDatabase } from './database-services.ts';

export function registerMigrate(program: Command): void {
  program
    .command('migrate')
    .description("bring the database to this version's schema; the server does so too when it starts")
    .action(async () => {
      await migrateDatabase();
      console.log('The database is up to date.');
    });
}
