import {
  type PushAnswer,
  type PushRecord,
  type RecordOutcome,
  type RemoteRecord,
  type Stopped,
  syncError,
} from '../connector.ts';
import type { HubspotSession } from './api.ts';
import { lookUp } from './lookup.ts';
import { joinLists } from './membership.ts';
import { payloadOf } from './payload.ts';
import { type Write, type Written, writeContacts } from './write.ts';

/** A contact that is gone is matched by e-mail address once more, one that exists already is updated: two rounds are enough. */
const roundsMax = 2;

/** Updates by id, upserts by e-mail address, then makes members of lists. */
export async function push(batch: readonly PushRecord[], session: HubspotSession): Promise<PushAnswer> {
  const written = batch.filter((record) => record.written);
  const outcomes = new Map<string, RecordOutcome>(
    written.map(({ itemId, remoteId }) => [itemId, { kind: 'cleared', remoteId }]),
  );
  const prepared = await writesOf(
    batch.filter((record) => !record.written),
    session,
  );
  if (prepared.kind === 'stopped') return prepared.answer;
  let writes = prepared.writes;
  for (let round = 1; writes.length > 0; round++) {
    const answers = await writeRound(writes, session);
    if (answers.kind === 'stopped' && round === 1) return answers.answer;
    const again: Write[] = [];
    for (const write of writes) {
      const outcome =
        answers.kind === 'stopped' ? postponedBy(answers.answer) : answers.outcomes.get(write.record.itemId);
      if (outcome?.kind === 'again' && round < roundsMax) again.push({ ...write, remoteId: outcome.remoteId });
      else outcomes.set(write.record.itemId, finalOf(outcome));
    }
    writes = again;
  }
  const inOrder = batch.map((record) => outcomes.get(record.itemId) ?? finalOf(undefined));
  return joinLists(batch, inOrder, session);
}

function finalOf(outcome: Written | undefined): RecordOutcome {
  if (outcome?.kind === 'again') {
    return { kind: 'failed', error: syncError('REMOTE_RECORD_GONE', 'The contact is not in HubSpot any more.') };
  }
  const silence = syncError('VENDOR_UNAVAILABLE', 'HubSpot said nothing of the contact in its answer.');
  return outcome ?? { kind: 'postponed', error: silence, retryAfterMs: null };
}

/** WRITE_IF_BLANK needs to know what HubSpot has; whoever is found is then written by id. */
async function writesOf(
  records: readonly PushRecord[],
  session: HubspotSession,
): Promise<{ kind: 'writes'; writes: Write[] } | { kind: 'stopped'; answer: Stopped }> {
  const concerned = records.filter((record) => record.writeIfBlank.length > 0);
  const found = new Map<string, RemoteRecord | null>();
  if (concerned.length > 0) {
    const fields = [...new Set(concerned.flatMap((record) => record.writeIfBlank))];
    const looked = await lookUp(concerned, fields, session);
    if (looked.kind === 'stopped') return looked;
    for (const [index, record] of concerned.entries()) found.set(record.itemId, looked.records[index] ?? null);
  }
  return {
    kind: 'writes',
    writes: records.map((record) => {
      const remote = found.get(record.itemId) ?? null;
      return { record, remoteId: remote?.remoteId ?? record.remoteId, properties: payloadOf(record, remote) };
    }),
  };
}

/** One call for those that are known by id and one for the others. A call that stops leaves the outcomes of the call before it as they are. */
async function writeRound(
  writes: readonly Write[],
  session: HubspotSession,
): Promise<{ kind: 'written'; outcomes: Map<string, Written> } | { kind: 'stopped'; answer: Stopped }> {
  const outcomes = new Map<string, Written>();
  const known = writes.filter(({ remoteId }) => remoteId !== null);
  const seen = new Set<string | null>();
  // Two leads of one contact would be the same id twice in a call, which HubSpot refuses: the second goes with the next push.
  const byId = known.filter(({ remoteId }) => !seen.has(remoteId) && seen.add(remoteId));
  const byEmail = writes.filter(({ remoteId }) => remoteId === null);
  for (const [way, group] of [
    ['update', byId],
    ['upsert', byEmail],
  ] as const) {
    if (group.length === 0) continue;
    const answer = await writeContacts(way, group, session);
    if (answer.kind === 'stopped' && outcomes.size === 0 && group.length === writes.length) return answer;
    for (const { record } of group) {
      const outcome = answer.kind === 'stopped' ? postponedBy(answer.answer) : answer.outcomes.get(record.itemId);
      if (outcome) outcomes.set(record.itemId, outcome);
    }
  }
  return { kind: 'written', outcomes };
}

/** A stop that is not everybody's: those that it met wait, the others have their outcome. */
function postponedBy(stop: Stopped): RecordOutcome {
  if (stop.kind === 'refused') return { kind: 'failed', error: stop.error };
  const error = stop.kind === 'unsent' ? syncError('TIMEOUT', 'There was no time left.') : stop.error;
  return { kind: 'postponed', error, retryAfterMs: 'retryAfterMs' in stop ? stop.retryAfterMs : null };
}
