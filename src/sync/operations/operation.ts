import type { Tx } from '../../db/client.ts';
import type { OperationRow } from '../../db/statements/operations.ts';
import type { Services } from '../services.ts';

/**
 * How one kind of operation is done: piece by piece. A step that throws a DomainError ends the operation as FAILED with its message; after any
 * other error the same step is tried again, a few times.
 */
export interface OperationHandler {
  /**
   * One piece of the work, bounded: a few hundred rows, or a call to a vendor. Reads and calls come first, outside of any transaction; what is
   * written goes into the one `commit`, with how far the work came, so that a piece is done once or not at all. Return what commit returns.
   */
  step(run: OperationStep): Promise<Committed>;
}

/** What one step works with. */
export interface OperationStep {
  services: Services;
  /** As the step before left it: go on from `operation.progress`, which is `{}` at first. */
  operation: OperationRow;
  /** Aborted when the operation is canceled, when another process took it over, and when this one shuts down. */
  signal: AbortSignal;
  /**
   * Runs the writing part of the piece in a transaction and records the outcome in it. Its locks come before that of the operation's row. Throws
   * what has nothing to be caught for when the operation is not ours any more: then nothing of the piece is committed.
   */
  commit(piece: (tx: Tx) => Promise<Outcome>): Promise<Committed>;
}

/** Where the operation is after a piece. */
export type Outcome =
  /** There is more, from `progress` on; not before `waitMs` have passed. */
  | { kind: 'more'; progress: object; done: number; total?: number | null; waitMs?: number }
  | { kind: 'finished'; result: object; done: number; total: number };

/** What a commit gives: the operation after it, and how long to wait before the next step. */
export interface Committed {
  operation: OperationRow;
  waitMs: number;
}

/** In `result` of an operation that FAILED: why, in plain words. */
export interface FailedResult {
  problem: string;
}
