import { type Command, Option } from 'commander';
import { type Role, roles } from '../domain/roles.ts';
import {
  type ApiKeyRow,
  createApiKey,
  findOrganizationOfKey,
  type KeyServices,
  listApiKeys,
  revokeApiKey,
} from '../sync/api-keys.ts';
import { findOrganizationByName, listOrganizations, type OrganizationRow } from '../sync/organizations.ts';
import type { Viewer } from '../sync/viewer.ts';
import { CliError } from './cli-error.ts';
import { withDatabase } from './database-services.ts';
import { printTable } from './print-table.ts';

export function registerKeys(program: Command): void {
  const keys = program.command('keys').description("the organizations' API keys, on the database");
  keys
    .command('create')
    .description('create an API key; prints it, once')
    .requiredOption('--organization <name>', 'whose key it is')
    .requiredOption('--name <name>', 'who or what uses it, for people')
    .addOption(new Option('--role <role>', 'what it may do').choices(roles).makeOptionMandatory())
    .option('--expires <instant>', 'refused from then on, e.g. 2027-01-31T00:00:00Z (default: never)', parseInstant)
    .action(create);
  keys
    .command('list')
    .description('list the API keys, revoked and expired ones included')
    .option('--organization <name>', 'only those of one organization')
    .action(list);
  keys
    .command('revoke')
    .description('revoke an API key, and end what it has open')
    .argument('<id>', 'as the list shows it')
    .action(revoke);
}

interface CreateOptions {
  organization: string;
  name: string;
  role: Role;
  expires?: Date;
}

async function create({ organization, name, role, expires }: CreateOptions): Promise<void> {
  const secret = await withDatabase(async (services) => {
    const { id } = await getOrganization(services, organization);
    return (await createApiKey(services, viewerOf(id), { name, role, expiresAt: expires ?? null })).secret;
  });
  console.log(secret);
  console.error('This is shown once: keep it where secrets are kept.');
}

async function list(options: { organization?: string }): Promise<void> {
  const rows = await withDatabase(async (services) => {
    const { organization } = options;
    const of = organization ? [await getOrganization(services, organization)] : await listOrganizations(services);
    const listed = [];
    for (const { id, name } of of) {
      for (const key of await listApiKeys(services, viewerOf(id))) listed.push(cellsOf(key, name, services.now()));
    }
    return listed;
  });
  printTable(['ID', 'ORGANIZATION', 'NAME', 'ROLE', 'PREFIX', 'STATE', 'CREATED', 'LAST USED', 'EXPIRES'], rows);
}

async function revoke(id: string): Promise<void> {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id))
    throw new CliError('The id of a key is a UUID; see `sluice keys list`.', 2);
  await withDatabase(async (services) => {
    const orgId = await findOrganizationOfKey(services, id);
    if (!orgId) throw new CliError('There is no key of this id; see `sluice keys list`.');
    await revokeApiKey(services, viewerOf(orgId), id);
  });
  console.log('Revoked.');
}

/** Whoever may use the database may do what an administrator may. */
const viewerOf = (orgId: string): Viewer => ({ orgId, role: 'ADMIN', name: 'Command line', keyId: null });

async function getOrganization(services: KeyServices, name: string): Promise<OrganizationRow> {
  const found = await findOrganizationByName(services, name);
  if (!found) throw new CliError(`There is no organization "${name}"; see \`sluice organizations list\`.`);
  return found;
}

function parseInstant(text: string): Date {
  const instant = new Date(text);
  if (!/^\d{4}-\d{2}-\d{2}(T.*)?$/.test(text) || Number.isNaN(instant.getTime()))
    throw new CliError(`--expires "${text}" should be an instant, e.g. 2027-01-31T00:00:00Z.`, 2);
  return instant;
}

function cellsOf(key: ApiKeyRow, organization: string, now: Date): string[] {
  const instant = (at: Date | null) => at?.toISOString() ?? '-';
  const state = key.revokedAt ? 'revoked' : key.expiresAt && key.expiresAt <= now ? 'expired' : 'valid';
  const { id, name, role, prefix, createdAt, lastUsedAt, expiresAt } = key;
  return [id, organization, name, role, prefix, state, instant(createdAt), instant(lastUsedAt), instant(expiresAt)];
}
