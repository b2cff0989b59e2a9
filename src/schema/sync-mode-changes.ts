import {
  ConfirmationRequiredError,
  ForbiddenError,
  NotFoundError,
  StaleVersionError,
  ValidationError,
} from '../domain/errors.ts';
import { disable } from '../sync/disable.ts';
import { enable } from '../sync/enable.ts';
import { rampToAutomatic } from '../sync/ramp-to-automatic.ts';
import { setSyncMode } from '../sync/set-sync-mode.ts';
import { builder } from './builder.ts';
import { change } from './context.ts';
import { SyncModeType } from './enums.ts';
import { givenChange } from './given-change.ts';
import { getLoaded } from './loaders.ts';
import { RampInput, rampOf } from './ramp.ts';
import { changeWords, type Receipt, receiptFields, receiptType } from './receipt.ts';
import { RetryRef } from './refs.ts';

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
    ramp: t.field({
      type: RampInput,
      description:
        'To AUTOMATIC step by step: pushes what is frozen now as a retry with this ramp. The mode stays MANUAL, and new leads freeze, until the ' +
        'last step has passed; then it becomes AUTOMATIC by itself. While anything else holds the integration the ramp waits. A ValidationError ' +
        'with MANUAL, and while a retry with a ramp runs; of no effect where the mode is AUTOMATIC already.',
    }),
  }),
});

const SetSyncModeSuccess = builder.objectRef<Receipt & { retryId: string | null }>('SetSyncModeSuccess').implement({
  description: 'The mode is set, or will be when the ramp has passed.',
  fields: (t) => ({
    ...receiptFields(t),
    retry: t.field({
      type: RetryRef,
      nullable: true,
      description: 'The ramp that was asked for, or the one that was under way; null without one.',
      resolve: ({ retryId }, _args, context) => (retryId === null ? null : getLoaded(context.loaders.retry, retryId)),
    }),
  }),
});

const SetSyncModeResult = builder.errorUnion('SetSyncModeResult', {
  description: 'Of setSyncMode.',
  types: [
    SetSyncModeSuccess,
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
      const given = givenChange(input);
      const { services, viewer } = context;
      const { integrationId } = given;
      const ramp = rampOf(input.ramp);
      if (!ramp) {
        const receipt = await change(context, () => setSyncMode(services, viewer, given));
        return { integrationId, receipt, retryId: null };
      }
      if (input.mode === 'MANUAL') {
        throw new ValidationError([{ path: 'ramp', message: 'expected none: to MANUAL everything stops at once.' }]);
      }
      return { integrationId, ...(await change(context, () => rampToAutomatic(services, viewer, { ...given, ramp }))) };
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
      const given = givenChange(input);
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
      const given = givenChange(input);
      return {
        integrationId: given.integrationId,
        receipt: await change(context, () => enable(context.services, context.viewer, given)),
      };
    },
  }),
);
