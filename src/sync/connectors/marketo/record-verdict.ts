import type { RecordOutcome, Stopped } from '../connector.ts';
import { errorOf, type ReadingContext } from './answer.ts';
import { type MarketoFault, ruleOf } from './errors.ts';
import { nextQuotaReset } from './quota.ts';

/** `waits`: the account's rate or quota, met at this record; nobody spends an attempt, and nothing more is to be sent. */
export type RecordVerdict = RecordOutcome | { kind: 'waits'; stop: Stopped };

/** What becomes of a record for which Marketo gives this reason. `done`: where the reason says that it is as we want it already. */
export function verdictOf(reason: MarketoFault, done: RecordOutcome, context: ReadingContext): RecordVerdict {
  const { step, waitMs } = ruleOf(reason);
  const error = errorOf(reason, context);
  switch (step) {
    case 'DONE':
      return done;
    case 'WAIT':
      return { kind: 'waits', stop: { kind: 'throttled', error, retryAfterMs: waitMs } };
    case 'QUOTA':
      return { kind: 'waits', stop: { kind: 'quota', error, resetsAt: nextQuotaReset(context.now()) } };
    case 'REFRESH':
    case 'OUTAGE':
    case 'AGAIN':
      return { kind: 'postponed', error, retryAfterMs: null };
    default:
      return { kind: 'failed', error };
  }
}
