import { Command, CommanderError } from 'commander';
import { CliError, printable } from './cli-error.ts';
import { commands } from './commands.ts';

const program = new Command('sluice')
  .description('Administers a Sluice server, and brings leads into it.')
  .configureOutput({ outputError: (message, write) => write(`sluice: ${message.replace(/^error: /, '')}`) })
  .exitOverride()
  .addHelpText(
    'after',
    `
Environment of the commands that talk to a server:
  SLUICE_URL      where it is (default: http://127.0.0.1:4000)
  SLUICE_API_KEY  an API key of the organization

Environment of the commands on the database (organizations, keys, migrate, rotate-key, verify):
  DATABASE_URL    which one; absent: the server's own, in DATA_DIR
  DATA_DIR        where that is (default: ./.data)

Exit codes: 0 done; 1 not done, or not completely; 2 the command line is wrong. Those of verify are in its own help.`,
  );
for (const register of commands) register(program);

// A reader that goes away (`sluice ... | head`) is no reason to stop halfway through an import.
process.stdout.on('error', () => undefined);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // it has printed its message itself
  const message = error instanceof CliError ? error.message : `this should not have happened: ${nameOf(error)}`;
  process.stderr.write(`sluice: ${printable(message)}\n`);
  return error instanceof CliError ? error.exitCode : 1;
}

/** Never the message of an unexpected error: it may quote a lead. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error ? `${error.name} ${error.code}` : error.name;
}
