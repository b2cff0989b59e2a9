import { ForbiddenError, NotFoundError, StaleVersionError, ValidationError } from '../domain/errors.ts';
import { captureLeads } from '../sync/capture-leads.ts';
import { updateLead } from '../sync/update-lead.ts';
import { type BuilderTypes, builder } from './builder.ts';
import { change } from './context.ts';
import { givenId } from './ids.ts';
import { getLoaded } from './loaders.ts';
import { LeadRef } from './refs.ts';

const QualifierAnswerInput = builder.inputType('QualifierAnswerInput', {
  description:
    'The answers to one question. They replace what was answered to it before; other questions stay as they are.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Of the question; 1 to 255 characters.' }),
    values: t.stringList({
      required: true,
      description: 'The answers; trimmed, empty ones are left out. An empty list clears them.',
    }),
  }),
});

const LeadAttributeInput = builder.inputType('LeadAttributeInput', {
  description: 'One other value. Other attributes stay as they are.',
  fields: (t) => ({
    name: t.string({ required: true, description: '1 to 255 characters.' }),
    value: t.string({ description: 'At most 10,000 characters, trimmed. Null or empty clears it.' }),
  }),
});

/** What a caller may say of a person, at capture as at an edit. */
const personFields = (t: PothosSchemaTypes.InputFieldBuilder<BuilderTypes, 'InputObject'>) => ({
  firstName: t.string({ description: 'Absent keeps, null clears.' }),
  lastName: t.string({ description: 'Absent keeps, null clears.' }),
  email: t.string({ description: 'Absent keeps, null clears. Not checked; most vendors recognize people by it.' }),
  company: t.string({ description: 'Absent keeps, null clears.' }),
  jobTitle: t.string({ description: 'Absent keeps, null clears.' }),
  phone: t.string({ description: 'Absent keeps, null clears.' }),
  qualifiers: t.field({
    type: [QualifierAnswerInput],
    description: 'Merged by name. Absent keeps all, null clears all; no name twice.',
  }),
  attributes: t.field({
    type: [LeadAttributeInput],
    description: 'Merged by name. Absent keeps all, null clears all; no name twice.',
  }),
});

const LeadInput = builder.inputType('LeadInput', {
  description:
    'A captured person. The same externalId at the event again edits that lead: absent keeps, null clears; qualifiers and attributes merge by ' +
    'name; equal values change nothing. The same externalId twice in a call is a ValidationError. The same e-mail under another externalId is ' +
    'another lead; the two are pushed one after the other.',
  fields: (t) => ({
    externalId: t.string({
      description:
        "The caller's own id, unique within the event, which makes capturing repeatable; 1 to 255 characters. Without one, every call captures " +
        'anew.',
    }),
    ...personFields(t),
    enriched: t.boolean({
      description:
        'False: waits for `updateLead(enriched: true)` before it is pushed anywhere. Absent: true for a new lead, unchanged for a known one. ' +
        'False for a lead that is enriched is a ValidationError.',
    }),
    capturedAt: t.field({
      type: 'DateTime',
      description: 'When it was captured; now when absent. Of a lead that is known it stays as it is.',
    }),
  }),
});

const CaptureLeadsInput = builder.inputType('CaptureLeadsInput', {
  description: 'Leads of one event.',
  fields: (t) => ({
    eventId: t.id({ required: true, description: 'Where they were captured.' }),
    leads: t.field({ type: [LeadInput], required: true, description: 'At most 1,000.' }),
  }),
});

const CaptureLeadsSuccess = builder.objectRef<{ leadIds: string[] }>('CaptureLeadsSuccess').implement({
  description: 'All of them are captured.',
  fields: (t) => ({
    leads: t.field({
      type: [LeadRef],
      description: 'The leads as they are after the call, in the order of the input.',
      resolve: ({ leadIds }, _args, context) => leadIds.map((id) => getLoaded(context.loaders.lead, id)),
    }),
  }),
});

const CaptureLeadsResult = builder.errorUnion('CaptureLeadsResult', {
  description: 'Of captureLeads.',
  types: [CaptureLeadsSuccess, ValidationError, NotFoundError, ForbiddenError],
  resolveType: () => 'CaptureLeadsSuccess',
});

const UpdateLeadInput = builder.inputType('UpdateLeadInput', {
  description: 'What to change of a lead. Absent keeps, null clears; equal values change nothing.',
  fields: (t) => ({
    leadId: t.id({ required: true, description: 'Of the lead.' }),
    ...personFields(t),
    enriched: t.boolean({
      description:
        'True completes the enrichment: the lead comes onto the work list of every integration. False on an enriched lead is a ' +
        'ValidationError.',
    }),
    expectedRevision: t.int({
      description:
        'The revision that the edit was based on; at another one nothing is changed: StaleVersionError. Absent: whatever it is.',
    }),
  }),
});

const UpdateLeadSuccess = builder.objectRef<{ leadId: string }>('UpdateLeadSuccess').implement({
  description: 'The lead is as the input says.',
  fields: (t) => ({
    lead: t.field({
      type: LeadRef,
      description: 'The lead after the edit.',
      resolve: ({ leadId }, _args, context) => getLoaded(context.loaders.lead, leadId),
    }),
  }),
});

const UpdateLeadResult = builder.errorUnion('UpdateLeadResult', {
  description: 'Of updateLead.',
  types: [UpdateLeadSuccess, ValidationError, StaleVersionError, NotFoundError, ForbiddenError],
  resolveType: () => 'UpdateLeadSuccess',
});

builder.mutationFields((t) => ({
  captureLeads: t.field({
    type: CaptureLeadsResult,
    description:
      'Captures leads at an event, or edits those that were captured before under the same externalId: at most 1,000 a call, all of them or ' +
      'none. Enriched ones come onto the work list of every integration in the same transaction. Operators and admins.',
    args: { input: t.arg({ type: CaptureLeadsInput, required: true, description: 'The event and its leads.' }) },
    resolve: async (_root, { input }, context) => {
      const given = { eventId: givenId('Event', input.eventId), leads: input.leads };
      return { leadIds: await change(context, () => captureLeads(context.services, context.viewer, given)) };
    },
  }),
  updateLead: t.field({
    type: UpdateLeadResult,
    description:
      'Edits a lead, or completes its enrichment. A lead that is at a vendor is sent there again, under the current mode, as a waiting lead that ' +
      'nobody has released; one that failed stays FAILED until somebody retries. Operators and admins.',
    args: { input: t.arg({ type: UpdateLeadInput, required: true, description: 'Which lead, and what to change.' }) },
    resolve: async (_root, { input }, context) => {
      const given = { ...input, leadId: givenId('Lead', input.leadId) };
      await change(context, () => updateLead(context.services, context.viewer, given));
      return { leadId: given.leadId };
    },
  }),
}));
