import type { SyncErrorData } from './error-categories.ts';
import { type LeadData, type LeadField, leadFields } from './lead.ts';

export const writeBehaviors = ['OVERWRITE', 'WRITE_IF_BLANK'] as const;
export type WriteBehavior = (typeof writeBehaviors)[number];

export interface ValueMapping {
  value: string;
  remoteValue: string;
}

/** One line of the Mapping tab: where a value comes from and where it goes. */
export interface FieldMapping {
  /** A lead field, `qualifier:<name>` or `attribute:<name>`. */
  source: string;
  remoteField: string;
  writeBehavior: WriteBehavior;
  /** Of a qualifier: its values and their options at the vendor. Empty: values go as they are. */
  values: ValueMapping[];
}

/** A field at the vendor, as its describe call tells. Null: the vendor does not say. */
export interface RemoteField {
  name: string;
  label: string;
  type: string;
  required: boolean;
  readOnly: boolean;
  maxLength: number | null;
  options: string[] | null;
  /** Of a field with options: the vendor's own ids of them, in the same order; a value may be one of these as well. Absent: the options are it. */
  optionIds?: string[];
  /** Of a field with options: whether it takes several of them. Absent: the vendor does not say. */
  multiple?: boolean;
  /** Of a field with options: true where other values are taken as well. */
  open?: boolean;
  /** True: it identifies a record, which the vendor finds or creates by it in one step. */
  key?: boolean;
  /** What a value is in the vendor's JSON, in the vendor's words. Absent: text, or `type` says it. */
  jsonType?: string;
}

export type MappingSource =
  | { kind: 'field'; field: LeadField }
  | { kind: 'qualifier'; name: string }
  | { kind: 'attribute'; name: string };

/** Reads `FieldMapping.source`; null when it names nothing that a lead can have. */
export function parseSource(source: string): MappingSource | null {
  const field = leadFields.find((name) => name === source);
  if (field) return { kind: 'field', field };
  const colon = source.indexOf(':');
  const name = source.slice(colon + 1).trim();
  if (colon < 0 || !name) return null;
  const kind = source.slice(0, colon);
  return kind === 'qualifier' || kind === 'attribute' ? { kind, name } : null;
}

/** What the mappings make of a lead: remote field to value, in the order of the mappings; empty values are left out. */
export interface MappedValues {
  values: Record<string, string>;
  /** Remote fields to write only where the vendor's record is blank. */
  writeIfBlank: string[];
  /** Known before any call: the lead fails with the first of them. */
  problems: SyncErrorData[];
}

/** Several values of one qualifier go to the vendor joined by this, which Marketo and Salesforce read as a multi-select. */
const valueSeparator = ';';

/** Applies the mappings to the lead as both are now. Never throws: what does not fit is a problem in the result. */
export function mapLead(lead: LeadData, mappings: readonly FieldMapping[]): MappedValues {
  const mapped: MappedValues = { values: {}, writeIfBlank: [], problems: [] };
  for (const mapping of mappings) {
    const source = parseSource(mapping.source);
    if (!source) continue; // refused when mappings are saved
    const value =
      source.kind === 'qualifier' ? qualifierValue(lead, source.name, mapping, mapped) : plainValue(lead, source);
    if (!value) continue;
    mapped.values[mapping.remoteField] = value;
    if (mapping.writeBehavior === 'WRITE_IF_BLANK') mapped.writeIfBlank.push(mapping.remoteField);
  }
  return mapped;
}

function plainValue(lead: LeadData, source: Exclude<MappingSource, { kind: 'qualifier' }>): string | null {
  const value =
    source.kind === 'field'
      ? lead[source.field]
      : (lead.attributes.find((attribute) => attribute.name === source.name)?.value ?? null);
  return value?.trim() || null;
}

function qualifierValue(lead: LeadData, name: string, mapping: FieldMapping, mapped: MappedValues): string | null {
  const answers =
    lead.qualifiers.find((qualifier) => qualifier.name === name)?.values.filter((value) => value.trim()) ?? [];
  if (mapping.values.length === 0) return answers.join(valueSeparator) || null;
  const remote: string[] = [];
  for (const answer of answers) {
    const option = mapping.values.find((entry) => entry.value === answer);
    if (option) remote.push(option.remoteValue);
    else mapped.problems.push(unmappedValue(name, mapping.remoteField));
  }
  return remote.join(valueSeparator) || null;
}

function unmappedValue(qualifier: string, remoteField: string): SyncErrorData {
  return {
    category: 'NO_TAG_MAPPING',
    message: `A value of the qualifier "${qualifier}" is not mapped to an option of ${remoteField}.`,
    vendorCode: null,
    vendorMessage: null,
    remoteField,
  };
}
