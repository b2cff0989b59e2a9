import { matchKeyOf } from '../../../domain/lead.ts';
import type { PushRecord, RemoteRecord } from '../connector.ts';
import { isNumberType } from './describe.ts';

export type Person = 'Lead' | 'Contact';

/** Ids of contacts begin with 003. */
export const personOf = (remoteId: string | null): Person => (remoteId?.startsWith('003') ? 'Contact' : 'Lead');

/** What leads and contacts both have under the same name, and in the same sense. */
const shared = new Set([
  'FirstName',
  'LastName',
  'Salutation',
  'Email',
  'Phone',
  'MobilePhone',
  'Fax',
  'Title',
  'DoNotCall',
  'HasOptedOutOfEmail',
]);

/** The mapped fields that the object has: of a contact those that it shares with leads. */
export const fieldsFor = (person: Person, fields: readonly string[]): string[] =>
  person === 'Lead' ? [...fields] : fields.filter((field) => shared.has(field));

/**
 * One record of a call: the mapped values, without those to write only where Salesforce has none when it has some. A lead that was converted is
 * its contact from then on, which gets what contacts have of it.
 */
export function payloadOf(record: PushRecord, found: RemoteRecord | null): Record<string, unknown> {
  const type = personOf(found?.remoteId ?? null);
  const isKept = (field: string) => record.writeIfBlank.includes(field) && found?.values[field] != null;
  const values = fieldsFor(type, Object.keys(record.values)).flatMap((field) =>
    isKept(field) ? [] : [[field, typedValue(record, field)] as const],
  );
  return { attributes: { type }, ...(found && { id: found.remoteId }), ...Object.fromEntries(values) };
}

/** Numbers and truths as such, as far as the field's type is known; everything else is text, also where it is neither. */
function typedValue({ values, fields }: PushRecord, name: string): unknown {
  const value = values[name] ?? '';
  const type = fields.get(name)?.type ?? '';
  if (isNumberType(type) && value.trim() !== '' && Number.isFinite(Number(value))) return Number(value);
  if (type === 'boolean' && /^(true|false)$/i.test(value.trim())) return value.trim().toLowerCase() === 'true';
  return value;
}

/** The key by which people recognize the record's person; null: none is mapped or filled. */
export const emailKeyOf = (record: PushRecord): string | null => matchKeyOf(record.values.Email ?? null);
