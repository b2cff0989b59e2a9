import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runCli } from '../support/run-cli.ts';
import { nextOf, startTestSluice } from '../support/sluice.ts';

const sluice = await startTestSluice({ environment: { ROLE: 'api' } });
const environment = { DATABASE_URL: sluice.database.url };
const sluiceCli = (...args: string[]) => runCli(args, environment);
const whoAmI = '{ viewer { role name organization { name } } }';

async function createKey(...options: string[]): Promise<string> {
  const { stdout, exitCode } = await sluiceCli(
    'keys',
    'create',
    '--organization',
    'Globex',
    '--name',
    'CI',
    ...options,
  );
  expect(exitCode).toBe(0);
  return stdout.trim();
}

test('an organization is created once, and listed', async () => {
  const created = await sluiceCli('organizations', 'create', 'Globex');
  expect(created).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await sluiceCli('organizations', 'create', ' globex ')).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: 'sluice: name: an organization of this name exists already.\n',
  });
  const { stdout } = await sluiceCli('organizations', 'list');
  expect(stdout).toContain(`${created.stdout.trim()}  Globex`);
});

describe('a key', () => {
  test('made while the server runs is good at once, and is printed alone', async () => {
    const secret = await createKey('--role', 'OPERATOR');
    expect(secret).toMatch(/^slk_[\w-]{43}$/);
    expect(await sluice.client(secret).data(whoAmI)).toEqual({
      viewer: { role: 'OPERATOR', name: 'CI', organization: { name: 'Globex' } },
    });
  });

  test('is listed by what can be told of it, and never by itself', async () => {
    const secret = await createKey('--role', 'VIEWER', '--expires', '2999-01-31T00:00:00Z');
    const { stdout } = await sluiceCli('keys', 'list', '--organization', 'GLOBEX');
    expect(stdout).toMatch(new RegExp(`Globex +CI +VIEWER +${secret.slice(0, 8)} +valid .* 2999-01-31T00:00:00.000Z`));
    expect(stdout).not.toContain(secret.slice(0, 12));
  });

  test('that is revoked loses its sockets', async () => {
    const secret = await createKey('--role', 'VIEWER');
    const client = sluice.client(secret);
    expect(await nextOf(client.subscribe(whoAmI))).toBeDefined();
    const watching = client.subscribe('subscription { integrationChanged { id } }');
    const ended = expect(watching.next()).rejects.toMatchObject({ code: 4401 });
    const { stdout } = await sluiceCli('keys', 'list', '--organization', 'Globex');
    const row = stdout.split('\n').find((line) => line.includes(secret.slice(0, 8)));
    expect(await sluiceCli('keys', 'revoke', row?.split(' ')[0] ?? '')).toMatchObject({ exitCode: 0 });
    await ended;
    expect(await client.ask(whoAmI)).toMatchObject({ status: 401 });
  });
});

test.for<[string, string[], number, RegExp]>([
  [
    'an unknown organization',
    ['keys', 'create', '--organization', 'Nobody', '--name', 'x', '--role', 'ADMIN'],
    1,
    /no organization/,
  ],
  [
    'an unknown role',
    ['keys', 'create', '--organization', 'Globex', '--name', 'x', '--role', 'ROOT'],
    2,
    /Allowed choices/,
  ],
  [
    'an instant that is past',
    [
      'keys',
      'create',
      '--organization',
      'Globex',
      '--name',
      'x',
      '--role',
      'ADMIN',
      '--expires',
      '2020-01-01T00:00:00Z',
    ],
    1,
    /expiresAt: expected/,
  ],
  [
    'an instant that is none',
    ['keys', 'create', '--organization', 'Globex', '--name', 'x', '--role', 'ADMIN', '--expires', 'soon'],
    2,
    /--expires/,
  ],
  [
    'an empty name',
    ['keys', 'create', '--organization', 'Globex', '--name', ' ', '--role', 'ADMIN'],
    1,
    /name: expected/,
  ],
  ['an id that is none', ['keys', 'revoke', 'abc'], 2, /UUID/],
  ['an id of nobody', ['keys', 'revoke', '00000000-0000-7000-8000-000000000000'], 1, /no key/],
])('%s is explained', async ([, args, exitCode, message]) => {
  const run = await sluiceCli(...args);
  expect(run).toMatchObject({ exitCode, stdout: '', stderr: expect.stringMatching(message) });
});

describe('a database', () => {
  test('that has no tables yet is migrated by a command', async () => {
    const { sql } = sluice.database.open();
    const name = `${new URL(sluice.database.url).pathname.slice(1)}_empty`;
    await sql`create database ${sql(name)}`;
    const empty = { DATABASE_URL: sluice.database.url.replace(/\/[^/]*$/, `/${name}`) };
    try {
      expect(await runCli(['organizations', 'list'], empty)).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('sluice migrate'),
      });
      expect(await runCli(['migrate'], empty)).toMatchObject({ exitCode: 0 });
      expect(await runCli(['organizations', 'list'], empty)).toMatchObject({
        exitCode: 0,
        stdout: expect.stringMatching(/^ID +NAME +CREATED\n$/),
      });
    } finally {
      await sql`drop database ${sql(name)} with (force)`;
    }
  });

  test('that can not be reached is named by the variable, not by its password', async () => {
    const run = await runCli(['organizations', 'list'], {
      DATABASE_URL: 'postgres://someone:verysecret@127.0.0.1:1/nowhere',
    });
    expect(run).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('DATABASE_URL') });
    expect(run.stderr).not.toContain('verysecret');
  });
});

test('the embedded database is made on the way when there is none', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-cli-'));
  afterAll(() => rm(dataDir, { recursive: true, force: true }));
  const home = { DATA_DIR: dataDir, PATH: process.env.PATH ?? '' };
  expect(await runCli(['organizations', 'create', 'Acme'], home)).toMatchObject({ exitCode: 0, stderr: '' });
  const { stdout } = await runCli(['organizations', 'list'], home);
  expect(stdout).toContain('Acme');
});
