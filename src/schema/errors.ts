import {
  AccountInUseError,
  ConfirmationRequiredError,
  DeliveryFailedError,
  type DomainError,
  type FieldProblem,
  ForbiddenError,
  IntegrationHeldError,
  NotFoundError,
  StaleVersionError,
  ValidationError,
  VendorUnavailableError,
} from '../domain/errors.ts';
import { builder } from './builder.ts';
import { HoldReasonType, RoleType } from './enums.ts';
import { getLoaded } from './loaders.ts';
import { IntegrationRef } from './refs.ts';

const message = 'What went wrong and the way out, in plain words for a person.';

const ErrorType = builder.interfaceRef<DomainError>('Error').implement({
  description:
    'Something that is expected to go wrong, as data. `... on Error { message }` covers every member of a result that is no success, those of ' +
    'the future included.',
  fields: (t) => ({ message: t.exposeString('message', { description: message }) }),
});

builder.objectType(NotFoundError, {
  name: 'NotFoundError',
  description:
    'The organization has no such object: the id is unknown, malformed, of another type, or of another organization.',
  interfaces: [ErrorType],
});

builder.objectType(ForbiddenError, {
  name: 'ForbiddenError',
  description: "The key's role does not allow it. Nothing was changed.",
  interfaces: [ErrorType],
  fields: (t) => ({
    requiredRole: t.field({
      type: RoleType,
      description: 'The least role that may.',
      resolve: (error) => error.requiredRole,
    }),
  }),
});

builder.objectType(ConfirmationRequiredError, {
  name: 'ConfirmationRequiredError',
  description:
    'Nothing was changed. Ask the user, showing `message` and `affectedLeads`, then send the same input with `confirm: true`.',
  interfaces: [ErrorType],
  fields: (t) => ({
    affectedLeads: t.exposeInt('affectedLeads', { description: 'How many leads the change concerns now.' }),
  }),
});

builder.objectType(StaleVersionError, {
  name: 'StaleVersionError',
  description:
    'Somebody else changed it since the expected version or revision was read. Nothing was changed: read it again, then decide.',
  interfaces: [ErrorType],
  fields: (t) => ({
    currentVersion: t.exposeInt('currentVersion', { description: 'The version or revision that it is at now.' }),
  }),
});

builder.objectType(IntegrationHeldError, {
  name: 'IntegrationHeldError',
  description: 'Leads of the integration can not be pushed now, whoever asks. Nothing was changed.',
  interfaces: [ErrorType],
  fields: (t) => ({
    holds: t.field({
      type: [HoldReasonType],
      description: 'What must end first. Never MANUAL_MODE: a push by hand passes that.',
      resolve: (error) => error.holds,
    }),
  }),
});

export const FieldErrorType = builder.objectRef<FieldProblem>('FieldError').implement({
  description: 'What is wrong with one field of the input.',
  fields: (t) => ({
    path: t.exposeString('path', {
      description: 'Where in the input, from below `input`: `leads.3.email`, `credentials.marketo.baseUrl`.',
    }),
    message: t.exposeString('message', {
      description: 'What was expected there, in plain words; for showing beside the field.',
    }),
  }),
});

builder.objectType(ValidationError, {
  name: 'ValidationError',
  description: 'The input can not be taken. Nothing was changed, not even the parts that are right.',
  interfaces: [ErrorType],
  fields: (t) => ({
    fieldErrors: t.field({
      type: [FieldErrorType],
      description: 'Everything that is wrong, at least one.',
      resolve: (error) => error.fieldErrors,
    }),
  }),
});

builder.objectType(VendorUnavailableError, {
  name: 'VendorUnavailableError',
  description: 'The vendor could not be reached, or did not answer as that vendor does. Nothing was stored: try again.',
  interfaces: [ErrorType],
});

builder.objectType(DeliveryFailedError, {
  name: 'DeliveryFailedError',
  description: 'The message was not taken: `message` says by whom and why. Nothing was changed.',
  interfaces: [ErrorType],
});

builder.objectType(AccountInUseError, {
  name: 'AccountInUseError',
  description:
    'Another integration of this organization is connected to the same account at the vendor. Nothing was changed.',
  interfaces: [ErrorType],
  fields: (t) => ({
    integration: t.field({
      type: IntegrationRef,
      description: 'The one that is connected to it.',
      resolve: (error, _args, context) => getLoaded(context.loaders.integration, error.integrationId),
    }),
  }),
});
