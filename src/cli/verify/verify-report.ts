import { inArray } from 'drizzle-orm';
import { listIntegrations } from '../../db/statements/integration-views.ts';
import type { OperationRow } from '../../db/statements/operations.ts';
import { type FindingRow, listFindings } from '../../db/statements/verification/findings.ts';
import { events } from '../../db/tables/index.ts';
import type { Balance } from '../../domain/verification.ts';
import type { Services } from '../../sync/services.ts';
import {
  findingsOf,
  outcomeOf,
  type ReadBack,
  summaryOf,
  type VerifiedIntegration,
} from '../../sync/verification/verification.ts';
import { printable } from '../cli-error.ts';

const findingsPerPage = 500;

/** Prints what a verification came to: a paragraph for each integration, then every finding on a line of its own. */
export async function printReport(services: Services, organization: string, verification: OperationRow): Promise<void> {
  const { orgId } = verification;
  const { integrations, findings } = summaryOf(verification);
  const nameOf = new Map((await listIntegrations(services.db, orgId)).map(({ id, name }) => [id, name]));
  console.log(printable(organization));
  for (const integration of integrations) {
    const name = nameOf.get(integration.integrationId) ?? 'an integration that was deleted meanwhile';
    for (const line of [name, ...linesOf(integration).map((text) => `  ${text}`)]) console.log(`  ${clean(line)}`);
  }
  console.log(`  ${verdictOf(verification, findingsOf(findings))}`);
  let after: number | null = null;
  for (;;) {
    const page: FindingRow[] = await listFindings(services.db, orgId, verification.id, {
      kind: null,
      after,
      limit: findingsPerPage,
    });
    await printFindings(services, page, nameOf);
    after = page.at(-1)?.place ?? null;
    if (page.length < findingsPerPage) return;
  }
}

function linesOf({ balance, items, transitions, readBack }: VerifiedIntegration): string[] {
  return [
    balanceLine(balance),
    `${items} leads of the list against the log, ${transitions} transitions of the log`,
    ...(readBack ? [readBackLine(readBack)] : []),
  ];
}

function balanceLine({ captured, notEnriched, notTaken, waiting, failed, cleared, withdrawn }: Balance): string {
  return (
    `${captured} captured = ${notEnriched} not enriched + ${notTaken} not taken + ${waiting} waiting + ${failed} failed + ` +
    `${cleared} cleared + ${withdrawn} withdrawn`
  );
}

function readBackLine({ state, checked, missing, unknown, problem }: ReadBack): string {
  const done = `read back: ${checked} asked for, ${missing} missing, ${unknown} that can not be asked for`;
  return state === 'CHECKED' ? done : `${done}; not done${checked > 0 ? ' to the end' : ''}: ${problem}`;
}

function verdictOf(verification: OperationRow, found: number): string {
  const outcome = outcomeOf(verification);
  if (outcome === 'HOLDS') return 'Everything holds.';
  if (outcome === 'FINDINGS') return found === 1 ? '1 finding:' : `${found} findings:`;
  const { problem } = (verification.result ?? {}) as { problem?: string };
  return `Not everything was checked${problem ? `: ${problem}` : ''}${verification.status === 'CANCELED' ? ': it was ended' : ''}.`;
}

async function printFindings(
  { db }: Services,
  page: readonly FindingRow[],
  nameOf: ReadonlyMap<string, string>,
): Promise<void> {
  const eventIds = [...new Set(page.flatMap(({ eventId }) => eventId ?? []))];
  const rows =
    eventIds.length > 0
      ? await db.select({ id: events.id, name: events.name }).from(events).where(inArray(events.id, eventIds))
      : [];
  const eventOf = new Map(rows.map(({ id, name }) => [id, name]));
  for (const { kind, message, integrationId, eventId, itemId } of page) {
    const where = [
      integrationId === null ? null : (nameOf.get(integrationId) ?? null),
      eventId === null ? null : (eventOf.get(eventId) ?? null),
      itemId === null ? null : `item ${itemId}`,
    ].filter((part) => part !== null);
    console.log(`  ${clean([kind, where.join(', '), message].filter((part) => part !== '').join(': '))}`);
  }
}

/** Indentation is ours, the rest may come from people. */
const clean = (line: string): string => `${/^ */.exec(line)?.[0] ?? ''}${printable(line.trimStart())}`;
