import type { PushAnswer, PushRecord, RecordOutcome, Stopped } from '../connector.ts';
import { apart } from '../rest/apart.ts';
import { lookUpBlanks } from '../rest/blanks.ts';
import { interruptedPush } from '../rest/interrupted-push.ts';
import { lookUp } from './lookup.ts';
import { joinPrograms } from './membership.ts';
import { payloadOf } from './payload.ts';
import type { MarketoSession } from './session.ts';
import { type Write, writeLeads } from './write.ts';

/**
 * Updates by id who is known by it, upserts the others by e-mail address, then makes members of programs. The same address twice in one call,
 * or in two calls at once, would make duplicates: the engine prevents that. WRITE_IF_BLANK reads what is there first; between that and the write
 * somebody may fill a field, as Marketo has no condition that would prevent it.
 */
export async function push(batch: readonly PushRecord[], session: MarketoSession): Promise<PushAnswer> {
  const outcomes = new Map<string, RecordOutcome>();
  for (const { itemId, remoteId, written } of batch) if (written) outcomes.set(itemId, { kind: 'cleared', remoteId });
  const toWrite = batch.filter((record) => !record.written);
  const blanks = await lookUpBlanks(toWrite, (concerned, fields) => lookUp(concerned, fields, session));
  if (blanks.kind === 'stopped') return interruptedPush(batch, outcomes, blanks.answer, blanks.met);

  const writes = toWrite.map((record) => ({
    record,
    payload: payloadOf(record, blanks.found.get(record.itemId) ?? null),
  }));
  const unknown = writes.filter(({ payload }) => payload.id === undefined);
  const known = writes.filter(({ payload }) => payload.id !== undefined);
  // Two leads of one person in Marketo go in calls of their own: it refuses an id twice in a call.
  for (const group of apart(known, ({ payload }) => String(payload.id))) {
    const stopped = await take(true, group, outcomes, unknown, session);
    if (stopped) return interruptedPush(batch, outcomes, stopped.answer, stopped.met);
  }
  const stopped = unknown.length > 0 ? await take(false, unknown, outcomes, [], session) : null;
  if (stopped) return interruptedPush(batch, outcomes, stopped.answer, stopped.met);
  const inOrder = batch.flatMap(({ itemId }) => outcomes.get(itemId) ?? []);
  return joinPrograms(batch, inOrder, session);
}

interface StoppedCall {
  answer: Stopped;
  /** Who was in the call, and has no outcome. */
  met: PushRecord[];
}

/** One call, its outcomes put to the others; who is gone by id goes to `unknown`. Null: it was answered. */
async function take(
  byId: boolean,
  writes: readonly Write[],
  outcomes: Map<string, RecordOutcome>,
  unknown: Write[],
  session: MarketoSession,
): Promise<StoppedCall | null> {
  const answer = await writeLeads(byId, writes, session);
  if (answer.kind === 'stopped') return { answer: answer.answer, met: writes.map(({ record }) => record) };
  const waiting: StoppedCall['met'] = [];
  let stop: Stopped | null = null;
  for (const [index, { record, payload }] of writes.entries()) {
    const outcome = answer.outcomes[index];
    if (outcome?.kind === 'again') {
      const { id: _gone, ...values } = payload;
      unknown.push({ record, payload: values });
    } else if (outcome?.kind === 'waits') {
      waiting.push(record);
      stop ??= outcome.stop;
    } else if (outcome) outcomes.set(record.itemId, outcome);
  }
  return stop && { answer: stop, met: waiting };
}
