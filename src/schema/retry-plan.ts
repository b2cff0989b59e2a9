import { BadInputError, NotFoundError, ValidationError } from '../domain/errors.ts';
import { groupsOf, planFailed, plannedMax, planRetry, type RetryPlan } from '../sync/plan-retry.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { idOf } from './ids.ts';
import type { Loaders } from './loaders.ts';
import { SyncItemSelectionInput, selectionOf } from './selection.ts';
import { type ErrorGroup, ErrorGroupRef } from './sync-error.ts';

const most = plannedMax.toLocaleString('en');

const RetryPlanRef = builder.objectRef<RetryPlan>('RetryPlan').implement({
  description: 'What a bulk push would do if it started now. Nothing is done.',
  fields: (t) => ({
    total: t.exposeInt('total', {
      description: 'Leads that it would take; those that another running one has are not among them.',
    }),
    wouldPass: t.exposeInt('wouldPass', {
      description:
        'Those that would pass everything that can be known before the call: `retry(onlyPassing: true)` takes exactly these. What a vendor ' +
        'refuses for reasons of its own can not be known.',
    }),
    wouldFail: t.field({
      type: [ErrorGroupRef],
      description:
        'The others by what they would fail with, largest group first: the mapping or the lead is wrong in a way that is seen beforehand, or the ' +
        'vendor refused the very same before. wouldPass + the counts of these = total.',
      resolve: ({ wouldFail }) => groupsOf(wouldFail),
    }),
    complete: t.exposeBoolean('complete', {
      description: `False: more than ${most} leads match, and the numbers are of the first ${most} that it would look at.`,
    }),
  }),
});

builder.queryField('planRetry', (t) =>
  t.field({
    type: RetryPlanRef,
    nullable: true,
    description:
      'What a `retry` of this selection would do now: how many leads it would take, and what can be known of their outcome with the leads, the ' +
      "mappings and the vendor's fields as they are. Nothing is done. The integration may be held. Null when there is no such integration or lead.",
    args: {
      integrationId: t.arg.id({ required: true, description: 'Where the push would go.' }),
      select: t.arg({ type: SyncItemSelectionInput, required: true, description: 'Which leads.' }),
    },
    complexity: 500,
    resolve: async (_root, args, { services, viewer }) => {
      const integrationId = idOf('Integration', args.integrationId);
      if (integrationId === null) return null;
      try {
        return await planRetry(services, viewer, { integrationId, select: selectionOf(args.select) });
      } catch (error) {
        if (error instanceof NotFoundError) return null;
        if (error instanceof ValidationError) throw new BadInputError(error.message);
        throw error;
      }
    },
  }),
);

/** Plans that were made for what was read at one moment: all groups of a work list share one. */
const plans = new WeakMap<Loaders, Map<string, Promise<RetryPlan>>>();

function planOf({ loaders, services, viewer }: Context, target: NonNullable<ErrorGroup['of']>): Promise<RetryPlan> {
  const made = plans.get(loaders) ?? new Map<string, Promise<RetryPlan>>();
  plans.set(loaders, made);
  const key = `${target.integrationId}/${target.eventId ?? ''}`;
  const plan = made.get(key) ?? planFailed(services, viewer, target);
  made.set(key, plan);
  return plan;
}

builder.objectField(ErrorGroupRef, 'wouldPassNow', (t) =>
  t.int({
    description:
      'How many of them would now pass everything that can be known before the call, because a mapping, a value or a lead was mended since, or ' +
      'because what they failed for can pass by itself. `retry(select: { filter: { category } }, onlyPassing: true)` takes exactly these. Looked up ' +
      `when asked for, lead by lead, of ${most} leads at most: ask again after a change, not in a subscription. 0 for leads that have not failed yet.`,
    complexity: 500,
    resolve: async ({ category, of }, _args, context) =>
      of ? ((await planOf(context, of)).wouldPassNow[category] ?? 0) : 0,
  }),
);
