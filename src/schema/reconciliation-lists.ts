import type { EventRow } from '../db/statements/event-pages.ts';
import type { ItemFilter } from '../db/statements/item-filter.ts';
import type { ReconciliationSnapshot } from '../db/statements/reconciliation.ts';
import type { SyncStatus } from '../domain/lifecycle.ts';
import { readItemFilter } from '../sync/item-filter.ts';
import { searchOf } from '../sync/text.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { keyOfEvent } from './event.ts';
import { itemFilterArgs, orderOf } from './item-filter-args.ts';
import { countedMax } from './loaders.ts';
import { askPage, eventCursor, itemCursor, pageArgs, pageCost, pageOf } from './page.ts';
import { type Counts, countsOf, ReconciliationCountsRef } from './reconciliation.ts';
import { EventRef, ReconciliationRef, SyncItemRef } from './refs.ts';

const firstByDefault = 50;

const SyncItemConnection = builder.connectionObject(
  {
    type: SyncItemRef,
    name: 'SyncItemConnection',
    description: 'Leads of a work list, by when they were captured.',
    fields: (t) => ({
      totalCount: t.int({
        nullable: true,
        description:
          'How many match, on all pages; of the moment of the counts. Null when more than 1,000 match a search, a field or an interval.',
        resolve: async ({ countAll }) => (await countAll?.()) ?? null,
      }),
    }),
  },
  { name: 'SyncItemEdge', description: 'A lead in the list.' },
);

builder.objectField(ReconciliationRef, 'items', (t) =>
  t.field({
    type: SyncItemConnection,
    description:
      'The Lead view: leads of the work list; all that is given must match. WITHDRAWN ones only when asked for by `status`. Read at the moment ' +
      'of the counts or later.',
    args: {
      ...itemFilterArgs(),
      ...pageArgs(firstByDefault),
    },
    complexity: pageCost,
    resolve: async (snapshot, args, context) => {
      const asked = askPage(args, firstByDefault, itemCursor);
      const filter = readItemFilter({ ...args, eventId: snapshot.eventId });
      const page = { filter, order: orderOf(args.orderBy), after: asked.after, limit: asked.limit };
      const rows = await context.loaders.itemPage.load({ ownerId: snapshot.integrationId, page });
      return {
        ...pageOf(rows, asked, itemCursor, ({ capturedAt, id }) => ({ capturedAt, id })),
        countAll: () => countAll(context, snapshot, filter),
      };
    },
  }),
);

/** From the counts where they say it; null: more than we count. */
async function countAll(
  context: Context,
  snapshot: ReconciliationSnapshot,
  filter: ItemFilter,
): Promise<number | null> {
  if (!isKept(filter)) {
    const n = await context.loaders.itemCount.load({ ownerId: snapshot.integrationId, page: filter });
    return n > countedMax ? null : n;
  }
  const counts = countsOf(snapshot);
  const byStatus: Record<SyncStatus, number> = {
    FROZEN: counts.frozen,
    QUEUED: counts.queued,
    SYNCING: counts.syncing,
    FAILED:
      filter.categories === null
        ? counts.failed
        : sumOf([...new Set(filter.categories)].map((category) => snapshot.failed[category] ?? 0)),
    CLEARED: counts.cleared,
    WITHDRAWN: snapshot.withdrawn,
  };
  return sumOf(filter.statuses.map((status) => byStatus[status]));
}

/** Whether the counts are kept by what is filtered by. */
const isKept = ({ search, remoteField, capturedFrom, capturedUntil }: ItemFilter): boolean =>
  search === null && remoteField === null && capturedFrom === null && capturedUntil === null;

const sumOf = (counts: readonly number[]): number => counts.reduce((sum, n) => sum + n, 0);

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
