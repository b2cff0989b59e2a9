import { ForbiddenError, IntegrationHeldError, NotFoundError, ValidationError } from '../domain/errors.ts';
import { cancelRetry } from '../sync/cancel-retry.ts';
import { retry, retryEvent } from '../sync/retry.ts';
import { builder } from './builder.ts';
import { change } from './context.ts';
import { ReconciliationGroupType } from './enums.ts';
import { givenId } from './ids.ts';
import { getLoaded } from './loaders.ts';
import { RampInput, rampOf } from './ramp.ts';
import { RetryRef } from './refs.ts';
import { SyncItemSelectionInput, selectionOf } from './selection.ts';

const RetryEventInput = builder.inputType('RetryEventInput', {
  description: 'An event of one integration.',
  fields: (t) => ({
    integrationId: t.id({ required: true, description: 'Where to push.' }),
    eventId: t.id({ required: true, description: 'Whose leads to push.' }),
    groups: t.field({
      type: [ReconciliationGroupType],
      defaultValue: ['PRE_SYNC'],
      description:
        'PRE_SYNC: every waiting lead of the event. FAILED: its failed ones, as well or instead. CLEARED is a ValidationError.',
    }),
  }),
});

const RetryInput = builder.inputType('RetryInput', {
  description: 'Some leads of one integration.',
  fields: (t) => ({
    integrationId: t.id({ required: true, description: 'Where to push.' }),
    select: t.field({ type: SyncItemSelectionInput, required: true, description: 'Which leads.' }),
    onlyPassing: t.boolean({
      defaultValue: false,
      description:
        'Only those that would pass everything that can be known before the call, as `planRetry` foretells when it starts: the others stay where ' +
        'they are, and no call is made for them.',
    }),
    ramp: t.field({
      type: RampInput,
      description: 'A few leads first, and the others only while they pass. Absent: all at once.',
    }),
  }),
});

const RetrySuccess = builder.objectRef<{ retryId: string }>('RetrySuccess').implement({
  description: 'The bulk push as it is after the call.',
  fields: (t) => ({
    retry: t.field({
      type: RetryRef,
      description: 'Watch it with `retryProgressed`.',
      resolve: ({ retryId }, _args, context) => getLoaded(context.loaders.retry, retryId),
    }),
  }),
});

const RetryResult = builder.errorUnion('RetryResult', {
  description: 'Of retryEvent, retry and cancelRetry.',
  types: [RetrySuccess, IntegrationHeldError, ValidationError, NotFoundError, ForbiddenError],
  resolveType: () => 'RetrySuccess',
});

builder.mutationFields((t) => ({
  retryEvent: t.field({
    type: RetryResult,
    description:
      'The global retry of the Event view: pushes the leads of one event now, in MANUAL too, where it is the way to let one event out. Refused ' +
      'while anything else holds the integration. Operators and admins.',
    args: { input: t.arg({ type: RetryEventInput, required: true, description: 'Which event, and what of it.' }) },
    resolve: async (_root, { input }, context) => {
      const given = {
        ...input,
        integrationId: givenId('Integration', input.integrationId),
        eventId: givenId('Event', input.eventId),
      };
      return { retryId: await change(context, () => retryEvent(context.services, context.viewer, given)) };
    },
  }),
  retry: t.field({
    type: RetryResult,
    description:
      'Pushes any other selection: one lead, some, an error group, a search. A lead that waits for its next attempt goes now, and its tries ' +
      'start anew. Refused while anything but MANUAL_MODE holds the integration. Operators and admins.',
    args: { input: t.arg({ type: RetryInput, required: true, description: 'Which leads.' }) },
    resolve: async (_root, { input }, context) => {
      const given = {
        integrationId: givenId('Integration', input.integrationId),
        select: selectionOf(input.select),
        onlyPassing: input.onlyPassing,
        ramp: rampOf(input.ramp),
      };
      return { retryId: await change(context, () => retry(context.services, context.viewer, given)) };
    },
  }),
  cancelRetry: t.field({
    type: RetryResult,
    description:
      'Ends a running bulk push. Its leads that wait go back to where they were before it, failed ones with their last error, those that were ' +
      'pushed once already and wait for another attempt included; leads in flight finish. One that has ended is returned unchanged. Operators ' +
      'and admins.',
    args: { retryId: t.arg.id({ required: true, description: 'Of the bulk push.' }) },
    resolve: async (_root, args, context) => {
      const retryId = givenId('Retry', args.retryId);
      await change(context, () => cancelRetry(context.services, context.viewer, retryId));
      return { retryId };
    },
  }),
}));
