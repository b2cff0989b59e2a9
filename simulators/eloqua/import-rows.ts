import type { RecordFault } from '../api.ts';
import type { ContactStore, UpdateRule } from './contact-store.ts';
import { type EloquaField, emailField } from './fields.ts';

export interface StagedRow {
  values: Record<string, string>;
  /** Refuses the row, in Eloqua's terms. */
  fault: RecordFault | null;
}

interface Reject {
  fieldValues: Record<string, string>;
  message: string;
  statusCode: string;
  recordIndex: number;
  invalidFields: string[];
}

interface Log {
  severity: string;
  statusCode: string;
  message: string;
  count: number;
}

export interface Ended {
  status: string;
  logs: Log[];
  rejects: Reject[];
}

/** What a sync does with what was staged: good rows are written, the others are named among its rejects. */
export function importRows(
  rows: readonly StagedRow[],
  fields: readonly string[],
  rule: UpdateRule,
  contacts: ContactStore,
  known: ReadonlyMap<string, EloquaField>,
): Ended {
  const rejects: Reject[] = [];
  const counts = { created: 0, updated: 0 };
  const seen = new Set<string>();
  for (const [recordIndex, row] of rows.entries()) {
    const problem = problemOf(row, seen, contacts, known);
    if (problem) rejects.push({ fieldValues: row.values, recordIndex, ...problem });
    else counts[contacts.upsert(row.values, fields, rule)] += 1;
    seen.add((row.values[emailField] ?? '').toLowerCase());
  }
  const absent = fields.filter((field) => rows.length > 0 && rows.every(({ values }) => !(field in values)));
  const ignored = [...new Set(rows.flatMap(({ values }) => Object.keys(values)))].filter(
    (key) => !fields.includes(key),
  );
  const warnings = [
    ...absent.map((field) => log('warning', 'ELQ-00121', `Field (${field}) is not included in the file.`)),
    ...ignored.map((field) => log('warning', 'ELQ-00111', `Field (${field}) is not part of the import definition.`)),
    ...[...Map.groupBy(rejects, ({ statusCode }) => statusCode)].map(([code, of]) =>
      log('warning', code, of[0]?.message ?? '', of.length),
    ),
    ...(rejects.length > 0 ? [log('warning', 'ELQ-00060', 'Total rejected records.', rejects.length)] : []),
    ...(rows.length === 0 ? [log('warning', 'ELQ-00124', 'There was no data available to process.')] : []),
  ];
  const status = warnings.length > 0 ? 'warning' : 'success';
  return {
    status,
    rejects,
    logs: [
      log('information', 'ELQ-00001', 'Total records processed.', rows.length),
      log('information', 'ELQ-00004', 'Contacts created.', counts.created),
      log('information', 'ELQ-00022', 'Contacts updated.', counts.updated),
      ...warnings,
      log('information', 'ELQ-00101', `Sync processed, resulting in ${status} status.`),
    ],
  };
}

const log = (severity: string, statusCode: string, message: string, count = 0): Log => ({
  severity,
  statusCode,
  message,
  count,
});

type Problem = Pick<Reject, 'statusCode' | 'message' | 'invalidFields'>;

function problemOf(
  { values, fault }: StagedRow,
  seen: ReadonlySet<string>,
  contacts: ContactStore,
  known: ReadonlyMap<string, EloquaField>,
): Problem | null {
  const refuse = (statusCode: string, message: string, ...invalidFields: string[]): Problem => ({
    statusCode,
    message,
    invalidFields,
  });
  if (fault) return refuse(fault.code, fault.message ?? 'Rejected.', ...(fault.field ? [fault.field] : []));
  const email = values[emailField] ?? '';
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) return refuse('ELQ-00002', 'Invalid email addresses.', emailField);
  if (seen.has(email.toLowerCase())) return refuse('ELQ-00011', 'Duplicate email addresses.', emailField);
  const isNew = contacts.findByEmail(email) === null;
  for (const field of known.values()) {
    const value = values[field.internalName] ?? '';
    if (isNew && field.hasNotNullConstraint && value === '')
      return refuse('ELQ-00061', 'Rejected records (missing fields).', field.internalName);
    if (field.dataType === 'number' && value !== '' && !Number.isFinite(Number(value)))
      return refuse('ELQ-00125', 'The value violates a constraint.', field.internalName);
  }
  return null;
}
