import { CliError } from '../cli-error.ts';
import { type CaptureTally, type CaptureTarget, captureRows } from './capture-leads.ts';
import type { Columns } from './csv-columns.ts';
import { type BadRow, type DuplicateRow, type GoodRow, readLeads } from './csv-leads.ts';
import type { CsvTable } from './csv-rows.ts';

/** What a file has, as far as that can be known without the server. */
export interface CheckedRows {
  /** Rows that will be sent. */
  good: number;
  bad: BadRow[];
  duplicates: DuplicateRow[];
}

export interface ImportResult extends CaptureTally {
  /** Why it did not get to the end; null when it did. */
  stopped: CliError | null;
}

const batchRowsMax = 500;
const batchBytesMax = 1_000_000; // of JSON, about; servers limit the size of a request

/**
 * Reads the whole file and sends nothing.
 * @throws UnusableCsvError when it turns out not to be CSV
 */
export function checkRows(table: CsvTable, columns: Columns): CheckedRows {
  const checked: CheckedRows = { good: 0, bad: [], duplicates: [] };
  for (const row of readLeads(table, columns)) {
    if (row.kind === 'good') checked.good += 1;
    else if (row.kind === 'bad') checked.bad.push(row);
    else checked.duplicates.push(row);
  }
  return checked;
}

/**
 * Sends every good row of the file. Safe to repeat: each lead has an id by which the server knows it again.
 * @param onImported told how many are imported so far, after each batch
 */
export async function importLeads(
  table: CsvTable,
  target: CaptureTarget,
  onImported: (imported: number) => void,
): Promise<ImportResult> {
  const result: ImportResult = { imported: 0, bad: [], stopped: null };
  try {
    for (const batch of batches(table, target.columns)) {
      await captureRows(target, batch, result);
      onImported(result.imported);
    }
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    result.stopped = error;
  }
  return result;
}

/** The good rows, in calls of a size that servers take. */
function* batches(table: CsvTable, columns: Columns): Generator<GoodRow[]> {
  let batch: GoodRow[] = [];
  let bytes = 0;
  for (const row of readLeads(table, columns)) {
    if (row.kind !== 'good') continue;
    const rowBytes = Buffer.byteLength(JSON.stringify(row.lead));
    if (batch.length > 0 && (batch.length === batchRowsMax || bytes + rowBytes > batchBytesMax)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(row);
    bytes += rowBytes;
  }
  if (batch.length > 0) yield batch;
}
