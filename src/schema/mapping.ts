import { type FieldProblem, ForbiddenError, NotFoundError, ValidationError } from '../domain/errors.ts';
import type { FieldMapping, ValueMapping } from '../domain/mapping.ts';
import { canWriteIfBlank, type MappingWarning, setFieldMappings, warningsOf } from '../sync/set-field-mappings.ts';
import { builder } from './builder.ts';
import { change } from './context.ts';
import { WriteBehaviorType } from './enums.ts';
import { FieldErrorType } from './errors.ts';
import { givenId } from './ids.ts';
import { getLoaded } from './loaders.ts';
import { IntegrationRef } from './refs.ts';

const source =
  'Where the value comes from: a lead field (`email`, `firstName`, `lastName`, `company`, `jobTitle`, `phone`), `qualifier:<name>` or ' +
  '`attribute:<name>`.';
const remoteField = 'Where it goes: the name of the field at the vendor. A field takes one source.';
const values =
  'For a qualifier whose field at the vendor is a picklist. Empty: values are sent as they are. Otherwise a value without an entry fails the ' +
  'lead with NO_TAG_MAPPING.';
const value = 'A value of the qualifier, exactly as captured.';
const remoteValue = 'The option at the vendor that it becomes.';
const warned =
  'nothing is mapped to the field by which the vendor recognizes people, or to one that it requires. Empty: nothing of that.';

const ValueMappingRef = builder.objectRef<ValueMapping>('ValueMapping').implement({
  description: 'A value of a qualifier and its counterpart at the vendor.',
  fields: (t) => ({
    value: t.exposeString('value', { description: value }),
    remoteValue: t.exposeString('remoteValue', { description: remoteValue }),
  }),
});

export const FieldMappingRef = builder.objectRef<FieldMapping>('FieldMapping').implement({
  description: 'One line of the Mapping tab. Applied at each push, with the lead and the mapping as they are then.',
  fields: (t) => ({
    source: t.exposeString('source', { description: source }),
    remoteField: t.exposeString('remoteField', { description: remoteField }),
    writeBehavior: t.expose('writeBehavior', {
      type: WriteBehaviorType,
      description: 'What happens to what is there already.',
    }),
    values: t.expose('values', { type: [ValueMappingRef], description: values }),
  }),
});

const MappingWarningRef = builder.objectRef<MappingWarning>('MappingWarning').implement({
  description: 'A field at the vendor that should be mapped, and is not.',
  fields: (t) => ({
    remoteField: t.exposeString('remoteField', { description: 'For `FieldMapping.remoteField`.' }),
    message: t.exposeString('message', { description: 'What follows from it, in plain words.' }),
  }),
});

builder.objectFields(IntegrationRef, (t) => ({
  fieldMappings: t.field({
    type: [FieldMappingRef],
    description: 'What goes where, in the order it was set.',
    resolve: ({ id }, _args, context) => context.loaders.mappings.load(id),
  }),
  mappingWarnings: t.field({
    type: [MappingWarningRef],
    description: `What keeps leads from being pushed as they are mapped now: ${warned}`,
    resolve: async ({ id, vendor }, _args, { loaders }) => {
      const [mappings, known] = await Promise.all([loaders.mappings.load(id), loaders.remoteFields.load(id)]);
      return warningsOf(mappings, known?.fields ?? [], vendor);
    },
  }),
  canWriteIfBlank: t.boolean({
    description:
      'False: mappings with WRITE_IF_BLANK are refused, as this vendor does not tell what is there. Never changes.',
    resolve: ({ vendor }) => canWriteIfBlank(vendor),
  }),
}));

const ValueMappingInput = builder.inputType('ValueMappingInput', {
  description: 'A value of a qualifier and its counterpart at the vendor.',
  fields: (t) => ({
    value: t.string({ required: true, description: value }),
    remoteValue: t.string({ required: true, description: remoteValue }),
  }),
});

const FieldMappingInput = builder.inputType('FieldMappingInput', {
  description: 'One line of the Mapping tab.',
  fields: (t) => ({
    source: t.string({ required: true, description: source }),
    remoteField: t.string({ required: true, description: remoteField }),
    writeBehavior: t.field({
      type: WriteBehaviorType,
      defaultValue: 'OVERWRITE',
      description: 'What happens to what is there already.',
    }),
    values: t.field({ type: [ValueMappingInput], defaultValue: [], description: values }),
  }),
});

const SetFieldMappingsInput = builder.inputType('SetFieldMappingsInput', {
  description: 'All mappings of one integration.',
  fields: (t) => ({
    integrationId: t.id({ required: true, description: 'Of the integration.' }),
    mappings: t.field({
      type: [FieldMappingInput],
      required: true,
      description:
        'They replace those that are there; at most 500. An empty list maps nothing: NO_MAPPING holds every vendor but a webhook.',
    }),
  }),
});

const SetFieldMappingsSuccess = builder
  .objectRef<{ integrationId: string; warnings: FieldProblem[] }>('SetFieldMappingsSuccess')
  .implement({
    description: 'The mappings are as the input says.',
    fields: (t) => ({
      integration: t.field({
        type: IntegrationRef,
        description: 'The integration after the change.',
        resolve: ({ integrationId }, _args, context) => getLoaded(context.loaders.integration, integrationId),
      }),
      warnings: t.expose('warnings', {
        type: [FieldErrorType],
        description: `What was saved and keeps leads from being pushed all the same: ${warned}`,
      }),
    }),
  });

export const SetFieldMappingsResult = builder.errorUnion('SetFieldMappingsResult', {
  description: 'Of setFieldMappings.',
  types: [SetFieldMappingsSuccess, ValidationError, NotFoundError, ForbiddenError],
  resolveType: () => 'SetFieldMappingsSuccess',
});

builder.mutationField('setFieldMappings', (t) =>
  t.field({
    type: SetFieldMappingsResult,
    description:
      'Replaces all mappings of the integration. They apply to every push from then on, to leads that wait already as well; what failed waits ' +
      'for a retry. The first mapping ends NO_MAPPING, removing the last begins it. Admins.',
    args: {
      input: t.arg({
        type: SetFieldMappingsInput,
        required: true,
        description: 'Which integration, and what goes where.',
      }),
    },
    resolve: async (_root, { input }, context) => {
      const integrationId = givenId('Integration', input.integrationId);
      const mappings = input.mappings.map((mapping) => ({
        source: mapping.source,
        remoteField: mapping.remoteField,
        writeBehavior: mapping.writeBehavior ?? ('OVERWRITE' as const),
        values: mapping.values ?? [],
      }));
      const warnings = await change(context, () =>
        setFieldMappings(context.services, context.viewer, { integrationId, mappings }),
      );
      return { integrationId, warnings };
    },
  }),
);
