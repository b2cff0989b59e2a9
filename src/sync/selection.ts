import { and, eq, inArray } from 'drizzle-orm';
import { z } from 'zod';
import type { RetrySelection } from '../db/statements/retry-items.ts';
import { events, syncItems } from '../db/tables/index.ts';
import type { ErrorCategory } from '../domain/error-categories.ts';
import { NotFoundError, ValidationError } from '../domain/errors.ts';
import type { ReconciliationGroup } from '../domain/lifecycle.ts';
import type { Services } from './services.ts';
import { isStorable } from './text.ts';
import type { Viewer } from './viewer.ts';

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

/** Checks what somebody selects of an integration's work list. Throws ValidationError and NotFoundError, with paths below `select`. */
export async function readSelection(
  services: Services,
  viewer: Viewer,
  integrationId: string,
  select: Selection,
): Promise<RetrySelection> {
  if ('filter' in select) {
    const selection = selectionOfFilter(select.filter);
    if (selection.eventId) await requireEvent(services, viewer, selection.eventId);
    return selection;
  }
  const ids = [...new Set(select.syncItemIds)];
  await requireRetryable(services, viewer, integrationId, ids);
  return { ids, states: ['FAILED', 'PENDING'] };
}

/** The states that a push takes of these groups, in the order in which it takes them. */
export function statesOf(groups: readonly ReconciliationGroup[]): RetrySelection['states'] {
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

export async function requireEvent(services: Services, viewer: Viewer, eventId: string): Promise<void> {
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
