import type { Command } from 'commander';
import type { SealedKind } from '../db/statements/sealed-rows.ts';
import { type KeyRotation, rotateKey } from '../sync/rotate-key.ts';
import { CliError } from './cli-error.ts';
import { withServices } from './database-services.ts';
import { printTable } from './print-table.ts';

const details = `
Vendors' credentials, sign-ins that are not used yet and the webhooks of notification rules are encrypted by SECRET_KEYS: the first key encrypts, all
decrypt. Works on the database itself, with the SECRET_KEYS of this command's environment, while servers run; what they write meanwhile is not lost.
Give every process the new key before, and take the old one away after this has ended with 0. Doing it again changes nothing.

Exit codes: 0 everything is encrypted by the first key; 1 something is not, and is listed.`;

export function registerRotateKey(program: Command): void {
  program
    .command('rotate-key')
    .description('encrypt everything that is encrypted anew, with the first key of SECRET_KEYS')
    .addHelpText('after', details)
    .action(run);
}

const nameOfKind: Record<SealedKind, string> = {
  credentials: 'credentials',
  authorization: 'sign-in',
  notificationWebhook: 'notification webhook',
};

async function run(): Promise<void> {
  const { rotation, keyId } = await withServices({ secrets: true }, async (services) => ({
    rotation: await rotateKey(services),
    keyId: services.vault.keyId,
  }));
  const { reencrypted, current, unreadable } = rotation;
  console.log(
    `Key "${keyId}": ${countsOf(reencrypted)} encrypted anew, ${current} were already, ${unreadable.length} can not be opened.`,
  );
  if (unreadable.length > 0) {
    printTable(
      ['KEY', 'ORGANIZATION', 'WHAT', 'NAME', 'ID'],
      unreadable.map((one) => [one.keyId, one.organization, nameOfKind[one.kind], one.name, one.id]),
    );
  }
  const problem = problemOf(rotation);
  if (problem) throw new CliError(problem);
}

function countsOf(reencrypted: KeyRotation['reencrypted']): string {
  const total = Object.values(reencrypted).reduce((sum, count) => sum + count, 0);
  const { credentials, authorization, notificationWebhook } = reencrypted;
  return `${total} (credentials: ${credentials}, sign-ins: ${authorization}, notification webhooks: ${notificationWebhook})`;
}

function problemOf({ unreadable, contested }: KeyRotation): string | null {
  if (contested > 0) {
    return `${contested} were written with another key meanwhile: a server has another key first. Give all of them the same SECRET_KEYS, and do this again.`;
  }
  if (unreadable.length === 0) return null;
  return 'SECRET_KEYS does not have the keys that encrypted these, or they were damaged. Add the keys and do this again; or connect these integrations again, and set these webhooks anew.';
}
