import type { OperationRow } from '../db/statements/operations.ts';
import { builder } from './builder.ts';
import { requireKnown } from './known.ts';
import { getLoaded } from './loaders.ts';
import { OperationStatusType } from './operation-status.ts';
import { askPage, backfillCursor, pageArgs, pageCost, pageOf } from './page.ts';
import { BackfillRef, EventRef, IntegrationRef } from './refs.ts';

const firstByDefault = 20;

builder.node(BackfillRef, {
  description:
    'Leads of an event that are put onto the work list of an integration that came later, in the background, behind everything else that is due. ' +
    'Watch it with `backfillProgressed`; it ends when they are on the list, and what becomes of them then is told by the list.',
  id: { resolve: (backfill) => backfill.id },
  fields: (t) => ({
    integration: t.field({
      type: IntegrationRef,
      nullable: true,
      description: 'Whose work list; null once it was deleted.',
      resolve: ({ integrationId }, _args, context) =>
        integrationId === null ? null : context.loaders.integration.load(integrationId),
    }),
    event: t.field({
      type: EventRef,
      nullable: true,
      description: 'Whose leads.',
      resolve: ({ eventId }, _args, context) => (eventId === null ? null : context.loaders.event.load(eventId)),
    }),
    status: t.expose('status', { type: OperationStatusType, description: 'How far it is.' }),
    requestedAt: t.expose('requestedAt', { type: 'DateTime', description: 'When it was asked for.' }),
    requestedBy: t.exposeString('requestedBy', { description: 'The key or person that asked for it.' }),
    finishedAt: t.expose('finishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it ended; null while it runs.',
    }),
    total: t.int({
      description:
        'How many it was to put onto the list when it was asked for; once COMPLETED, how many it did: what got there by itself, was erased or moved ' +
        'away meanwhile is not among them.',
      resolve: ({ total }) => total ?? 0,
    }),
    done: t.exposeInt('done', { description: 'How many it has put onto the list.' }),
    problem: t.string({
      nullable: true,
      description: 'Why it FAILED, in plain words; null otherwise.',
      resolve: ({ status, result }: OperationRow) =>
        status === 'FAILED' ? ((result as { problem?: string } | null)?.problem ?? null) : null,
    }),
  }),
});

const BackfillConnection = builder.connectionObject(
  { type: BackfillRef, name: 'BackfillConnection', description: 'Backfills, newest first.' },
  { name: 'BackfillEdge', description: 'A backfill in the list.' },
);

builder.objectField(IntegrationRef, 'backfills', (t) =>
  t.field({
    type: BackfillConnection,
    description: 'Backfills of the integration, newest first.',
    args: { ...pageArgs(firstByDefault) },
    complexity: pageCost,
    resolve: async ({ id }, args, context) => {
      const asked = askPage(args, firstByDefault, backfillCursor);
      const page = { after: asked.after, limit: asked.limit };
      const rows = await context.loaders.backfillPage.load({ ownerId: id, page });
      return pageOf(rows, asked, backfillCursor, (row) => row.id);
    },
  }),
);

builder.subscriptionField('backfillProgressed', (t) =>
  t.field({
    type: BackfillRef,
    description:
      'Progress of one backfill: the present state first, then at most four times a second when something changed. Completes after the message in ' +
      'which it has ended.',
    args: {
      backfillId: t.arg.id({ required: true, description: 'Of the backfill; NOT_FOUND when there is no such.' }),
    },
    subscribe: async (_root, args, context) => {
      const operationId = await requireKnown(context, 'Backfill', args.backfillId);
      return context.feed.operation({ orgId: context.viewer.orgId, operationId }, context.ended);
    },
    resolve: (backfill) => backfill,
  }),
);

/** For results: the backfill as it is after the call. */
export const BackfillSuccess = builder.objectRef<{ backfillId: string }>('BackfillSuccess').implement({
  description: 'The backfill as it is after the call.',
  fields: (t) => ({
    backfill: t.field({
      type: BackfillRef,
      description: 'Watch it with `backfillProgressed`.',
      resolve: ({ backfillId }, _args, context) => getLoaded(context.loaders.backfill, backfillId),
    }),
  }),
});
