import type { PushRecord } from '../connector.ts';
import { emailField, fieldsMax, type ImportShape, type UpdateRule } from './definitions.ts';
import type { ImportRow } from './import-answer.ts';

/** What is imported of a record, one row for each update rule that it needs; a single one as it is. */
export function payloadOf(record: PushRecord): unknown {
  const rows = rowsOf(record).map(({ values }) => values);
  return rows.length === 1 ? rows[0] : rows;
}

interface RuledRow {
  rule: UpdateRule;
  values: Record<string, string>;
}

/** The values that overwrite, and apart from them those to write where the contact has none: a definition has one rule for all its fields. */
function rowsOf({ values, writeIfBlank }: PushRecord): RuledRow[] {
  const address = Object.entries(values).filter(([field]) => field === emailField);
  const others = Object.entries(values).filter(([field]) => field !== emailField);
  const isBlankOnly = ([field]: [string, string]) => writeIfBlank.includes(field);
  const blankOnly = others.filter(isBlankOnly);
  const overwriting = others.filter((one) => !isBlankOnly(one));
  const row = (rule: UpdateRule, fields: [string, string][]): RuledRow => ({
    rule,
    values: Object.fromEntries([...address, ...fields]),
  });
  return [
    ...(overwriting.length > 0 || blankOnly.length === 0 ? [row('ifNewIsNotNull', overwriting)] : []),
    ...(blankOnly.length > 0 ? [row('ifExistingIsNull', blankOnly)] : []),
  ];
}

/** One import. */
export interface ImportStep {
  shape: ImportShape;
  rows: ImportRow[];
}

/**
 * The imports that the records need, in order: by rule, and by hundreds of fields where more are mapped. A definition has the fields that any of
 * its rows has, so that a row which is alone lacks none; what a row lacks is left as it is by both rules.
 */
export function stepsOf(records: readonly PushRecord[]): ImportStep[] {
  const ruled = records.flatMap((record) => rowsOf(record).map((row) => ({ record, ...row })));
  return (['ifNewIsNotNull', 'ifExistingIsNull'] as const).flatMap((rule) => {
    const rows = ruled.filter((row) => row.rule === rule);
    const fields = [...new Set(rows.flatMap(({ values }) => Object.keys(values)))].filter(
      (field) => field !== emailField,
    );
    return groupsOf(fields.toSorted()).map((group): ImportStep => {
      const shape: ImportShape = { rule, fields: [emailField, ...group] };
      return { shape, rows: rows.flatMap(({ record, values }) => rowWith(record, values, shape, fields.length > 0)) };
    });
  });

  function rowWith(record: PushRecord, values: Record<string, string>, { fields }: ImportShape, needsMore: boolean) {
    const kept = Object.entries(values).filter(([field]) => fields.includes(field));
    const isForOtherGroup = needsMore && kept.length < 2 && Object.keys(values).length > 1;
    return isForOtherGroup ? [] : [{ record, values: Object.fromEntries(kept) }];
  }
}

/** At least one group where there are rows: an address alone makes a contact too. */
function groupsOf(fields: readonly string[]): string[][] {
  const size = fieldsMax - 1; // and the address
  const groups: string[][] = [];
  for (let first = 0; first === 0 || first < fields.length; first += size)
    groups.push(fields.slice(first, first + size));
  return groups;
}
