import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openEmbedded } from '../src/db/embedded.ts';
import { type Benchmark, benchmarks } from './benchmarks.ts';
import { BenchServer, serverVariable } from './harness/postgres.ts';
import { isMet, type Report, type Row, tableOf } from './harness/report.ts';

// `npm run bench [-- name ...]`: all benchmarks, or those named, one after the other, each in a process of its own, on a PostgreSQL of
// their own that is removed again. Prints a table and writes it to results.md when all of them ran.

const resultsFile = fileURLToPath(new URL('./results.md', import.meta.url));
const processFile = fileURLToPath(new URL('./process.ts', import.meta.url));
/** A benchmark that takes longer is stuck. */
const benchmarkSecondsMax = 300;

async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !benchmarks.some((benchmark) => benchmark.name === name));
  if (unknown.length > 0) {
    console.error(`Unknown: ${unknown.join(', ')}. There are: ${benchmarks.map(({ name }) => name).join(', ')}.`);
    process.exitCode = 2;
    return;
  }
  const chosen = names.length === 0 ? benchmarks : benchmarks.filter(({ name }) => names.includes(name));
  const startedAt = performance.now();
  const { facts, reports } = await withServer((server) => runAll(server, chosen));
  const rows = reports.flatMap(([, report]) => report.rows);
  console.log(`\n${facts}, ${Math.round((performance.now() - startedAt) / 1000)} s\n\n${tableOf(rows)}`);
  if (names.length === 0) await writeFile(resultsFile, resultsOf(facts, reports));
  else for (const [name, { notes }] of reports) console.log(`\n${name}\n\n${notes.join('\n\n')}`);
  if (reports.length < chosen.length || rows.some((row) => isMet(row) === false)) process.exitCode = 1;
}

type NamedReport = readonly [name: string, report: Report];

async function runAll(server: BenchServer, chosen: readonly Benchmark[]) {
  const facts = `${availableParallelism()} cores, Node ${process.versions.node}, ${await server.facts()}`;
  const reports: NamedReport[] = [];
  for (const benchmark of chosen) {
    console.error(`... ${benchmark.name}`);
    const startedAt = performance.now();
    const report = await runInProcess(server, benchmark);
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    if (report) reports.push([benchmark.name, report]);
    console.error(report ? `${tableOf(report.rows)}\n(${seconds} s)` : `${benchmark.name} failed after ${seconds} s`);
  }
  return { facts, reports };
}

/** Null: it failed, and has said why. */
async function runInProcess(server: BenchServer, { name, preload }: Benchmark): Promise<Report | null> {
  const child = fork(processFile, [name], {
    env: { ...process.env, NODE_ENV: 'production', [serverVariable]: server.url },
    execArgv: preload ? ['--import', preload.href] : [],
  });
  let report: Report | null = null;
  child.on('message', (message) => {
    report = message as Report;
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), benchmarkSecondsMax * 1000);
  await once(child, 'exit');
  clearTimeout(timer);
  return report;
}

/** An embedded PostgreSQL in a temporary folder, with fsync as in production. */
async function withServer<Result>(work: (server: BenchServer) => Promise<Result>): Promise<Result> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  await chmod(dataDir, 0o711); // as root, the server runs as another user
  const embedded = await openEmbedded({ dataDir, log: { info: () => {}, warn: () => {} } });
  const server = new BenchServer(embedded.url);
  // Ctrl-C reaches the benchmark's process as well; when that has ended, the server is stopped below.
  process.on('SIGINT', () => {});
  try {
    await server.makeTemplate();
    return await work(server);
  } finally {
    await server.endOthers();
    await server.close();
    await embedded.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

function resultsOf(facts: string, reports: readonly NamedReport[]): string {
  const rows: Row[] = reports.flatMap(([, report]) => report.rows);
  const sections = reports.map(([name, { notes }]) => `## ${name}\n\n${notes.join('\n\n')}\n`);
  return `# Results of the last run\n\n${facts}. What each line means: [README.md](README.md).\n\n${tableOf(rows)}\n\n${sections.join('\n')}`;
}

await main(process.argv.slice(2));
