import { and, eq } from 'drizzle-orm';
import { z } from 'zod';
import type { StateBefore, WithdrawalFilter } from '../db/statements/withdraw-items.ts';
import { events } from '../db/tables/index.ts';
import { NotFoundError, ValidationError } from '../domain/errors.ts';
import type { ReconciliationGroup } from '../domain/lifecycle.ts';
import type { Selection, SelectionFilter } from './selection.ts';
import type { Services } from './services.ts';
import { isStorable } from './text.ts';
import type { Viewer } from './viewer.ts';

/** Most ids of one call. */
const idsMax = 1_000;
/** Fewer letters would match nearly everybody, and no index helps. */
const searchMin = 3;

const stateOfGroup: Record<ReconciliationGroup, StateBefore> = {
  PRE_SYNC: 'PENDING',
  FAILED: 'FAILED',
  CLEARED: 'CLEARED',
};

/** Some items by their ids, each once, or a filter. */
export type WithdrawalSelection = { ids: string[] } | { filter: WithdrawalFilter };

/** Checks a selection of items to withdraw or to restore. `groups`: those that a filter may take; without `group` it takes all of them. */
export async function withdrawalSelectionOf(
  services: Services,
  { orgId }: Viewer,
  select: Selection,
  groups: readonly ReconciliationGroup[],
): Promise<WithdrawalSelection> {
  if ('syncItemIds' in select) return { ids: idsOf(select.syncItemIds) };
  const filter = filterOf(select.filter, groups);
  if (filter.eventId !== null) {
    const [event] = await services.db
      .select({ id: events.id })
      .from(events)
      .where(and(eq(events.orgId, orgId), eq(events.id, filter.eventId)));
    if (!event) throw new NotFoundError('event');
  }
  return { filter };
}

function idsOf(syncItemIds: readonly string[]): string[] {
  const ids = [...new Set(syncItemIds)];
  if (ids.length > idsMax) {
    throw new ValidationError([
      { path: 'select.syncItemIds', message: `expected at most ${idsMax}, got ${ids.length}.` },
    ]);
  }
  if (!z.array(z.uuid()).safeParse(ids).success) throw new NotFoundError('sync item');
  return ids;
}

function filterOf(given: SelectionFilter, groups: readonly ReconciliationGroup[]): WithdrawalFilter {
  const { group = null } = given;
  if (group !== null && !groups.includes(group)) {
    throw new ValidationError([
      {
        path: 'select.filter.group',
        message: `expected ${groups.join(' or ')}: what is ${group} is taken by its ids only.`,
      },
    ]);
  }
  const search = given.search?.trim() || null;
  if (search && ([...search].length < searchMin || !isStorable(search))) {
    throw new ValidationError([{ path: 'select.filter.search', message: `expected at least ${searchMin} letters.` }]);
  }
  return {
    states: (group === null ? groups : [group]).map((one) => stateOfGroup[one]),
    eventId: given.eventId ?? null,
    category: given.category ?? null,
    search,
    capturedFrom: given.capturedFrom ?? null,
    capturedUntil: given.capturedUntil ?? null,
  };
}
