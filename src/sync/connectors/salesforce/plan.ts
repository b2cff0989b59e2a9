import { type PushRecord, type RecordOutcome, type RemoteRecord, type Stopped, syncError } from '../connector.ts';
import type { SalesforceSession } from './api.ts';
import { externalKeyOf } from './keys.ts';
import { lookUp, type Match } from './lookup.ts';
import { payloadOf } from './payload.ts';
import type { Write } from './write.ts';

/** What to send, and what is settled without being sent. `met`: whom a request concerned that ended the push. */
export type Plan =
  | { kind: 'planned'; writes: Write[]; settled: { record: PushRecord; outcome: RecordOutcome }[] }
  | { kind: 'stopped'; answer: Stopped; met: PushRecord[] };

/**
 * Who is known by id is written by it without a look-up, unless something is to be written only where it is blank. Between a look-up and the write
 * somebody else may fill such a field, which is then overwritten: Salesforce has no condition for records of a call.
 */
export async function planWrites(records: readonly PushRecord[], session: SalesforceSession): Promise<Plan> {
  const unknown = records.filter(({ remoteId, writeIfBlank }) => remoteId === null || writeIfBlank.length > 0);
  const answer = await lookUp(unknown, blankFieldsOf(unknown), session);
  if (answer.kind === 'stopped') return { ...answer, met: unknown };
  const matchOf = new Map(unknown.map(({ itemId }, index) => [itemId, answer.matches[index]]));
  const plan: Extract<Plan, { kind: 'planned' }> = { kind: 'planned', writes: [], settled: [] };
  for (const record of records) {
    const match = matchOf.get(record.itemId);
    if (match?.kind === 'several') plan.settled.push({ record, outcome: ambiguous(match) });
    else if (match) plan.writes.push(writeOf(record, match));
    else if (record.remoteId) plan.writes.push(updateOf(record, { remoteId: record.remoteId, values: {} }));
  }
  return plan;
}

/** Fields whose present values decide what is sent. */
export const blankFieldsOf = (records: readonly PushRecord[]): string[] => [
  ...new Set(records.flatMap(({ writeIfBlank }) => writeIfBlank)),
];

export function writeOf(record: PushRecord, match: Exclude<Match, { kind: 'several' }>): Write {
  if (match.kind === 'one') return updateOf(record, match.found);
  const key = externalKeyOf(record);
  const way: Write['way'] = key ? { kind: 'upsert', field: key.field } : { kind: 'create' };
  return { record, way, payload: payloadOf(record, null) };
}

export const updateOf = (record: PushRecord, found: RemoteRecord): Write => ({
  record,
  way: { kind: 'update', id: found.remoteId },
  payload: payloadOf(record, found),
});

export function ambiguous({ ids }: Extract<Match, { kind: 'several' }>): RecordOutcome {
  const words = `Several leads in Salesforce have this e-mail address: ${ids.slice(0, 10).join(', ')}. Merge them, then retry.`;
  return { kind: 'failed', error: syncError('DUPLICATE', words, { field: 'Email' }) };
}
