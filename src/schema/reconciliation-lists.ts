import type { EventRow } from '../db/statements/event-pages.ts';
import type { ItemFilter } from '../db/statements/item-pages.ts';
import type { ReconciliationSnapshot } from '../db/statements/reconciliation.ts';
import type { ErrorCategory } from '../domain/error-categories.ts';
import { groupOf, type ReconciliationGroup, type SyncStatus, syncStatuses } from '../domain/lifecycle.ts';
import { builder, enumType } from './builder.ts';
import type { Context } from './context.ts';
import { ErrorCategoryType, ReconciliationGroupType, SyncStatusType } from './enums.ts';
import { keyOfEvent } from './event.ts';
import { countedMax } from './loaders.ts';
import { askPage, eventCursor, itemCursor, pageArgs, pageCost, pageOf } from './page.ts';
import { type Counts, countsOf, ReconciliationCountsRef } from './reconciliation.ts';
import { EventRef, ReconciliationRef, SyncItemRef } from './refs.ts';
import { searchOf } from './text-args.ts';

const firstByDefault = 50;
/** Fewer letters would match nearly everybody, and no index helps. */
const searchLettersMin = 3;

const SyncItemOrderType = enumType<'CAPTURED_AT_DESC' | 'CAPTURED_AT_ASC'>(
  'SyncItemOrder',
  'By keys that never change, so that whatever matches throughout the paging appears exactly once.',
  { CAPTURED_AT_DESC: 'Captured last, first.', CAPTURED_AT_ASC: 'Captured first, first.' },
);

const SyncItemConnection = builder.connectionObject(
  {
    type: SyncItemRef,
    name: 'SyncItemConnection',
    description: 'Leads of a work list, by when they were captured.',
    fields: (t) => ({
      totalCount: t.int({
        nullable: true,
        description:
          'How many match, on all pages; of the moment of the counts. Null when a search matches more than 1,000.',
        resolve: async ({ countAll }) => (await countAll?.()) ?? null,
      }),
    }),
  },
  { name: 'SyncItemEdge', description: 'A lead in the list.' },
);

interface ItemArgs {
  group?: ReconciliationGroup | null | undefined;
  status?: SyncStatus | null | undefined;
  category?: ErrorCategory | null | undefined;
  search?: string | null | undefined;
}

builder.objectField(ReconciliationRef, 'items', (t) =>
  t.field({
    type: SyncItemConnection,
    description:
      'The Lead view: leads of the work list; all that is given must match. WITHDRAWN ones only when asked for by `status`. Read at the moment ' +
      'of the counts or later.',
    args: {
      group: t.arg({ type: ReconciliationGroupType, description: 'Only this list.' }),
      status: t.arg({ type: SyncStatusType, description: 'Only leads that are there.' }),
      category: t.arg({
        type: ErrorCategoryType,
        description: 'Only FAILED leads of this category: those that `errorGroups` counts.',
      }),
      search: t.arg.string({
        description: 'Part of name, e-mail or company, whatever the case; at least three letters, else BAD_USER_INPUT.',
      }),
      orderBy: t.arg({
        type: SyncItemOrderType,
        defaultValue: 'CAPTURED_AT_DESC',
        description: 'Keep it while paging.',
      }),
      ...pageArgs(firstByDefault),
    },
    complexity: pageCost,
    resolve: async (snapshot, args, context) => {
      const asked = askPage(args, firstByDefault, itemCursor);
      const filter = filterOf(snapshot, args);
      const order = args.orderBy === 'CAPTURED_AT_ASC' ? ('asc' as const) : ('desc' as const);
      const page = { filter, order, after: asked.after, limit: asked.limit };
      const rows = await context.loaders.itemPage.load({ ownerId: snapshot.integrationId, page });
      return {
        ...pageOf(rows, asked, itemCursor, ({ capturedAt, id }) => ({ capturedAt, id })),
        countAll: () => countAll(context, snapshot, filter),
      };
    },
  }),
);

function filterOf({ eventId }: ReconciliationSnapshot, { group, status, category, search }: ItemArgs): ItemFilter {
  const statuses = syncStatuses.filter(
    (one) =>
      (status == null ? one !== 'WITHDRAWN' : one === status) &&
      (group == null || groupOfStatus(one) === group) &&
      (category == null || one === 'FAILED'),
  );
  return { statuses, category: category ?? null, eventId, search: searchOf(search, searchLettersMin) };
}

const groupOfStatus = (status: SyncStatus): ReconciliationGroup | null =>
  groupOf(status === 'FROZEN' || status === 'QUEUED' ? 'PENDING' : status);

/** From the counts where they say it; null: more than we count. */
async function countAll(
  context: Context,
  snapshot: ReconciliationSnapshot,
  filter: ItemFilter,
): Promise<number | null> {
  if (filter.search !== null) {
    const n = await context.loaders.itemCount.load({ ownerId: snapshot.integrationId, page: filter });
    return n > countedMax ? null : n;
  }
  const counts = countsOf(snapshot);
  const byStatus: Record<SyncStatus, number> = {
    FROZEN: counts.frozen,
    QUEUED: counts.queued,
    SYNCING: counts.syncing,
    FAILED: filter.category === null ? counts.failed : (snapshot.failed[filter.category] ?? 0),
    CLEARED: counts.cleared,
    WITHDRAWN: snapshot.withdrawn,
  };
  return filter.statuses.reduce((sum, status) => sum + byStatus[status], 0);
}

interface EventReconciliation {
  event: EventRow;
  counts: Counts;
}

const EventReconciliationRef = builder.objectRef<EventReconciliation>('EventReconciliation').implement({
  description: 'A line of the Event view. Push its leads with `retryEvent`.',
  fields: (t) => ({
    event: t.expose('event', { type: EventRef, description: 'The event.' }),
    counts: t.expose('counts', {
      type: ReconciliationCountsRef,
      description: 'How many of its leads are where, at the moment of the counts.',
    }),
  }),
});

const EventReconciliationConnection = builder.connectionObject(
  {
    type: EventReconciliationRef,
    name: 'EventReconciliationConnection',
    description: 'Events by first day, newest first, those without one last.',
    fields: (t) => ({
      totalCount: t.int({
        description: 'How many match, on all pages.',
        resolve: async ({ countAll }) => (await countAll?.()) ?? 0,
      }),
    }),
  },
  { name: 'EventReconciliationEdge', description: 'An event in the list.' },
);

builder.objectField(ReconciliationRef, 'events', (t) =>
  t.field({
    type: EventReconciliationConnection,
    description: 'The Event view: events that have leads, by first day, newest first, those without one last.',
    args: {
      search: t.arg.string({ description: 'Part of the name, whatever the case.' }),
      ...pageArgs(firstByDefault),
    },
    complexity: pageCost,
    resolve: async ({ events }, args, context) => {
      if (!events) throw new Error('events were not read with their reconciliation');
      const asked = askPage(args, firstByDefault, eventCursor);
      const countsOfEvent = new Map(events.map((counts) => [counts.eventId, counts]));
      const filter = { ids: [...countsOfEvent.keys()].sort(), search: searchOf(args.search, 1) };
      const rows = await context.loaders.eventPage.load({ ...filter, after: asked.after, limit: asked.limit });
      const lines = rows.flatMap((event) => {
        const counts = countsOfEvent.get(event.id);
        return counts ? [{ event, counts }] : [];
      });
      return {
        ...pageOf(lines, asked, eventCursor, (line) => keyOfEvent(line.event)),
        countAll: () => context.loaders.eventCount.load(filter),
      };
    },
  }),
);
