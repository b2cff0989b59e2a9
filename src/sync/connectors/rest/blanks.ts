import type { PushRecord, RemoteRecord, Stopped } from '../connector.ts';

export type BlanksAnswer<Found> =
  /** By item, of the records that are concerned; null: the vendor has no such record. */
  { kind: 'found'; found: Map<string, Found | null> } | { kind: 'stopped'; answer: Stopped; met: PushRecord[] };

/** What the vendor has of the records that WRITE_IF_BLANK concerns, in the fields that it concerns; nothing is asked where there are none. */
export async function lookUpBlanks<Found extends RemoteRecord>(
  records: readonly PushRecord[],
  lookUp: (
    concerned: readonly PushRecord[],
    fields: string[],
  ) => Promise<{ kind: 'found'; records: readonly (Found | null)[] } | { kind: 'stopped'; answer: Stopped }>,
): Promise<BlanksAnswer<Found>> {
  const concerned = records.filter(({ writeIfBlank }) => writeIfBlank.length > 0);
  if (concerned.length === 0) return { kind: 'found', found: new Map() };
  const looked = await lookUp(concerned, [...new Set(concerned.flatMap(({ writeIfBlank }) => writeIfBlank))]);
  if (looked.kind === 'stopped') return { ...looked, met: concerned };
  return {
    kind: 'found',
    found: new Map(concerned.map(({ itemId }, index) => [itemId, looked.records[index] ?? null])),
  };
}
