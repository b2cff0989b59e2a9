import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

// What CI runs, and what to run before a push. Every step runs, so that one failure does not hide the next.
// The last line of the output is "N passed, N failed", the number of tests; the exit code says whether everything held.

const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = await mkdtemp(join(tmpdir(), 'sluice-check-'));

interface Outcome {
  ok: boolean;
  /** Shown where the step failed. */
  output: string;
  note?: string;
}
interface Step {
  name: string;
  run(): Promise<Outcome>;
}

const tests = { passed: 0, failed: 0, skipped: 0 };

const steps: Step[] = [
  {
    name: 'format and lint',
    run: () => command('biome', ['ci', '--error-on-warnings', '--colors=off', '--max-diagnostics=30', '.']),
  },
  { name: 'types', run: () => command('tsc', ['--noEmit', '--pretty', 'false']) },
  { name: 'types of the dashboard', run: () => command('npm', ['run', '--silent', 'dashboard:types']) },
  {
    name: 'layers',
    run: () => command('depcruise', ['--config', '.dependency-cruiser.cjs', 'src', 'simulators', 'demo', 'dashboard']),
  },
  { name: 'dead code', run: () => command('knip', ['--no-progress']) },
  { name: 'schema.graphql is fresh', run: () => command('node', ['scripts/print-schema.ts', '--check']) },
  { name: 'migrations are fresh', run: checkMigrations },
  { name: 'dashboard builds', run: () => command('node', ['scripts/build-dashboard.ts']) },
  { name: 'tests', run: runTests },
];

async function main(): Promise<void> {
  const failures: string[] = [];
  for (const step of steps) {
    console.log(`... ${step.name}`);
    const startedAt = performance.now();
    const { ok, output, note } = await step.run();
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    if (!ok) {
      failures.push(step.name);
      console.log(output.trimEnd());
    }
    console.log(`${ok ? 'ok ' : 'NOT'} ${step.name}, ${seconds} s${note ? `: ${note}` : ''}`);
  }
  console.log(failures.length === 0 ? '\nEverything holds.' : `\nFailed: ${failures.join(', ')}.`);
  console.log(`${tests.passed} passed, ${tests.failed} failed`);
  process.exitCode = failures.length === 0 ? 0 : 1;
}

/** Runs a program of node_modules/.bin, wherever this script was started from. */
async function command(program: string, args: string[], show = false): Promise<Outcome> {
  const environment = {
    ...process.env,
    PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH}`,
    NO_COLOR: '1',
  };
  const child = spawn(program, args, { cwd: root, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      if (show) process.stdout.write(chunk);
      else output += chunk.toString();
    });
  }
  try {
    const [code] = await once(child, 'close');
    return { ok: code === 0, output };
  } catch (error) {
    return { ok: false, output: `${program} could not be started: ${error}` };
  }
}

/** Generates into a copy of the migrations: a table that changed without one shows as a new file, and the tree stays as it is. */
async function checkMigrations(): Promise<Outcome> {
  const copy = join(scratch, 'migrations');
  const config = join(scratch, 'drizzle.config.ts');
  await cp(join(root, 'src/db/migrations'), copy, { recursive: true });
  const before = (await readdir(copy)).length;
  const settings = `{ ...config, out: ${JSON.stringify(relative(root, copy))} }`;
  await writeFile(
    config,
    `import config from ${JSON.stringify(join(root, 'drizzle.config.ts'))};\nexport default ${settings};\n`,
  );
  const { ok, output } = await command('drizzle-kit', ['generate', '--config', relative(root, config)]);
  if (!ok) return { ok, output };
  const added = (await readdir(copy)).length - before;
  return { ok: added === 0, output: `${output}\nThe tables differ from the migrations: run npm run db:generate.` };
}

const reportSchema = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) })),
});

async function runTests(): Promise<Outcome> {
  const path = join(scratch, 'tests.json');
  const { ok } = await command(
    'vitest',
    ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${path}`],
    true,
  );
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) {
    tests.failed = 1;
    return { ok: false, output: 'Vitest ended without a report.' };
  }
  const report = reportSchema.parse(JSON.parse(text));
  // A file that could not be loaded has no test that failed; it counts as one.
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  tests.passed = report.numPassedTests;
  tests.failed = report.numFailedTests + broken.length;
  tests.skipped = report.numPendingTests + report.numTodoTests;
  if (!ok && tests.failed === 0) tests.failed = 1; // an error outside of every test
  const note = `${tests.passed} passed, ${tests.failed} failed, ${tests.skipped} skipped`;
  return { ok: ok && tests.failed === 0 && tests.passed > 0, output: '', note };
}

try {
  await main();
} finally {
  await rm(scratch, { recursive: true, force: true });
}
