import type { ItemFilter } from '../db/statements/item-filter.ts';
import type { ErrorCategory } from '../domain/error-categories.ts';
import { BadInputError } from '../domain/errors.ts';
import { groupOf, type ReconciliationGroup, type SyncStatus, syncStatuses } from '../domain/lifecycle.ts';
import { isStorable, searchOf } from './text.ts';

export const syncItemOrders = ['CAPTURED_AT_DESC', 'CAPTURED_AT_ASC'] as const;
export type SyncItemOrder = (typeof syncItemOrders)[number];

/** What somebody narrows a work list by; all that is given must match. */
export interface GivenItemFilter {
  eventId: string | null;
  group?: ReconciliationGroup | null | undefined;
  status?: SyncStatus | null | undefined;
  category?: ErrorCategory | null | undefined;
  categories?: readonly ErrorCategory[] | null | undefined;
  remoteField?: string | null | undefined;
  search?: string | null | undefined;
  capturedFrom?: Date | null | undefined;
  capturedUntil?: Date | null | undefined;
}

/** Fewer letters would match nearly everybody, and no index helps. */
const searchLettersMin = 3;

/** The same as the lists read it: WITHDRAWN items only where they are asked for. Throws BadInputError for what can't be searched for. */
export function readItemFilter(given: GivenItemFilter): ItemFilter {
  const { eventId, group, status, category, capturedFrom = null, capturedUntil = null } = given;
  const remoteField = given.remoteField ?? null;
  if (remoteField !== null && !isStorable(remoteField))
    throw new BadInputError('remoteField: no field has such a name.');
  const categories = categoriesOf(category ?? null, given.categories ?? null);
  const ofFailed = categories !== null || remoteField !== null;
  const statuses = syncStatuses.filter(
    (one) =>
      (status == null ? one !== 'WITHDRAWN' : one === status) &&
      (group == null || groupOfStatus(one) === group) &&
      (!ofFailed || one === 'FAILED'),
  );
  const search = searchOf(given.search, searchLettersMin);
  return { statuses, categories, remoteField, eventId, search, capturedFrom, capturedUntil };
}

function categoriesOf(one: ErrorCategory | null, several: readonly ErrorCategory[] | null): ErrorCategory[] | null {
  if (several === null) return one === null ? null : [one];
  return one === null ? [...several] : several.filter((category) => category === one);
}

const groupOfStatus = (status: SyncStatus): ReconciliationGroup | null =>
  groupOf(status === 'FROZEN' || status === 'QUEUED' ? 'PENDING' : status);
