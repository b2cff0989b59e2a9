import {
  ConfirmationRequiredError,
  ForbiddenError,
  NotFoundError,
  StaleVersionError,
  ValidationError,
} from '../domain/errors.ts';
import { disable } from '../sync/disable.ts';
import { enable } from '../sync/enable.ts';
import { setSyncMode } from '../sync/set-sync-mode.ts';
import { builder } from './builder.ts';
import { change } from './context.ts';
import { SyncModeType } from './enums.ts';
import { givenId } from './ids.ts';
import { changeWords, receiptType } from './receipt.ts';
import { reasonOf } from './text-args.ts';

const SetSyncModeInput = builder.inputType('SetSyncModeInput', {
  description:
    'Setting what already holds is a success: same version, no entry in the history, nothing released, no confirmation. Works while the ' +
    'integration is disabled or disconnected, and takes hold when that ends.',
  fields: (t) => ({
    integrationId: t.id({ required: true, description: changeWords.integrationId }),
    mode: t.field({ type: SyncModeType, required: true, description: 'The mode to be in.' }),
    confirm: t.boolean({
      defaultValue: false,
      description: 'Must be true to go from AUTOMATIC to MANUAL, which changes what the integration does by default.',
    }),
    expectedVersion: t.int({ description: changeWords.expectedVersion }),
    reason: t.string({ description: changeWords.reason }),
  }),
});

const SetSyncModeResult = builder.errorUnion('SetSyncModeResult', {
  description: 'Of setSyncMode.',
  types: [
    receiptType('SetSyncModeSuccess', 'The mode is set.'),
    ConfirmationRequiredError,
    StaleVersionError,
    ValidationError,
    NotFoundError,
    ForbiddenError,
  ],
  resolveType: () => 'SetSyncModeSuccess',
});

builder.mutationField('setSyncMode', (t) =>
  t.field({
    type: SetSyncModeResult,
    description:
      'Switches between AUTOMATIC and MANUAL. AUTOMATIC pushes everything that was frozen by the mode, at once; MANUAL freezes what waits, what ' +
      'somebody had released included, and cancels running retries. Costs the same however many leads are frozen. Operators and admins.',
    args: { input: t.arg({ type: SetSyncModeInput, required: true, description: 'Which integration, and the mode.' }) },
    resolve: async (_root, { input }, context) => {
      const given = {
        ...input,
        integrationId: givenId('Integration', input.integrationId),
        reason: reasonOf(input.reason),
      };
      return {
        integrationId: given.integrationId,
        receipt: await change(context, () => setSyncMode(context.services, context.viewer, given)),
      };
    },
  }),
);

const DisableInput = builder.inputType('DisableInput', {
  description: 'Disabling what is disabled is a success that changes nothing.',
  fields: (t) => ({
    integrationId: t.id({ required: true, description: changeWords.integrationId }),
    expectedVersion: t.int({ description: changeWords.expectedVersion }),
    reason: t.string({ description: changeWords.reason }),
  }),
});

const DisableResult = builder.errorUnion('DisableResult', {
  description: 'Of disable.',
  types: [receiptType('DisableSuccess', 'It is disabled.'), StaleVersionError, NotFoundError, ForbiddenError],
  resolveType: () => 'DisableSuccess',
});

builder.mutationField('disable', (t) =>
  t.field({
    type: DisableResult,
    description:
      'Stops everything, retries included, until `enable`. Connection, mappings, mode and work list are kept; leads in flight finish. Operators ' +
      'and admins.',
    args: { input: t.arg({ type: DisableInput, required: true, description: 'Which integration.' }) },
    resolve: async (_root, { input }, context) => {
      const given = {
        ...input,
        integrationId: givenId('Integration', input.integrationId),
        reason: reasonOf(input.reason),
      };
      return {
        integrationId: given.integrationId,
        receipt: await change(context, () => disable(context.services, context.viewer, given)),
      };
    },
  }),
);

const EnableInput = builder.inputType('EnableInput', {
  description: 'Enabling what is enabled is a success that changes nothing, the mode included.',
  fields: (t) => ({
    integrationId: t.id({ required: true, description: changeWords.integrationId }),
    mode: t.field({
      type: SyncModeType,
      description:
        'The mode to resume in; absent or null: the one it was disabled in. MANUAL keeps the whole backlog frozen, what was released before ' +
        'included.',
    }),
    confirm: t.boolean({ defaultValue: false, description: 'Must be true where it changes AUTOMATIC to MANUAL.' }),
    expectedVersion: t.int({ description: changeWords.expectedVersion }),
    reason: t.string({ description: changeWords.reason }),
  }),
});

const EnableResult = builder.errorUnion('EnableResult', {
  description: 'Of enable.',
  types: [
    receiptType('EnableSuccess', 'It is enabled.'),
    ConfirmationRequiredError,
    StaleVersionError,
    NotFoundError,
    ForbiddenError,
  ],
  resolveType: () => 'EnableSuccess',
});

builder.mutationField('enable', (t) =>
  t.field({
    type: EnableResult,
    description:
      'Resumes a disabled integration. In AUTOMATIC the backlog is pushed at once; in MANUAL it stays frozen, and retries that were suspended go ' +
      'on unless MANUAL was asked for. Operators and admins.',
    args: { input: t.arg({ type: EnableInput, required: true, description: 'Which integration, and how to resume.' }) },
    resolve: async (_root, { input }, context) => {
      const given = {
        ...input,
        integrationId: givenId('Integration', input.integrationId),
        reason: reasonOf(input.reason),
      };
      return {
        integrationId: given.integrationId,
        receipt: await change(context, () => enable(context.services, context.viewer, given)),
      };
    },
  }),
);
