import type { Tx } from '../db/client.ts';
import { lockGate } from '../db/statements/gates.ts';
import { findLastItem, type RetrySelection } from '../db/statements/retry-items.ts';
import { retries } from '../db/tables/index.ts';
import { IntegrationHeldError, NotFoundError, ValidationError } from '../domain/errors.ts';
import { holdsOf } from '../domain/gate.ts';
import type { ReconciliationGroup } from '../domain/lifecycle.ts';
import { problemsOfRamp, type Ramp } from '../domain/ramp.ts';
import { advanceRetry } from './advance-retry.ts';
import { readSelection, requireEvent, type Selection, statesOf } from './selection.ts';
import type { Services } from './services.ts';
import { requireRole, type Viewer } from './viewer.ts';

/**
 * Pushes the leads of an event: those that wait, by default, or its FAILED ones as well or instead. Lets them pass a Manual gate; refused while
 * anything else holds the integration. Returns the retry's id. Operators and admins.
 */
export async function retryEvent(
  services: Services,
  viewer: Viewer,
  input: { integrationId: string; eventId: string; groups?: readonly ReconciliationGroup[] | null | undefined },
): Promise<string> {
  requireRole(viewer, 'OPERATOR');
  const groups = input.groups ?? ['PRE_SYNC'];
  if (groups.includes('CLEARED')) {
    throw new ValidationError([
      { path: 'groups', message: 'expected PRE_SYNC or FAILED: what is CLEARED is at the vendor.' },
    ]);
  }
  if (groups.length === 0) throw new ValidationError([{ path: 'groups', message: 'expected at least one group.' }]);
  await requireEvent(services, viewer, input.eventId);
  const selection = { states: statesOf(groups), eventId: input.eventId };
  return start(services, viewer, { integrationId: input.integrationId, selection });
}

/**
 * Pushes any other selection: some leads, or whatever matches a filter when it starts. With a ramp a few at first, and the rest only while they
 * pass. Returns the retry's id. Operators and admins.
 */
export async function retry(
  services: Services,
  viewer: Viewer,
  input: {
    integrationId: string;
    select: Selection;
    /** Leaves those where they are that are known to fail. */
    onlyPassing?: boolean | null | undefined;
    ramp?: Ramp | null | undefined;
  },
): Promise<string> {
  requireRole(viewer, 'OPERATOR');
  const { integrationId, select, ramp = null } = input;
  if (ramp) requireRamp(ramp);
  const selection = await readSelection(services, viewer, integrationId, select);
  return start(services, viewer, { integrationId, selection, ramp, onlyPassing: input.onlyPassing ?? false });
}

/** Throws ValidationError for a ramp that can't be climbed. */
export function requireRamp(ramp: Ramp): void {
  const problems = problemsOfRamp(ramp);
  if (problems.length > 0)
    throw new ValidationError(problems.map(({ path, message }) => ({ path: `ramp.${path}`, message })));
}

interface NewRetry {
  integrationId: string;
  selection: RetrySelection;
  ramp?: Ramp | null;
  onlyPassing?: boolean;
}

async function start(services: Services, viewer: Viewer, wanted: NewRetry): Promise<string> {
  const id = await services.db.transaction(async (tx) => {
    const gate = await lockGate(tx, viewer.orgId, wanted.integrationId);
    if (!gate) throw new NotFoundError('integration');
    if (gate.flow === 'NONE') throw new IntegrationHeldError(holdsOf(gate).filter((hold) => hold !== 'MANUAL_MODE'));
    return insertRetry(services, tx, viewer, { ...wanted, releaseEpoch: gate.releaseEpoch });
  });
  await advanceRetry(services, viewer.orgId, id);
  return id;
}

/** Notes a retry that has yet to look for its leads: to be advanced after the commit. Under the gate's lock. */
export async function insertRetry(
  services: Services,
  tx: Tx,
  viewer: Viewer,
  wanted: NewRetry & { releaseEpoch: number; opensGate?: boolean; reason?: string | null },
): Promise<string> {
  const id = services.newId();
  await tx.insert(retries).values({
    ...wanted,
    orgId: viewer.orgId,
    id,
    eventId: wanted.selection.eventId ?? null,
    status: 'RUNNING',
    requestedAt: services.now(),
    requestedBy: viewer.name,
    looking: true,
    releasing: true,
    releaseUntil: await findLastItem(tx, viewer.orgId),
    releasedAt: services.now(),
  });
  return id;
}
