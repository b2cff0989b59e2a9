import { createHash } from 'node:crypto';
import type { LeadAttribute, LeadField, QualifierAnswer } from '../../domain/lead.ts';
import { parseCapturedAt } from './captured-at.ts';
import type { Columns } from './csv-columns.ts';
import type { CsvRow, CsvTable } from './csv-rows.ts';

/** LeadInput of the API. Empty cells are left out, which keeps what the server knows. */
export interface LeadInput extends Partial<Record<LeadField, string>> {
  externalId: string;
  qualifiers?: QualifierAnswer[];
  attributes?: LeadAttribute[];
  /** RFC 3339, UTC. */
  capturedAt?: string;
}

export interface GoodRow {
  line: number;
  lead: LeadInput;
}

/** A row that is left out; neither `column` nor `reason` says what stands in it. */
export interface BadRow {
  line: number;
  /** Null: the row as a whole. */
  column: string | null;
  reason: string;
}

/** Says what an earlier row says already. */
export interface DuplicateRow {
  line: number;
  earlierLine: number;
}

export type ReadRow =
  | ({ kind: 'good' } & GoodRow)
  | ({ kind: 'bad' } & BadRow)
  | ({ kind: 'duplicate' } & DuplicateRow);

/** Reads every row as a lead, in the order of the file. What is wrong with one row concerns no other. */
export function* readLeads(table: CsvTable, columns: Columns): Generator<ReadRow> {
  const seen = new Map<string, { line: number; content: string }>();
  for (const row of table.rows()) {
    const read = readLead(row, columns);
    if (read.kind !== 'good') {
      yield read;
      continue;
    }
    const { line, lead } = read;
    const content = contentHash(lead);
    const earlier = seen.get(lead.externalId);
    if (!earlier) {
      seen.set(lead.externalId, { line, content });
      yield read;
    } else if (earlier.content === content) {
      yield { kind: 'duplicate', line, earlierLine: earlier.line };
    } else {
      const column = idColumnName(columns);
      yield {
        kind: 'bad',
        line,
        column,
        reason: `has the same id as line ${earlier.line}, with other contents`,
      };
    }
  }
}

function readLead(row: CsvRow, columns: Columns): Exclude<ReadRow, { kind: 'duplicate' }> {
  const { line } = row;
  if ('problem' in row) return { kind: 'bad', line, column: null, reason: row.problem };
  const content: Omit<LeadInput, 'externalId'> = {};
  const qualifiers: QualifierAnswer[] = [];
  const attributes: LeadAttribute[] = [];
  for (const [index, { name, target }] of columns.columns.entries()) {
    const value = cleaned(row.cells[index]);
    if (!value) continue;
    if (target.kind === 'field') content[target.field] = value;
    if (target.kind === 'qualifier') qualifiers.push({ name: target.name, values: splitValues(value) });
    if (target.kind === 'attribute') attributes.push({ name: target.name, value });
    if (target.kind !== 'capturedAt') continue;
    const capturedAt = parseCapturedAt(value);
    const reason = 'is no date and time; write it like 2026-05-14T09:30:00Z';
    if (!capturedAt) return { kind: 'bad', line, column: name, reason };
    content.capturedAt = capturedAt.toISOString();
  }
  // A cell with separators only has no values, and an empty list would clear the qualifier.
  const answered = qualifiers.filter(({ values }) => values.length > 0);
  if (answered.length > 0) content.qualifiers = answered;
  if (attributes.length > 0) content.attributes = attributes;
  const externalId = columns.idIndex === null ? `csv_${contentHash(content)}` : cleaned(row.cells[columns.idIndex]);
  if (!externalId)
    return { kind: 'bad', line, column: idColumnName(columns), reason: 'is empty, so the row has no id' };
  return { kind: 'good', line, lead: { externalId, ...content } };
}

/** Line breaks within a cell are line feeds, so that saving the file on another system makes no other lead of it. */
function cleaned(cell: string | undefined): string {
  return cell?.replace(/\r\n?/g, '\n').trim() ?? '';
}

function splitValues(cell: string): string[] {
  const values = cell.split(';').map((value) => value.trim());
  return [...new Set(values.filter(Boolean))];
}

function idColumnName({ columns, idIndex }: Columns): string | null {
  return idIndex === null ? null : (columns[idIndex]?.name ?? null);
}

/**
 * The same for the same content, whatever the order of columns, the delimiter, or the composition of accents. It is the id of
 * leads that have no other, so a change of it would import every file anew.
 */
function contentHash(content: Omit<LeadInput, 'externalId'>): string {
  const {
    firstName,
    lastName,
    email,
    company,
    jobTitle,
    phone,
    capturedAt,
    qualifiers = [],
    attributes = [],
  } = content;
  const canonical = JSON.stringify([
    [firstName, lastName, email, company, jobTitle, phone, capturedAt].map((value) => value ?? null),
    qualifiers.map(({ name, values }) => [name, values.toSorted()] as const).toSorted(byFirst),
    attributes.map(({ name, value }) => [name, value] as const).toSorted(byFirst),
  ]);
  return createHash('sha256').update(canonical.normalize('NFC')).digest('hex').slice(0, 32);
}

function byFirst([one]: readonly [string, ...unknown[]], [other]: readonly [string, ...unknown[]]): number {
  return one < other ? -1 : Number(one > other);
}
