import { spawn } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCli } from '../support/run-cli.ts';

const entry = fileURLToPath(new URL('../../bin/sluice.mjs', import.meta.url));
/** Makes this Node present itself as an old one. */
const asNode20 =
  'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.20.2"});Object.defineProperty(process,"version",{value:"v20.20.2"})';

describe('the command line', () => {
  test.for<[string, string[]]>([
    ['no command', []],
    ['an unknown command', ['exprot']],
    ['an unknown option', ['import', 'x.csv', '--event', 'X', '--nope']],
    ['no file', ['import', '--event', 'X']],
    ['no event', ['import', 'x.csv']],
    ['a mapping without a field', ['import', 'x.csv', '--event', 'X', '--map', 'Email']],
    ['a mapping to an unknown field', ['import', 'x.csv', '--event', 'X', '--map', 'Email=salary']],
  ])('that has %s is a usage error', async ([, args]) => {
    const { exitCode, stdout, stderr } = await runCli(args);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test('explains itself', async () => {
    expect(await runCli(['--help'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('import'),
      stderr: '',
    });
    expect(await runCli(['import', '--help'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('--id-column'),
    });
  });
});

describe('on an old Node', () => {
  let project: string;
  beforeEach(async () => {
    project = await mkdtemp(join(tmpdir(), 'sluice-bin-'));
    await mkdir(join(project, 'bin'));
    await copyFile(entry, join(project, 'bin/sluice.mjs'));
  });
  afterEach(() => rm(project, { recursive: true }));

  async function runOld(...args: string[]) {
    const child = spawn(process.execPath, ['--import', asNode20, join(project, 'bin/sluice.mjs'), ...args], {
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const exited = new Promise((resolve) => child.once('close', resolve));
    return { stdout: await text(child.stdout), stderr: await text(child.stderr), exitCode: await exited };
  }

  test('it runs with the one of the node package, arguments, output and exit code included', async () => {
    const node = join(project, 'node_modules/node');
    await mkdir(join(node, 'bin'), { recursive: true });
    await writeFile(join(node, 'package.json'), JSON.stringify({ name: 'node', bin: { node: 'bin/node' } }));
    await writeFile(join(node, 'bin/node'), '#!/bin/sh\nshift\necho "newer:$1:$2"\nexit 7\n');
    await chmod(join(node, 'bin/node'), 0o755);
    expect(await runOld('import', 'a file.csv')).toEqual({
      stdout: 'newer:import:a file.csv\n',
      stderr: '',
      exitCode: 7,
    });
  });

  test('it says what is missing when there is no other', async () => {
    expect(await runOld('--help')).toMatchObject({
      stdout: '',
      stderr: expect.stringMatching(/^sluice: [^\n]*Node\.js 24[^\n]*v20\.20\.2[^\n]*npm install[^\n]*\n$/),
      exitCode: 1,
    });
  });
});
