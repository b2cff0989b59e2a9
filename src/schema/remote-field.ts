import { ForbiddenError, NotFoundError, ValidationError, VendorUnavailableError } from '../domain/errors.ts';
import type { RemoteField } from '../domain/mapping.ts';
import { listMappingSources, type MappingSourceOption } from '../sync/mapping-sources.ts';
import { applyRecommendedMappings, recommendedMappings } from '../sync/recommended-mappings.ts';
import { readRemoteFields } from '../sync/remote-fields.ts';
import { builder } from './builder.ts';
import { change } from './context.ts';
import { givenId } from './ids.ts';
import { getLoaded } from './loaders.ts';
import { FieldMappingRef, SetFieldMappingsResult } from './mapping.ts';
import { IntegrationRef } from './refs.ts';

const RemoteFieldRef = builder.objectRef<RemoteField>('RemoteField').implement({
  description: 'A field at the vendor, as the vendor described it when it was read last.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'For `FieldMapping.remoteField`.' }),
    label: t.exposeString('label', { description: 'As people at the vendor see it.' }),
    type: t.exposeString('type', { description: "The vendor's own word for its type." }),
    required: t.exposeBoolean('required', { description: 'A record without it is refused.' }),
    readOnly: t.exposeBoolean('readOnly', { description: 'It can not be written, and so not be mapped.' }),
    maxLength: t.exposeInt('maxLength', {
      nullable: true,
      description: 'In characters; null: the vendor does not say.',
    }),
    multiple: t.boolean({
      nullable: true,
      description:
        'Of a picklist: whether it takes several of its options; null otherwise, and where the vendor does not say.',
      resolve: ({ multiple }) => multiple ?? null,
    }),
    open: t.boolean({
      nullable: true,
      description: 'Of a picklist: true where it takes other values than its options as well; null otherwise.',
      resolve: ({ open }) => open ?? null,
    }),
    options: t.exposeStringList('options', {
      nullable: true,
      description:
        'The values that it takes, where it is a picklist; null otherwise, and where the vendor does not say.',
    }),
  }),
});

builder.objectFields(IntegrationRef, (t) => ({
  remoteFields: t.field({
    type: [RemoteFieldRef],
    description:
      "The vendor's fields as last read: when it was connected, and now and then since. `refreshRemoteFields` reads them now. Empty: never read, or " +
      'the vendor has none to tell.',
    args: { search: t.arg.string({ description: 'Part of name or label.' }) },
    resolve: async ({ id }, { search }, context) => {
      const fields = (await context.loaders.remoteFields.load(id))?.fields ?? [];
      const part = search?.trim().toLowerCase();
      return part ? fields.filter(({ name, label }) => `${name}\n${label}`.toLowerCase().includes(part)) : fields;
    },
  }),
  remoteFieldsReadAt: t.field({
    type: 'DateTime',
    nullable: true,
    description: "When the vendor's fields were read last; null: never.",
    resolve: async ({ id }, _args, context) => (await context.loaders.remoteFields.load(id))?.readAt ?? null,
  }),
  recommendedMappings: t.field({
    type: [FieldMappingRef],
    description:
      'What most accounts of this vendor map, as far as this one has the fields. `applyRecommendedMappings` adds them.',
    resolve: async ({ id, vendor }, _args, context) =>
      recommendedMappings(vendor, (await context.loaders.remoteFields.load(id))?.fields ?? []),
  }),
}));

const MappingSourceRef = builder.objectRef<MappingSourceOption>('MappingSource').implement({
  description: 'Something of a lead that can be mapped.',
  fields: (t) => ({
    source: t.exposeString('source', { description: 'For `FieldMapping.source`.' }),
    values: t.exposeStringList('values', {
      description:
        'Of a qualifier: the values that were answered, up to 200, to be mapped to options. Empty otherwise.',
    }),
  }),
});

builder.queryField('mappingSources', (t) =>
  t.field({
    type: [MappingSourceRef],
    description:
      "What can be mapped: the lead's own fields, then the qualifiers and attributes that the organization's newest 10,000 leads carry.",
    complexity: 200,
    resolve: (_root, _args, { services, viewer }) => listMappingSources(services, viewer),
  }),
);

const RefreshRemoteFieldsSuccess = builder
  .objectRef<{ integrationId: string }>('RefreshRemoteFieldsSuccess')
  .implement({
    description: "The vendor's fields were read.",
    fields: (t) => ({
      integration: t.field({
        type: IntegrationRef,
        description: 'With the fields as they are now.',
        resolve: ({ integrationId }, _args, context) => getLoaded(context.loaders.integration, integrationId),
      }),
    }),
  });

const RefreshRemoteFieldsResult = builder.errorUnion('RefreshRemoteFieldsResult', {
  description: 'Of refreshRemoteFields.',
  types: [RefreshRemoteFieldsSuccess, ValidationError, VendorUnavailableError, NotFoundError, ForbiddenError],
  resolveType: () => 'RefreshRemoteFieldsSuccess',
});

builder.mutationFields((t) => ({
  refreshRemoteFields: t.field({
    type: RefreshRemoteFieldsResult,
    description:
      "Reads the vendor's fields now, which takes as long as the vendor takes. Pushes go by them from then on. Admins.",
    args: { integrationId: t.arg.id({ required: true, description: 'Whose fields.' }) },
    resolve: async (_root, args, context) => {
      const integrationId = givenId('Integration', args.integrationId);
      await change(context, () => readRemoteFields(context.services, context.viewer, integrationId));
      return { integrationId };
    },
  }),
  applyRecommendedMappings: t.field({
    type: SetFieldMappingsResult,
    description:
      'Adds the recommended mappings whose source and field are both free; what is mapped stays as it is. Admins.',
    args: { integrationId: t.arg.id({ required: true, description: 'Of the integration.' }) },
    resolve: async (_root, args, context) => {
      const integrationId = givenId('Integration', args.integrationId);
      const warnings = await change(context, () =>
        applyRecommendedMappings(context.services, context.viewer, { integrationId }),
      );
      return { integrationId, warnings };
    },
  }),
}));
