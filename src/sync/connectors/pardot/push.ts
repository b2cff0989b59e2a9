import {
  type PushAnswer,
  type PushRecord,
  type RecordOutcome,
  type RemoteRecord,
  type Stopped,
  syncError,
} from '../connector.ts';
import type { PardotSession } from './api.ts';
import { lookUpById, readLagMs } from './lookup.ts';
import { blanksOf, payloadOf, withoutBlanks } from './payload.ts';
import { type Written, writeProspect } from './write.ts';

/** `gone`: there is no prospect under the id (any more). */
type Answer = { kind: 'outcome'; outcome: RecordOutcome } | { kind: 'stopped'; answer: Stopped } | { kind: 'gone' };

/**
 * Updates by the stored id, upserts by e-mail address where there is none or the prospect is gone. Both may be repeated after a lost answer:
 * they lead to the same prospect. A stop at any request is the push's answer: what was written before is written again then, and changes nothing.
 */
export async function push(batch: readonly PushRecord[], session: PardotSession): Promise<PushAnswer> {
  const [record] = batch;
  if (!record || batch.length > 1)
    throw new RangeError(`Account Engagement takes one prospect a call, not ${batch.length}.`);
  const answer = await pushOne(record, session);
  return answer.kind === 'stopped' ? answer.answer : { kind: 'answered', outcomes: [answer.outcome] };
}

async function pushOne(record: PushRecord, session: PardotSession): Promise<Exclude<Answer, { kind: 'gone' }>> {
  for (const id of record.remoteId === null ? [null] : [record.remoteId, null]) {
    const answer = await writeUnder(id, record, session);
    if (answer.kind !== 'gone') return answer;
  }
  const words = 'The prospect is not in Account Engagement any more, and the upsert by its e-mail address made none.';
  return { kind: 'outcome', outcome: { kind: 'failed', error: syncError('REMOTE_RECORD_GONE', words) } };
}

/**
 * WRITE_IF_BLANK: what is to be written whatever the prospect has goes first, and the answer to it tells what the prospect has in the other
 * fields; those that are blank follow by id. That reads no state of up to a minute ago, as a look-up would, and spares the second call where
 * nothing is blank. Between the two somebody may fill a field: Account Engagement has no condition that would prevent that.
 */
async function writeUnder(id: string | null, record: PushRecord, session: PardotSession): Promise<Answer> {
  const blanks = blanksOf(record);
  const first = await writeProspect(id, record, withoutBlanks(record), blanks, session);
  if (first.kind !== 'written') return first;
  const { remoteId } = first;
  if (blanks.length === 0) return { kind: 'outcome', outcome: { kind: 'cleared', remoteId } };
  const blank = await readBlanks(record, first, session);
  if (blank.kind !== 'found') return blank;
  const { found } = blank;
  if (blanks.every((field) => found.values[field] != null))
    return { kind: 'outcome', outcome: { kind: 'cleared', remoteId } };
  const second = await writeProspect(found.remoteId, record, payloadOf(record, found), [], session);
  if (second.kind === 'written') return { kind: 'outcome', outcome: { kind: 'cleared', remoteId } };
  if (second.kind !== 'outcome' || (second.outcome.kind !== 'failed' && second.outcome.kind !== 'postponed'))
    return second;
  return { kind: 'outcome', outcome: { ...second.outcome, written: { remoteId: found.remoteId } } };
}

/** What the prospect has in the fields to write only where it is blank. Where the answer to the write does not tell, it is asked for. */
async function readBlanks(
  record: PushRecord,
  { remoteId, values }: Extract<Written, { kind: 'written' }>,
  session: PardotSession,
): Promise<Exclude<Answer, { kind: 'gone' }> | { kind: 'found'; found: RemoteRecord }> {
  const blanks = blanksOf(record);
  const told = blanks.every((field) => values[field] !== undefined);
  if (remoteId !== null && told) {
    return {
      kind: 'found',
      found: { remoteId, values: Object.fromEntries(blanks.map((field) => [field, values[field] ?? null])) },
    };
  }
  const looked = remoteId === null ? null : await lookUpById(record, remoteId, blanks, session);
  if (looked?.kind === 'stopped' && looked.answer.kind !== 'refused') return looked;
  if (looked?.kind === 'found' && looked.record !== null) return { kind: 'found', found: looked.record };
  if (remoteId !== null && looked?.kind === 'found') {
    const error = syncError(
      'VENDOR_UNAVAILABLE',
      'The prospect was just written, and Account Engagement does not show it yet.',
    );
    return { kind: 'outcome', outcome: { kind: 'postponed', error, retryAfterMs: readLagMs, written: { remoteId } } };
  }
  const error = syncError('CONNECTION_PERMISSION', mayNotRead, { field: blanks[0] ?? null });
  const written = remoteId === null ? {} : { written: { remoteId } };
  return { kind: 'outcome', outcome: { kind: 'failed', error, ...written } };
}

const mayNotRead =
  'Account Engagement does not tell what the prospect has, so nothing can be written only where it is blank. Give the Salesforce user the ability to view prospects, or map the field to overwrite.';
