import type { EventRow } from '../db/statements/event-pages.ts';
import { ForbiddenError, ValidationError } from '../domain/errors.ts';
import { createEvent } from '../sync/create-event.ts';
import { searchOf } from '../sync/text.ts';
import { builder } from './builder.ts';
import { change } from './context.ts';
import { idOf } from './ids.ts';
import { getLoaded } from './loaders.ts';
import { askPage, eventCursor, pageArgs, pageCost, pageOf } from './page.ts';
import { EventRef } from './refs.ts';

const firstByDefault = 50;

builder.node(EventRef, {
  description:
    'A trade show, a conference, a dinner: where leads are captured. Names are unique in an organization, whatever the case.',
  id: { resolve: (event) => event.id },
  fields: (t) => ({
    name: t.exposeString('name', { description: 'For people; 1 to 200 characters.' }),
    startsOn: t.expose('startsOn', {
      type: 'Date',
      nullable: true,
      description: 'Its first day, in its own time zone. Lists are ordered by it.',
    }),
    endsOn: t.expose('endsOn', { type: 'Date', nullable: true, description: 'Its last day, in its own time zone.' }),
    timeZone: t.exposeString('timeZone', { description: 'IANA name, e.g. `America/Chicago`.' }),
    leadCount: t.int({
      description: 'Leads captured there, not enriched ones included.',
      resolve: ({ id }, _args, context) => context.loaders.leadCount.load(id),
    }),
  }),
});

const EventConnection = builder.connectionObject(
  {
    type: EventRef,
    name: 'EventConnection',
    description: 'Events by first day, newest first, those without one last.',
    fields: (t) => ({
      totalCount: t.int({
        description: 'How many match, on all pages. Counted when asked for.',
        resolve: async ({ countAll }) => (await countAll?.()) ?? 0,
      }),
    }),
  },
  { name: 'EventEdge', description: 'An event in the list.' },
);

builder.queryFields((t) => ({
  events: t.field({
    type: EventConnection,
    description: "The organization's events by first day, newest first, those without one last.",
    args: {
      search: t.arg.string({ description: 'Part of the name, whatever the case.' }),
      ...pageArgs(firstByDefault),
    },
    complexity: pageCost,
    resolve: async (_root, args, context) => {
      const asked = askPage(args, firstByDefault, eventCursor);
      const filter = { ids: null, search: searchOf(args.search, 1) };
      const rows = await context.loaders.eventPage.load({ ...filter, after: asked.after, limit: asked.limit });
      return {
        ...pageOf(rows, asked, eventCursor, keyOfEvent),
        countAll: () => context.loaders.eventCount.load(filter),
      };
    },
  }),
  event: t.field({
    type: EventRef,
    nullable: true,
    description: 'One event; null when there is no such.',
    args: { id: t.arg.id({ required: true, description: 'Of the event.' }) },
    resolve: (_root, args, context) => {
      const id = idOf('Event', args.id);
      return id === null ? null : context.loaders.event.load(id);
    },
  }),
}));

/** What lists of events are ordered by. */
export const keyOfEvent = ({ startsOn, id }: EventRow) => ({ startsOn, id });

const CreateEventInput = builder.inputType('CreateEventInput', {
  description: 'An event to come, or one that leads come from.',
  fields: (t) => ({
    name: t.string({
      required: true,
      description: '1 to 200 characters; unique in the organization, whatever the case.',
    }),
    startsOn: t.field({ type: 'Date', description: 'Its first day.' }),
    endsOn: t.field({ type: 'Date', description: 'Its last day; not before the first.' }),
    timeZone: t.string({ defaultValue: 'UTC', description: 'IANA name of where it takes place.' }),
  }),
});

const CreateEventSuccess = builder.objectRef<{ eventId: string }>('CreateEventSuccess').implement({
  description: 'The event exists.',
  fields: (t) => ({
    event: t.field({
      type: EventRef,
      description: 'The new event.',
      resolve: ({ eventId }, _args, context) => getLoaded(context.loaders.event, eventId),
    }),
  }),
});

const CreateEventResult = builder.errorUnion('CreateEventResult', {
  description: 'Of createEvent.',
  types: [CreateEventSuccess, ValidationError, ForbiddenError],
  resolveType: () => 'CreateEventSuccess',
});

builder.mutationField('createEvent', (t) =>
  t.field({
    type: CreateEventResult,
    description: 'Creates an event that leads can be captured at. Operators and admins.',
    args: { input: t.arg({ type: CreateEventInput, required: true, description: 'What is known of it.' }) },
    resolve: async (_root, { input }, context) => ({
      eventId: await change(context, () => createEvent(context.services, context.viewer, input)),
    }),
  }),
);
