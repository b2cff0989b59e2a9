import type { Settlement } from '../../db/statements/settle.ts';
import { nextAttemptInMs } from '../../domain/backoff.ts';
import type { SyncErrorData } from '../../domain/error-categories.ts';
import type { PushAnswer, PushRecord, WrittenRecord } from '../connectors/connector.ts';

/** A claimed lead, ready to be recorded. */
export interface PushedItem {
  id: string;
  claim: string;
  /** Transient failures in a row before this push. */
  failures: number;
  /** It was without an answer before, and has not passed since. */
  suspected: boolean;
  sentRevision: number | null;
  /** Of what is sent; null where nothing follows the record itself. */
  digest: string | null;
  accountGeneration: number;
}

/** Recorded as answered; what is not said stays as it was. */
function settlement(item: PushedItem, outcome: Settlement['outcome'], more: Partial<Settlement> = {}): Settlement {
  return {
    id: item.id,
    claim: item.claim,
    outcome,
    cause: 'ANSWERED',
    begun: true,
    sentRevision: item.sentRevision,
    remoteId: null,
    written: null,
    digest: item.digest,
    accountGeneration: item.accountGeneration,
    error: null,
    dueInMs: 0,
    failures: item.failures,
    failedValue: null,
    refusedDigest: null,
    attempt: null,
    ...more,
  };
}

const cleared = (item: PushedItem, remoteId: string | null): Settlement => settlement(item, 'CLEARED', { remoteId });

export const failed = (item: PushedItem, error: SyncErrorData): Settlement => settlement(item, 'FAILED', { error });

/** Refused before any call: no push was begun. */
export const refusedLocally = (item: PushedItem, error: SyncErrorData): Settlement =>
  settlement(item, 'FAILED', { error, cause: 'REFUSED_LOCALLY', begun: false });

/** Nothing was sent: back as if it had not been claimed. */
export const unsent = (item: PushedItem): Settlement =>
  settlement(item, 'PENDING', { cause: 'RECOVERED', begun: false });

/** Waits again without spending an attempt: the reason is not the lead's. */
export const waits = (item: PushedItem, error: SyncErrorData | null, dueInMs = 0): Settlement =>
  settlement(item, 'PENDING', { error, dueInMs });

/** We gave up before the vendor answered: what it did is not known, and it is nobody's fault. */
export const interrupted = (item: PushedItem): Settlement => settlement(item, 'PENDING', { cause: 'RECOVERED' });

/** Spends an attempt: due again after the backoff, or FAILED when there is none left. */
export function spends(
  item: PushedItem,
  error: SyncErrorData,
  retryAfterMs: number | null,
  random: number,
): Settlement {
  const failures = item.failures + 1;
  const dueInMs = nextAttemptInMs(failures, retryAfterMs, random);
  return dueInMs === null ? failed(item, error) : settlement(item, 'PENDING', { error, dueInMs, failures });
}

/** The same, with the record itself at the vendor: a push was begun, whatever became of what follows. */
export const withWritten = (settlement: Settlement, { remoteId }: WrittenRecord): Settlement => ({
  ...settlement,
  cause: 'ANSWERED',
  begun: true,
  written: true,
  remoteId,
});

/** One settlement per record of an answered call, those aside that were interrupted. */
export function settleOutcomes(
  items: readonly PushedItem[],
  answer: Extract<PushAnswer, { kind: 'answered' }>,
  random: () => number,
): Settlement[] {
  return items.flatMap((item, index) => {
    const outcome = answer.outcomes[index];
    if (!outcome) throw new Error(`a connector gave ${answer.outcomes.length} outcomes for ${items.length} records`);
    if (outcome.kind === 'interrupted') return [];
    if (outcome.kind === 'cleared') return cleared(item, outcome.remoteId);
    if (outcome.kind === 'unsent') {
      return outcome.written ? withWritten(unsent(item), outcome.written) : unsent(item);
    }
    const settled =
      outcome.kind === 'failed'
        ? failed(item, outcome.error)
        : spends(item, outcome.error, outcome.retryAfterMs, random());
    return outcome.written ? withWritten(settled, outcome.written) : { ...settled, written: false };
  });
}

/**
 * What to do with a batch that the vendor refused as a whole. A field that does not exist convicts every record that carries it; otherwise one
 * record is to blame and the halves are pushed apart until it is found. One bad lead never fails its neighbours.
 */
export function divide<Item extends PushedItem>(
  items: readonly Item[],
  records: readonly PushRecord[],
  error: SyncErrorData,
): { guilty: Item[]; halves: Item[][] } {
  if (items.length === 1) return { guilty: [...items], halves: [] };
  const field = error.category === 'MISSING_REMOTE_FIELD' ? error.remoteField : null;
  if (field !== null) {
    const guilty = items.filter((_, index) => field in (records[index]?.values ?? {}));
    if (guilty.length > 0) return { guilty, halves: [] };
  }
  return { guilty: [], halves: halve(items) };
}

/** Two halves; one where there is but one item. */
export function halve<Item>(items: readonly Item[]): Item[][] {
  const middle = Math.ceil(items.length / 2);
  return [items.slice(0, middle), items.slice(middle)].filter((half) => half.length > 0);
}
