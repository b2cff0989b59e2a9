import { benchmarks } from './benchmarks.ts';
import { BenchServer } from './harness/postgres.ts';

// One benchmark, in a process that main.ts made for it.

const benchmark = benchmarks.find(({ name }) => name === process.argv[2]);
if (!benchmark) throw new Error('Benchmarks are run by bench/main.ts.');
const server = BenchServer.ofEnvironment();
const { run } = await benchmark.load();
const report = await run(server);
await server.close();
process.send?.(report, () => process.exit(0));
