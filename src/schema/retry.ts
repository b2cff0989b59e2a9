import type { RetryRow } from '../sync/live/feed.ts';
import { builder, enumType } from './builder.ts';
import { givenId } from './ids.ts';
import { requireKnown } from './known.ts';
import { getLoaded } from './loaders.ts';
import { askPage, pageArgs, pageCost, pageOf, retryCursor } from './page.ts';
import { RetryRampRef } from './ramp.ts';
import { EventRef, IntegrationRef, RetryRef } from './refs.ts';

const firstByDefault = 20;

const RetryStatusType = enumType<RetryRow['status']>('RetryStatus', 'How far a bulk push is.', {
  RUNNING:
    'Some of its leads wait or are in flight. Also while the integration is held by anything but a switch to MANUAL: then it goes on later.',
  COMPLETED: 'Every lead of it has been answered.',
  CANCELED:
    'Somebody canceled it, or the integration became MANUAL. What waited is back where it was; leads in flight finished.',
  STOPPED: 'Too many leads of a step of its ramp failed. What it had not pushed is where it was before it.',
});

builder.node(RetryRef, {
  description:
    'A push of many leads that somebody asked for. Survives restarts; watch it with `retryProgressed`. With nothing to push it is COMPLETED at ' +
    'once. A lead that another running retry has released, or will release, stays with that one.',
  id: { resolve: (retry) => retry.id },
  fields: (t) => ({
    integration: t.field({
      type: IntegrationRef,
      description: 'Where its leads go.',
      resolve: ({ integrationId }, _args, context) => getLoaded(context.loaders.integration, integrationId),
    }),
    event: t.field({
      type: EventRef,
      nullable: true,
      description: 'The event whose leads were selected; null where the selection named none.',
      resolve: ({ eventId }, _args, context) => (eventId === null ? null : getLoaded(context.loaders.event, eventId)),
    }),
    status: t.expose('status', { type: RetryStatusType, description: 'How far it is.' }),
    requestedAt: t.expose('requestedAt', { type: 'DateTime', description: 'When it was asked for.' }),
    requestedBy: t.exposeString('requestedBy', { description: 'The key or person that asked for it.' }),
    total: t.exposeInt('total', {
      description:
        'Leads it releases. Fixed when it starts; of a very large one it grows for a moment before. A lead that is withdrawn before it was ' +
        'pushed is taken off.',
    }),
    waiting: t.int({
      description:
        'Leads of it that wait, for their step too, or are in flight. waiting + cleared + failed = total, unless it was canceled or stopped.',
      resolve: ({ status, total, cleared, failed }) =>
        status === 'CANCELED' || status === 'STOPPED' ? 0 : Math.max(0, total - cleared - failed),
    }),
    cleared: t.exposeInt('cleared', { description: 'Leads of it that the vendor took.' }),
    failed: t.exposeInt('failed', { description: 'Leads of it that were refused.' }),
    onlyPassing: t.exposeBoolean('onlyPassing', {
      description: 'It took only leads that would pass what can be known before the call.',
    }),
    skipped: t.exposeInt('skipped', {
      description: 'Leads that were selected and left where they were, because they would have failed; not in `total`.',
    }),
    ramp: t.field({
      type: RetryRampRef,
      nullable: true,
      description: 'How it goes step by step; null: everything was released at once.',
      resolve: ({ ramp, step }) => ramp && { ...ramp, step },
    }),
  }),
});

const RetryConnection = builder.connectionObject(
  { type: RetryRef, name: 'RetryConnection', description: 'Bulk pushes, newest first.' },
  { name: 'RetryEdge', description: 'A bulk push in the list.' },
);

builder.objectField(IntegrationRef, 'retries', (t) =>
  t.field({
    type: RetryConnection,
    description: 'Bulk pushes, newest first. Ask for RUNNING ones to offer their cancellation.',
    args: {
      status: t.arg({ type: RetryStatusType, description: 'Only those.' }),
      eventId: t.arg.id({ description: 'Only those that were asked for this event. An unknown id: none.' }),
      ...pageArgs(firstByDefault),
    },
    complexity: pageCost,
    resolve: async ({ id }, args, context) => {
      const asked = askPage(args, firstByDefault, retryCursor);
      const eventId = args.eventId == null ? null : givenId('Event', args.eventId);
      const page = { status: args.status ?? null, eventId, after: asked.after, limit: asked.limit };
      const rows = await context.loaders.retryPage.load({ ownerId: id, page });
      return pageOf(rows, asked, retryCursor, (row) => row.id);
    },
  }),
);

builder.subscriptionField('retryProgressed', (t) =>
  t.field({
    type: RetryRef,
    description:
      'Progress of one bulk push: the present state first, then at most four times a second when something changed. Completes after the ' +
      'message in which it has ended.',
    args: { retryId: t.arg.id({ required: true, description: 'Of the bulk push; NOT_FOUND when there is no such.' }) },
    subscribe: async (_root, args, context) => {
      const retryId = await requireKnown(context, 'Retry', args.retryId);
      return context.feed.retry({ orgId: context.viewer.orgId, retryId }, context.ended);
    },
    resolve: (retry) => retry,
  }),
);
