import { checkItems } from '../../db/statements/verification/check-items.ts';
import { checkLog } from '../../db/statements/verification/check-log.ts';
import { listIntegrationSizes } from '../../db/statements/verification/cleared-items.ts';
import { insertFindings } from '../../db/statements/verification/findings.ts';
import type { Finding } from '../../domain/verification.ts';
import type { OperationHandler, OperationStep, Outcome } from '../operations/operation.ts';
import { checkPageOfEvents, checkPageOfLeads } from './check-events.ts';
import type { Checked, PageToCheck } from './page.ts';
import { readBackPage } from './read-back.ts';
import {
  findingsOf,
  newIntegration,
  type Phase,
  type VerificationInput,
  type VerificationProgress,
} from './verification.ts';

/** Items and rows of the log that one step looks at. */
const itemsPerStep = 1_000;
const transitionsPerStep = 2_000;
/** Findings that are kept of one verification; beyond it they are only counted. */
const findingsMax = 100_000;

/**
 * Holds counts, items, log and leads against one another, page by page, and, asked for, what is CLEARED against what the vendor has. Each page is
 * read by one statement, in which everything is of one moment: nothing has to stand still, and memory does not grow with what there is.
 */
export const verificationHandler: OperationHandler = {
  async step(run) {
    const progress = run.operation.progress as Partial<VerificationProgress>;
    if (!progress.phase) return begin(run);
    return checkNext(run, progress as VerificationProgress);
  },
};

async function begin({ services, operation, commit }: OperationStep) {
  const { orgId, integrationId } = operation;
  const sizes = await listIntegrationSizes(services.db, orgId, integrationId);
  const { readBack } = operation.input as VerificationInput;
  const total = sizes.reduce((sum, size) => sum + size.items + size.transitions + (readBack ? size.cleared : 0), 0);
  const progress: VerificationProgress = {
    integrations: sizes.map((size) => newIntegration(size.integration_id)),
    phase: 'LEADS',
    at: 0,
    after: null,
    failures: 0,
    findings: {},
  };
  return commit(async () => ({ kind: 'more', progress, done: 0, total }));
}

async function checkNext({ services, operation, signal, commit }: OperationStep, progress: VerificationProgress) {
  const { orgId } = operation;
  const { phase, at, after, failures } = progress;
  const integration = progress.integrations[at];
  let checked: Checked = { findings: [], done: 0, next: null };
  if (phase === 'LEADS') {
    checked = await checkPageOfLeads(services, orgId, after);
  } else if (integration) {
    const page: PageToCheck = { services, orgId, integration, after, failures, signal };
    const [found] = await listIntegrationSizes(services.db, orgId, integration.integrationId);
    if (found) checked = await checksOf[phase](page, found.head); // else it was deleted meanwhile: nothing of it is to be proved
  }
  return commit(async (tx) => {
    const findings = (await checked.confirm?.(tx, checked.findings)) ?? checked.findings;
    const place = findingsOf(progress.findings) + 1;
    const kept = findings.slice(0, Math.max(0, findingsMax - place + 1));
    await insertFindings(tx, { orgId, verificationId: operation.id, firstPlace: place }, kept);
    return outcomeOf(operation, progress, checked, findings);
  });
}

const checksOf: Record<Exclude<Phase, 'LEADS'>, (page: PageToCheck, head: number) => Promise<Checked>> = {
  EVENTS: checkPageOfEvents,
  ITEMS: checkPageOfItems,
  LOG: checkPageOfLog,
  READ_BACK: readBackPage,
};

async function checkPageOfItems({ services, orgId, integration, after }: PageToCheck): Promise<Checked> {
  const { integrationId } = integration;
  const page = await checkItems(services.db, orgId, integrationId, after as string | null, itemsPerStep);
  return {
    findings: page.findings,
    done: page.checked,
    integration: { ...integration, items: integration.items + page.checked },
    next: page.lastLeadId,
  };
}

/** Up to where the log was when this began: what comes meanwhile is the next verification's. */
async function checkPageOfLog({ services, orgId, integration, after }: PageToCheck, head: number): Promise<Checked> {
  const from = (after as { position: number; until: number } | null) ?? { position: 0, until: head };
  const { integrationId } = integration;
  const page = await checkLog(services.db, orgId, integrationId, from.position, from.until, transitionsPerStep);
  return {
    findings: page.findings,
    done: page.checked,
    integration: { ...integration, transitions: integration.transitions + page.checked, position: from.until },
    next: page.atEnd ? null : { position: page.last, until: from.until },
  };
}

function outcomeOf(
  operation: OperationStep['operation'],
  progress: VerificationProgress,
  checked: Checked,
  found: readonly Finding[],
): Outcome {
  const findings = { ...progress.findings };
  for (const { kind } of found) findings[kind] = (findings[kind] ?? 0) + 1;
  const integrations = progress.integrations.map((one, index) =>
    index === progress.at ? (checked.integration ?? one) : one,
  );
  const done = operation.done + checked.done;
  const total = Math.max(operation.total ?? 0, done);
  const { readBack } = operation.input as VerificationInput;
  const place =
    checked.next === null
      ? nextPlace(progress, readBack)
      : { phase: progress.phase, at: progress.at, after: checked.next };
  if (!place || place.at >= integrations.length) {
    // What moved meanwhile was looked at more or less often than was thought at the start: done is done.
    return { kind: 'finished', result: { integrations, findings }, done, total: done };
  }
  const { waitMs = 0, failures = 0 } = checked;
  return { kind: 'more', progress: { integrations, findings, failures, ...place }, done, total, waitMs };
}

function nextPlace(
  { phase, at }: VerificationProgress,
  readBack: boolean,
): Pick<VerificationProgress, 'phase' | 'at' | 'after'> | null {
  if (phase === 'LEADS') return { phase: 'EVENTS', at: 0, after: null };
  if (phase === 'EVENTS') return { phase: 'ITEMS', at, after: null };
  if (phase === 'ITEMS') return { phase: 'LOG', at, after: null };
  if (phase === 'LOG' && readBack) return { phase: 'READ_BACK', at, after: null };
  return { phase: 'EVENTS', at: at + 1, after: null };
}
