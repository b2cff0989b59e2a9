import type { Command } from 'commander';
import { createOrganization, listOrganizations } from '../sync/organizations.ts';
import { withDatabase } from './database-services.ts';
import { printTable } from './print-table.ts';

export function registerOrganizations(program: Command): void {
  const organizations = program.command('organizations').description('the tenants of this server, on its database');
  organizations
    .command('create')
    .description('create an organization; prints its id')
    .argument('<name>', 'unique, whatever the case')
    .action(async (name: string) => {
      console.log(await withDatabase((services) => createOrganization(services, name)));
    });
  organizations
    .command('list')
    .description('list all organizations')
    .action(async () => {
      const rows = await withDatabase(listOrganizations);
      printTable(
        ['ID', 'NAME', 'CREATED'],
        rows.map(({ id, name, createdAt }) => [id, name, createdAt.toISOString()]),
      );
    });
}
