import { sql as query } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { describeDbError, findDbError, setClockOffset } from '../../src/db/client.ts';
import { createDatabase } from '../support/database.ts';

const database = await createDatabase();

const { sql, db } = database.open({ connectionsMax: 4 });

describe('a connection', () => {
  test('reads committed, in UTC, with deadlines, and says whose it is', async () => {
    const [settings] =
      await sql`select current_setting('default_transaction_isolation') as isolation, current_setting('TimeZone') as zone,
      current_setting('statement_timeout') as statement, current_setting('idle_in_transaction_session_timeout') as idle,
      current_setting('application_name') as name`;
    expect(settings).toEqual({
      isolation: 'read committed',
      zone: 'UTC',
      statement: '30s',
      idle: '1min',
      name: `sluice/${process.pid} test`,
    });
  });

  test('ends a statement at its deadline', async () => {
    const hasty = database.open({ connectionsMax: 1, statementTimeoutMs: 20 });
    const error = await hasty.sql`select pg_sleep(60)`.catch((reason: unknown) => reason);
    expect(findDbError(error)?.code).toBe('57014');
  });

  test('takes dates, lists of dates and objects as parameters of raw statements, through either door', async () => {
    const at = new Date('2026-03-01T10:00:00.123Z');
    const [row] =
      await sql`select ${at}::timestamptz = '2026-03-01 10:00:00.123+00' as same, ${sql.json({ a: 1 })}::jsonb ->> 'a' as a,
      (${[at.toISOString(), null]}::timestamptz[])[1] = ${at}::timestamptz as listed, 9007199254740991::bigint as big`;
    expect(row).toEqual({ same: true, a: '1', listed: true, big: Number.MAX_SAFE_INTEGER });
    const [built] = await db.execute(
      query`select ${at}::timestamptz = '2026-03-01 10:00:00.123+00' as same, ${{ a: 1 }}::jsonb ->> 'a' as a`,
    );
    expect(built).toEqual({ same: true, a: '1' });
  });

  test('refuses a bigint that a number can not hold', async () => {
    await expect(sql`select 9007199254740992::bigint`).rejects.toThrow(RangeError);
  });
});

test('the clock moves on every connection, present and future', async () => {
  const moved = database.open({ connectionsMax: 3 });
  await moved.sql`select 1`;
  await setClockOffset(moved, 3600);
  const ahead = () =>
    moved.sql<{ hour: boolean }[]>`select sluice_now() - now() = interval '1 hour' as hour from pg_sleep(0.01)`;
  expect((await Promise.all([ahead(), ahead(), ahead()])).flat()).toEqual([
    { hour: true },
    { hour: true },
    { hour: true },
  ]);

  await expect(moved.sql`select pg_terminate_backend(pg_backend_pid())`).rejects.toThrow('CONNECTION_CLOSED');
  await setClockOffset(moved, 7200); // needs all three connections, so one of them is new
  const [row] = await moved.sql`select sluice_now() - now() = interval '2 hours' as hours`;
  expect(row).toEqual({ hours: true });
});

describe('a failed statement is described', () => {
  test('by code and constraint, without the values it was given', async () => {
    await sql`create table described (email text constraint described_email_key unique)`;
    await sql`insert into described values ('ada@example.com')`;
    const failed = await db
      .execute(query`insert into described values (${'ada@example.com'})`)
      .catch((reason: unknown) => reason);
    expect(String(failed)).toContain('ada@example.com'); // what Drizzle says
    expect(describeDbError(failed)).toBe(
      'database error 23505 (unique violation), constraint described_email_key, table described',
    );
    expect(findDbError(failed)).toEqual({
      code: '23505',
      constraint: 'described_email_key',
      table: 'described',
      column: null,
    });
  });

  test('by the code of the connection when there is none', async () => {
    const [backend] = await sql`select pg_backend_pid() as pid`;
    expect(backend?.pid).toEqual(expect.any(Number));
    const lost = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
    expect(describeDbError(new Error('while reading', { cause: lost }))).toBe('database error ECONNREFUSED');
  });

  test('as not of the database when it is something else', () => {
    expect(describeDbError(new TypeError('ada@example.com is not a function'))).toBe(
      'TypeError outside of the database',
    );
    expect(findDbError('text')).toBeNull();
  });
});
