import { matchKeyOf } from '../../../domain/lead.ts';
import type { PushRecord, RemoteRecord } from '../connector.ts';
import { typedValue } from './typed-value.ts';

export const emailField = 'Email';

/**
 * The lead's element of `data`, but for its id: the mapped values as the fields are typed, without those to write only where Zoho has none when it
 * has some.
 */
export function payloadOf(record: PushRecord, found: RemoteRecord | null): Record<string, unknown> {
  const filled = (field: string) => field !== emailField && found?.values[field] != null;
  return Object.fromEntries(
    Object.entries(record.values)
      .filter(([field]) => !(record.writeIfBlank.includes(field) && filled(field)))
      .map(([field, text]) => [field, typedValue(record.fields.get(field), text)?.json ?? text]),
  );
}

/** The key by which Zoho recognizes the record's person; null: none is mapped or filled. */
export const emailKeyOf = (record: PushRecord): string | null => matchKeyOf(record.values[emailField] ?? null);
