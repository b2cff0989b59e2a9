import { readdir, readFile } from 'node:fs/promises';
import type { PendingQuery, Row } from 'postgres';
import { openDatabase, processName, type SqlClient } from '../../src/db/client.ts';
import { migrate } from '../../src/db/migrate.ts';

/** Where the benchmarks' own PostgreSQL is; handed to their processes in the environment. */
export const serverVariable = 'BENCH_SERVER_URL';

const templateName = 'bench_template';
/** How long connections have to end by themselves. */
const leaveMs = 10_000;

/** `url` with another database name. */
export function urlOf(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

/** The server of this run: databases are made here. Statements have no deadline. */
export class BenchServer {
  readonly url: string;
  readonly #admin;

  constructor(url: string) {
    this.url = url;
    this.#admin = openDatabase(url, { name: 'bench administration', connectionsMax: 2, statementTimeoutMs: 0 });
  }

  static ofEnvironment(): BenchServer {
    const url = process.env[serverVariable];
    if (!url) throw new Error('Benchmarks are run by bench/main.ts.');
    return new BenchServer(url);
  }

  /** The migrated database that others are copied from. */
  async makeTemplate(): Promise<void> {
    await this.#admin.sql`create database ${this.#admin.sql(templateName)}`;
    await migrate(urlOf(this.url, templateName));
  }

  /** A new database with the schema and no rows. Returns its URL. */
  async create(name: string): Promise<string> {
    await this.#admin.sql`create database ${this.#admin.sql(name)} template ${this.#admin.sql(templateName)}`;
    return urlOf(this.url, name);
  }

  async has(name: string): Promise<boolean> {
    return (await this.#admin.sql`select from pg_database where datname = ${name}`).length > 0;
  }

  /** Drops a database once its last user has let go of it: pools may still be on their way out. */
  async drop(name: string): Promise<void> {
    await this.#untilNone(this.#admin.sql`datname = ${name}`);
    await this.#admin.sql`drop database if exists ${this.#admin.sql(name)} with (force)`;
  }

  /** Ends what a benchmark has left behind, so that the server can be stopped: it stays while somebody uses it. */
  async endOthers(): Promise<void> {
    const { sql } = this.#admin;
    const others = sql`backend_type = 'client backend' and pid <> pg_backend_pid() and application_name not like 'sluice presence%'
      and not starts_with(application_name, ${`${processName} `})`;
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where ${others}`;
    await this.#untilNone(others);
  }

  async #untilNone(whose: PendingQuery<Row[]>): Promise<void> {
    const { sql } = this.#admin;
    const deadline = performance.now() + leaveMs;
    while (performance.now() < deadline) {
      const left = await sql`select from pg_stat_activity where ${whose}`;
      if (left.length === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** CPU seconds that the server's processes have used until now, those that ended included. */
  async cpuSeconds(): Promise<number> {
    const [row] = await this.#admin.sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
    const backend = await statOf(row?.pid ?? 0);
    const postmaster = backend && (await statOf(backend.parent));
    if (!backend || !postmaster) return Number.NaN; // no /proc: not Linux
    let ticks = postmaster.ticks + postmaster.ticksOfEnded;
    for (const name of await readdir('/proc')) {
      const process = /^\d+$/.test(name) ? await statOf(Number(name)) : null;
      if (process?.parent === backend.parent) ticks += process.ticks;
    }
    return ticks / ticksPerSecond;
  }

  async facts(): Promise<string> {
    const [row] = await this.#admin.sql<{ version: string; fsync: string }[]>`
      select current_setting('server_version') as version, current_setting('fsync') as fsync`;
    return `PostgreSQL ${row?.version}, fsync ${row?.fsync}`;
  }

  close(): Promise<void> {
    return this.#admin.close();
  }
}

/** Of Linux's /proc, on every architecture that Node runs on. */
const ticksPerSecond = 100;

async function statOf(pid: number): Promise<{ parent: number; ticks: number; ticksOfEnded: number } | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  // After the name, which may hold blanks: state, parent, and from the 12th on user and system time, own and of ended children.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = (index: number) => Number(fields[index]);
  return { parent: ticks(1), ticks: ticks(11) + ticks(12), ticksOfEnded: ticks(13) + ticks(14) };
}

/** Up-to-date statistics, no dead rows, and no checkpoint in the middle of what is measured. */
export async function settleDatabase(sql: SqlClient): Promise<void> {
  await sql`vacuum analyze`;
  await sql`checkpoint`;
}
