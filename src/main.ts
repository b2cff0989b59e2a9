import { type Config, ConfigError, loadConfig } from './config.ts';
import { findDbError } from './db/client.ts';
import { EmbeddedDatabaseError } from './db/embedded.ts';
import { createLogger } from './logger.ts';
import { type RunningSluice, startSluice } from './start.ts';
import { hasApiKeys } from './sync/api-keys.ts';

/** What whoever starts the program can mend is said in words; the rest as an error in the log. */
function explain(error: unknown): string | null {
  if (error instanceof ConfigError) return `These settings can't be used:\n${error.message}`;
  if (error instanceof EmbeddedDatabaseError) return error.message;
  const code = findDbError(error)?.code;
  if (code) return `The database can't be used (${code}). Check DATABASE_URL.`;
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
    return 'PORT is taken. Set another one.';
  return null;
}

function guide({ role, graphiql }: Config, keyless: boolean): string {
  if (role === 'worker') return 'a worker: health and metrics only';
  const pages = `dashboard at /, GraphQL${graphiql ? ' and GraphiQL' : ''} at /graphql`;
  if (!keyless) return pages;
  return `${pages}; nobody has a key yet: npx sluice organizations create NAME, then npx sluice keys create --help`;
}

const log = createLogger({ level: 'info' });

process.on('uncaughtException', (err) => {
  log.fatal({ event: 'process.broken', err }, 'an error that nothing expected: the process ends');
  process.exit(1);
});

let running: RunningSluice | null = null;
let stopping = false;

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (stopping || !running) process.exit(stopping ? 1 : 0);
    stopping = true;
    running.stop().then(
      () => process.exit(0),
      (err: unknown) => {
        log.error({ event: 'stop.failed', err }, 'the process did not stop cleanly');
        process.exit(1);
      },
    );
  });
}

try {
  const config = loadConfig();
  running = await startSluice(config);
  const keyless = !(await hasApiKeys(running.services));
  process.stdout.write(`Sluice is at ${running.url} (${guide(config, keyless)})\n`);
} catch (error) {
  const words = explain(error);
  if (words) process.stderr.write(`sluice: ${words}\n`);
  else log.fatal({ event: 'start.failed', err: error }, 'Sluice could not start');
  process.exit(1);
}
