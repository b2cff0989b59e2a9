import type { Command } from 'commander';
import { z } from 'zod';
import { listIntegrations } from '../../db/statements/integration-views.ts';
import { listOperations, type OperationRow } from '../../db/statements/operations.ts';
import { runOperation } from '../../sync/operations/run-operation.ts';
import { findOrganizationByName, listOrganizations, type OrganizationRow } from '../../sync/organizations.ts';
import type { Services } from '../../sync/services.ts';
import { outcomeOf } from '../../sync/verification/verification.ts';
import { verificationHandler } from '../../sync/verification/verification-handler.ts';
import { cancelVerification, verify } from '../../sync/verification/verify.ts';
import type { Viewer } from '../../sync/viewer.ts';
import { CliError } from '../cli-error.ts';
import { withServices } from '../database-services.ts';
import { startVerifyProgress } from './verify-progress.ts';
import { printReport } from './verify-report.ts';

interface VerifyOptions {
  organization?: string;
  integration?: string;
  readBack?: boolean;
}

const details = `
Proves, for every integration: the counts are what counting gives; every lead of the work list is where the log left it; the log has no gap and
no contradiction; captured = not enriched + not taken + waiting + failed + cleared + withdrawn. With --read-back it also asks the vendors for every
record that is cleared, and names those that are missing there. It changes nothing, and nothing has to stand still.

Works on the database itself, whether the server runs or not. --read-back needs SECRET_KEYS, which open the vendors' credentials, and
ALLOW_PRIVATE_NETWORKS where the server has it.

Exit codes: 0 everything holds; 1 something is wrong, and is listed; 2 it could not be checked, or not completely.`;

export function registerVerify(program: Command): void {
  program
    .command('verify')
    .description('prove that counts, work lists, log and leads agree, on the database')
    .option('--organization <name>', 'only this organization (default: all)')
    .option('--integration <name or id>', 'only this integration')
    .option('--read-back', 'also ask the vendors for what is cleared, and name what is missing there', false)
    .addHelpText('after', details)
    .action(run);
}

/** A dead command's verification goes on in a worker after this, if there is one. */
const leaseSeconds = 15;

async function run({ organization, integration, readBack = false }: VerifyOptions): Promise<void> {
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort(new Error('interrupted'));
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    const outcomes = await withServices({ secrets: readBack }, async (services) => {
      const all = [];
      for (const target of await targetsOf(services, organization, integration)) {
        if (interrupted.signal.aborted) break;
        all.push(await verifyOne(services, target, readBack, interrupted.signal));
      }
      return all;
    });
    if (outcomes.includes('FINDINGS')) process.exitCode = 1;
    else if (interrupted.signal.aborted || outcomes.some((outcome) => outcome !== 'HOLDS')) process.exitCode = 2;
  } catch (error) {
    throw error instanceof CliError ? new CliError(error.message, 2) : error;
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

interface Target {
  organization: OrganizationRow;
  integrationId: string | null;
}

async function targetsOf(services: Services, organization?: string, integration?: string): Promise<Target[]> {
  const organizations = organization
    ? [await getOrganization(services, organization)]
    : await listOrganizations(services);
  if (!integration) return organizations.map((one) => ({ organization: one, integrationId: null }));
  const found: Target[] = [];
  const isId = z.uuid().safeParse(integration).success;
  for (const one of organizations) {
    for (const { id, name } of await listIntegrations(services.db, one.id)) {
      const fits = isId ? id === integration.toLowerCase() : name.toLowerCase() === integration.trim().toLowerCase();
      if (fits) found.push({ organization: one, integrationId: id });
    }
  }
  if (found.length === 0) throw new CliError(`There is no integration "${integration}".`);
  if (found.length > 1)
    throw new CliError(
      `There are ${found.length} integrations "${integration}". Name one by its id, or the organization as well.`,
    );
  return found;
}

async function getOrganization(services: Services, name: string): Promise<OrganizationRow> {
  const found = await findOrganizationByName(services, name);
  if (!found) throw new CliError(`There is no organization "${name}".`);
  return found;
}

async function verifyOne(
  services: Services,
  { organization, integrationId }: Target,
  readBack: boolean,
  signal: AbortSignal,
) {
  const viewer: Viewer = { orgId: organization.id, role: 'ADMIN', name: 'Command line', keyId: null };
  const owner = services.newId();
  const progress = startVerifyProgress();
  try {
    const id = await verify(services, viewer, { integrationId, readBack, owner: { id: owner, leaseSeconds } });
    const claimed = await get(services, viewer, id);
    const { operation } = await runOperation({
      services,
      handler: verificationHandler,
      operation: claimed,
      owner,
      leaseSeconds,
      signal,
      onCommitted: ({ done, total }) => progress.reached(done, total),
    });
    if (operation.status === 'RUNNING') await cancelVerification(services, viewer, id);
    progress.stop();
    const ended = await get(services, viewer, id);
    await printReport(services, organization.name, ended);
    return outcomeOf(ended);
  } finally {
    progress.stop();
  }
}

async function get({ db }: Services, { orgId }: Viewer, operationId: string): Promise<OperationRow> {
  const [operation] = await listOperations(db, [{ orgId, operationId }]);
  if (!operation) throw new Error(`the operation ${operationId} vanished`);
  return operation;
}
