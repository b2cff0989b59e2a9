import type { PushRecord, RecordOutcome, Stopped } from '../connector.ts';
import { errorOf, type SalesforceSession } from './api.ts';
import { collectionPath, type EntryResult, writeCollection } from './collection.ts';
import type { SalesforceError } from './errors.ts';
import { personOf } from './payload.ts';

/** How one record goes to Salesforce. */
export interface Write {
  record: PushRecord;
  way: { kind: 'create' } | { kind: 'upsert'; field: string } | { kind: 'update'; id: string };
  payload: Record<string, unknown>;
}

/** What became of a write. */
export type Written =
  | { kind: 'outcome'; outcome: RecordOutcome }
  /** The same once more: somebody else was in the way. */
  | { kind: 'again'; error: SalesforceError }
  /** Its target is not there any more, or another record is in the way: look for it by its keys. */
  | { kind: 'rematch'; error: SalesforceError }
  /** Its lead has become a contact. */
  | { kind: 'converted'; error: SalesforceError }
  | { kind: 'stopped'; answer: Stopped };

/** One call for writes of one way. */
export async function sendWrites(
  writes: readonly Write[],
  session: SalesforceSession,
): Promise<{ kind: 'written'; results: Written[] } | { kind: 'stopped'; answer: Stopped }> {
  const way = writes[0]?.way;
  if (!way) return { kind: 'written', results: [] };
  const entries = writes.map(({ record, payload }) => ({ itemId: record.itemId, payload }));
  const path = way.kind === 'upsert' ? `${collectionPath}/Lead/${way.field}` : collectionPath;
  const answer = await writeCollection(way.kind === 'create' ? 'POST' : 'PATCH', path, entries, session);
  if (answer.kind === 'stopped') return answer;
  return {
    kind: 'written',
    results: writes.map((write, index) => writtenOf(write, answer.results[index], session)),
  };
}

/** Writes that can be in one call have the same of this. */
export const callKeyOf = ({ way }: Write): string =>
  way.kind === 'update' ? `update ${personOf(way.id)}` : way.kind === 'upsert' ? `upsert ${way.field}` : way.kind;

function writtenOf({ record, way }: Write, result: EntryResult | undefined, session: SalesforceSession): Written {
  if (result?.kind === 'stopped') return result;
  if (result?.kind === 'done' || !result) {
    const remoteId = result?.id ?? (way.kind === 'update' ? way.id : null);
    return { kind: 'outcome', outcome: { kind: 'cleared', remoteId } };
  }
  const { error } = result;
  switch (error.step) {
    case 'LOCKED':
    case 'HALTED':
      return { kind: 'again', error };
    case 'GONE':
      if (way.kind === 'update') return { kind: 'rematch', error };
      break;
    case 'CONVERTED':
      return { kind: 'converted', error };
    case 'DUPLICATE':
      if (way.kind !== 'update' && error.ids.length === 1) return { kind: 'rematch', error };
      break;
    case 'OUTAGE':
    case 'TIMEOUT': {
      const outcome: RecordOutcome = { kind: 'postponed', error: errorOf(error, session), retryAfterMs: null };
      return { kind: 'outcome', outcome };
    }
    case 'REFUSE':
      if (isOfTarget(error) && way.kind === 'update') return { kind: 'rematch', error: gone(error) };
  }
  return { kind: 'outcome', outcome: { kind: 'failed', error: errorOf(error, session, record.values) } };
}

/** "Invalid cross reference" of no field but the id: the record itself is not there. */
const isOfTarget = ({ code, fields }: SalesforceError): boolean =>
  code === 'INVALID_CROSS_REFERENCE_KEY' && fields.every((field) => field.toLowerCase() === 'id');

const gone = (error: SalesforceError): SalesforceError => ({
  ...error,
  step: 'GONE',
  category: 'REMOTE_RECORD_GONE',
  words: 'The record is not in Salesforce any more.',
});
