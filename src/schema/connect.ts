import {
  AccountInUseError,
  ConfirmationRequiredError,
  ForbiddenError,
  NotFoundError,
  StaleVersionError,
  ValidationError,
  VendorUnavailableError,
} from '../domain/errors.ts';
import { connect } from '../sync/connect.ts';
import type { Connected } from '../sync/connected.ts';
import { disconnect } from '../sync/disconnect.ts';
import { builder } from './builder.ts';
import { change } from './context.ts';
import { CredentialsInput, withRowIds } from './credentials-input.ts';
import { VendorType } from './enums.ts';
import { givenChange } from './given-change.ts';
import { givenId } from './ids.ts';
import { getLoaded } from './loaders.ts';
import { changeWords, receiptType, SyncModeReceiptRef } from './receipt.ts';
import { IntegrationRef } from './refs.ts';

const ConnectInput = builder.inputType('ConnectInput', {
  description: 'Whom to connect as.',
  fields: (t) => ({
    integrationId: t.id({
      description:
        'Absent: a new integration, in AUTOMATIC. Otherwise that one is connected again, which resumes what its mode lets flow.',
    }),
    vendor: t.field({
      type: VendorType,
      required: true,
      description:
        'The tool; of an existing integration the one it has. One that can not be connected yet is a ValidationError.',
    }),
    name: t.string({ description: "For people, 1 to 200 characters. Absent: the vendor's name, or the name it has." }),
    credentials: t.field({ type: CredentialsInput, required: true, description: 'Those of the vendor.' }),
    expectedVersion: t.int({ description: changeWords.expectedVersion }),
  }),
});

const ConnectSuccess = builder.objectRef<Connected>('ConnectSuccess').implement({
  description: 'The vendor took the credentials, and they are stored.',
  fields: (t) => ({
    integration: t.field({
      type: IntegrationRef,
      description: 'The new integration, or the one that was connected again.',
      resolve: ({ integrationId }, _args, context) => getLoaded(context.loaders.integration, integrationId),
    }),
    receipt: t.expose('receipt', { type: SyncModeReceiptRef, description: 'What connecting did to waiting leads.' }),
    accountChanged: t.exposeBoolean('accountChanged', {
      description:
        'Connected to another account than before: stored ids of records are ignored, and the mode is MANUAL. Tell the user.',
    }),
    webhookSecret: t.exposeString('webhookSecret', {
      nullable: true,
      description: 'The signing secret, shown this once, and only when it was generated here.',
    }),
    previousSecretUntil: t.expose('previousSecretUntil', {
      type: 'DateTime',
      nullable: true,
      description:
        'Of a webhook whose secret was changed: deliveries are signed with the old one as well until then, 24 hours from now. Null: with none.',
    }),
  }),
});

const ConnectResult = builder.errorUnion('ConnectResult', {
  description: 'Of connect.',
  types: [
    ConnectSuccess,
    ValidationError,
    VendorUnavailableError,
    AccountInUseError,
    StaleVersionError,
    NotFoundError,
    ForbiddenError,
  ],
  resolveType: () => 'ConnectSuccess',
});

const DisconnectInput = builder.inputType('DisconnectInput', {
  description: 'Disconnecting what is disconnected is a success that changes nothing.',
  fields: (t) => ({
    integrationId: t.id({ required: true, description: changeWords.integrationId }),
    confirm: t.boolean({
      defaultValue: false,
      description: 'Must be true: somebody has to enter the credentials again afterwards.',
    }),
    expectedVersion: t.int({ description: changeWords.expectedVersion }),
    reason: t.string({ description: changeWords.reason }),
  }),
});

const DisconnectResult = builder.errorUnion('DisconnectResult', {
  description: 'Of disconnect.',
  types: [
    receiptType('DisconnectSuccess', 'The credentials are forgotten.'),
    ConfirmationRequiredError,
    StaleVersionError,
    NotFoundError,
    ForbiddenError,
  ],
  resolveType: () => 'DisconnectSuccess',
});

builder.mutationFields((t) => ({
  connect: t.field({
    type: ConnectResult,
    description:
      'Checks the credentials with the vendor, which takes as long as the vendor takes, then stores them encrypted. New leads go to a new ' +
      'integration from then on; also ends NEEDS_AUTHORIZATION, NO_PERMISSION and ENDPOINT_GONE of an existing one. Admins.',
    args: { input: t.arg({ type: ConnectInput, required: true, description: 'The vendor and the credentials.' }) },
    resolve: (_root, { input }, context) => {
      const integrationId = input.integrationId == null ? null : givenId('Integration', input.integrationId);
      const credentials = withRowIds(input.credentials);
      return change(context, () => connect(context.services, context.viewer, { ...input, integrationId, credentials }));
    },
  }),
  disconnect: t.field({
    type: DisconnectResult,
    description:
      'Forgets the credentials. Mappings, history and work list are kept, and waiting leads are held until somebody connects again; leads in ' +
      'flight finish. Admins.',
    args: { input: t.arg({ type: DisconnectInput, required: true, description: 'Which integration.' }) },
    resolve: async (_root, { input }, context) => {
      const given = givenChange(input);
      return {
        integrationId: given.integrationId,
        receipt: await change(context, () => disconnect(context.services, context.viewer, given)),
      };
    },
  }),
}));
