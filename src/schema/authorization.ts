import { ForbiddenError, ValidationError } from '../domain/errors.ts';
import {
  type AuthorizationStatus,
  beginAuthorization,
  redirectUriOf,
  statusOfAuthorization,
} from '../sync/authorizations.ts';
import { builder, enumType } from './builder.ts';
import { change } from './context.ts';
import { VendorType } from './enums.ts';
import { requireKnown } from './known.ts';
import { getLoaded } from './loaders.ts';
import { AuthorizationRef } from './refs.ts';

const AuthorizationStatusType = enumType<AuthorizationStatus>(
  'AuthorizationStatus',
  'Where a sign-in at a vendor stands.',
  {
    PENDING: 'The person has not come back from the vendor yet.',
    GRANTED: 'Hand its id to `connect`, within its ten minutes and with the same API key.',
    REFUSED: 'The person, or the vendor, refused: see `problem`. Begin again.',
    EXPIRED: 'Nobody finished or used it in time. Begin again.',
  },
);

builder.node(AuthorizationRef, {
  description: 'A sign-in at the vendor that is under way. Ten minutes, one use.',
  id: { resolve: (authorization) => authorization.id },
  fields: (t) => ({
    vendor: t.expose('vendor', { type: VendorType, description: 'Where somebody signs in.' }),
    url: t.exposeString('url', {
      description:
        "Where to send the person's browser, in a new window: the vendor sends it back to a page that closes itself.",
    }),
    status: t.field({
      type: AuthorizationStatusType,
      description: 'Watch it with `authorizationChanged`.',
      resolve: (authorization, _args, { services }) => statusOfAuthorization(authorization, services.now()),
    }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'Good until then.' }),
    problem: t.exposeString('problem', {
      nullable: true,
      description: 'Why it was refused, in plain words; null otherwise.',
    }),
  }),
});

const BeginAuthorizationInput = builder.inputType('BeginAuthorizationInput', {
  description:
    "The organization's own app at the vendor. Its redirect address must be that of `authorizationRedirectUri`.",
  fields: (t) => ({
    vendor: t.field({
      type: VendorType,
      required: true,
      description: 'One where people sign in; otherwise a ValidationError.',
    }),
    clientId: t.string({ required: true, description: 'Of the app.' }),
    clientSecret: t.string({ required: true, description: 'Of the app. Stored encrypted and never shown again.' }),
    sandbox: t.boolean({ defaultValue: false, description: "True for the vendor's sandbox, where it has one." }),
  }),
});

const BeginAuthorizationSuccess = builder
  .objectRef<{ authorizationId: string }>('BeginAuthorizationSuccess')
  .implement({
    description: 'The sign-in can begin.',
    fields: (t) => ({
      authorization: t.field({
        type: AuthorizationRef,
        description: 'Send the person to its `url`.',
        resolve: ({ authorizationId }, _args, context) => getLoaded(context.loaders.authorization, authorizationId),
      }),
    }),
  });

const BeginAuthorizationResult = builder.errorUnion('BeginAuthorizationResult', {
  description: 'Of beginAuthorization.',
  types: [BeginAuthorizationSuccess, ValidationError, ForbiddenError],
  resolveType: () => 'BeginAuthorizationSuccess',
});

builder.queryField('authorizationRedirectUri', (t) =>
  t.string({
    description:
      "The redirect address to enter into the organization's app at a vendor, exactly so, before somebody signs in: vendors send the browser back " +
      'there. It follows PUBLIC_URL.',
    resolve: (_root, _args, { publicUrl }) => redirectUriOf(publicUrl),
  }),
);

builder.mutationField('beginAuthorization', (t) =>
  t.field({
    type: BeginAuthorizationResult,
    description:
      'Begins a sign-in of a person at the vendor (OAuth 2 authorization code with PKCE). Stores nothing that could push; `connect` with the ' +
      'GRANTED id does. Admins.',
    args: { input: t.arg({ type: BeginAuthorizationInput, required: true, description: 'The vendor and the app.' }) },
    resolve: async (_root, { input }, context) => ({
      authorizationId: await change(context, () =>
        beginAuthorization(context.services, context.viewer, input, context.publicUrl),
      ),
    }),
  }),
);

builder.subscriptionField('authorizationChanged', (t) =>
  t.field({
    type: AuthorizationRef,
    description: 'Where a sign-in stands: the present state first. Completes when it is no longer PENDING.',
    args: { id: t.arg.id({ required: true, description: 'Of the sign-in; NOT_FOUND when there is no such.' }) },
    subscribe: async (_root, args, context) => {
      const authorizationId = await requireKnown(context, 'Authorization', args.id);
      return context.feed.authorization({ orgId: context.viewer.orgId, authorizationId }, context.ended);
    },
    resolve: (authorization) => authorization,
  }),
);
