import type { GraphQLResolveInfo } from 'graphql';
import type { EventCounts, ReconciliationSnapshot } from '../db/statements/reconciliation.ts';
import { errorCategories } from '../domain/error-categories.ts';
import { NotFoundError } from '../domain/errors.ts';
import { encodeCursor } from '../sync/log.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { idOf, opaqueId } from './ids.ts';
import { requireKnown } from './known.ts';
import { getLoaded } from './loaders.ts';
import { selects } from './look-ahead.ts';
import { EventRef, IntegrationRef, ReconciliationRef } from './refs.ts';
import { type ErrorGroup, ErrorGroupRef } from './sync-error.ts';

/** What the groups of a work list hold; `failed` of all categories together. */
export type Counts = Omit<EventCounts, 'eventId'>;

export const ReconciliationCountsRef = builder.objectRef<Counts>('ReconciliationCounts').implement({
  description:
    'How many leads are where. Always frozen + queued + syncing = preSync, and preSync + failed + cleared = total.',
  fields: (t) => ({
    total: t.int({
      description: 'All leads on the work list.',
      resolve: ({ frozen, queued, syncing, failed, cleared }) => frozen + queued + syncing + failed + cleared,
    }),
    preSync: t.int({
      description: 'Not at the vendor yet.',
      resolve: ({ frozen, queued, syncing }) => frozen + queued + syncing,
    }),
    frozen: t.exposeInt('frozen', { description: 'Of preSync: held by the setting.' }),
    queued: t.exposeInt('queued', {
      description: 'Of preSync: about to be pushed, or waiting for the vendor or the next attempt.',
    }),
    syncing: t.exposeInt('syncing', { description: 'Of preSync: handed to the vendor and not answered yet.' }),
    failed: t.exposeInt('failed', { description: 'Refused; the sum of `errorGroups`.' }),
    cleared: t.exposeInt('cleared', { description: 'At the vendor.' }),
  }),
});

ReconciliationRef.implement({
  description:
    'The Reconciliation tab of one integration, for all events or for one; of all time. counts, errorGroups, events, withdrawn, notEnriched, ' +
    'cursor and settingVersion are read at one moment; items at that moment or later, never before. When nothing moves, lists equal counts.',
  fields: (t) => ({
    id: t.id({
      description: 'The same for the same integration and event, however it was reached: for caches. Not for `node`.',
      resolve: ({ integrationId, eventId }) =>
        opaqueId('Reconciliation', integrationId, ...(eventId === null ? [] : [eventId])),
    }),
    integration: t.field({
      type: IntegrationRef,
      description: 'Whose work list it is.',
      resolve: ({ integrationId }, _args, context) => getLoaded(context.loaders.integration, integrationId),
    }),
    event: t.field({
      type: EventRef,
      nullable: true,
      description: 'The event it is narrowed to; null: all events.',
      resolve: ({ eventId }, _args, context) => (eventId === null ? null : getLoaded(context.loaders.event, eventId)),
    }),
    counts: t.field({ type: ReconciliationCountsRef, description: 'How many leads are where.', resolve: countsOf }),
    errorGroups: t.field({
      type: [ErrorGroupRef],
      description: 'FAILED leads by what kind of fix they need, largest group first.',
      resolve: groupsOf,
    }),
    withdrawn: t.exposeInt('withdrawn', {
      description: 'Leads that somebody took off the work list: in no group, and not in `total`.',
    }),
    notEnriched: t.exposeInt('notEnriched', {
      description: 'Captured leads that are not enriched yet: on no work list, and not in `total`.',
    }),
    cursor: t.field({
      type: 'Cursor',
      description:
        'Position in the log that the counts belong to: hand it to `leadStatusChanged(after:)` to miss nothing.',
      resolve: encodeCursor,
    }),
    settingVersion: t.int({
      description:
        'Frozen and queued follow from the setting: they belong to this version of it. When it goes up, fetch the rows you show again.',
      resolve: ({ gate }) => gate.version,
    }),
  }),
});

/** The counts of a snapshot. */
export function countsOf({ frozen, queued, syncing, cleared, failed }: ReconciliationSnapshot): Counts {
  const sum = Object.values(failed).reduce((total, n) => total + n, 0);
  return { frozen, queued, syncing, cleared, failed: sum };
}

/** Largest first; equal ones by name. */
function groupsOf({ integrationId, eventId, failed, repeated }: ReconciliationSnapshot): ErrorGroup[] {
  return errorCategories
    .flatMap((category) => ({
      category,
      count: failed[category] ?? 0,
      of: { integrationId, eventId, repeated: repeated[category] ?? 0 },
    }))
    .filter((group) => group.count > 0)
    .sort((a, b) => b.count - a.count || (a.category < b.category ? -1 : 1));
}

/** Everything of one moment in one statement: the events only where they are asked for, because there can be many. */
function read(context: Context, info: GraphQLResolveInfo, integrationId: string, eventId: string | null) {
  return context.loaders.reconciliation.load({ integrationId, eventId, withEvents: selects(info, 'events') });
}

const eventIdArg = 'Narrowed to this event; absent: over all events.';

builder.objectField(IntegrationRef, 'reconciliation', (t) =>
  t.field({
    type: ReconciliationRef,
    description: 'Its Reconciliation tab.',
    args: { eventId: t.arg.id({ description: `${eventIdArg} NOT_FOUND when there is no such event.` }) },
    resolve: async ({ id }, args, context, info) => {
      const eventId = args.eventId == null ? null : await findEvent(context, args.eventId);
      if (args.eventId != null && eventId === null) throw new NotFoundError('event');
      const snapshot = await read(context, info, id, eventId);
      if (!snapshot) throw new Error(`integration ${id} has no log`);
      return snapshot;
    },
  }),
);

builder.queryField('reconciliation', (t) =>
  t.field({
    type: ReconciliationRef,
    nullable: true,
    description: 'The Reconciliation tab of one integration; null when there is no such integration or event.',
    args: {
      integrationId: t.arg.id({ required: true, description: 'Whose work list.' }),
      eventId: t.arg.id({ description: eventIdArg }),
    },
    resolve: async (_root, args, context, info) => {
      const integrationId = idOf('Integration', args.integrationId);
      const eventId = args.eventId == null ? null : await findEvent(context, args.eventId);
      if (integrationId === null || (args.eventId != null && eventId === null)) return null;
      return read(context, info, integrationId, eventId);
    },
  }),
);

async function findEvent(context: Context, globalId: string): Promise<string | null> {
  const id = idOf('Event', globalId);
  return id === null ? null : ((await context.loaders.event.load(id))?.id ?? null);
}

builder.subscriptionField('reconciliationChanged', (t) =>
  t.field({
    type: ReconciliationRef,
    description:
      'Live counts and error groups: the present state first, then at most four times a second, only when something changed, the setting ' +
      'included. A reader that is slower gets fewer messages, always with the latest state. Without an id: all integrations, one after the ' +
      'other.',
    args: {
      integrationId: t.arg.id({
        description: 'Only this one; NOT_FOUND when there is no such. Absent: all of the organization.',
      }),
      eventId: t.arg.id({ description: `${eventIdArg} NOT_FOUND when there is no such event.` }),
    },
    subscribe: async (_root, args, context) => {
      const integrationId =
        args.integrationId == null ? null : await requireKnown(context, 'Integration', args.integrationId);
      const eventId = args.eventId == null ? null : await requireKnown(context, 'Event', args.eventId);
      return context.feed.reconciliations({ orgId: context.viewer.orgId, integrationId, eventId }, context.ended);
    },
    resolve: async (snapshot, _args, context, info) => {
      if (!selects(info, 'events')) return snapshot;
      return (await read(context, info, snapshot.integrationId, snapshot.eventId)) ?? snapshot;
    },
  }),
);
