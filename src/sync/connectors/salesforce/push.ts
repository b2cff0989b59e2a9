import type { PushAnswer, PushRecord, RecordOutcome, Stopped } from '../connector.ts';
import { apart } from '../rest/apart.ts';
import { interruptedPush } from '../rest/interrupted-push.ts';
import { errorOf, type SalesforceSession } from './api.ts';
import { recordsMax } from './collection.ts';
import { joinCampaigns } from './membership.ts';
import { planWrites } from './plan.ts';
import { probeQuota } from './quota.ts';
import { planResumed, type Resumed } from './resume.ts';
import { callKeyOf, sendWrites, type Write, type Written } from './write.ts';

/** What is gone is matched anew, which may find a lead that was converted, which is its contact: three rounds are enough. */
const roundsMax = 3;
/** Records that were locked go once more in calls that hold fewer locks. */
const resumedMax = 25;

/** Finds what Salesforce has, updates by id, creates or upserts the others, then makes members of campaigns. */
export async function push(batch: readonly PushRecord[], session: SalesforceSession): Promise<PushAnswer> {
  const outcomes = new Map<string, RecordOutcome>();
  for (const { itemId, remoteId, written } of batch) if (written) outcomes.set(itemId, { kind: 'cleared', remoteId });
  const toWrite = batch.filter((record) => !record.written);
  const interrupted = (stop: Stopped, met: readonly PushRecord[]) => interruptedPush(batch, outcomes, stop, met);
  const settle = ({ itemId }: PushRecord, outcome: RecordOutcome) => outcomes.set(itemId, outcome);

  const usedUp = await probeQuota(session);
  if (usedUp) return interrupted(usedUp, batch);
  const planned = await planWrites(toWrite, session);
  if (planned.kind === 'stopped') return interrupted(planned.answer, planned.met);
  for (const { record, outcome } of planned.settled) settle(record, outcome);

  let { writes } = planned;
  for (let round = 1; writes.length > 0; round++) {
    const resumed: Resumed[] = [];
    for (const group of callsOf(writes, round === 1 ? recordsMax : resumedMax)) {
      const answer = await sendWrites(group, session);
      if (answer.kind === 'stopped') {
        const met = group.map(({ record }) => record);
        return interrupted(answer.answer, met);
      }
      const stops: { record: PushRecord; answer: Stopped }[] = [];
      for (const [index, write] of group.entries()) {
        const written = answer.results[index];
        if (!written) continue;
        if (written.kind === 'outcome') settle(write.record, written.outcome);
        else if (written.kind === 'stopped') stops.push({ record: write.record, answer: written.answer });
        else if (round < roundsMax) resumed.push({ write, written });
        else settle(write.record, givenUp(write, written, session));
      }
      const [stop] = stops;
      if (stop) {
        const met = stops.map(({ record }) => record);
        return interrupted(stop.answer, met);
      }
    }
    const next = await planResumed(resumed, session);
    if (next.kind === 'stopped') return interrupted(next.answer, next.met);
    for (const { record, outcome } of next.settled) settle(record, outcome);
    writes = next.writes;
  }
  return joinCampaigns(batch, outcomes, session);
}

function givenUp(
  { record }: Write,
  { kind, error }: Extract<Written, { error: unknown }>,
  session: SalesforceSession,
): RecordOutcome {
  const stored = errorOf(error, session, record.values);
  return kind === 'again'
    ? { kind: 'postponed', error: stored, retryAfterMs: null }
    : { kind: 'failed', error: stored };
}

/** Calls of one way each, with no record and no key twice in one. */
function* callsOf(writes: readonly Write[], max: number): Generator<Write[]> {
  for (const group of Map.groupBy(writes, callKeyOf).values()) yield* apart(group, targetOf, max);
}

/** What must not be twice in a call; null: nothing of the kind. */
function targetOf({ way, record }: Write): string | null {
  if (way.kind === 'update') return way.id;
  return way.kind === 'upsert' ? (record.values[way.field]?.trim().toLowerCase() ?? null) : null;
}
