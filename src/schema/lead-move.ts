import { ForbiddenError, NotFoundError, StaleVersionError, ValidationError } from '../domain/errors.ts';
import { moveLead } from '../sync/move-lead.ts';
import { builder } from './builder.ts';
import { change } from './context.ts';
import { givenId } from './ids.ts';
import { getLoaded } from './loaders.ts';
import { LeadRef } from './refs.ts';

const MoveLeadInput = builder.inputType('MoveLeadInput', {
  description: 'Which lead to move, and where to.',
  fields: (t) => ({
    leadId: t.id({ required: true, description: 'Of the lead.' }),
    eventId: t.id({ required: true, description: 'Where it belongs. The event that it is at: nothing is changed.' }),
    expectedRevision: t.int({
      description:
        'The revision that the move was based on; at another one nothing is changed: StaleVersionError. Absent: whatever it is.',
    }),
  }),
});

const MoveLeadSuccess = builder.objectRef<{ leadId: string }>('MoveLeadSuccess').implement({
  description: 'The lead is at the event.',
  fields: (t) => ({
    lead: t.field({
      type: LeadRef,
      description: 'The lead after the move.',
      resolve: ({ leadId }, _args, context) => getLoaded(context.loaders.lead, leadId),
    }),
  }),
});

const MoveLeadResult = builder.errorUnion('MoveLeadResult', {
  description: 'Of moveLead.',
  types: [MoveLeadSuccess, ValidationError, StaleVersionError, NotFoundError, ForbiddenError],
  resolveType: () => 'MoveLeadSuccess',
});

builder.mutationField('moveLead', (t) =>
  t.field({
    type: MoveLeadResult,
    description:
      'Moves a lead to another event: the counts of both change in the same moment. An edit like any other: a lead that is at a vendor is sent ' +
      'there again, under the current mode, because the event is part of what is sent; one that failed stays FAILED until somebody retries. ' +
      'Another lead of the same externalId at that event, an erased one included, is a ValidationError. Operators and admins.',
    args: { input: t.arg({ type: MoveLeadInput, required: true, description: 'Which lead, and the event.' }) },
    resolve: async (_root, { input }, context) => {
      const given = {
        ...input,
        leadId: givenId('Lead', input.leadId),
        eventId: givenId('Event', input.eventId),
      };
      await change(context, () => moveLead(context.services, context.viewer, given));
      return { leadId: given.leadId };
    },
  }),
);
