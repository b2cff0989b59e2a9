import { ForbiddenError, NotFoundError, ValidationError } from '../domain/errors.ts';
import { restoreItems } from '../sync/restore-items.ts';
import { type WithdrawItems, withdrawItems } from '../sync/withdraw-items.ts';
import { builder } from './builder.ts';
import { change } from './context.ts';
import { ErrorCategoryType, ReconciliationGroupType } from './enums.ts';
import { givenId } from './ids.ts';
import { getLoaded } from './loaders.ts';
import { IntegrationRef, SyncItemRef } from './refs.ts';
import { SyncItemFilterInput, selectionOf } from './selection.ts';

const WithdrawalSelectionInput = builder.inputType('WithdrawalSelectionInput', {
  description: 'Exactly one of the two.',
  isOneOf: true,
  fields: (t) => ({
    syncItemIds: t.idList({
      description:
        'These, at most 1,000, all of them or none: CLEARED ones too; one that is unknown or SYNCING refuses the call. What is WITHDRAWN stays so.',
    }),
    filter: t.field({
      type: SyncItemFilterInput,
      description:
        'Whatever matches when the call begins; leads in flight are left alone. In chunks: if the call is cut off, the same call goes on.',
    }),
  }),
});

const WithdrawItemsInput = builder.inputType('WithdrawItemsInput', {
  description: 'Leads of one integration to take off its work list.',
  fields: (t) => ({
    integrationId: t.id({ required: true, description: 'Whose work list. Other integrations keep the leads.' }),
    select: t.field({ type: WithdrawalSelectionInput, required: true, description: 'Which leads.' }),
  }),
});

const WithdrawnItemFilterInput = builder.inputType('WithdrawnItemFilterInput', {
  description:
    'WITHDRAWN leads, by what they were before; all that is given must match. An empty filter takes every one of them.',
  fields: (t) => ({
    group: t.field({ type: ReconciliationGroupType, description: 'The list that they were taken from.' }),
    category: t.field({ type: ErrorCategoryType, description: 'Those that had failed with this category.' }),
    eventId: t.id({ description: 'Leads of this event.' }),
    search: t.string({ description: 'Part of name, e-mail or company; at least three letters.' }),
    capturedFrom: t.field({ type: 'DateTime', description: 'Captured at this instant or later.' }),
    capturedUntil: t.field({ type: 'DateTime', description: 'Captured before this instant.' }),
  }),
});

const RestorationSelectionInput = builder.inputType('RestorationSelectionInput', {
  description: 'Exactly one of the two.',
  isOneOf: true,
  fields: (t) => ({
    syncItemIds: t.idList({
      description:
        'These, at most 1,000, all of them or none: one that is unknown, or of an erased person, refuses the call. What is on the list stays as it is.',
    }),
    filter: t.field({
      type: WithdrawnItemFilterInput,
      description:
        'Whatever matches when the call begins, without erased persons. In chunks: if the call is cut off, the same call goes on.',
    }),
  }),
});

const RestoreItemsInput = builder.inputType('RestoreItemsInput', {
  description: 'Withdrawn leads of one integration to put back onto its work list.',
  fields: (t) => ({
    integrationId: t.id({ required: true, description: 'Whose work list.' }),
    select: t.field({ type: RestorationSelectionInput, required: true, description: 'Which leads.' }),
  }),
});

interface Moved {
  integrationId: string;
  /** How many the call moved. */
  moved: number;
  /** Those that were named by their ids. */
  itemIds: readonly string[];
}

/** What both mutations answer with, under their own names. */
function successType(name: string, countName: 'withdrawn' | 'restored', description: string, count: string) {
  return builder.objectRef<Moved>(name).implement({
    description,
    fields: (t) => ({
      integration: t.field({
        type: IntegrationRef,
        description: 'With its counts after the call.',
        resolve: ({ integrationId }, _args, context) => getLoaded(context.loaders.integration, integrationId),
      }),
      [countName]: t.int({ description: count, resolve: ({ moved }) => moved }),
      items: t.field({
        type: [SyncItemRef],
        description:
          'Those that were selected by their ids, as they are after the call; empty where a filter selected. Subscribers are told of each.',
        resolve: ({ itemIds }, _args, context) => itemIds.map((id) => getLoaded(context.loaders.item, id)),
      }),
    }),
  });
}

const WithdrawItemsSuccess = successType(
  'WithdrawItemsSuccess',
  'withdrawn',
  'The leads are off the work list.',
  'How many it took off; what was WITHDRAWN already is not among them.',
);

const WithdrawItemsResult = builder.errorUnion('WithdrawItemsResult', {
  description: 'Of withdrawItems.',
  types: [WithdrawItemsSuccess, ValidationError, NotFoundError, ForbiddenError],
  resolveType: () => 'WithdrawItemsSuccess',
});

const RestoreItemsSuccess = successType(
  'RestoreItemsSuccess',
  'restored',
  'The leads are on the work list.',
  'How many it put back; what was on the list already is not among them.',
);

const RestoreItemsResult = builder.errorUnion('RestoreItemsResult', {
  description: 'Of restoreItems.',
  types: [RestoreItemsSuccess, ValidationError, NotFoundError, ForbiddenError],
  resolveType: () => 'RestoreItemsSuccess',
});

builder.mutationFields((t) => ({
  withdrawItems: t.field({
    type: WithdrawItemsResult,
    description:
      'Takes leads off the work list of an integration: they are WITHDRAWN, in no group and in no count, and nothing pushes them, not even an ' +
      'edit, until `restoreItems`. What the vendor has of them stays there. One that a running bulk push waits for leaves it, and is taken off ' +
      'its `total`. Operators and admins.',
    args: {
      input: t.arg({ type: WithdrawItemsInput, required: true, description: 'Which integration, and which leads.' }),
    },
    resolve: async (_root, { input }, context) => {
      const given = inputOf(input.integrationId, input.select);
      const moved = await change(context, () => withdrawItems(context.services, context.viewer, given));
      return movedOf(given, moved);
    },
  }),
  restoreItems: t.field({
    type: RestoreItemsResult,
    description:
      'Puts withdrawn leads back to where they were, released by nobody: waiting, FAILED with their error, or CLEARED. One that was CLEARED, and ' +
      'was edited since, waits to be sent again. Operators and admins.',
    args: {
      input: t.arg({ type: RestoreItemsInput, required: true, description: 'Which integration, and which leads.' }),
    },
    resolve: async (_root, { input }, context) => {
      const given = inputOf(input.integrationId, input.select);
      const moved = await change(context, () => restoreItems(context.services, context.viewer, given));
      return movedOf(given, moved);
    },
  }),
}));

function inputOf(integrationId: string, select: Parameters<typeof selectionOf>[0]): WithdrawItems {
  return { integrationId: givenId('Integration', integrationId), select: selectionOf(select) };
}

const movedOf = ({ integrationId, select }: WithdrawItems, moved: number): Moved => ({
  integrationId,
  moved,
  itemIds: 'syncItemIds' in select ? [...new Set(select.syncItemIds)] : [],
});
