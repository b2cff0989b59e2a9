import { eq, sql } from 'drizzle-orm';
import { afterEach, expect, test } from 'vitest';
import type { OperationRow } from '../../src/db/statements/operations.ts';
import { operations } from '../../src/db/tables/index.ts';
import { ValidationError } from '../../src/domain/errors.ts';
import { cancelOperation } from '../../src/sync/operations/cancel-operation.ts';
import type { OperationHandler } from '../../src/sync/operations/operation.ts';
import { startOperation } from '../../src/sync/operations/start-operation.ts';
import { startWorld } from '../support/engine.ts';
import type { Tenant } from '../support/tenant.ts';

// What the tests give the workers to do: one step of BACKFILL is what a test says it is.
let step: OperationHandler['step'] = () => Promise.reject(new Error('no test gave this step'));
const handlers = { BACKFILL: { step: (run) => step(run) } satisfies OperationHandler };
/** A sweep that no test waits for: where something goes on, somebody was called. */
const neverSwept = { leaseSeconds: 30, sweepMs: 60_000, turnMs: 60_000 };
const times = { ...neverSwept };
const world = await startWorld({ worker: false, operations: { handlers, times } });
const { services } = world;

afterEach(() => Object.assign(times, neverSwept));

const begin = (tenant: Tenant, input: object = {}): Promise<string> =>
  services.db.transaction((tx) =>
    startOperation(services, tx, tenant.operator, { kind: 'BACKFILL', integrationId: null, input }),
  );

const cancel = ({ orgId }: Tenant, operationId: string) =>
  services.db.transaction((tx) => cancelOperation(services, tx, { orgId, kind: 'BACKFILL', operationId }));

const find = async (id: string): Promise<OperationRow | undefined> =>
  (await services.db.select().from(operations).where(eq(operations.id, id)))[0];

/** Everything that a subscriber is told until the operation has ended. */
async function watch({ orgId }: Tenant, operationId: string): Promise<OperationRow[]> {
  const told: OperationRow[] = [];
  for await (const row of world.feed.operation({ orgId, operationId }, AbortSignal.timeout(20_000))) told.push(row);
  return told;
}

const placeOf = ({ progress }: OperationRow): number => (progress as { place?: number }).place ?? 0;

/** Counts to `last`; what it counted is in the progress. */
const countTo =
  (last: number): OperationHandler['step'] =>
  ({ operation, commit }) =>
    commit(async () => {
      const place = placeOf(operation) + 1;
      if (place === last) return { kind: 'finished', result: { place }, done: last, total: last };
      return { kind: 'more', progress: { place }, done: place, total: last };
    });

async function withWorker<Result>(work: () => Promise<Result>): Promise<Result> {
  const worker = await world.startWorker();
  try {
    return await work();
  } finally {
    await worker.stop();
  }
}

test('an operation is taken up at once when it is started, and its subscribers hear of it until it has ended', async () => {
  const tenant = await world.tenant();
  step = countTo(20);
  await withWorker(async () => {
    await watch(tenant, await begin(tenant)); // from now on the worker has nothing to do, and looks for nothing
    const id = await begin(tenant, { for: 'nobody' });
    const told = await watch(tenant, id);
    const last = told.at(-1);
    expect(last).toMatchObject({ status: 'COMPLETED', result: { place: 20 }, done: 20, total: 20, owner: null });
    expect(last?.finishedAt).toBeInstanceOf(Date);
    expect(last).toMatchObject({ requestedBy: 'Otto', input: { for: 'nobody' } });
    const seen = told.map((row) => row.done);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });
});

test('an operation that was started while no worker ran is found by the next one', async () => {
  const tenant = await world.tenant();
  step = countTo(2);
  const id = await begin(tenant);
  await withWorker(async () => {
    expect((await watch(tenant, id)).at(-1)).toMatchObject({ status: 'COMPLETED' });
  });
});

test('several workers share one operation without doing any step twice', async () => {
  const tenant = await world.tenant();
  const done: number[] = [];
  const count = countTo(60);
  step = async (run) => {
    const committed = await count(run);
    done.push(committed.operation.done);
    return committed;
  };
  Object.assign(times, { turnMs: 5 });
  const workers = await Promise.all([world.startWorker(), world.startWorker(), world.startWorker()]);
  const id = await begin(tenant);
  await watch(tenant, id);
  expect(done.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  await Promise.all(workers.map((worker) => worker.stop()));
});

test('what is written in a step and how far it came are committed together: after a crash it goes on, and nothing is done twice', async () => {
  const tenant = await world.tenant();
  Object.assign(times, { sweepMs: 100 });
  const count = countTo(30);
  const reached = Promise.withResolvers<void>();
  let crashed = false;
  await services.db.execute(sql`create table if not exists steps (place integer)`);
  step = (run) => {
    const place = placeOf(run.operation) + 1;
    return count({
      ...run,
      commit: (piece) =>
        run.commit(async (tx) => {
          await tx.execute(sql`insert into steps values (${place})`);
          if (place === 15 && !crashed) {
            crashed = true;
            await world.killBackends(); // in the middle of the transaction
            reached.resolve();
          }
          return piece(tx);
        }),
    });
  };
  const first = await world.startWorker();
  const second = await world.startWorker();
  const id = await begin(tenant);
  const watched = watch(tenant, id);
  await reached.promise;
  expect((await watched).at(-1)).toMatchObject({ status: 'COMPLETED', done: 30 });
  const rows = await services.db.execute<{ place: number }>(sql`select place from steps order by place`);
  expect(rows.map((row) => row.place)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
  await Promise.all([first.stop(), second.stop()]);
});

test('a step whose commit was done, but not answered, is not done again', async () => {
  const tenant = await world.tenant();
  const count = countTo(3);
  const places: number[] = [];
  let isLost = false;
  step = async (run) => {
    places.push(placeOf(run.operation) + 1);
    const committed = await count(run);
    if (placeOf(committed.operation) === 1 && !isLost) {
      isLost = true;
      throw Object.assign(new Error('the connection ended'), { code: 'CONNECTION_CLOSED' });
    }
    return committed;
  };
  await withWorker(async () => {
    expect((await watch(tenant, await begin(tenant))).at(-1)).toMatchObject({ status: 'COMPLETED', done: 3 });
  });
  expect(places).toEqual([1, 2, 3]);
});

test.for(['another process', 'the same process'])(
  'a step that hangs is taken over by %s when its lease is over, and the late one commits nothing',
  async (by) => {
    const tenant = await world.tenant();
    const stalled = Promise.withResolvers<void>();
    const takenOver = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const lateIsOver = Promise.withResolvers<void>();
    const count = countTo(3);
    let late: ReturnType<OperationHandler['step']> | undefined;
    let hangs = '';
    step = async (run) => {
      if (run.operation.id !== hangs) return count(run);
      if (!late) {
        late = goOn.promise.then(() => count(run));
        stalled.resolve();
        return late;
      }
      takenOver.resolve();
      await lateIsOver.promise; // it is RUNNING, and another's
      return count(run);
    };
    const id = await begin(tenant);
    hangs = id;
    const hanging = await world.startWorker();
    await stalled.promise;
    // As if the process had stood still for longer than its lease.
    await services.db
      .update(operations)
      .set({ ownedUntil: new Date(0) })
      .where(eq(operations.id, id));
    const other = by === 'another process' ? await world.startWorker() : null;
    const bell = other ? null : await begin(tenant); // rings
    await takenOver.promise;
    goOn.resolve();
    await expect(late).rejects.toThrow();
    expect(await find(id)).toMatchObject({ status: 'RUNNING', done: 0 });
    lateIsOver.resolve();
    if (bell) await watch(tenant, bell);
    expect((await watch(tenant, id)).at(-1)).toMatchObject({ status: 'COMPLETED', done: 3 });
    await Promise.all([hanging.stop(), other?.stop()]);
  },
);

test('a canceled operation commits nothing more, and the step under way is told', async () => {
  const tenant = await world.tenant();
  const waiting = Promise.withResolvers<void>();
  const told = Promise.withResolvers<void>();
  const count = countTo(10);
  step = async (run) => {
    if (placeOf(run.operation) < 2) return count(run);
    run.signal.addEventListener('abort', () => told.resolve());
    waiting.resolve();
    await told.promise;
    return count(run);
  };
  await withWorker(async () => {
    const id = await begin(tenant);
    await waiting.promise;
    expect(await cancel(tenant, id)).toMatchObject({ status: 'CANCELED' });
    await told.promise;
    expect((await watch(tenant, id)).at(-1)).toMatchObject({ status: 'CANCELED', done: 2 });
    expect(await cancel(tenant, id)).toMatchObject({ status: 'CANCELED', done: 2 });
    expect(await cancel(await world.tenant(), id)).toBeNull();
  });
});

test('a worker that shuts down hands its operation to another one at once', async () => {
  const tenant = await world.tenant();
  const begun = Promise.withResolvers<void>();
  const count = countTo(5);
  let handedOver = false;
  step = (run) => {
    if (handedOver || placeOf(run.operation) < 2) return count(run);
    const ended = new Promise<void>((resolve) => run.signal.addEventListener('abort', () => resolve()));
    begun.resolve();
    return ended.then(() => {
      handedOver = true;
      throw new Error('asked to end');
    });
  };
  const first = await world.startWorker();
  const id = await begin(tenant);
  await begun.promise;
  await first.stop();
  expect(await find(id)).toMatchObject({ status: 'RUNNING', owner: null, done: 2 });
  await withWorker(async () => {
    expect((await watch(tenant, id)).at(-1)).toMatchObject({ status: 'COMPLETED' });
  });
});

test('a step that is refused ends the operation as FAILED and says why; one that breaks is tried again', async () => {
  const tenant = await world.tenant();
  const count = countTo(3);
  let broken = 2;
  step = (run) => {
    if (placeOf(run.operation) === 1 && broken-- > 0) throw new Error('broke');
    return count(run);
  };
  await withWorker(async () => {
    expect((await watch(tenant, await begin(tenant))).at(-1)).toMatchObject({ status: 'COMPLETED' });
    step = () => Promise.reject(new ValidationError([{ path: 'event', message: 'is gone' }]));
    expect((await watch(tenant, await begin(tenant))).at(-1)).toMatchObject({
      status: 'FAILED',
      result: { problem: 'event: is gone' },
    });
  });
});

test('operations that last take turns: none waits for another one to end', async () => {
  const tenant = await world.tenant();
  Object.assign(times, { turnMs: 20 });
  const seen = new Set<string>();
  const all = Promise.withResolvers<void>();
  const ids = 12;
  step = ({ operation, commit }) =>
    commit(async () => {
      seen.add(operation.id);
      if (seen.size === ids) all.resolve();
      if (seen.size === ids) return { kind: 'finished', result: {}, done: 1, total: 1 };
      return { kind: 'more', progress: {}, done: operation.done, waitMs: 1 }; // does not end before all have begun
    });
  await withWorker(async () => {
    const begun = await Promise.all(Array.from({ length: ids }, () => begin(tenant)));
    await all.promise;
    await Promise.all(begun.map((id) => watch(tenant, id)));
  });
});
