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
}

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
  }),
});
