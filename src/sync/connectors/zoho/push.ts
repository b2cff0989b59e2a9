import { matchKeyOf } from '../../../domain/lead.ts';
import { type PushAnswer, type PushRecord, type RecordOutcome, type Stopped, syncError } from '../connector.ts';
import { apart } from '../rest/apart.ts';
import { lookUpBlanks } from '../rest/blanks.ts';
import { interruptedPush } from '../rest/interrupted-push.ts';
import type { ZohoSession } from './api.ts';
import { lookUp, readByIds } from './lookup.ts';
import { joinCampaigns } from './membership.ts';
import { emailKeyOf } from './payload.ts';
import { failedBy, silence, type Write, type WriteCall, type Written, writeLeads } from './write.ts';

/** A lead that is gone is matched by its address, and one that is found by a duplicate is updated: three rounds are enough. */
const roundsMax = 3;

/** Updates by id, upserts by e-mail address, then makes members of campaigns. A request that stops the push ends it for those that are left. */
export async function push(batch: readonly PushRecord[], session: ZohoSession): Promise<PushAnswer> {
  const outcomes = new Map<string, RecordOutcome>();
  for (const { itemId, remoteId, written } of batch) if (written) outcomes.set(itemId, { kind: 'cleared', remoteId });
  const prepared = await prepare(
    batch.filter((record) => !record.written),
    session,
  );
  if (prepared.kind === 'stopped') return interruptedPush(batch, outcomes, prepared.answer, prepared.met);

  let writes = prepared.writes;
  for (let round = 1; writes.length > 0; round++) {
    const duplicates: Duplicate[] = [];
    const again: Write[] = [];
    for (const one of callsOf(writes)) {
      const answer = await writeLeads(one, session);
      if (answer.kind === 'stopped') return interruptedPush(batch, outcomes, answer.answer, recordsOf(one.writes));
      const stopped: PushRecord[] = [];
      let stop: Stopped | null = null;
      for (const write of one.writes) {
        const { record } = write;
        const outcome = answer.outcomes.get(record.itemId) ?? silence();
        const isLast = round === roundsMax;
        if (outcome.kind === 'stopped') {
          stopped.push(record);
          stop ??= outcome.answer;
        } else if (outcome.kind === 'gone' && !isLast) again.push(withoutId(write, outcome));
        else if (outcome.kind === 'duplicate' && !isLast) duplicates.push({ ...outcome, record });
        else outcomes.set(record.itemId, finalOf(outcome, record, session));
      }
      if (stop) return interruptedPush(batch, outcomes, stop, stopped);
    }
    const samePerson = await findSamePerson(duplicates, session);
    if (samePerson.kind === 'stopped')
      return interruptedPush(batch, outcomes, samePerson.answer, recordsOf(duplicates));
    for (const { record, error } of samePerson.others) outcomes.set(record.itemId, failedBy(error, record, session));
    writes = [...again, ...samePerson.writes];
  }
  const inOrder = batch.map(({ itemId }) => outcomes.get(itemId) ?? silence());
  return joinCampaigns(batch, inOrder, session);
}

/** What a lead had that is gone keeps nothing from being written to the next. */
const withoutId = (write: Write, { error }: Extract<Written, { kind: 'gone' }>): Write => ({
  record: write.record,
  remoteId: null,
  found: error ? null : write.found,
  modifiedTime: null,
});

const recordsOf = (writes: readonly { record: PushRecord }[]): PushRecord[] => writes.map(({ record }) => record);

function finalOf(
  outcome: Exclude<Written, { kind: 'stopped' }>,
  record: PushRecord,
  session: ZohoSession,
): RecordOutcome {
  if (outcome.kind === 'duplicate') return failedBy(outcome.error, record, session);
  if (outcome.kind !== 'gone') return outcome;
  if (outcome.error) return failedBy(outcome.error, record, session);
  return { kind: 'failed', error: syncError('REMOTE_RECORD_GONE', 'The lead is not in Zoho any more.') };
}

/**
 * WRITE_IF_BLANK needs to know what Zoho has. Whoever is found is then written by id, and only if nobody changed the lead since it was read
 * (`If-Unmodified-Since`, in whole seconds); a change in between is looked at anew. What remains: whoever is not found may be created by
 * somebody else before our upsert, which then writes all fields. Without the scope for queries that is minutes long, as the search lags.
 */
async function prepare(
  records: readonly PushRecord[],
  session: ZohoSession,
): Promise<{ kind: 'writes'; writes: Write[] } | { kind: 'stopped'; answer: Stopped; met: readonly PushRecord[] }> {
  const blanks = await lookUpBlanks(records, (concerned, fields) => lookUp(concerned, fields, session));
  if (blanks.kind === 'stopped') return blanks;
  const { found } = blanks;
  const writes = records.map((record): Write => {
    const seen = found.get(record.itemId) ?? null;
    // Looked for by id and address, and not there: it is new.
    const remoteId = found.has(record.itemId) ? (seen?.remoteId ?? null) : record.remoteId;
    return { record, remoteId, found: seen, modifiedTime: seen?.modifiedTime ?? null };
  });
  return { kind: 'writes', writes };
}

/** Those that are known by id, then the others; whoever may be the same lead as one before goes in a call of its own. */
function* callsOf(writes: readonly Write[]): Generator<WriteCall> {
  const known = writes.filter(({ remoteId }) => remoteId !== null);
  const unseen = known.filter(({ modifiedTime }) => modifiedTime === null);
  for (const group of apart(unseen, keyOf)) yield { way: 'update', writes: group, unmodifiedSince: null };
  const seen = known.filter(({ modifiedTime }) => modifiedTime !== null);
  for (const group of apart(seen, keyOf)) yield { way: 'update', writes: group, unmodifiedSince: latestOf(group) };
  const unknown = writes.filter(({ remoteId }) => remoteId === null);
  for (const group of apart(unknown, keyOf)) yield { way: 'upsert', writes: group, unmodifiedSince: null };
}

/** What is changed after it was read is changed after the latest change that was read: one instant serves them all. */
function latestOf(group: readonly Write[]): string | null {
  const times = group.flatMap(({ modifiedTime }) => modifiedTime ?? []);
  return times.toSorted((one, other) => Date.parse(one) - Date.parse(other)).at(-1) ?? null;
}

const keyOf = ({ record, remoteId }: Write): string => remoteId ?? emailKeyOf(record) ?? record.itemId;

type Duplicate = Extract<Written, { kind: 'duplicate' }> & { record: PushRecord };

/** A lead that has our value already is written in the place of ours where it is the same person by its address. */
async function findSamePerson(
  duplicates: readonly Duplicate[],
  session: ZohoSession,
): Promise<{ kind: 'found'; writes: Write[]; others: Duplicate[] } | { kind: 'stopped'; answer: Stopped }> {
  if (duplicates.length === 0) return { kind: 'found', writes: [], others: [] };
  const ids = [...new Set(duplicates.map(({ otherId }) => otherId))];
  const fields = [...new Set(duplicates.flatMap(({ record }) => record.writeIfBlank))];
  const read = await readByIds(ids, fields, session);
  if (read.kind === 'stopped') return read;
  const isSame = ({ otherId, record }: Duplicate) => {
    const email = matchKeyOf(read.leads.get(otherId)?.email ?? null);
    return email !== null && email === emailKeyOf(record);
  };
  const { true: same = [], false: others = [] } = Object.groupBy(duplicates, (one) => (isSame(one) ? 'true' : 'false'));
  const writes = same.map(({ record, otherId }): Write => {
    const found = record.writeIfBlank.length > 0 ? (read.leads.get(otherId) ?? null) : null;
    return { record, remoteId: otherId, found, modifiedTime: found?.modifiedTime ?? null };
  });
  return { kind: 'found', others, writes };
}
