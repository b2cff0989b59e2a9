import type { Command } from 'commander';
import { type ApiSettings, readApiSettings } from '../api-settings.ts';
import { CliError, printable } from '../cli-error.ts';
import { createGraphqlClient, type GraphqlClient } from '../graphql-client.ts';
import { type Columns, type ColumnTarget, parseTarget, resolveColumns } from './csv-columns.ts';
import { readCsvFile } from './csv-file.ts';
import { type CsvTable, openCsv } from './csv-rows.ts';
import { countLeads, createEvent, findEvent, type ImportEvent } from './find-event.ts';
import { type CheckedRows, checkRows, type ImportResult, importLeads } from './import-leads.ts';
import { describeSummary, type ImportSummary, openReport } from './import-report.ts';
import { type Progress, startProgress } from './progress.ts';
import { UnusableCsvError } from './unusable-csv-error.ts';

interface ImportOptions {
  event: string;
  idColumn?: string;
  map: Map<string, ColumnTarget>;
  createEvent: boolean;
  report?: string;
}

const details = `
The file: UTF-8, at most 50 MB, separated by comma, semicolon or tab, with a header row. Columns in any order:
  First Name, Last Name, E-Mail, Company, Job Title, Phone, Captured At   the lead's fields, by these and other usual names
  qualifier:NAME                                                          a qualifier; several values separated by ";"
  any other name, or attribute:NAME                                       an attribute of that name
Captured At is RFC 3339 (2026-05-14T09:30:00Z); without an offset it is UTC. Empty cells are left out.

Running the same file again changes nothing: a lead is recognized by its id, from --id-column (or a column External ID), else by the
contents of its row. Bad rows are listed with their line and never stop the good ones; the exit code is 1 when there were any.

Example:
  sluice import leads.csv --event "Spring Expo" --id-column "Badge ID" --map "Firma=company"`;

export function registerImport(program: Command): void {
  program
    .command('import')
    .description('capture the leads of a CSV file at an event')
    .argument('<file>', 'the CSV file')
    .requiredOption('--event <name>', 'the event, by its exact name, whatever the case; created when there is none')
    .option('--id-column <column>', "column with the caller's own id of each lead, unique within the event")
    .option(
      '--map <column=field>',
      'what a column is: firstName, lastName, email, company, jobTitle, phone, capturedAt, externalId, qualifier:NAME, attribute:NAME, ignore (repeatable)',
      addMapping,
      new Map<string, ColumnTarget>(),
    )
    .option('--create-event', 'create the event when there is none (the default)', true)
    .option('--no-create-event', 'import nothing when there is no such event')
    .option('--report <file>', 'write all bad rows and duplicates to this file, as CSV')
    .addHelpText('after', details)
    .action(importFile);
}

function addMapping(text: string, mapped: Map<string, ColumnTarget>): Map<string, ColumnTarget> {
  const at = text.lastIndexOf('=');
  if (at < 1) throw new CliError(`--map "${text}" should be COLUMN=FIELD.`, 2);
  return new Map(mapped).set(text.slice(0, at), parseTarget(text.slice(at + 1)));
}

async function importFile(path: string, options: ImportOptions): Promise<void> {
  const eventName = options.event.trim();
  if (!eventName) throw new CliError('--event needs a name.', 2);
  const settings = readApiSettings();
  const file = await checkFile(path, options);
  const report = options.report === undefined ? null : await openReport(options.report, path);
  console.log(describeColumns(file.columns));

  const sent = file.good === 0 ? nothingSent : await send(file, settings, eventName, options.createEvent);
  const summary: ImportSummary = {
    imported: sent.imported,
    duplicates: file.duplicates,
    bad: [...file.bad, ...sent.bad].toSorted((one, other) => one.line - other.line),
    left: file.good - sent.imported - sent.bad.length,
  };
  await report?.write(summary);
  for (const line of describeSummary(summary)) console.log(line);
  if (sent.stopped) {
    const after = `Stopped after ${sent.imported} leads were imported. Running the same command again is safe: none is added twice.`;
    throw new CliError(`${sent.stopped.message} ${after}`);
  }
  if (summary.bad.length > 0) process.exitCode = 1;
}

const nothingSent: ImportResult = { imported: 0, bad: [], stopped: null };

interface CheckedFile extends CheckedRows {
  table: CsvTable;
  columns: Columns;
}

/** The first pass over the file: whatever makes it unusable as a whole shows before anything is sent. */
async function checkFile(path: string, { idColumn, map }: ImportOptions): Promise<CheckedFile> {
  try {
    const table = openCsv(await readCsvFile(path));
    const columns = resolveColumns(table.header, { idColumn, map });
    return { table, columns, ...checkRows(table, columns) };
  } catch (error) {
    if (error instanceof UnusableCsvError) throw new CliError(`${path} ${error.message} Nothing was imported.`);
    throw error;
  }
}

/** The second pass: finds or creates the event, and sends the good rows. */
async function send(
  file: CheckedFile,
  settings: ApiSettings,
  eventName: string,
  mayCreate: boolean,
): Promise<ImportResult> {
  const progress = startProgress(file.good);
  const client = createGraphqlClient(settings, {
    onWait: (reason, waitMs) => progress.note(`${reason}; going on in ${Math.ceil(waitMs / 1_000)} s`),
  });
  try {
    const event = await eventFor(client, eventName, mayCreate, progress);
    const target = { client, eventId: event.id, columns: file.columns };
    progress.imported(0);
    const result = await importLeads(file.table, target, (imported) => progress.imported(imported));
    if (!result.stopped) await tellLeadCount(client, event, progress);
    return result;
  } finally {
    progress.stop();
  }
}

/** What a second run of the same file leaves as it is. The import is done by then, so not knowing the number is no failure. */
async function tellLeadCount(client: GraphqlClient, event: ImportEvent, progress: Progress): Promise<void> {
  const now = await countLeads(client, event).catch(() => null);
  if (now !== null) progress.note(`The event "${event.name}" has ${now} leads now, ${event.leadCount} before.`);
}

async function eventFor(
  client: GraphqlClient,
  name: string,
  mayCreate: boolean,
  progress: Progress,
): Promise<ImportEvent> {
  try {
    const found = await findEvent(client, name);
    if (found) return found;
    if (!mayCreate) throw new CliError(`There is no event "${name}".`);
    const created = await createEvent(client, name);
    progress.note(`Created the event "${created.name}".`);
    return created;
  } catch (error) {
    if (error instanceof CliError) throw new CliError(`${error.message} Nothing was imported.`);
    throw error;
  }
}

/** How the header was understood, so that a column taken for something else does not go unnoticed. */
function describeColumns({ columns, idIndex }: Columns): string {
  const parts = columns.map(({ name, target }, index) => {
    const meaning =
      target.kind === 'field' ? target.field : 'name' in target ? `${target.kind} ${target.name}` : target.kind;
    return `${name} -> ${meaning}${index === idIndex && target.kind !== 'id' ? ' and id' : ''}`;
  });
  return printable(`Columns: ${parts.join('; ')}.`);
}
