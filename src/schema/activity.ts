import type { ActivityMinute } from '../db/statements/activity.ts';
import { BadInputError } from '../domain/errors.ts';
import { latencyQuantile } from '../domain/latency.ts';
import { type BuilderTypes, builder } from './builder.ts';
import { givenId } from './ids.ts';
import { IntegrationRef } from './refs.ts';

const minutesMax = 1_440;
const minutesByDefault = 60;

const ActivityPointRef = builder.objectRef<ActivityMinute>('ActivityPoint').implement({
  description:
    'What happened within one minute. Leads that move without a push, e.g. by a switch or when withdrawn, are not in it.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'When the minute began.' }),
    captured: t.exposeInt('captured', { description: 'Leads that were new on the work list.' }),
    cleared: t.exposeInt('cleared', { description: 'Pushes that the vendor took.' }),
    failed: t.exposeInt('failed', { description: 'Pushes that were refused.' }),
    latencyP50Ms: latency(t, 0.5, 'Half of the leads that cleared then for the first time'),
    latencyP95Ms: latency(t, 0.95, '95 of 100 leads that cleared then for the first time'),
  }),
});

function latency(t: PothosSchemaTypes.ObjectFieldBuilder<BuilderTypes, ActivityMinute>, share: number, who: string) {
  return t.int({
    nullable: true,
    description: `${who} took no longer than this from capture to cleared, to about a fifth; null when none did.`,
    resolve: ({ latencies }) => latencyQuantile(latencies, share),
  });
}

builder.objectField(IntegrationRef, 'activity', (t) =>
  t.field({
    type: [ActivityPointRef],
    description:
      'The last minutes, oldest first, for charts: every minute is there, and the last one is still running. Costs the same however many leads ' +
      'there are. Changes are not told: ask again every minute.',
    args: {
      eventId: t.arg.id({ description: 'Only leads of this event. An unknown id: nothing happened there.' }),
      minutes: t.arg.int({
        defaultValue: minutesByDefault,
        description: `How many: 1 to ${minutesMax}, else BAD_USER_INPUT.`,
      }),
    },
    complexity: { field: 10, multiplier: 1 },
    resolve: ({ id }, args, context) => {
      const minutes = args.minutes ?? minutesByDefault;
      if (minutes < 1 || minutes > minutesMax)
        throw new BadInputError(`minutes: expected 1 to ${minutesMax}, got ${minutes}.`);
      const eventId = args.eventId == null ? null : givenId('Event', args.eventId);
      return context.loaders.activity.load({ ownerId: id, page: { eventId, minutes } });
    },
  }),
);
