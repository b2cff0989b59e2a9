import type { PushRecord } from '../connector.ts';
import { isNumberType } from './describe.ts';

/** An external id of the record, by which Salesforce writes or creates in one step. */
export interface ExternalKey {
  field: string;
  value: string;
  /** Numbers stand in queries without quotes. */
  isNumber: boolean;
}

/** The first of the mapped fields that is a unique external id of Salesforce, where the lead has a value for it; null: none. */
export function externalKeyOf({ values, fields }: PushRecord): ExternalKey | null {
  for (const [name, value] of Object.entries(values)) {
    const field = fields.get(name);
    if (field?.key !== true) continue;
    const isNumber = isNumberType(field.type);
    if (!isNumber || /^-?\d+(\.\d+)?$/.test(value.trim())) return { field: name, value: value.trim(), isNumber };
  }
  return null;
}

/** As it is compared: numbers by their value, text without regard to case. */
export function keyTextOf(text: string | null | undefined, isNumber: boolean): string {
  if (text == null) return '';
  return isNumber ? String(Number(text)) : text.trim().toLowerCase();
}
