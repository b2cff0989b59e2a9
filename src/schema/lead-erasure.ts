import { ConfirmationRequiredError, ForbiddenError, NotFoundError } from '../domain/errors.ts';
import { eraseLead } from '../sync/erase-lead.ts';
import { builder } from './builder.ts';
import { change } from './context.ts';
import { givenId } from './ids.ts';
import { getLoaded } from './loaders.ts';
import { LeadRef, SyncItemRef } from './refs.ts';

const EraseLeadInput = builder.inputType('EraseLeadInput', {
  description: 'Which person to erase.',
  fields: (t) => ({
    leadId: t.id({
      required: true,
      description: 'Of the lead. The same person at another event is another lead, to be erased as well.',
    }),
    confirm: t.boolean({ defaultValue: false, description: 'Must be true: nothing brings the values back.' }),
  }),
});

const EraseLeadSuccess = builder.objectRef<{ leadId: string }>('EraseLeadSuccess').implement({
  description: 'The person is erased.',
  fields: (t) => ({
    lead: t.field({
      type: LeadRef,
      description: 'What is left: ids, instants, and its places on the work lists.',
      resolve: ({ leadId }, _args, context) => getLoaded(context.loaders.lead, leadId),
    }),
    remoteRecords: t.field({
      type: [SyncItemRef],
      description:
        'Where the person was sent to, or is being sent now. Sluice erases nothing there: have these records erased at the vendors, by `remoteId` ' +
        'where there is one, which is kept for that.',
      resolve: async ({ leadId }, _args, context) =>
        (await context.loaders.itemsOfLead.load(leadId)).filter(
          ({ state, remoteId, clearedAt }) => state === 'SYNCING' || remoteId !== null || clearedAt !== null,
        ),
    }),
  }),
});

const EraseLeadResult = builder.errorUnion('EraseLeadResult', {
  description: 'Of eraseLead.',
  types: [EraseLeadSuccess, ConfirmationRequiredError, NotFoundError, ForbiddenError],
  resolveType: () => 'EraseLeadSuccess',
});

builder.mutationField('eraseLead', (t) =>
  t.field({
    type: EraseLeadResult,
    description:
      'Erases a person for good: every value of the lead, what was sent and answered, and the words of its failures, here and in every history; no ' +
      'search finds it. Ids and counts stay. What waits or failed is WITHDRAWN and never pushed; a push under way is recorded when it is answered, ' +
      'and what vendors have stays there: see `remoteRecords`. Capturing its `externalId` at the event again is a ValidationError, and so is ' +
      'editing it. Erasing again changes nothing. Backups keep what they have. Admins.',
    args: { input: t.arg({ type: EraseLeadInput, required: true, description: 'Which lead.' }) },
    resolve: async (_root, { input }, context) => {
      const given = { ...input, leadId: givenId('Lead', input.leadId) };
      await change(context, () => eraseLead(context.services, context.viewer, given));
      return { leadId: given.leadId };
    },
  }),
);
