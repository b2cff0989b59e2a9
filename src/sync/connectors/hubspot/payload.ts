import { matchKeyOf } from '../../../domain/lead.ts';
import type { PushRecord, RemoteRecord } from '../connector.ts';

/**
 * The properties of the contact: the mapped values, without those to write only where HubSpot has none when it has some. HubSpot takes sparse
 * writes by id only; keyed by e-mail address it wants all of them, which is what is sent where it has no contact.
 */
export function payloadOf(record: PushRecord, found: RemoteRecord | null): Record<string, string> {
  if (!found || record.writeIfBlank.length === 0) return record.values;
  const filled = (property: string) => property !== 'email' && found.values[property] != null;
  return Object.fromEntries(
    Object.entries(record.values).filter(([property]) => !(record.writeIfBlank.includes(property) && filled(property))),
  );
}

/** The key by which HubSpot recognizes the record's person; null: none is mapped or filled. */
export const emailKeyOf = (record: PushRecord): string | null => matchKeyOf(record.values.email ?? null);
