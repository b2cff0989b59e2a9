import type { AttemptRow } from '../db/statements/item-history.ts';
import type { AttemptReason } from '../domain/lane.ts';
import { builder, enumType } from './builder.ts';
import { opaqueId } from './ids.ts';
import { askPage, attemptCursor, pageArgs, pageCost, pageOf } from './page.ts';
import { PushAttemptRef, SyncItemRef } from './refs.ts';
import { SyncErrorRef } from './sync-error.ts';

const firstByDefault = 20;

const PushReasonType = enumType<AttemptReason>('PushReason', 'Why a lead was pushed.', {
  AUTOMATIC: 'It was due and the gate was open.',
  FLUSHED: 'It had waited behind the gate, and the gate was opened.',
  RELEASED: 'Somebody pushed it while it waited.',
  RETRIED: 'Somebody retried it after it had failed.',
  BACKFILLED: 'It was put onto the list of an integration that came later.',
  AGAIN: 'The push before ended without a final answer: passing trouble, or a vendor that asked us to wait.',
  RECOVERED: 'The push before was lost: its process died, or its claim ran out.',
});

const PushOutcomeType = enumType<AttemptRow['outcome']>('PushOutcome', 'How a push ended.', {
  CLEARED: 'The vendor took it.',
  FAILED: 'It was refused for a reason that needs a person.',
  WAITING: 'It waits again: passing trouble, or nothing that was about this lead.',
});

const PushExchangeRef = builder.objectRef<AttemptRow['exchanges'][number]>('PushExchange').implement({
  description:
    'One request to the vendor and its answer, as far as they concerned this lead. Secrets are removed; what is long is cut and says so.',
  fields: (t) => ({
    request: t.exposeString('request', { description: 'Method and path, such as `POST /rest/v1/leads.json`.' }),
    payload: t.expose('payload', {
      type: 'JSON',
      nullable: true,
      description:
        "What was sent for this lead: of a batch only its own part. Null: nothing but the address. The lead's data as it was then.",
    }),
    status: t.exposeInt('status', { nullable: true, description: 'HTTP status; null: there was no answer.' }),
    answer: t.expose('answer', {
      type: 'JSON',
      nullable: true,
      description: 'What the vendor said about this lead, as JSON or text; null: nothing.',
    }),
  }),
});

PushAttemptRef.implement({
  description:
    'One push of one lead: everything done at the vendor under one claim. Recorded with its answer, and kept as long as the server is set to ' +
    '(30 days by default). A lead that was refused before any call has none for it.',
  fields: (t) => ({
    id: t.id({
      description: 'Opaque and stable, for caches. Not for `node`.',
      resolve: ({ itemId, itemVersion }) => opaqueId('PushAttempt', itemId, String(itemVersion)),
    }),
    attempt: t.exposeInt('attempt', { description: 'Of the lead, from 1: `SyncItem.attempts` then.' }),
    reason: t.expose('reason', { type: PushReasonType, description: 'Why it ran.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When the call to the vendor began.' }),
    durationMs: t.exposeInt('durationMs', {
      description: 'How long the vendor took, all requests of the call together; of a batch that of the batch.',
    }),
    outcome: t.expose('outcome', { type: PushOutcomeType, description: 'How it ended.' }),
    error: t.expose('error', {
      type: SyncErrorRef,
      nullable: true,
      description: 'Why it failed or waits again; null where the vendor took it, or the reason was not this lead.',
    }),
    exchanges: t.expose('exchanges', {
      type: [PushExchangeRef],
      description: 'In order, look-ups and memberships included. Empty: nothing was sent for this lead by itself.',
    }),
  }),
});

const PushAttemptConnection = builder.connectionObject(
  { type: PushAttemptRef, name: 'PushAttemptConnection', description: 'Pushes of a lead, newest first.' },
  { name: 'PushAttemptEdge', description: 'A push in the list.' },
);

builder.objectField(SyncItemRef, 'pushAttempts', (t) =>
  t.field({
    type: PushAttemptConnection,
    description: 'Its pushes, newest first, as far back as they are kept. One that is under way comes with its answer.',
    args: { ...pageArgs(firstByDefault) },
    complexity: pageCost,
    resolve: async ({ id }, args, context) => {
      const asked = askPage(args, firstByDefault, attemptCursor);
      const page = { after: asked.after, limit: asked.limit };
      const rows = await context.loaders.attemptPage.load({ ownerId: id, page });
      return pageOf(rows, asked, attemptCursor, (row) => row.itemVersion);
    },
  }),
);
