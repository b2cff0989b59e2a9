import type { LeadAttribute, QualifierAnswer } from '../domain/lead.ts';
import { builder, enumType } from './builder.ts';
import { idOf } from './ids.ts';
import { getLoaded } from './loaders.ts';
import { EventRef, LeadRef, SyncItemRef } from './refs.ts';

const EnrichmentStatusType = enumType<'PENDING' | 'ENRICHED'>(
  'EnrichmentStatus',
  'Whether the lead is complete. Only enriched leads come onto the work lists.',
  {
    PENDING: 'Waits for `updateLead(enriched: true)`: on no work list yet.',
    ENRICHED: 'Complete. This can not be taken back.',
  },
);

const QualifierAnswerRef = builder.objectRef<QualifierAnswer>('QualifierAnswer').implement({
  description: 'A question asked at capture, and the answers.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Of the question. Map it as `qualifier:<name>`.' }),
    values: t.exposeStringList('values', { description: 'The answers, at least one.' }),
  }),
});

const LeadAttributeRef = builder.objectRef<LeadAttribute>('LeadAttribute').implement({
  description: 'Any other captured value.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Map it as `attribute:<name>`.' }),
    value: t.exposeString('value', { description: 'As captured; never empty.' }),
  }),
});

builder.node(LeadRef, {
  description: 'A person captured at one event. The same person at another event is another lead.',
  id: { resolve: (lead) => lead.id },
  fields: (t) => ({
    event: t.field({
      type: EventRef,
      description: 'Where it was captured.',
      resolve: ({ eventId }, _args, context) => getLoaded(context.loaders.event, eventId),
    }),
    externalId: t.exposeString('externalId', {
      nullable: true,
      description: "The caller's own id, unique within the event; null when it was captured without.",
    }),
    firstName: t.exposeString('firstName', { nullable: true, description: 'Null: not known.' }),
    lastName: t.exposeString('lastName', { nullable: true, description: 'Null: not known.' }),
    email: t.exposeString('email', {
      nullable: true,
      description: 'As captured, not checked. Most vendors recognize people by it. Null: not known.',
    }),
    company: t.exposeString('company', { nullable: true, description: 'Null: not known.' }),
    jobTitle: t.exposeString('jobTitle', { nullable: true, description: 'Null: not known.' }),
    phone: t.exposeString('phone', { nullable: true, description: 'As captured, not checked. Null: not known.' }),
    qualifiers: t.expose('qualifiers', { type: [QualifierAnswerRef], description: 'Questions that were answered.' }),
    attributes: t.expose('attributes', { type: [LeadAttributeRef], description: 'Any other captured value.' }),
    enrichment: t.field({
      type: EnrichmentStatusType,
      description: 'Whether it is complete and on the work lists.',
      resolve: ({ enrichedAt }) => (enrichedAt === null ? ('PENDING' as const) : ('ENRICHED' as const)),
    }),
    capturedAt: t.expose('capturedAt', {
      type: 'DateTime',
      description: 'When it was captured. Never changes; lists are ordered by it.',
    }),
    revision: t.exposeInt('revision', {
      description:
        'Goes up by one with every edit that changes something. Compare it with `SyncItem.syncedRevision`; send it back as `expectedRevision`.',
    }),
    erasedAt: t.expose('erasedAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'Set once the person was erased: the id stays, and every value is null or empty, here and in every history. Nothing brings them back.',
    }),
    syncItems: t.field({
      type: [SyncItemRef],
      description: 'Its way to each integration that takes it; empty until it is enriched.',
      resolve: ({ id }, _args, context) => context.loaders.itemsOfLead.load(id),
    }),
  }),
});

builder.queryField('lead', (t) =>
  t.field({
    type: LeadRef,
    nullable: true,
    description: 'One lead; null when there is no such.',
    args: { id: t.arg.id({ required: true, description: 'Of the lead.' }) },
    resolve: (_root, args, context) => {
      const id = idOf('Lead', args.id);
      return id === null ? null : context.loaders.lead.load(id);
    },
  }),
);
