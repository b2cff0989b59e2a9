import { type PushAnswer, type PushRecord, type RecordOutcome, syncError } from '../connector.ts';
import { apart } from '../rest/apart.ts';
import { lookUpBlanks } from '../rest/blanks.ts';
import { interruptedPush } from '../rest/interrupted-push.ts';
import type { HubspotSession } from './api.ts';
import { lookUp } from './lookup.ts';
import { joinLists } from './membership.ts';
import { payloadOf } from './payload.ts';
import { type Write, type Written, writeContacts } from './write.ts';

/** A contact that is gone is matched by e-mail address once more, one that exists already is updated: two rounds are enough. */
const roundsMax = 2;

/**
 * Updates by id, upserts by e-mail address, then makes members of lists. WRITE_IF_BLANK needs to know what HubSpot has; whoever is found is then
 * written by id. Between the two somebody may fill a property.
 */
export async function push(batch: readonly PushRecord[], session: HubspotSession): Promise<PushAnswer> {
  const outcomes = new Map<string, RecordOutcome>();
  for (const { itemId, remoteId, written } of batch) if (written) outcomes.set(itemId, { kind: 'cleared', remoteId });
  const toWrite = batch.filter((record) => !record.written);
  const blanks = await lookUpBlanks(toWrite, (concerned, fields) => lookUp(concerned, fields, session));
  if (blanks.kind === 'stopped') return interruptedPush(batch, outcomes, blanks.answer, blanks.met);

  let writes = toWrite.map((record): Write => {
    const found = blanks.found.get(record.itemId) ?? null;
    return { record, remoteId: found?.remoteId ?? record.remoteId, properties: payloadOf(record, found) };
  });
  for (let round = 1; writes.length > 0; round++) {
    const again: Write[] = [];
    for (const { way, group } of callsOf(writes)) {
      const answer = await writeContacts(way, group, session);
      if (answer.kind === 'stopped') {
        const met = group.map(({ record }) => record);
        return interruptedPush(batch, outcomes, answer.answer, met);
      }
      for (const write of group) {
        const outcome = answer.outcomes.get(write.record.itemId);
        if (outcome?.kind === 'again' && round < roundsMax) again.push({ ...write, remoteId: outcome.remoteId });
        else outcomes.set(write.record.itemId, finalOf(outcome));
      }
    }
    writes = again;
  }
  const inOrder = batch.map(({ itemId }) => outcomes.get(itemId) ?? finalOf(undefined));
  return joinLists(batch, inOrder, session);
}

function finalOf(outcome: Written | undefined): RecordOutcome {
  if (outcome?.kind === 'again') {
    return { kind: 'failed', error: syncError('REMOTE_RECORD_GONE', 'The contact is not in HubSpot any more.') };
  }
  const silence = syncError('VENDOR_UNAVAILABLE', 'HubSpot said nothing of the contact in its answer.');
  return outcome ?? { kind: 'postponed', error: silence, retryAfterMs: null };
}

/** Those that are known by id, then the others. Two leads of one contact go in calls of their own: HubSpot refuses an id twice in a call. */
function* callsOf(writes: readonly Write[]): Generator<{ way: 'update' | 'upsert'; group: Write[] }> {
  const known = writes.filter(({ remoteId }) => remoteId !== null);
  for (const group of apart(known, ({ remoteId }) => remoteId)) yield { way: 'update', group };
  const unknown = writes.filter(({ remoteId }) => remoteId === null);
  if (unknown.length > 0) yield { way: 'upsert', group: unknown };
}
