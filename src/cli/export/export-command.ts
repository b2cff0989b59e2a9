import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { errorCategories } from '../../domain/error-categories.ts';
import { reconciliationGroups, syncStatuses } from '../../domain/lifecycle.ts';
import { type ApiSettings, readApiSettings } from '../api-settings.ts';
import { CliError, printable } from '../cli-error.ts';
import { createGraphqlClient, type GraphqlClient } from '../graphql-client.ts';
import { findEvent } from '../import/find-event.ts';

interface ExportOptions {
  integration: string;
  event?: string;
  group?: string;
  status?: string;
  category?: string[];
  remoteField?: string;
  search?: string;
  capturedFrom?: string;
  capturedUntil?: string;
  oldestFirst: boolean;
  bom: boolean;
  output?: string;
}

const details = `
Writes a work list as CSV (RFC 4180, UTF-8), of any length, to standard output or a file: what the Reconciliation tab shows, narrowed in the same
ways. It is read while it is written; whatever matches throughout is in it exactly once. A spreadsheet runs no cell of it as a formula: an
apostrophe stands before what would start one.

Example:
  sluice export --integration "Marketo" --group FAILED --event "Spring Expo" > failed.csv`;

export function registerExport(program: Command): void {
  program
    .command('export')
    .description('write a work list, or a part of it, as CSV')
    .requiredOption('--integration <name or id>', 'whose work list')
    .option('--event <name>', 'only leads of this event')
    .addOption(new Option('--group <group>', 'only this list').choices(reconciliationGroups))
    .addOption(new Option('--status <status>', 'only leads that are there').choices(syncStatuses))
    .addOption(new Option('--category <category...>', 'only failed leads of these categories').choices(errorCategories))
    .option('--remote-field <name>', 'only failed leads whose error names this field')
    .option('--search <text>', 'part of name, e-mail or company; at least three letters')
    .option('--captured-from <instant>', 'captured then or later, e.g. 2026-05-14T00:00:00Z')
    .option('--captured-until <instant>', 'captured before')
    .option('--oldest-first', 'captured first, first', false)
    .option('--bom', 'begin with a byte order mark, for Excel', false)
    .option('-o, --output <file>', 'write to this file instead of standard output')
    .addHelpText('after', details)
    .action(run);
}

async function run(options: ExportOptions): Promise<void> {
  const settings = readApiSettings();
  const client = createGraphqlClient(settings);
  const query = new URLSearchParams({ integrationId: await findIntegration(client, options.integration) });
  if (options.event) query.set('eventId', await eventIdOf(client, options.event));
  const { group, status, category, remoteField, search, capturedFrom, capturedUntil } = options;
  const given = { group, status, remoteField, search, capturedFrom, capturedUntil, categories: category?.join(',') };
  for (const [name, value] of Object.entries(given)) if (value) query.set(name, value);
  if (options.oldestFirst) query.set('orderBy', 'CAPTURED_AT_ASC');
  if (options.bom) query.set('bom', 'true');
  await download(settings, query, options.output);
}

const integrationsDocument = /* GraphQL */ `
  query ExportIntegrations { integrations { id name } }
`;
const integrationsSchema = z.object({ integrations: z.array(z.object({ id: z.string(), name: z.string() })) });

async function findIntegration(client: GraphqlClient, wanted: string): Promise<string> {
  const { integrations } = await client.request(integrationsDocument, {}, integrationsSchema);
  const name = wanted.trim().toLowerCase();
  const found = integrations.filter((one) => one.id === wanted || one.name.toLowerCase() === name);
  const [first] = found;
  if (!first) throw new CliError(`There is no integration "${wanted}".`);
  if (found.length > 1)
    throw new CliError(
      `There are ${found.length} integrations "${wanted}": ${found.map(({ id }) => id).join(', ')}. Name one by its id.`,
    );
  return first.id;
}

async function eventIdOf(client: GraphqlClient, name: string): Promise<string> {
  const event = await findEvent(client, name.trim());
  if (!event) throw new CliError(`There is no event "${name}".`);
  return event.id;
}

const refusalSchema = z.object({ errors: z.array(z.object({ message: z.string() })) });

async function download(
  { endpoint, apiKey }: ApiSettings,
  query: URLSearchParams,
  output: string | undefined,
): Promise<void> {
  const url = new URL(endpoint);
  url.pathname = url.pathname.replace(/\/graphql$/, '/export/sync-items.csv');
  url.search = query.toString();
  const response = await fetch(url, { headers: { authorization: `Bearer ${apiKey}` }, redirect: 'manual' }).catch(
    (error: unknown) => {
      throw new CliError(`${endpoint.origin} can't be reached (${codeOf(error)}).`);
    },
  );
  if (!response.ok || !response.body || !response.headers.get('content-type')?.startsWith('text/csv')) {
    const refusal = refusalSchema.safeParse(await response.json().catch(() => null));
    const said = refusal.success
      ? printable(refusal.data.errors.map(({ message }) => message).join(' '))
      : `it answered HTTP ${response.status}`;
    throw new CliError(`${endpoint.origin} exports nothing: ${said}`);
  }
  const target = output === undefined ? process.stdout : createWriteStream(output);
  try {
    await pipeline(Readable.fromWeb(response.body as import('node:stream/web').ReadableStream), target, {
      end: output !== undefined,
    });
  } catch (error) {
    if (codeOf(error) === 'EPIPE') return; // the reader has enough: `| head`
    throw new CliError(`The export broke off (${codeOf(error)}): what was written is not complete.`);
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.cause === undefined ? error.name : codeOf(error.cause);
}
