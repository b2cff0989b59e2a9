import { matchKeyOf } from '../../../domain/lead.ts';
import { type PushRecord, type RemoteRecord, syncError } from '../connector.ts';
import { typeOf } from './standard-fields.ts';

export type ProspectValue = string | number | boolean;

/** The fields of the prospect: the mapped values, without those to write only where it is blank when it is not. */
export function payloadOf(record: PushRecord, found: RemoteRecord | null): Record<string, ProspectValue> {
  const isKept = (field: string) => blanksOf(record).includes(field) && found?.values[field] != null;
  return valuesOf(record, (field) => !isKept(field));
}

/** What is written whatever the prospect has. */
export function withoutBlanks(record: PushRecord): Record<string, ProspectValue> {
  const blanks = blanksOf(record);
  return valuesOf(record, (field) => !blanks.includes(field));
}

/** The fields to write only where the prospect is blank. Not the e-mail address: whoever is found by it has it. */
export const blanksOf = ({ writeIfBlank }: PushRecord): string[] => writeIfBlank.filter((field) => field !== 'email');

function valuesOf({ values }: PushRecord, isSent: (field: string) => boolean): Record<string, ProspectValue> {
  const sent = Object.entries(values).filter(([field]) => isSent(field));
  return Object.fromEntries(sent.map(([field, value]) => [field, jsonOf(field, value)]));
}

const yes = /^(true|yes|1)$/i;
const no = /^(false|no|0)$/i;

/** As the JSON of the vendor has it; what does not fit goes as it is, and `check` has said so. */
function jsonOf(field: string, value: string): ProspectValue {
  switch (typeOf(field)) {
    case 'integer':
      return /^\d{1,15}$/.test(value.trim()) ? Number(value) : value;
    case 'boolean':
      return yes.test(value.trim()) || (no.test(value.trim()) ? false : value);
    default:
      return value;
  }
}

/** The key by which Account Engagement recognizes the record's person; null: none is mapped or filled. */
export const emailKeyOf = (record: PushRecord): string | null => matchKeyOf(record.values.email ?? null);

/** What Account Engagement would refuse of the record for certain; null: nothing. */
export function check(record: PushRecord) {
  const email = record.values.email?.trim() ?? '';
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email) || email.length > 255) {
    const words = 'Account Engagement takes e-mail addresses such as name@example.com, of at most 255 characters.';
    return syncError('DATA_VALUE_VALIDATION', words, { field: 'email' });
  }
  for (const [field, value] of Object.entries(record.values)) {
    const type = typeOf(field);
    if (type === 'text' || typeof jsonOf(field, value) !== 'string') continue;
    const expected = type === 'boolean' ? 'true or false' : 'a whole number';
    return syncError('DATA_VALUE_VALIDATION', `Account Engagement expects ${expected} in ${field}.`, { field });
  }
  return null;
}
