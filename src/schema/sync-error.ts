import type { ErrorField } from '../db/statements/error-groups.ts';
import { type ErrorCategory, type SyncErrorData, wordsOfCategory } from '../domain/error-categories.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { ErrorCategoryType } from './enums.ts';

const helpUrl = 'The section of the help that says what it means and how to fix it; served by this server.';

/** Where the help speaks of a category. */
const helpUrlOf = ({ publicUrl }: Context, category: ErrorCategory): string =>
  `${publicUrl}/help/errors#${category.toLowerCase().replaceAll('_', '-')}`;

export const SyncErrorRef = builder.objectRef<SyncErrorData>('SyncError').implement({
  description: 'Why a push was refused or put off. No secret and nothing of the request is in it.',
  fields: (t) => ({
    category: t.expose('category', {
      type: ErrorCategoryType,
      description: 'What kind of refusal, and so what kind of fix.',
    }),
    message: t.exposeString('message', { description: 'Plain words for an administrator.' }),
    vendorCode: t.exposeString('vendorCode', {
      nullable: true,
      description: "The vendor's own code, where it gave one.",
    }),
    vendorMessage: t.exposeString('vendorMessage', {
      nullable: true,
      description: "The vendor's own words, secrets removed, at most 1,000 characters.",
    }),
    remoteField: t.exposeString('remoteField', {
      nullable: true,
      description: 'The field concerned, as the vendor names it, where one is.',
    }),
    helpUrl: t.string({ description: helpUrl, resolve: (error, _args, context) => helpUrlOf(context, error.category) }),
  }),
});

export interface ErrorGroup {
  category: ErrorCategory;
  count: number;
  /** Of FAILED leads: whose they are. Absent: leads that would fail, of which no more is known. */
  of?: { integrationId: string; eventId: string | null; repeated: number };
}

const RefusedValueRef = builder.objectRef<ErrorField['values'][number]>('RefusedValue').implement({
  description: 'A value that was refused.',
  fields: (t) => ({
    value: t.exposeString('value', { description: 'As it was sent, at most 200 characters.' }),
    count: t.exposeInt('count', { description: 'How many leads have it.' }),
  }),
});

const ErrorFieldRef = builder.objectRef<ErrorField>('ErrorField').implement({
  description: 'A remote field that refusals name.',
  fields: (t) => ({
    remoteField: t.exposeString('remoteField', { description: 'As the vendor names it.' }),
    count: t.exposeInt('count', { description: 'How many leads were refused for it.' }),
    values: t.expose('values', {
      type: [RefusedValueRef],
      description:
        'The values that were refused most often, at most five. Empty: the field was missing, or no value is known.',
    }),
  }),
});

export const ErrorGroupRef = builder.objectRef<ErrorGroup>('ErrorGroup').implement({
  description:
    'FAILED leads that have the same kind of fix. Retry them with `retry(select: { filter: { category } })`.',
  fields: (t) => ({
    category: t.expose('category', { type: ErrorCategoryType, description: 'What kind of refusal.' }),
    description: t.string({
      description: 'Plain words: what it means.',
      resolve: ({ category }) => wordsOfCategory[category].description,
    }),
    fix: t.string({
      description: 'Plain words: what to do about it.',
      resolve: ({ category }) => wordsOfCategory[category].fix,
    }),
    helpUrl: t.string({
      description: helpUrl,
      resolve: ({ category }, _args, context) => helpUrlOf(context, category),
    }),
    count: t.exposeInt('count', { description: 'How many leads; at least one.' }),
    firstSeenAt: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'When the first of those that are in the group now failed. Read after the counts: null when nobody is left by then, and for leads that ' +
        'have not failed yet.',
      resolve: async (group, _args, context) => (await timesOf(group, context))?.firstAt ?? null,
    }),
    lastSeenAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the last of those that are in the group now failed; null as in `firstSeenAt`.',
      resolve: async (group, _args, context) => (await timesOf(group, context))?.lastAt ?? null,
    }),
    fields: t.field({
      type: [ErrorFieldRef],
      description:
        'The fields that the refusals name most, at most ten, most first, with the values that were refused most often. Read after the counts, ' +
        'from the newest 10,000 leads of the group: of a larger one, the counts are of those. Empty for leads that have not failed yet.',
      complexity: { field: 20, multiplier: 5 },
      resolve: ({ category, of }, _args, context) => (of ? context.loaders.errorFields.load({ ...of, category }) : []),
    }),
    repeated: t.int({
      description:
        'How many of them failed for the same cause (category, field and vendor code) as before somebody retried them: what was done did not help.',
      resolve: ({ of }) => of?.repeated ?? 0,
    }),
  }),
});

const timesOf = async ({ category, of }: ErrorGroup, { loaders }: Context) =>
  of ? loaders.errorGroupTimes.load({ ...of, category }) : null;
