import { spawnSync } from 'node:child_process';
import { readFileSync, watch } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import postgres from 'postgres';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EmbeddedProcess } from '../support/embedded-process.ts';

// Real processes and a real server, by process id. fsync is on, as it is for users.

const isRoot = process.getuid?.() === 0;
let dataDir: string;
let started: EmbeddedProcess[];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'sluice-embedded-'));
  await chmod(dataDir, 0o711);
  started = [];
});
afterEach(async () => {
  await Promise.all(started.map((one) => one.kill()));
  const pid = serverPid();
  if (pid && isAlive(pid)) {
    process.kill(pid, 'SIGKILL');
    await gone(pid);
  }
  await rm(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});

function startProcess(prefix?: string[]): EmbeddedProcess {
  const one = new EmbeddedProcess(dataDir, prefix);
  started.push(one);
  return one;
}

const inData = (name: string): string => join(dataDir, 'postgres', 'data', name);

/** The server's process, as PostgreSQL wrote it down. */
function serverPid(): number | null {
  try {
    return Number(readFileSync(inData('postmaster.pid'), 'utf8').split('\n')[0]);
  } catch {
    return null;
  }
}

/** A zombie, which is what a process is until its parent takes note of its end, is not alive. */
function isAlive(pid: number): boolean {
  const { status, stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return status === 0 && !stdout.trim().startsWith('Z');
}

/** Until a process that is no child of ours has ended: there is no event for that. */
async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await delay(10);
}

/** The server's last act is to remove its file: then its process ends by itself, right away. */
async function stopped(pid: number | null): Promise<void> {
  expect(serverPid()).toBeNull();
  if (pid !== null) await gone(pid);
}

async function query<Row extends object>(url: string, statement: string): Promise<Row[]> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    return await sql.unsafe<Row[]>(statement);
  } finally {
    await sql.end();
  }
}

describe('the server', () => {
  test('listens on loopback alone, asks for its password, keeps it private and does not trade safety for speed', async () => {
    const url = await startProcess().url();
    const settings = await query<{ name: string; setting: string }>(
      url,
      `select name, setting from pg_settings where name in
       ('listen_addresses', 'unix_socket_directories', 'fsync', 'full_page_writes', 'synchronous_commit',
        'random_page_cost', 'max_connections', 'autovacuum', 'log_min_error_statement', 'server_version_num')`,
    );
    expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toMatchObject({
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      fsync: 'on',
      full_page_writes: 'on',
      synchronous_commit: 'on',
      random_page_cost: '1.1',
      max_connections: '200',
      autovacuum: 'on',
      log_min_error_statement: 'panic',
      server_version_num: expect.stringMatching(/^18/),
    });
    const stranger = new URL(url);
    stranger.password = 'guessed';
    await expect(query(stranger.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    expect((await stat(join(dataDir, 'postgres', 'server.json'))).mode & 0o777).toBe(0o600);
  });

  test('writes no value of a failed statement to its log', async () => {
    const url = await startProcess().url();
    await query(url, 'create table leads (email text unique)');
    await query(url, "insert into leads values ('ada@example.com')");
    await expect(query(url, "insert into leads values ('ada@example.com')")).rejects.toMatchObject({ code: '23505' });
    await expect(query(url, "select 'ada@example.com'::uuid")).rejects.toMatchObject({ code: '22P02' });
    expect(await readFile(join(dataDir, 'postgres', 'server.log'), 'utf8')).not.toContain('ada@example.com');
  });

  test('stops in order with the last process, and comes back at the same address with its data', async () => {
    const first = startProcess();
    const url = await first.url();
    const pid = serverPid();
    await query(url, 'create table kept as select 42 as answer');
    await first.leave();
    await stopped(pid);
    expect(serverPid()).toBeNull();
    expect(await readFile(join(dataDir, 'postgres', 'server.log'), 'utf8')).toContain('database system is shut down');

    const second = startProcess();
    expect(await second.url()).toBe(url);
    expect(await query(url, 'select answer from kept')).toEqual([{ answer: 42 }]);
    expect(await readFile(join(dataDir, 'postgres', 'server.log'), 'utf8')).not.toContain('recovery');
  });

  test('outlives a Ctrl-C until the program that uses it has finished with it', async () => {
    const one = startProcess();
    await one.url();
    const pid = serverPid();
    expect(await one.interrupt()).toBe('still there');
    await stopped(pid);
  });

  test('takes another port when its own is used by somebody else', async () => {
    const first = startProcess();
    const { port } = new URL(await first.url());
    await first.leave();
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(Number(port), '127.0.0.1', resolve));
    try {
      const url = await startProcess().url();
      expect(new URL(url).port).not.toBe(port);
      expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    } finally {
      squatter.close();
    }
  });
});

describe('after a kill -9', () => {
  test('of the program, the server that was left running is found and used, and stopped with the last one', async () => {
    const first = startProcess();
    const url = await first.url();
    const pid = serverPid();
    await query(url, 'create table kept as select 42 as answer');
    await first.kill();
    expect(pid && isAlive(pid)).toBe(true);

    const second = startProcess();
    expect(await second.url()).toBe(url);
    expect(serverPid()).toBe(pid);
    expect(await query(url, 'select answer from kept')).toEqual([{ answer: 42 }]);
    await second.leave();
    await stopped(pid);
  });

  test('of both, what was committed is there again', async () => {
    const first = startProcess();
    const url = await first.url();
    const pid = serverPid();
    if (!pid) throw new Error('there is no server');
    await query(url, 'create table kept as select 42 as answer');
    process.kill(pid, 'SIGKILL');
    await first.kill();
    expect(serverPid()).toBe(pid); // nobody could tidy up

    const second = startProcess();
    expect(await query(await second.url(), 'select answer from kept')).toEqual([{ answer: 42 }]);
    expect(serverPid()).not.toBe(pid);
    expect(await readFile(join(dataDir, 'postgres', 'server.log'), 'utf8')).toContain('automatic recovery in progress');
  });

  test('and a restart of the machine, a stranger with the process id of the old server does not stand in the way', async () => {
    const first = startProcess();
    await first.url();
    const pidFile = await readFile(inData('postmaster.pid'), 'utf8');
    await first.leave();
    await writeFile(inData('postmaster.pid'), pidFile.replace(/^\d+/, String(process.pid)));

    const second = startProcess();
    expect(await query(await second.url(), 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(second.log).toContainEqual(expect.stringContaining('Removing postmaster.pid'));
  });

  test('in the middle of the making, the next start makes it anew', async () => {
    const folder = join(dataDir, 'postgres');
    await mkdir(folder);
    const begun = Promise.withResolvers<void>();
    const watcher = watch(folder, (_event, name) => {
      if (name?.startsWith('data.unfinished-') && !name.endsWith('.password')) begun.resolve();
    });
    const first = startProcess();
    await begun.promise;
    watcher.close();
    await first.kill();
    expect(await readdir(folder)).not.toContain('data');

    const second = startProcess();
    expect(await query(await second.url(), 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(second.log).toContain('Creating the embedded PostgreSQL');
    await second.leave();
    const third = startProcess(); // by now nothing writes to what was left behind
    await third.url();
    expect(third.log).not.toContain('Creating the embedded PostgreSQL');
  });
});

describe('several processes on one folder', () => {
  test('share the server: it stays when one leaves and stops with the last', async () => {
    const first = startProcess();
    const second = startProcess();
    const url = await first.url();
    expect(await second.url()).toBe(url);
    const pid = serverPid();

    await first.leave();
    expect(first.log).toContain('Others use the embedded PostgreSQL: it stays');
    expect(pid && isAlive(pid)).toBe(true);
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);

    await second.leave();
    await stopped(pid);
  });

  test('that start at the same moment make and start it once', async () => {
    const all = [startProcess(), startProcess(), startProcess(), startProcess()];
    const urls = await Promise.all(all.map((one) => one.url()));
    expect(new Set(urls).size).toBe(1);
    const logs = all.flatMap(({ log }) => log);
    expect(logs.filter((line) => line === 'Creating the embedded PostgreSQL')).toHaveLength(1);
    expect(logs.filter((line) => line === 'The embedded PostgreSQL runs')).toHaveLength(1);
  });

  test('that leave at the same moment stop it once', async () => {
    const all = [startProcess(), startProcess(), startProcess()];
    await Promise.all(all.map((one) => one.url()));
    const pid = serverPid();
    await Promise.all(all.map((one) => one.leave()));
    await stopped(pid);
    const logs = all.flatMap(({ log }) => log);
    expect(logs.filter((line) => line === 'The embedded PostgreSQL is stopped')).toHaveLength(1);
  });
});

describe('who starts it', () => {
  // Run by an ordinary user, every other test is this one.
  test.runIf(isRoot)('may be an ordinary user', async () => {
    const nobody = 65_534;
    await chown(dataDir, nobody, nobody);
    await chmod(dataDir, 0o700);
    // The repository may be in a folder of root's own.
    const rights = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--securebits=+no_setuid_fixup'];
    const one = startProcess(['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', ...rights]);
    expect(await query(await one.url(), 'select 1 as one')).toEqual([{ one: 1 }]);
    expect((await stat(inData('PG_VERSION'))).uid).toBe(nobody);
    await one.leave();
  });

  test.runIf(isRoot)('may be root with a folder that nobody else can enter', async () => {
    await chmod(dataDir, 0o700);
    const one = startProcess();
    expect(await query(await one.url(), 'select 1 as one')).toEqual([{ one: 1 }]);
    expect((await stat(inData('PG_VERSION'))).uid).not.toBe(0);
    await one.leave();
  });
});

describe('what can not work is refused in plain words', () => {
  test('a DATA_DIR that is a file', async () => {
    await writeFile(join(dataDir, 'postgres'), 'not a folder');
    expect(await startProcess().refusal()).toBe(
      `EmbeddedDatabaseError: The embedded PostgreSQL can't use ${dataDir}/postgres (EEXIST). ` +
        'A file is in its place: set DATA_DIR to a folder.',
    );
  });

  test('a password that was lost', async () => {
    const first = startProcess();
    await first.url();
    await first.leave();
    const path = join(dataDir, 'postgres', 'server.json');
    await rm(path);
    expect(await startProcess().refusal()).toContain(
      `${path} holds the password of the embedded PostgreSQL and can't be read.`,
    );
  });

  test('data of another major version', async () => {
    const first = startProcess();
    await first.url();
    await first.leave();
    await writeFile(inData('PG_VERSION'), '17\n');
    expect(await startProcess().refusal()).toContain(
      'Another major version made the data: set DATA_DIR to a new folder',
    );
  });
});
