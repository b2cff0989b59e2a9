import { sql as raw } from 'drizzle-orm';
import { DrizzleQueryError } from 'drizzle-orm/errors';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres, { type Sql } from 'postgres';

/** The query builder on a pool. A `Tx` can stand wherever a `Db` is asked for. */
export type Db = PostgresJsDatabase;
/** The query builder inside `db.transaction(...)`. */
export type Tx = Parameters<Parameters<Db['transaction']>[0]>[0];
/** postgres.js itself, for LISTEN and for statements the builder has no word for. bigint arrives as number. */
export type SqlClient = Sql<{ bigint: number }>;

export interface Database {
  sql: SqlClient;
  db: Db;
  /** Waits a moment for statements under way, then ends every connection. Safe to call twice. */
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Who this is in pg_stat_activity, after "sluice/" and the process id. */
  name?: string;
  connectionsMax?: number;
  /** The deadline of a statement; 0: none, for migrations and exports alone. */
  statementTimeoutMs?: number;
  /**
   * How long the client waits for any answer before it takes the server for gone; 0: for ever. Default: a while longer
   * than the deadline. Without it, a machine that vanished is waited for by the quarter of an hour.
   */
  silenceTimeoutMs?: number;
  /** A transaction that waits longer for its client is ended: it holds locks, and vacuum back. */
  idleInTransactionTimeoutMs?: number;
  /**
   * The server is a pooler in transaction mode (PgBouncer): it takes neither session settings nor named prepared
   * statements, so the server's deadlines have to be set on the role. The client's own deadline holds all the same.
   */
  pooler?: boolean;
}

/** Starts the application_name of our connections: the embedded server is stopped when no other process has one. */
export const processName = `sluice/${process.pid}`;

const silenceMarginMs = 15_000;
const reconnectDelayMaxSeconds = 1;
const connectTimeoutSeconds = 15;
const closeTimeoutSeconds = 5;

/**
 * Opens a pool; connections are made when they are needed, and made again when they are lost.
 * Raw rows carry bigint as number (RangeError beyond 2^53) and timestamps as strings with microseconds, in UTC; Drizzle's
 * columns turn them into what the table says. As parameters, Date and string are both fine for a timestamp (in a list:
 * strings alone); for jsonb, a string is taken as JSON and anything else turned into it.
 * `sql.reserve()` is not for us: what is reserved is not given back when its holder fails.
 */
export function openDatabase(url: string, options: OpenOptions = {}): Database {
  const {
    name = 'pool',
    connectionsMax = 10,
    statementTimeoutMs = 30_000,
    silenceTimeoutMs = statementTimeoutMs > 0 ? statementTimeoutMs + silenceMarginMs : 0,
    idleInTransactionTimeoutMs = 60_000,
    pooler = false,
  } = options;
  const session = pooler
    ? {}
    : {
        TimeZone: 'UTC',
        default_transaction_isolation: 'read committed' as const,
        statement_timeout: statementTimeoutMs,
        idle_in_transaction_session_timeout: idleInTransactionTimeoutMs,
      };
  const settings = {
    max: connectionsMax,
    prepare: !pooler,
    connect_timeout: connectTimeoutSeconds,
    backoff: (failures: number) => Math.min(reconnectDelayMaxSeconds, 2 ** failures / 100) * (0.5 + Math.random() / 2),
    onnotice: () => {},
    connection: { application_name: `${processName} ${name}`, ...session },
    types: { bigint: { to: 20, from: [20], parse: parseBigint, serialize: String } },
    silence_timeout: silenceTimeoutMs / 1000, // from patches/postgres+3.4.9.patch
  };
  const sql: SqlClient = postgres(url, settings);
  const db = drizzle(sql, { casing: 'snake_case' });
  acceptPlainValues(sql);
  if (!pooler) prepareMarked(sql);
  return { sql, db, close: () => sql.end({ timeout: closeTimeoutSeconds }) };
}

/**
 * Moves the clock of `sluice_now()` for every connection of the pool, present and future. Tests only: it needs all connections
 * of the pool at once, so nobody may hold one and wait for the caller.
 */
export async function setClockOffset({ sql }: Pick<Database, 'sql'>, seconds: number): Promise<void> {
  const offset = `${seconds} s`;
  Object.assign(sql.options.connection, { 'sluice.clock_offset': offset });
  const everyConnectionHeld = Promise.withResolvers<void>();
  let held = 0;
  const move = () =>
    sql.begin(async (tx) => {
      await tx`select set_config('sluice.clock_offset', ${offset}, false)`;
      held += 1;
      if (held === sql.options.max) everyConnectionHeld.resolve();
      await everyConnectionHeld.promise;
    });
  await Promise.all(Array.from({ length: sql.options.max }, move));
}

export interface DbErrorFacts {
  /** SQLSTATE ("23505"), or the code of the connection's end ("CONNECTION_CLOSED", "ECONNREFUSED"). */
  code: string;
  constraint: string | null;
  table: string | null;
  column: string | null;
}

/** What is safe to know about a failed statement; null: `error` does not come from the database. Looks through `cause`. */
export function findDbError(error: unknown): DbErrorFacts | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof postgres.PostgresError) {
    const { code, constraint_name = null, table_name = null, column_name = null } = error;
    return { code, constraint: constraint_name, table: table_name, column: column_name };
  }
  if (connectionCode.test(codeOf(error))) return { code: codeOf(error), constraint: null, table: null, column: null };
  return findDbError(error.cause);
}

/**
 * One line for logs. Neither bound values nor the server's message and detail are in it, because those repeat what was written
 * ("Key (email)=(...) already exists").
 */
export function describeDbError(error: unknown): string {
  const facts = findDbError(error);
  if (!facts) {
    const kind = error instanceof Error ? error.name : typeof error;
    return error instanceof DrizzleQueryError ? 'query failed' : `${kind} outside of the database`;
  }
  const where = (['constraint', 'table', 'column'] as const).flatMap((part) =>
    facts[part] ? [`${part} ${facts[part]}`] : [],
  );
  return [`database error ${facts.code}${conditionOf(facts.code)}`, ...where].join(', ');
}

const connectionCode = /^(CONNECT_TIMEOUT|CONNECTION_[A-Z]+|E[A-Z]{3,})$/;
const codeOf = (error: Error): string => ('code' in error && typeof error.code === 'string' ? error.code : '');

// The names PostgreSQL gives them (appendix A of its manual), for the codes one meets.
const conditions: Record<string, string> = {
  '22001': 'string too long',
  '22003': 'number out of range',
  '22P02': 'invalid text representation',
  '23502': 'not null violation',
  '23503': 'foreign key violation',
  '23505': 'unique violation',
  '23514': 'check violation',
  '25P03': 'idle in transaction timeout',
  '40001': 'serialization failure',
  '40P01': 'deadlock',
  '42501': 'insufficient privilege',
  '42601': 'syntax error',
  '42703': 'undefined column',
  '42P01': 'undefined table',
  '53100': 'disk full',
  '53300': 'too many connections',
  '55P03': 'lock not available',
  '57014': 'statement timeout or cancel',
  '57P01': 'ended by an administrator',
  '57P03': 'the server is starting up or shutting down',
  '28P01': 'wrong password',
  '3D000': 'no such database',
};
const conditionOf = (code: string): string => (conditions[code] ? ` (${conditions[code]})` : '');

function parseBigint(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('A bigint from the database is beyond 2^53.');
  return value;
}

/** The first words of a statement that is worth preparing: it runs all the time, and its text is one of few. */
export const preparedMark = raw.raw('/* prepared */');

/** Drizzle sends every statement unprepared, which costs a round trip and its planning each time. */
function prepareMarked(sql: SqlClient): void {
  const unsafe = sql.unsafe.bind(sql);
  sql.unsafe = ((text, parameters, options) =>
    unsafe(
      text,
      parameters,
      text.startsWith('/* prepared */') ? { ...options, prepare: true } : options,
    )) as typeof sql.unsafe;
}

/** Drizzle makes these types pass through untouched; a raw statement could then bind neither a Date nor an object. */
function acceptPlainValues(sql: SqlClient): void {
  const instant = (value: unknown) => (value instanceof Date ? value.toISOString() : value);
  const json = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  const instants = (value: unknown) =>
    Array.isArray(value) ? `{${value.map((one) => (one === null ? 'null' : `"${one}"`)).join(',')}}` : value;
  const serializers: Record<number, (value: unknown) => unknown> = sql.options.serializers;
  for (const type of [1082, 1114, 1184]) serializers[type] = instant;
  for (const type of [1115, 1182, 1185]) serializers[type] = instants;
  for (const type of [114, 3802]) serializers[type] = json;
}
