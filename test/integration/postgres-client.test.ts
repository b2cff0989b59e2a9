import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setImmediate as immediate } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findDbError, openDatabase } from '../../src/db/client.ts';
import { createDatabase } from '../support/database.ts';

// What patches/postgres+3.4.9.patch is for: without it these tests die of an uncaught TypeError or wait for ever.

const database = await createDatabase();
const killer = database.open({ name: 'killer', connectionsMax: 1 });

const uncaught: unknown[] = [];
const note = (error: unknown) => uncaught.push(error);
beforeAll(async () => {
  process.on('uncaughtException', note);
  process.on('unhandledRejection', note);
  await killer.sql`create table balance (account integer primary key, amount integer not null)`;
  await killer.sql`insert into balance select account, 0 from generate_series(1, 20) account`;
  await killer.sql`create table written (loop integer not null, step integer not null, part text not null)`;
});
afterAll(() => {
  process.off('uncaughtException', note);
  process.off('unhandledRejection', note);
});

/** Ends every backend of the pool called `name`; returns how many there were. */
async function killBackends(name: string): Promise<number> {
  const rows = await killer.sql<{ ended: boolean }[]>`
    select pg_terminate_backend(pid) as ended from pg_stat_activity where application_name = ${`sluice/${process.pid} ${name}`}`;
  return rows.filter(({ ended }) => ended).length;
}

/** Whatever ends a statement when its backend is killed; anything else is a wrong result and fails the test. */
function expectLoss(error: unknown): void {
  expect(findDbError(error)?.code).toMatch(/^(57P01|CONNECTION_CLOSED|CONNECTION_DESTROYED|ECONNRESET|EPIPE)$/);
}

test('a pool whose backends are killed over and over goes on: nothing is uncaught, nobody waits for ever', async () => {
  const loopCount = 20;
  const rounds = 60;
  const pool = database.open({ name: 'victim', connectionsMax: 5 });
  let stopping = false;
  const steps = Array.from({ length: loopCount }, () => 0);
  const progressed = new Set<() => void>();

  const loops = steps.map(async (_, loop) => {
    while (!stopping) {
      steps[loop] = (steps[loop] ?? 0) + 1;
      const step = steps[loop];
      try {
        if (loop % 2 === 0) {
          await pool.sql`update balance set amount = amount + 1 where account = ${loop + 1}`;
          await pool.sql`select ${'x'.repeat(5_000)}::text as long`; // more than one write
        } else {
          await pool.sql.begin(async (tx) => {
            await tx`insert into written values (${loop}, ${step}, 'first')`;
            await immediate();
            await tx`insert into written values (${loop}, ${step}, 'second')`;
          });
        }
      } catch (error) {
        expectLoss(error);
      }
      for (const check of progressed) check();
      await immediate();
    }
  });

  /** Every loop begins another step: none hangs. The test's own time limit ends the waiting when one does. */
  const everybodyGoesOn = () => {
    const before = [...steps];
    const { promise, resolve } = Promise.withResolvers<void>();
    const check = () => {
      if (!steps.every((step, loop) => step > (before[loop] ?? 0) + 1)) return;
      progressed.delete(check);
      resolve();
    };
    progressed.add(check);
    return promise;
  };

  const hammer = async () => {
    await everybodyGoesOn();
    let killed = 0;
    for (let round = 0; round < rounds; round += 1) {
      killed += await killBackends('victim');
      await everybodyGoesOn();
    }
    return killed;
  };
  try {
    expect(await Promise.race([hammer(), Promise.all(loops)])).toBeGreaterThanOrEqual(rounds);
  } finally {
    stopping = true;
  }
  await Promise.all(loops);

  expect(uncaught).toEqual([]);
  // A transaction that lost its connection left nothing behind, on no other connection either.
  const halves = await killer.sql`select loop, step from written group by loop, step having count(*) <> 2`;
  expect(halves).toEqual([]);
});

test('what is left of a lost transaction does not run on the connection that takes its place', async () => {
  const pool = database.open({ name: 'successor', connectionsMax: 1 });
  const lost = Promise.withResolvers<void>();
  const replaced = Promise.withResolvers<void>();
  const late = Promise.withResolvers<unknown>();

  const begun = pool.sql
    .begin(async (tx) => {
      await tx`select 1`;
      lost.resolve();
      await replaced.promise;
      await tx`insert into written values (0, 0, 'late')`.then(() => late.resolve('it was written'), late.resolve);
    })
    .catch((error: unknown) => error);
  await lost.promise;
  await killBackends('successor');
  expectLoss(await begun);
  await pool.sql`select 1`; // the pool's only connection is another one now
  replaced.resolve();
  expectLoss(await late.promise);
  expect(await killer.sql`select from written where part = 'late'`).toHaveLength(0);
  expect(uncaught).toEqual([]);
});

test('a LISTEN whose connection is killed hears again', async () => {
  const pool = database.open({ name: 'listener', connectionsMax: 1 });
  let listening = Promise.withResolvers<void>();
  let heard = Promise.withResolvers<string>();
  await pool.sql.listen(
    'bell',
    (payload) => heard.resolve(payload),
    () => listening.resolve(),
  );
  for (const payload of ['one', 'two', 'three']) {
    await listening.promise;
    heard = Promise.withResolvers<string>();
    await killer.sql.notify('bell', payload);
    expect(await heard.promise).toBe(payload);
    listening = Promise.withResolvers<void>();
    expect(await killBackends('listener')).toBeGreaterThan(0);
  }
  await listening.promise;
  expect(uncaught).toEqual([]);
});

test('a pool whose backends were killed while it was idle serves the next statement, or says that the connection is lost', async () => {
  const pool = database.open({ name: 'idle', connectionsMax: 3 });
  for (let round = 0; round < 50; round += 1) {
    await Promise.all([1, 2, 3].map(() => pool.sql`select 1`.catch(expectLoss)));
    await killBackends('idle');
  }
  await pool.close();
  expect(uncaught).toEqual([]);
});

test('a server that falls silent without closing is not waited for, and an idle connection is left alone', async () => {
  const target = new URL(database.url);
  const sockets: Socket[] = [];
  const proxy = createServer((client) => {
    const server = connect(Number(target.port), target.hostname);
    sockets.push(client, server);
    client.pipe(server).pipe(client);
    for (const socket of [client, server]) socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const throughProxy = new URL(target);
  throughProxy.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const silenceTimeoutMs = 300;
  const pool = openDatabase(throughProxy.href, { name: 'silent', connectionsMax: 1, silenceTimeoutMs });
  try {
    const backend = async () => (await pool.sql`select pg_backend_pid() as pid`)[0]?.pid;
    const first = await backend();
    // Longer than the timeout, with nothing to wait for: the connection must outlive it.
    await killer.sql`select pg_sleep(${(2 * silenceTimeoutMs) / 1000})`;
    expect(await backend()).toBe(first);

    for (const socket of sockets) socket.unpipe().pause();
    const error = await pool.sql`select 1`.catch((reason: unknown) => reason);
    expect(findDbError(error)?.code).toBe('CONNECTION_SILENT');
    // The next statement may still get the socket that is being closed; after that there is a new connection.
    const next = await backend().catch((reason: unknown) => {
      expectLoss(reason);
      return backend();
    });
    expect(next).toEqual(expect.any(Number));
    expect(next).not.toBe(first);
  } finally {
    await pool.close();
    for (const socket of sockets) socket.destroy();
    proxy.close();
  }
});
