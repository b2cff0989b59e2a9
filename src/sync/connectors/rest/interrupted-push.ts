import type { PushAnswer, PushRecord, RecordOutcome, Stopped } from '../connector.ts';

/**
 * The answer of a push that `stop` ended at one of its requests: who has an outcome keeps it, who was in that request (`met`) is judged by the
 * stop, and the others come back as if they had not been pushed. A record that was written keeps that too where its membership is still to
 * come. So a throttle, an outage or a lost sign-in, whenever it is met, spends nobody's attempt.
 */
export function interruptedPush(
  batch: readonly PushRecord[],
  outcomes: ReadonlyMap<string, RecordOutcome>,
  stop: Stopped,
  met: readonly { itemId: string }[],
): PushAnswer {
  const concerned = new Set(met.map(({ itemId }) => itemId));
  const nobodySettled = outcomes.size === 0;
  if (nobodySettled && (stop.kind === 'unsent' || batch.every(({ itemId }) => concerned.has(itemId)))) return stop;
  return {
    kind: 'answered',
    outcomes: batch.map(({ itemId, campaign }): RecordOutcome => {
      const outcome = outcomes.get(itemId);
      if (outcome?.kind === 'cleared' && campaign) return beforeMembership(outcome.remoteId);
      return outcome ?? { kind: concerned.has(itemId) ? 'interrupted' : 'unsent' };
    }),
    interruption: stop,
  };
}

/** Without an id there is nothing to make a member: the record is written again, which changes nothing. */
const beforeMembership = (remoteId: string | null): RecordOutcome =>
  remoteId === null ? { kind: 'unsent' } : { kind: 'unsent', written: { remoteId } };
