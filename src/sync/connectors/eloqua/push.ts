import type { PushAnswer, PushRecord, RecordOutcome } from '../connector.ts';
import { interruptedPush } from '../rest/interrupted-push.ts';
import type { EloquaSession } from './api.ts';
import { importRows } from './import-rows.ts';
import { stepsOf } from './payload.ts';

/** Imports what overwrites, then what is to be written only where a contact has nothing. A record is cleared when all of it is imported. */
export async function push(batch: readonly PushRecord[], session: EloquaSession): Promise<PushAnswer> {
  const outcomes = new Map<string, RecordOutcome>();
  const steps = stepsOf(batch).filter(({ rows }) => rows.length > 0);
  const stepsLeft = Map.groupBy(
    steps.flatMap(({ rows }) => rows.map(({ record }) => record.itemId)),
    (itemId) => itemId,
  );
  for (const { shape, rows } of steps) {
    const open = rows.filter(({ record }) => !outcomes.has(record.itemId));
    if (open.length === 0) continue;
    const answer = await importRows(open, shape, session);
    for (const [itemId, outcome] of answer.outcomes) {
      const left = stepsLeft.get(itemId);
      left?.pop();
      if (outcome !== 'taken') outcomes.set(itemId, outcome);
      else if (left?.length === 0) outcomes.set(itemId, { kind: 'cleared', remoteId: null }); // imports tell no ids
    }
    if (answer.stop) {
      const met = open.filter(({ record }) => !answer.outcomes.has(record.itemId)).map(({ record }) => record);
      return interruptedPush(batch, outcomes, answer.stop, met);
    }
  }
  return { kind: 'answered', outcomes: batch.map(({ itemId }) => outcomes.get(itemId) ?? { kind: 'unsent' }) };
}
