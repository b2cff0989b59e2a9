import type { TransitionCause } from '../domain/lifecycle.ts';
import { encodeCursor } from '../sync/log.ts';
import { systemName } from '../sync/viewer.ts';
import { builder, enumType } from './builder.ts';
import { SyncStatusType } from './enums.ts';
import { opaqueId } from './ids.ts';
import { getLoaded } from './loaders.ts';
import { askPage, pageArgs, pageCost, pageOf, timelineCursor } from './page.ts';
import { EventRef, LeadRef, LeadStatusTransitionRef, SyncItemRef } from './refs.ts';
import { SyncErrorRef } from './sync-error.ts';

const firstByDefault = 20;

const TransitionCauseType = enumType<TransitionCause>('TransitionCause', 'What made a lead move.', {
  CAPTURED: 'It was captured, enriched already: new on the work list.',
  ENRICHED: 'Its enrichment was completed: new on the work list.',
  EDITED: 'The lead was edited.',
  CLAIMED: 'Its push began.',
  ANSWERED: 'The vendor answered, or did not in time.',
  REFUSED_LOCALLY: 'The mapping or our own validation refused it before any call.',
  RELEASED: 'Somebody pushed it while it waited.',
  RETRIED: 'Somebody retried it after it failed.',
  RETRY_CANCELED: 'The push that somebody had asked for was canceled: it is back where it was.',
  RECOVERED: 'A process died with it, or its claim ran out: it waits again.',
  WITHDRAWN: 'Somebody took it off the work list.',
  RESTORED: 'Somebody put it back onto the work list.',
  MOVED:
    'The lead was moved to another event. Two moves in a row: out of the old event, to WITHDRAWN, and into the new one, from null. Whoever ' +
    'watches one of the two events sees its half.',
  BACKFILLED: 'It was put onto the work list of an integration that came later.',
  ERASED: 'The person was erased: forget what you show of it.',
});

LeadStatusTransitionRef.implement({
  description:
    'A committed move of one lead on its way to one integration, as it read at that commit. Only `item`, `lead` and `event` are as of ' +
    'delivery.',
  fields: (t) => ({
    id: t.id({
      description: 'Opaque, unique, the same at every delivery. Not for `node`.',
      resolve: ({ row }) => opaqueId('LeadStatusTransition', row.integrationId, String(row.position)),
    }),
    cursor: t.field({
      type: 'Cursor',
      description: 'Hand the last one seen to `leadStatusChanged(after:)` to go on without a gap.',
      resolve: ({ row, logEpoch }) =>
        encodeCursor({ integrationId: row.integrationId, logEpoch, position: row.position }),
    }),
    at: t.field({
      type: 'DateTime',
      description: 'When it happened. Never runs backwards in a log.',
      resolve: ({ row }) => row.at,
    }),
    item: t.field({
      type: SyncItemRef,
      description: 'The item as of delivery: it may have moved on. Compare its version with `itemVersion`.',
      resolve: ({ row }, _args, context) => getLoaded(context.loaders.item, row.itemId),
    }),
    itemVersion: t.int({ description: "The item's version after the move.", resolve: ({ row }) => row.itemVersion }),
    lead: t.field({
      type: LeadRef,
      description: 'The lead as of delivery.',
      resolve: ({ row }, _args, context) => getLoaded(context.loaders.lead, row.leadId),
    }),
    event: t.field({
      type: EventRef,
      description: 'Whose counts the move changes: where the lead belonged after it.',
      resolve: ({ row }, _args, context) => getLoaded(context.loaders.event, row.eventId),
    }),
    from: t.field({
      type: SyncStatusType,
      nullable: true,
      description:
        'Null: new on the work list, or at the event. After a change of the setting, FROZEN or QUEUED may differ from the last `to`.',
      resolve: ({ row }) => row.fromStatus,
    }),
    to: t.field({
      type: SyncStatusType,
      description: 'What it read as after the move.',
      resolve: ({ row }) => row.toStatus,
    }),
    settingVersion: t.int({
      description: 'The version of the setting by which `from` and `to` are FROZEN or QUEUED.',
      resolve: ({ row }) => row.settingVersion,
    }),
    attempt: t.int({ description: 'Pushes begun by then.', resolve: ({ row }) => row.attempt }),
    error: t.field({
      type: SyncErrorRef,
      nullable: true,
      description: 'Why it failed or waits again, as of the move.',
      resolve: ({ row }) => row.error,
    }),
    by: t.string({
      description: 'The key or person that asked for the move; `Sluice` where it was nobody, as of claims and answers.',
      resolve: ({ row }) => row.causedBy ?? systemName,
    }),
    revision: t.int({
      nullable: true,
      description: 'The revision of the lead by then; null in entries from before this was kept.',
      resolve: ({ row }) => row.revision,
    }),
    cause: t.field({ type: TransitionCauseType, description: 'What made it move.', resolve: ({ row }) => row.cause }),
  }),
});

const LeadStatusTransitionConnection = builder.connectionObject(
  { type: LeadStatusTransitionRef, name: 'LeadStatusTransitionConnection', description: 'Moves, newest first.' },
  { name: 'LeadStatusTransitionEdge', description: 'A move in the list.' },
);

builder.objectField(SyncItemRef, 'timeline', (t) =>
  t.field({
    type: LeadStatusTransitionConnection,
    description: "Everything that happened to it, newest first, as far back as the log's retention.",
    args: { ...pageArgs(firstByDefault) },
    complexity: pageCost,
    resolve: async ({ id }, args, context) => {
      const asked = askPage(args, firstByDefault, timelineCursor);
      const page = { after: asked.after, limit: asked.limit };
      const rows = await context.loaders.timeline.load({ ownerId: id, page });
      return pageOf(rows, asked, timelineCursor, ({ row }) => row.position);
    },
  }),
);
