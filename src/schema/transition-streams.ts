import { BadInputError } from '../domain/errors.ts';
import type { TransitionBatch } from '../sync/live/feed.ts';
import { encodeCursor } from '../sync/log.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { givenId } from './ids.ts';
import { requireKnown } from './known.ts';
import { createBatchLoaders, type Loaders, type LoggedTransition } from './loaders.ts';
import { LeadStatusTransitionRef } from './refs.ts';

const batchByDefault = 500;
const batchMax = 1_000;

interface LeadStatusBatch extends TransitionBatch {
  integrationId: string;
}

const LeadStatusBatchRef = builder.objectRef<LeadStatusBatch>('LeadStatusBatch').implement({
  description:
    'What was committed since the last batch, in commit order. Sent without transitions once a minute, so that the cursor of an idle reader ' +
    'stays fresh.',
  fields: (t) => ({
    transitions: t.field({
      type: [LeadStatusTransitionRef],
      description: 'In commit order; empty in a batch that only moves the cursor.',
      resolve: ({ transitions, logEpoch }) => transitions.map((row) => ({ row, logEpoch })),
    }),
    cursor: t.field({
      type: 'Cursor',
      description: 'Where to go on with `after`, also when nothing matched.',
      resolve: encodeCursor,
    }),
    caughtUp: t.exposeBoolean('caughtUp', { description: 'False: there is more behind this batch, on its way.' }),
  }),
});

const arg = {
  integrationId: 'Of the integration; NOT_FOUND when there is no such.',
  eventId: 'Only leads of this event; NOT_FOUND when there is no such.',
  after:
    'Starts right behind this position, as far back as the log is kept: CURSOR_EXPIRED with `oldest` beyond that, BAD_USER_INPUT for a cursor of ' +
    'another integration. Absent: from now on.',
} as const;
const guarantees =
  'In commit order, each exactly once per subscription. A change of the setting moves every held lead at once and is told by ' +
  '`integrationChanged` and `reconciliationChanged`, not lead by lead. A reader that falls too far behind ends with SLOW_CONSUMER and the ' +
  '`cursor` to go on from.';

builder.subscriptionFields((t) => ({
  leadStatusChanged: t.field({
    type: LeadStatusTransitionRef,
    description: `Every committed move of a lead on its way to the integration. ${guarantees}`,
    args: {
      integrationId: t.arg.id({ required: true, description: arg.integrationId }),
      eventId: t.arg.id({ description: arg.eventId }),
      after: t.arg({ type: 'Cursor', description: arg.after }),
    },
    subscribe: async (_root, args, context) =>
      new OneByOne(await batchesOf(context, args, batchByDefault, false), context),
    resolve: ({ transition, loaders }, _args, context) => {
      context.loaders = loaders;
      return transition;
    },
  }),
  leadStatusesChanged: t.field({
    type: LeadStatusBatchRef,
    description: `The same in batches, for dashboards: what was committed since the last message. ${guarantees}`,
    args: {
      integrationId: t.arg.id({ required: true, description: arg.integrationId }),
      eventId: t.arg.id({ description: arg.eventId }),
      after: t.arg({ type: 'Cursor', description: arg.after }),
      maxBatch: t.arg.int({
        defaultValue: batchByDefault,
        description: `Most transitions of one message: 1 to ${batchMax}, else BAD_USER_INPUT.`,
      }),
    },
    subscribe: (_root, args, context) => {
      const maxBatch = args.maxBatch ?? batchByDefault;
      if (maxBatch < 1 || maxBatch > batchMax)
        throw new BadInputError(`maxBatch: expected 1 to ${batchMax}, got ${maxBatch}.`);
      return batchesOf(context, args, maxBatch, true);
    },
    resolve: (batch, args) => ({ ...batch, integrationId: givenId('Integration', args.integrationId) }),
  }),
}));

async function batchesOf(
  context: Context,
  args: { integrationId: string; eventId?: string | null | undefined; after?: string | null | undefined },
  batchMax: number,
  heartbeats: boolean,
): Promise<AsyncIterableIterator<TransitionBatch>> {
  const integrationId = await requireKnown(context, 'Integration', args.integrationId);
  const eventId = args.eventId == null ? null : await requireKnown(context, 'Event', args.eventId);
  const after = args.after ?? null;
  return context.feed.transitions(
    { orgId: context.viewer.orgId, integrationId, eventId, after, batchMax, heartbeats },
    context.ended,
  );
}

/** What was read for a batch serves its transitions for this long: a slow reader gets what is newer. */
const freshMs = 250;

interface Delivered {
  transition: LoggedTransition;
  loaders: Loaders;
}

/** Batches as single transitions. No async generator: one that is parked on an await is never cleaned up when its client goes away. */
class OneByOne implements AsyncIterableIterator<Delivered> {
  readonly #batches: AsyncIterableIterator<TransitionBatch>;
  readonly #context: Context;
  #batch: TransitionBatch | null = null;
  #delivered = 0;
  #loaders: Loaders;
  #loadersAt = Number.NEGATIVE_INFINITY;

  constructor(batches: AsyncIterableIterator<TransitionBatch>, context: Context) {
    this.#batches = batches;
    this.#context = context;
    this.#loaders = context.loaders;
  }

  async next(): Promise<IteratorResult<Delivered, undefined>> {
    for (;;) {
      const row = this.#batch?.transitions[this.#delivered];
      if (row && this.#batch) {
        const loaders = this.#freshLoaders(this.#batch);
        this.#delivered += 1;
        return { done: false, value: { transition: { row, logEpoch: this.#batch.logEpoch }, loaders } };
      }
      const next = await this.#batches.next();
      if (next.done) return { done: true, value: undefined };
      this.#batch = next.value;
      this.#delivered = 0;
      this.#loadersAt = Number.NEGATIVE_INFINITY;
    }
  }

  async return(): Promise<IteratorResult<Delivered, undefined>> {
    this.#batch = null;
    await this.#batches.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #freshLoaders({ transitions }: TransitionBatch): Loaders {
    const now = performance.now();
    if (now - this.#loadersAt > freshMs) {
      const { services, viewer } = this.#context;
      this.#loaders = createBatchLoaders(services, viewer, transitions.slice(this.#delivered));
      this.#loadersAt = now;
    }
    return this.#loaders;
  }
}
