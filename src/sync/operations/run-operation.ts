import { setTimeout as sleep } from 'node:timers/promises';
import { findDbError } from '../../db/client.ts';
import {
  lockOperation,
  type OperationId,
  type OperationRow,
  prolongOperation,
  ringProgress,
  writeOperation,
} from '../../db/statements/operations.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Services } from '../services.ts';
import type { Committed, FailedResult, OperationHandler, Outcome } from './operation.ts';

export interface RunOptions {
  services: Services;
  handler: OperationHandler;
  /** As it was claimed. */
  operation: OperationRow;
  /** Who claimed it. */
  owner: string;
  leaseSeconds: number;
  /** Aborted: no step begins any more, and the one under way is asked to end. */
  signal: AbortSignal;
  /** After so long it ends between two steps, so that others get their turn, and at once where it has to wait; absent: goes on to the end. */
  turnMs?: number;
  onCommitted?(operation: OperationRow): void;
}

/** A wait up to this is not worth handing over for. */
const shortWaitMs = 500;
/** Waits before a step that failed is tried again, in ms; after the last one the operation FAILED. */
const retryDelaysMs = [200, 1_000, 5_000, 15_000];

const nobodysFault =
  'It could not be finished for a reason of our own; the log of the worker says more. Start it again.';

/**
 * Works on a claimed operation step by step, until it has ended, its turn is over, or it is not ours any more. Returns it as it is then; RUNNING:
 * somebody has to go on, in `waitMs`. If the process dies, whoever claims it when the lease is over goes on behind the last step that was committed.
 */
export async function runOperation(options: RunOptions): Promise<Committed> {
  const { services, owner, leaseSeconds, turnMs = Number.POSITIVE_INFINITY } = options;
  const lost = new AbortController();
  const signal = AbortSignal.any([options.signal, lost.signal]);
  const id = { orgId: options.operation.orgId, operationId: options.operation.id };
  const prolong = async () => {
    if (!(await prolongOperation(services.db, id, owner, leaseSeconds).catch(() => true))) lost.abort(new LostError());
  };
  const timer = setInterval(() => void prolong(), (leaseSeconds * 1_000) / 3);
  const endsAt = performance.now() + turnMs;
  let { operation } = options;
  let failures = 0;
  let isStale = false;
  try {
    while (operation.status === 'RUNNING' && !signal.aborted && performance.now() < endsAt) {
      try {
        if (isStale) operation = await rereadOperation(services.db, id, owner);
        isStale = false;
        if (operation.status !== 'RUNNING') break;
        const committed = await step(options, operation, signal);
        operation = committed.operation;
        failures = 0;
        options.onCommitted?.(operation);
        if (operation.status !== 'RUNNING') break;
        if (options.turnMs !== undefined && committed.waitMs > shortWaitMs) return committed;
        if (committed.waitMs > 0) await pause(committed.waitMs, signal);
      } catch (error) {
        if (signal.aborted || error instanceof LostError) break;
        isStale = true; // a commit whose answer got lost with the connection has happened all the same
        const delayMs = error instanceof DomainError ? undefined : retryDelaysMs[failures];
        if (delayMs === undefined && !isPassing(error))
          return { operation: await fail(options, operation, error), waitMs: 0 };
        services.log.warn(
          { event: 'operation.stepFailed', operation: operation.id, kind: operation.kind, err: error },
          'a step of an operation failed and is tried again',
        );
        if (!isPassing(error)) failures += 1;
        await pause(delayMs ?? retryDelaysMs.at(-1) ?? 0, signal);
      }
    }
    return { operation, waitMs: 0 };
  } finally {
    clearInterval(timer);
  }
}

/** The operation as the last step that was committed left it. */
async function rereadOperation(db: Services['db'], id: OperationId, owner: string): Promise<OperationRow> {
  const operation = await db.transaction((tx) => lockOperation(tx, id));
  if (!operation || (operation.status === 'RUNNING' && operation.owner !== owner)) throw new LostError();
  return operation;
}

/** Not ours any more: canceled, or taken over by another process. */
class LostError extends Error {}

function step(
  { services, handler, owner, leaseSeconds }: RunOptions,
  operation: OperationRow,
  signal: AbortSignal,
): Promise<Committed> {
  const { orgId, id } = operation;
  return handler.step({
    services,
    operation,
    signal,
    commit: (piece) =>
      services.db.transaction(async (tx) => {
        const outcome = await piece(tx);
        const patch = patchOf(services, outcome);
        const written = await writeOperation(tx, { orgId, operationId: id }, owner, patch, leaseSeconds);
        if (!written) throw new LostError();
        await ringProgress(tx);
        return { operation: written, waitMs: outcome.kind === 'more' ? (outcome.waitMs ?? 0) : 0 };
      }),
  });
}

function patchOf(services: Services, outcome: Outcome): Parameters<typeof writeOperation>[3] {
  const { done, total } = outcome;
  if (outcome.kind === 'more') return { progress: outcome.progress, done, ...(total !== undefined && { total }) };
  return {
    status: 'COMPLETED',
    result: outcome.result,
    done,
    ...(total !== undefined && { total }),
    finishedAt: services.now(),
  };
}

async function fail(
  { services, owner, leaseSeconds }: RunOptions,
  operation: OperationRow,
  error: unknown,
): Promise<OperationRow> {
  const expected = error instanceof DomainError;
  if (!expected) {
    services.log.error(
      { event: 'operation.failed', operation: operation.id, kind: operation.kind, err: error },
      'an operation was given up',
    );
  }
  const result: FailedResult = { problem: expected ? error.message : nobodysFault };
  const { orgId, id } = operation;
  const failed = await services.db.transaction(async (tx) => {
    const patch = { status: 'FAILED' as const, result, finishedAt: services.now() };
    const written = await writeOperation(tx, { orgId, operationId: id }, owner, patch, leaseSeconds);
    await ringProgress(tx);
    return written;
  });
  return failed ?? operation;
}

/** The database's trouble, not the step's: a connection that ended, a restart, a deadlock. Tried again for as long as it lasts. */
function isPassing(error: unknown): boolean {
  const code = findDbError(error)?.code;
  return code !== undefined && (!/^[0-9A-Z]{5}$/.test(code) || /^(08|40|53|57)/.test(code));
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}
