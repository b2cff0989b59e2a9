import { and, eq, inArray } from 'drizzle-orm';
import { z } from 'zod';
import { lockGate } from '../db/statements/gates.ts';
import { findLastItem, type RetrySelection } from '../db/statements/retry-items.ts';
import { events, retries, syncItems } from '../db/tables/index.ts';
import type { ErrorCategory } from '../domain/error-categories.ts';
import { IntegrationHeldError, NotFoundError, ValidationError } from '../domain/errors.ts';
import { holdsOf } from '../domain/gate.ts';
import type { ReconciliationGroup } from '../domain/lifecycle.ts';
import { releaseAll } from './release.ts';
import type { Services } from './services.ts';
import { isStorable } from './text.ts';
import { requireRole, type Viewer } from './viewer.ts';

/** Most ids of one call. */
const idsMax = 1_000;
/** Fewer letters would match nearly everybody, and no index helps. */
const searchMin = 3;

export interface SelectionFilter {
  group?: ReconciliationGroup | null | undefined;
  category?: ErrorCategory | null | undefined;
  eventId?: string | null | undefined;
  search?: string | null | undefined;
  capturedFrom?: Date | null | undefined;
  capturedUntil?: Date | null | undefined;
}

export type Selection = { syncItemIds: string[] } | { filter: SelectionFilter };

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
  return start(services, viewer, input.integrationId, input.eventId, {
    states: statesOf(groups),
    eventId: input.eventId,
  });
}

/** Pushes any other selection: some leads, or whatever matches a filter when it starts. Returns the retry's id. Operators and admins. */
export async function retry(
  services: Services,
  viewer: Viewer,
  input: { integrationId: string; select: Selection },
): Promise<string> {
  requireRole(viewer, 'OPERATOR');
  if ('filter' in input.select) {
    const selection = selectionOfFilter(input.select.filter);
    if (selection.eventId) await requireEvent(services, viewer, selection.eventId);
    return start(services, viewer, input.integrationId, selection.eventId ?? null, selection);
  }
  const ids = [...new Set(input.select.syncItemIds)];
  await requireRetryable(services, viewer, input.integrationId, ids);
  return start(services, viewer, input.integrationId, null, { ids, states: ['FAILED', 'PENDING'] });
}

function statesOf(groups: readonly ReconciliationGroup[]): RetrySelection['states'] {
  const all = [
    ['FAILED', 'FAILED'],
    ['PRE_SYNC', 'PENDING'],
  ] as const;
  return all.filter(([group]) => groups.includes(group)).map(([, state]) => state);
}

function selectionOfFilter(filter: SelectionFilter): RetrySelection {
  if (filter.group === 'CLEARED') {
    throw new ValidationError([
      { path: 'select.filter.group', message: 'expected PRE_SYNC or FAILED: what is CLEARED is at the vendor.' },
    ]);
  }
  const search = filter.search?.trim();
  if (search && ([...search].length < searchMin || !isStorable(search))) {
    throw new ValidationError([{ path: 'select.filter.search', message: `expected at least ${searchMin} letters.` }]);
  }
  return {
    states: filter.group ? statesOf([filter.group]) : ['FAILED', 'PENDING'],
    category: filter.category ?? undefined,
    eventId: filter.eventId ?? undefined,
    search: search || undefined,
    capturedFrom: filter.capturedFrom?.toISOString(),
    capturedUntil: filter.capturedUntil?.toISOString(),
  };
}

async function requireEvent(services: Services, viewer: Viewer, eventId: string): Promise<void> {
  const [event] = await services.db
    .select({ id: events.id })
    .from(events)
    .where(and(eq(events.orgId, viewer.orgId), eq(events.id, eventId)));
  if (!event) throw new NotFoundError('event');
}

/** All ids or none: each must be an item of the integration that waits, is in flight (then it is left alone), or failed. */
async function requireRetryable(
  services: Services,
  viewer: Viewer,
  integrationId: string,
  ids: string[],
): Promise<void> {
  const path = 'select.syncItemIds';
  if (ids.length > idsMax)
    throw new ValidationError([{ path, message: `expected at most ${idsMax}, got ${ids.length}.` }]);
  const valid = z.array(z.uuid()).safeParse(ids);
  if (!valid.success) throw new NotFoundError('sync item');
  if (ids.length === 0) return;
  const rows = await services.db
    .select({ id: syncItems.id, state: syncItems.state })
    .from(syncItems)
    .where(
      and(eq(syncItems.orgId, viewer.orgId), eq(syncItems.integrationId, integrationId), inArray(syncItems.id, ids)),
    );
  const stateById = new Map(rows.map((row) => [row.id, row.state]));
  const problems = ids.flatMap((id, index) => {
    const state = stateById.get(id);
    if (state === undefined) throw new NotFoundError('sync item');
    const movable = state === 'PENDING' || state === 'FAILED' || state === 'SYNCING';
    return movable ? [] : [{ path: `${path}.${index}`, message: `is ${state}: there is nothing to push.` }];
  });
  if (problems.length > 0) throw new ValidationError(problems);
}

async function start(
  services: Services,
  viewer: Viewer,
  integrationId: string,
  eventId: string | null,
  selection: RetrySelection,
): Promise<string> {
  const id = services.newId();
  await services.db.transaction(async (tx) => {
    const gate = await lockGate(tx, viewer.orgId, integrationId);
    if (!gate) throw new NotFoundError('integration');
    if (gate.flow === 'NONE') throw new IntegrationHeldError(holdsOf(gate).filter((hold) => hold !== 'MANUAL_MODE'));
    const until = await findLastItem(tx, viewer.orgId);
    await tx.insert(retries).values({
      orgId: viewer.orgId,
      id,
      integrationId,
      eventId,
      status: until === null ? 'COMPLETED' : 'RUNNING',
      requestedAt: services.now(),
      requestedBy: viewer.name,
      releaseEpoch: gate.releaseEpoch,
      selection,
      releasing: until !== null,
      releaseUntil: until,
      releasedAt: services.now(),
    });
  });
  await releaseAll(services, viewer.orgId, id);
  return id;
}
