import { type FileHandle, open, realpath } from 'node:fs/promises';
import { CliError, printable } from '../cli-error.ts';
import type { BadRow, DuplicateRow } from './csv-leads.ts';

const linesOnScreen = 20;

/** What became of a file's rows. */
export interface ImportSummary {
  imported: number;
  duplicates: readonly DuplicateRow[];
  /** In the order of the file. */
  bad: readonly BadRow[];
  /** Not sent because the import stopped. */
  left: number;
}

/** What the user reads at the end; nothing in it comes from a cell. */
export function describeSummary({ imported, duplicates, bad, left }: ImportSummary): string[] {
  const rows = imported + duplicates.length + bad.length + left;
  const counts = [`${imported} imported`, `${duplicates.length} duplicates`, `${bad.length} bad`];
  if (left > 0) counts.push(`${left} not sent`);
  const repeated = duplicates.map(({ line, earlierLine }) => `line ${line} repeats line ${earlierLine}`);
  return [
    `Read ${rows} rows: ${counts.join(', ')}.`,
    ...section('Duplicates, imported once:', repeated),
    ...section('Bad rows, not imported:', bad.map(describe)),
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const shown = lines.slice(0, linesOnScreen).map((line) => `  ${line}`);
  const left = lines.length - shown.length;
  return [title, ...shown, ...(left > 0 ? [`  ... and ${left} more; --report FILE writes all of them`] : [])];
}

function describe({ line, column, reason }: BadRow): string {
  return printable(`line ${line}${column === null ? '' : `, column "${column}"`}: ${reason}`);
}

/** The file of `--report`. */
export interface ImportReport {
  write(summary: ImportSummary): Promise<void>;
}

/**
 * Opens the report before anything is sent, so that a path that can't be written stops nothing halfway.
 * @throws CliError when it can't be written, or is the imported file
 */
export async function openReport(path: string, importedPath: string): Promise<ImportReport> {
  if ((await realPathOf(path)) === (await realPathOf(importedPath))) {
    throw new CliError('--report names the file that is imported, which it would overwrite.', 2);
  }
  let file: FileHandle;
  try {
    file = await open(path, 'w');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : 'unknown error';
    throw new CliError(`The report ${path} can't be written (${code}). Nothing was imported.`);
  }
  return {
    async write({ bad, duplicates }) {
      const rows = [
        ...bad.map(({ line, column, reason }) => ({ line, fields: ['bad', column ?? '', reason] })),
        ...duplicates.map(({ line, earlierLine }) => ({
          line,
          fields: ['duplicate', '', `repeats line ${earlierLine}`],
        })),
      ];
      rows.sort((one, other) => one.line - other.line);
      const lines = rows.map(({ line, fields }) => `${line},${fields.map(cell).join(',')}\r\n`);
      try {
        await file.writeFile(`line,result,column,reason\r\n${lines.join('')}`);
      } finally {
        await file.close();
      }
    },
  };
}

async function realPathOf(path: string): Promise<string | null> {
  return realpath(path).catch(() => null); // a file that does not exist yet is no other file
}

/** Quoted, and never a formula for the spreadsheet that opens it. */
function cell(text: string): string {
  const plain = printable(text).replaceAll('"', '""');
  return `"${/^[=+\-@]/.test(plain) ? "'" : ''}${plain}"`;
}
