import { ForbiddenError, NotFoundError, ValidationError } from '../domain/errors.ts';
import { createApiKey, listApiKeys, revokeApiKey } from '../sync/api-keys.ts';
import { builder } from './builder.ts';
import { change } from './context.ts';
import { RoleType } from './enums.ts';
import { givenId } from './ids.ts';
import { getLoaded } from './loaders.ts';
import { ApiKeyRef } from './refs.ts';

builder.node(ApiKeyRef, {
  description:
    'A key to this API. It belongs to one organization and one role; only its hash is stored. Seen by admins.',
  id: { resolve: (key) => key.id },
  fields: (t) => ({
    name: t.exposeString('name', { description: 'For people; histories show it (`by`, `requestedBy`).' }),
    role: t.expose('role', { type: RoleType, description: 'What it may do.' }),
    prefix: t.exposeString('prefix', { description: "The key's first characters, to recognize it by." }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    createdBy: t.exposeString('createdBy', {
      description: 'The key or person that created it; `Sluice` for the first one.',
    }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'To the minute; null: never used.',
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Refused from then on; null: never.',
    }),
    revokedAt: t.expose('revokedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Refused since then; null: it was not revoked.',
    }),
  }),
});

builder.queryField('apiKeys', (t) =>
  t.field({
    type: [ApiKeyRef],
    description:
      "The organization's keys, newest first, revoked and expired ones included. Admins; FORBIDDEN for others.",
    resolve: (_root, _args, context) => listApiKeys(context.services, context.viewer),
  }),
);

const CreateApiKeyInput = builder.inputType('CreateApiKeyInput', {
  description: 'A new key of the organization.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'For people, who or what uses it; 1 to 100 characters.' }),
    role: t.field({ type: RoleType, required: true, description: 'What it may do. Give the least that serves.' }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'Refused from then on; an instant to come. Absent: until it is revoked.',
    }),
  }),
});

const CreateApiKeySuccess = builder.objectRef<{ id: string; secret: string }>('CreateApiKeySuccess').implement({
  description: 'The key exists and can be used at once.',
  fields: (t) => ({
    apiKey: t.field({
      type: ApiKeyRef,
      description: 'The new key.',
      resolve: ({ id }, _args, context) => getLoaded(context.loaders.apiKey, id),
    }),
    secret: t.exposeString('secret', { description: 'The key itself, shown this once: let the user copy it.' }),
  }),
});

const CreateApiKeyResult = builder.errorUnion('CreateApiKeyResult', {
  description: 'Of createApiKey.',
  types: [CreateApiKeySuccess, ValidationError, ForbiddenError],
  resolveType: () => 'CreateApiKeySuccess',
});

const RevokeApiKeySuccess = builder.objectRef<{ id: string }>('RevokeApiKeySuccess').implement({
  description: 'The key is revoked.',
  fields: (t) => ({
    apiKey: t.field({
      type: ApiKeyRef,
      description: 'The key after the change.',
      resolve: ({ id }, _args, context) => getLoaded(context.loaders.apiKey, id),
    }),
  }),
});

const RevokeApiKeyResult = builder.errorUnion('RevokeApiKeyResult', {
  description: 'Of revokeApiKey.',
  types: [RevokeApiKeySuccess, NotFoundError, ForbiddenError],
  resolveType: () => 'RevokeApiKeySuccess',
});

builder.mutationFields((t) => ({
  createApiKey: t.field({
    type: CreateApiKeyResult,
    description: 'Creates a key. Admins.',
    args: {
      input: t.arg({ type: CreateApiKeyInput, required: true, description: 'Whom it is for, and what it may do.' }),
    },
    resolve: (_root, { input }, context) =>
      change(context, () => createApiKey(context.services, context.viewer, input)),
  }),
  revokeApiKey: t.field({
    type: RevokeApiKeyResult,
    description:
      'Ends a key for good, and every socket and stream opened with it. Revoking what is revoked is a success that changes nothing. Admins.',
    args: { id: t.arg.id({ required: true, description: 'Of the key.' }) },
    resolve: async (_root, args, context) => {
      const id = givenId('ApiKey', args.id);
      await change(context, () => revokeApiKey(context.services, context.viewer, id));
      return { id };
    },
  }),
}));
