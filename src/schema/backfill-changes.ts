import { ConfirmationRequiredError, ForbiddenError, NotFoundError } from '../domain/errors.ts';
import { backfillEvent, cancelBackfill } from '../sync/backfill/backfill-event.ts';
import { BackfillSuccess } from './backfill.ts';
import { builder } from './builder.ts';
import { change } from './context.ts';
import { givenId } from './ids.ts';

const BackfillEventInput = builder.inputType('BackfillEventInput', {
  description: 'Which leads to put onto which work list.',
  fields: (t) => ({
    integrationId: t.id({ required: true, description: 'Whose work list.' }),
    eventId: t.id({ required: true, description: 'Whose leads.' }),
    confirm: t.boolean({
      defaultValue: false,
      description: 'Must be true: without it the answer is a ConfirmationRequiredError that says how many leads.',
    }),
  }),
});

const BackfillEventResult = builder.errorUnion('BackfillEventResult', {
  description: 'Of backfillEvent.',
  types: [BackfillSuccess, ConfirmationRequiredError, NotFoundError, ForbiddenError],
  resolveType: () => 'BackfillSuccess',
});

const CancelBackfillResult = builder.errorUnion('CancelBackfillResult', {
  description: 'Of cancelBackfill.',
  types: [BackfillSuccess, NotFoundError, ForbiddenError],
  resolveType: () => 'BackfillSuccess',
});

builder.mutationFields((t) => ({
  backfillEvent: t.field({
    type: BackfillEventResult,
    description:
      'Puts the enriched leads of an event that the integration did not take, because it was connected later, onto its work list: in the background, ' +
      'released by nobody, and behind live leads and retries when they are pushed. In MANUAL they are FROZEN. One that is RUNNING for the same event ' +
      'is returned instead; running it again adds nobody twice. Operators and admins.',
    args: {
      input: t.arg({ type: BackfillEventInput, required: true, description: 'Which integration, and which event.' }),
    },
    resolve: async (_root, { input }, context) => {
      const given = {
        ...input,
        integrationId: givenId('Integration', input.integrationId),
        eventId: givenId('Event', input.eventId),
      };
      return { backfillId: await change(context, () => backfillEvent(context.services, context.viewer, given)) };
    },
  }),
  cancelBackfill: t.field({
    type: CancelBackfillResult,
    description:
      'Ends a backfill where it is; what it put onto the list stays there. One that has ended is returned unchanged. Operators and admins.',
    args: { backfillId: t.arg.id({ required: true, description: 'Of the backfill.' }) },
    resolve: async (_root, args, context) => {
      const backfillId = givenId('Backfill', args.backfillId);
      await change(context, () => cancelBackfill(context.services, context.viewer, backfillId));
      return { backfillId };
    },
  }),
}));
