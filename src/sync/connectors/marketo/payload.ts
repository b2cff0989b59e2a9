import { matchKeyOf } from '../../../domain/lead.ts';
import type { PushRecord, RemoteRecord } from '../connector.ts';

/**
 * One element of the `input` of Sync Leads: the id where the lead is known by it, and the mapped values, without those to write only where
 * Marketo has none when it has some.
 */
export function payloadOf(record: PushRecord, found: RemoteRecord | null): Record<string, string | number> {
  const id = knownIdOf(record, found);
  const values = valuesOf(record, found);
  return id === null ? values : { id: Number(id), ...values };
}

/** The stored id, unless Marketo has just told that the person has another one by now. */
const knownIdOf = ({ remoteId }: PushRecord, found: RemoteRecord | null): string | null =>
  remoteId !== null && (found === null || found.remoteId === remoteId) ? remoteId : null;

function valuesOf(record: PushRecord, found: RemoteRecord | null): Record<string, string> {
  if (!found || record.writeIfBlank.length === 0) return record.values;
  const filled = (field: string) => field !== 'email' && found.values[field] != null;
  return Object.fromEntries(
    Object.entries(record.values).filter(([field]) => !(record.writeIfBlank.includes(field) && filled(field))),
  );
}

/** The key by which Marketo recognizes the record's person; null: none is mapped or filled. */
export const emailKeyOf = (record: PushRecord): string | null => matchKeyOf(record.values.email ?? null);
