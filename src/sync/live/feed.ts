import type { OperationId, OperationRow } from '../../db/statements/operations.ts';
import type { ReconciliationSnapshot } from '../../db/statements/reconciliation.ts';
import type { authorizations, retries, transitions } from '../../db/tables/index.ts';

export type TransitionRow = typeof transitions.$inferSelect;
export type RetryRow = typeof retries.$inferSelect;
export type AuthorizationRow = typeof authorizations.$inferSelect;

/** What was committed since the last batch, in commit order. */
export interface TransitionBatch {
  transitions: TransitionRow[];
  /** Of the log that the positions belong to. */
  logEpoch: string;
  /** Everything up to and including this position has been read, also what did not match. */
  position: number;
  /** False: there is more behind this batch. */
  caughtUp: boolean;
}

export interface TransitionsOptions {
  orgId: string;
  integrationId: string;
  /** Only those at one event. */
  eventId: string | null;
  /** A cursor to go on behind; null: from now on. */
  after: string | null;
  /** Most transitions of one batch. */
  batchMax: number;
  /** Also a batch without transitions once a minute, so that an idle reader's position stays fresh. */
  heartbeats: boolean;
}

/**
 * What happens, as it is committed. Every method gives an iterator whose `return()` ends it at once. Each takes a signal that ends it with the
 * signal's reason thrown: a key was revoked, the server goes down.
 */
export interface Feed {
  /** Throws BadInputError for a cursor that is none, CursorExpiredError for one that the log does not reach, SlowConsumerError when the reader falls behind. */
  transitions(options: TransitionsOptions, ended: AbortSignal): AsyncIterableIterator<TransitionBatch>;
  /**
   * Counts and setting: the present state first, then at most four times a second, only when something changed. `integrationId` null: all
   * integrations of the organization, one after the other; `eventId` null: over all events.
   */
  reconciliations(
    target: { orgId: string; integrationId: string | null; eventId: string | null },
    ended: AbortSignal,
  ): AsyncIterableIterator<ReconciliationSnapshot>;
  /** Ids of integrations whose setting, connection or flow changed; each one's once at first. */
  integrations(
    target: { orgId: string; integrationId: string | null },
    ended: AbortSignal,
  ): AsyncIterableIterator<string>;
  /** The retry as it is, then at every progress; ends when the retry has. */
  retry(target: { orgId: string; retryId: string }, ended: AbortSignal): AsyncIterableIterator<RetryRow>;
  /** The sign-in as it is, then when it changed; ends when it is not PENDING any more. */
  authorization(
    target: { orgId: string; authorizationId: string },
    ended: AbortSignal,
  ): AsyncIterableIterator<AuthorizationRow>;
  /** An operation in the background as it is, then at every progress; ends when the operation has. */
  operation(target: OperationId, ended: AbortSignal): AsyncIterableIterator<OperationRow>;
}
