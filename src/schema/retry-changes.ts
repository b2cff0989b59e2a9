import { ForbiddenError, IntegrationHeldError, NotFoundError, ValidationError } from '../domain/errors.ts';
import { cancelRetry } from '../sync/cancel-retry.ts';
import { retry, retryEvent } from '../sync/retry.ts';
import type { Selection } from '../sync/selection.ts';
import { builder } from './builder.ts';
import { change } from './context.ts';
import { ErrorCategoryType, ReconciliationGroupType } from './enums.ts';
import { givenId } from './ids.ts';
import { getLoaded } from './loaders.ts';
import { RampInput, rampOf } from './ramp.ts';
import { RetryRef } from './refs.ts';

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

export const SyncItemFilterInput = builder.inputType('SyncItemFilterInput', {
  description: 'Waiting and failed leads; all that is given must match. An empty filter takes every one of them.',
  fields: (t) => ({
    group: t.field({ type: ReconciliationGroupType, description: 'PRE_SYNC or FAILED; CLEARED is a ValidationError.' }),
    category: t.field({ type: ErrorCategoryType, description: 'Failed leads of this category.' }),
    eventId: t.id({ description: 'Leads of this event.' }),
    search: t.string({ description: 'Part of name, e-mail or company; at least three letters.' }),
    capturedFrom: t.field({ type: 'DateTime', description: 'Captured at this instant or later.' }),
    capturedUntil: t.field({ type: 'DateTime', description: 'Captured before this instant.' }),
  }),
});

const SyncItemSelectionInput = builder.inputType('SyncItemSelectionInput', {
  description: 'Exactly one of the two.',
  isOneOf: true,
  fields: (t) => ({
    syncItemIds: t.idList({
      description:
        'These, at most 1,000, all of them or none: one that is unknown or CLEARED refuses the call. Those in flight are left alone.',
    }),
    filter: t.field({ type: SyncItemFilterInput, description: 'Whatever matches when the retry starts.' }),
  }),
});

const RetryInput = builder.inputType('RetryInput', {
  description: 'Some leads of one integration.',
  fields: (t) => ({
    integrationId: t.id({ required: true, description: 'Where to push.' }),
    select: t.field({ type: SyncItemSelectionInput, required: true, description: 'Which leads.' }),
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
      const { syncItemIds, filter } = input.select;
      const select: Selection = syncItemIds
        ? { syncItemIds: syncItemIds.map((id) => givenId('SyncItem', id)) }
        : { filter: { ...filter, eventId: filter?.eventId == null ? null : givenId('Event', filter.eventId) } };
      const given = { integrationId: givenId('Integration', input.integrationId), select, ramp: rampOf(input.ramp) };
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
