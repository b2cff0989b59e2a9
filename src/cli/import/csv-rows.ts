import { CsvError, type InfoRecord, parse } from 'csv-parse/sync';
import { UnusableCsvError } from './unusable-csv-error.ts';

/** A row that can be read, or why it can't. `line` is where it begins, counted from 1 with the header. */
export type CsvRow = { line: number; cells: string[] } | { line: number; problem: string };

/** A file whose header row has been read. */
export interface CsvTable {
  header: string[];
  /** The rows after the header, without the blank ones. Can be iterated again: the bytes stay in memory, the rows do not. */
  rows(): Iterable<CsvRow>;
}

const delimiters = [',', ';', '\t'];
const windowRecords = 1_000;
/** A quote that is opened and never closed would otherwise swallow the rest of the file. */
const recordBytesMax = 256 * 1_024;
const brokenRowsMax = 1_000;

/**
 * Finds out the delimiter and reads the header row.
 * @param bytes UTF-8 without a byte order mark
 * @throws UnusableCsvError when there is no header row; `rows` throws it when the file turns out to be something else than CSV
 */
export function openCsv(bytes: Buffer): CsvTable {
  const start = startOf(bytes);
  const readings = start.delimiters.map((delimiter) => {
    const { records, error } = readWindow(bytes, start.offset, { delimiter, to: 1 });
    return { delimiter, error, cells: records[0]?.cells ?? [], end: records[0]?.end ?? start.offset };
  });
  const [best] = readings.toSorted((one, other) => other.cells.length - one.cells.length);
  if (!best || best.cells.length === 0) {
    const broken = readings.some(({ error }) => error);
    throw new UnusableCsvError(
      broken ? 'has a header row whose quotes do not match.' : 'is empty: it has not even a header row.',
    );
  }
  const { delimiter, cells: header, end } = best;
  const line = start.line + countLines(bytes, start.offset, end);
  return { header, rows: () => readRows(bytes, { offset: end, line, delimiter, width: header.length }) };
}

interface Start {
  offset: number;
  line: number;
  /** To choose from. */
  delimiters: string[];
}

/** Where the header begins: behind blank lines, and behind the line `sep=;` in which Excel names the delimiter. */
function startOf(bytes: Buffer): Start {
  const blank = /^\s*/.exec(bytes.toString('latin1', 0, recordBytesMax))?.[0].replace(/[^\r\n]+$/, '').length ?? 0;
  const line = 1 + countLines(bytes, 0, blank);
  const named = /^"?sep=([,;\t])"?(\r\n|\n|\r)/i.exec(bytes.toString('latin1', blank, blank + 10));
  if (!named?.[1]) return { offset: blank, line, delimiters };
  return { offset: blank + named[0].length, line: line + 1, delimiters: [named[1]] };
}

interface Position {
  offset: number;
  line: number;
  delimiter: string;
  /** Columns of the header. */
  width: number;
}

function* readRows(bytes: Buffer, { offset, line, delimiter, width }: Position): Generator<CsvRow> {
  let broken = 0;
  while (offset < bytes.length) {
    const { records, error } = readWindow(bytes, offset, { delimiter, to: windowRecords });
    for (const { cells, end } of records) {
      yield* rowOf(line, cells, width);
      line += countLines(bytes, offset, end);
      offset = end;
    }
    if (!error && records.length === 0) return; // only spaces are left
    if (!error) continue;
    broken += 1;
    if (broken > brokenRowsMax)
      throw new UnusableCsvError(`is not CSV: more than ${brokenRowsMax} rows have quotes that do not match.`);
    // Only the line where the row begins is given up, so that one stray quote does not take its neighbours along.
    const lenient = error.code === literalQuote ? readLeniently(bytes, offset, delimiter, width) : null;
    if (lenient) yield { line, cells: lenient.cells };
    else yield { line, problem: problems[error.code] ?? 'has quotes that do not match' };
    const end = lenient?.end ?? endOfLine(bytes, offset);
    line += countLines(bytes, offset, end);
    offset = end;
  }
}

function* rowOf(line: number, cells: string[], width: number): Generator<CsvRow> {
  if (cells.every((cell) => cell.trim() === '')) return; // spreadsheets leave such rows behind
  if (cells.length === width) yield { line, cells };
  else yield { line, problem: `has ${cells.length} columns where the header has ${width}` };
}

/** csv-parse's code for a quote in the middle of an unquoted cell, which spreadsheets take literally: 5" screen. */
const literalQuote = 'INVALID_OPENING_QUOTE';

const problems: Record<string, string> = {
  CSV_QUOTE_NOT_CLOSED: 'opens a quote that is never closed',
  CSV_MAX_RECORD_SIZE: `is longer than ${recordBytesMax / 1_024} KB, or opens a quote that is never closed`,
};

interface CsvRecord {
  cells: string[];
  /** Offset in the file behind the record and its line break. */
  end: number;
}

interface WindowOptions {
  delimiter: string;
  /** Records to read at most. */
  to: number;
  /** Quotes within unquoted cells are literal. */
  lenient?: boolean;
}

function readLeniently(bytes: Buffer, offset: number, delimiter: string, width: number): CsvRecord | null {
  const [record] = readWindow(bytes, offset, { delimiter, to: 1, lenient: true }).records;
  return record?.cells.length === width ? record : null;
}

/** Reads up to `to` records from the offset on; `error` is about the record behind the last one. */
function readWindow(bytes: Buffer, offset: number, { delimiter, to, lenient = false }: WindowOptions) {
  const records: CsvRecord[] = [];
  try {
    parse(bytes.subarray(offset), {
      delimiter,
      to,
      relax_quotes: lenient,
      relax_column_count: true,
      record_delimiter: ['\r\n', '\n', '\r'],
      trim: true,
      max_record_size: recordBytesMax,
      // Records are taken here and not from the result, so that those in front of a broken one are not lost with it.
      on_record: (cells: string[], info: InfoRecord) => {
        records.push({ cells, end: offset + info.bytes });
        return null;
      },
    });
    return { records, error: null };
  } catch (error) {
    if (error instanceof CsvError) return { records, error };
    throw error;
  }
}

const carriageReturn = 13;
const lineFeed = 10;

/** Line breaks in a part of the file, whichever of the three kinds; those within quoted cells count too. */
function countLines(bytes: Buffer, from: number, to: number): number {
  let lines = 0;
  for (let at = from; at < to; at += 1) {
    if (bytes[at] === lineFeed || (bytes[at] === carriageReturn && bytes[at + 1] !== lineFeed)) lines += 1;
  }
  return lines;
}

function endOfLine(bytes: Buffer, offset: number): number {
  let at = offset;
  while (at < bytes.length && bytes[at] !== lineFeed && bytes[at] !== carriageReturn) at += 1;
  return at + (bytes[at] === carriageReturn && bytes[at + 1] === lineFeed ? 2 : 1);
}
