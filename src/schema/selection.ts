import type { Selection, SelectionFilter } from '../sync/selection.ts';
import { builder } from './builder.ts';
import { ErrorCategoryType, ReconciliationGroupType } from './enums.ts';
import { givenId } from './ids.ts';

export const SyncItemFilterInput = builder.inputType('SyncItemFilterInput', {
  description: 'Waiting and failed leads; all that is given must match. An empty filter takes every one of them.',
  fields: (t) => ({
    group: t.field({ type: ReconciliationGroupType, description: 'PRE_SYNC or FAILED; CLEARED is a ValidationError.' }),
    category: t.field({ type: ErrorCategoryType, description: 'Failed leads of this category.' }),
    eventId: t.id({ description: 'Leads of this event.' }),
    search: t.string({ description: 'Part of name, e-mail or company; at least three letters.' }),
    capturedFrom: t.field({ type: 'DateTime', description: 'Captured at this instant or later.' }),
    capturedUntil: t.field({ type: 'DateTime', description: 'Captured before this instant.' }),
  }),
});

export const SyncItemSelectionInput = builder.inputType('SyncItemSelectionInput', {
  description: 'Exactly one of the two.',
  isOneOf: true,
  fields: (t) => ({
    syncItemIds: t.idList({
      description:
        'These, at most 1,000, all of them or none: one that is unknown or CLEARED refuses the call. Those in flight are left alone.',
    }),
    filter: t.field({ type: SyncItemFilterInput, description: 'Whatever matches when the call begins.' }),
  }),
});

/** What an input selects. */
export function selectionOf({
  syncItemIds,
  filter,
}: {
  syncItemIds?: string[] | null | undefined;
  filter?: SelectionFilter | null | undefined;
}): Selection {
  return syncItemIds
    ? { syncItemIds: syncItemIds.map((id) => givenId('SyncItem', id)) }
    : { filter: { ...filter, eventId: filter?.eventId == null ? null : givenId('Event', filter.eventId) } };
}
