import { ConfirmationRequiredError, ForbiddenError, NotFoundError, ValidationError } from '../domain/errors.ts';
import { deleteIntegration } from '../sync/delete-integration.ts';
import { renameIntegration } from '../sync/rename-integration.ts';
import { builder } from './builder.ts';
import { change } from './context.ts';
import { givenId, publicIdOf } from './ids.ts';
import { getLoaded } from './loaders.ts';
import { IntegrationRef } from './refs.ts';

const RenameIntegrationInput = builder.inputType('RenameIntegrationInput', {
  description: 'What to call it. The name that it has is a success that changes nothing.',
  fields: (t) => ({
    integrationId: t.id({ required: true, description: 'Of the integration.' }),
    name: t.string({ required: true, description: 'For people; 1 to 200 characters, trimmed. Need not be unique.' }),
  }),
});

const RenameIntegrationSuccess = builder.objectRef<{ integrationId: string }>('RenameIntegrationSuccess').implement({
  description: 'It has the name.',
  fields: (t) => ({
    integration: t.field({
      type: IntegrationRef,
      description: 'The integration after the change.',
      resolve: ({ integrationId }, _args, context) => getLoaded(context.loaders.integration, integrationId),
    }),
  }),
});

const RenameIntegrationResult = builder.errorUnion('RenameIntegrationResult', {
  description: 'Of renameIntegration.',
  types: [RenameIntegrationSuccess, ValidationError, NotFoundError, ForbiddenError],
  resolveType: () => 'RenameIntegrationSuccess',
});

const DeleteIntegrationInput = builder.inputType('DeleteIntegrationInput', {
  description: 'Which integration to delete.',
  fields: (t) => ({
    integrationId: t.id({
      required: true,
      description:
        'Of an integration that is DISCONNECTED and has nothing in flight; anything else is a ValidationError.',
    }),
    confirm: t.boolean({ defaultValue: false, description: 'Must be true: nothing brings it back.' }),
  }),
});

const DeleteIntegrationSuccess = builder.objectRef<{ integrationId: string }>('DeleteIntegrationSuccess').implement({
  description: 'The integration is gone.',
  fields: (t) => ({
    integrationId: t.id({
      description: 'Of what was deleted: for taking it out of caches. It names nothing any more.',
      resolve: ({ integrationId }) => publicIdOf('Integration', integrationId),
    }),
  }),
});

const DeleteIntegrationResult = builder.errorUnion('DeleteIntegrationResult', {
  description: 'Of deleteIntegration.',
  types: [DeleteIntegrationSuccess, ConfirmationRequiredError, ValidationError, NotFoundError, ForbiddenError],
  resolveType: () => 'DeleteIntegrationSuccess',
});

builder.mutationFields((t) => ({
  renameIntegration: t.field({
    type: RenameIntegrationResult,
    description: 'Gives an integration another name; nothing else changes. Kept in its history. Admins.',
    args: {
      input: t.arg({ type: RenameIntegrationInput, required: true, description: 'Which integration, and its name.' }),
    },
    resolve: async (_root, { input }, context) => {
      const given = { ...input, integrationId: givenId('Integration', input.integrationId) };
      await change(context, () => renameIntegration(context.services, context.viewer, given));
      return { integrationId: given.integrationId };
    },
  }),
  deleteIntegration: t.field({
    type: DeleteIntegrationResult,
    description:
      'Deletes an integration that is DISCONNECTED, with its work list, log, retries, mappings, notification rules and history. It is gone from ' +
      'every answer at once, and streams that watch it end with NOT_FOUND; the rows are removed in the background. Leads and other integrations ' +
      'stay, and so does what the vendor has. Admins.',
    args: { input: t.arg({ type: DeleteIntegrationInput, required: true, description: 'Which integration.' }) },
    resolve: async (_root, { input }, context) => {
      const given = { ...input, integrationId: givenId('Integration', input.integrationId) };
      await change(context, () => deleteIntegration(context.services, context.viewer, given));
      return { integrationId: given.integrationId };
    },
  }),
}));
