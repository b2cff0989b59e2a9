import {
  claimOperations,
  type OperationRow,
  operationsChannel,
  releaseOperation,
} from '../../db/statements/operations.ts';
import type { OperationKind } from '../../db/tables/index.ts';
import type { Doorbell } from '../live/doorbell.ts';
import type { Services } from '../services.ts';
import type { OperationHandlers } from './handlers.ts';
import { runOperation } from './run-operation.ts';

export interface RunnerOptions {
  services: Services;
  doorbell: Doorbell;
  handlers: OperationHandlers;
  times?: Partial<RunnerTimes>;
}

export interface RunnerTimes {
  /** How long a dead process keeps an operation to itself. */
  leaseSeconds: number;
  /** How often operations are looked for without being called: those of dead processes, and where notifications do not arrive. */
  sweepMs: number;
  /** When an operation lets others have its place. */
  turnMs: number;
}

const runnerTimes: RunnerTimes = { leaseSeconds: 15, sweepMs: 2_000, turnMs: 20_000 };

/** Operations that one process works on at once. */
const operationsMax = 4;

/**
 * Works on operations in the background, up to four at once, each in one process of the whole cluster at a time. Returns a function that ends it:
 * steps under way have `ms` to end, and what is left goes on in another process at once.
 */
export async function startOperationRunner({ services, doorbell, handlers, times }: RunnerOptions) {
  const { leaseSeconds, sweepMs, turnMs } = { ...runnerTimes, ...times };
  const kinds = Object.keys(handlers) as OperationKind[];
  const stopping = new AbortController();
  const running = new Set<{ operationId: string; cancel: AbortController; ended: Promise<void> }>();
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | null = null;
  let lookAgain = false;

  const work = async (operation: OperationRow, owner: string, cancel: AbortController) => {
    const handler = handlers[operation.kind];
    if (!handler) throw new Error(`nothing works on operations of the kind ${operation.kind}`);
    const signal = AbortSignal.any([stopping.signal, cancel.signal]);
    const { operation: left, waitMs } = await runOperation({
      services,
      handler,
      operation,
      owner,
      leaseSeconds,
      signal,
      turnMs,
    });
    if (left.status !== 'RUNNING') return;
    await releaseOperation(services.db, { orgId: left.orgId, operationId: left.id }, owner, waitMs / 1_000);
  };

  const claim = async () => {
    const limit = operationsMax - running.size;
    if (limit <= 0) return;
    const owner = services.newId(); // of this claim: what this very process lost by standing still it can't commit either
    for (const operation of await claimOperations(services.db, { kinds, owner, leaseSeconds, limit })) {
      const cancel = new AbortController();
      const run = { operationId: operation.id, cancel, ended: Promise.resolve() };
      run.ended = work(operation, owner, cancel)
        .catch((error: unknown) =>
          services.log.error(
            { event: 'operation.unfinished', operation: operation.id, kind: operation.kind, err: error },
            'an operation was left; it goes on when its lease is over',
          ),
        )
        .finally(() => {
          running.delete(run);
          look();
        });
      running.add(run);
    }
  };

  const look = (): void => {
    if (stopping.signal.aborted || kinds.length === 0) return;
    lookAgain = looking !== null;
    if (lookAgain) return;
    clearTimeout(timer);
    looking = claim()
      .catch((error: unknown) =>
        services.log.error(
          { event: 'operations.unread', err: error },
          'operations could not be claimed; the next round tries again',
        ),
      )
      .finally(() => {
        looking = null;
        if (lookAgain) look();
        else if (!stopping.signal.aborted) timer = setTimeout(look, sweepMs);
      });
  };

  await doorbell.on(operationsChannel, (canceledId) => {
    if (!canceledId) return look();
    for (const { operationId, cancel } of running) {
      if (operationId === canceledId) cancel.abort(new Error('the operation was canceled'));
    }
  });
  doorbell.onReconnect(look);
  look();
  return async (ms: number): Promise<void> => {
    stopping.abort(new Error('the process shuts down'));
    clearTimeout(timer);
    await looking;
    const deadline = Promise.withResolvers<void>();
    const cut = setTimeout(deadline.resolve, ms);
    await Promise.race([Promise.all([...running].map(({ ended }) => ended)), deadline.promise]);
    clearTimeout(cut);
  };
}
