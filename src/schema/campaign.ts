import type { EventCampaignRow } from '../db/statements/event-campaigns.ts';
import { ForbiddenError, NotFoundError, ValidationError, VendorUnavailableError } from '../domain/errors.ts';
import type { Campaign } from '../sync/connectors/connector.ts';
import { clearEventCampaign, hasCampaigns, listCampaigns, setEventCampaign } from '../sync/event-campaigns.ts';
import { searchOf } from '../sync/text.ts';
import { builder } from './builder.ts';
import { change } from './context.ts';
import { givenId } from './ids.ts';
import { getLoaded } from './loaders.ts';
import { EventRef, IntegrationRef, ReconciliationRef } from './refs.ts';

const CampaignRef = builder.objectRef<Campaign>('Campaign').implement({
  description: 'A campaign, program or list at the vendor that leads can be made members of.',
  fields: (t) => ({
    id: t.exposeString('id', { description: "The vendor's own id, for `setEventCampaign`." }),
    name: t.exposeString('name', { description: 'As the vendor names it.' }),
    type: t.exposeString('type', {
      nullable: true,
      description: 'Its kind, in the words of the vendor; null where it tells none.',
    }),
    memberStatuses: t.exposeStringList('memberStatuses', {
      description: "The statuses that a member can have, in the vendor's order. Empty: members have none.",
    }),
  }),
});

const EventCampaignRef = builder.objectRef<EventCampaignRow>('EventCampaign').implement({
  description: 'What the leads of an event become members of, in one integration.',
  fields: (t) => ({
    event: t.field({
      type: EventRef,
      description: 'Whose leads.',
      resolve: ({ eventId }, _args, context) => getLoaded(context.loaders.event, eventId),
    }),
    campaignId: t.exposeString('campaignId', { description: "The vendor's own id." }),
    campaignName: t.exposeString('campaignName', { description: 'As the vendor named it when it was set.' }),
    memberStatus: t.string({
      nullable: true,
      description: 'The status of new members; null where members have none.',
      resolve: ({ memberStatus }) => memberStatus || null,
    }),
    setAt: t.expose('setAt', { type: 'DateTime', description: 'When it was set.' }),
    setBy: t.exposeString('setBy', { description: 'The key or person that set it.' }),
  }),
});

builder.objectFields(IntegrationRef, (t) => ({
  hasCampaigns: t.boolean({
    description: 'False: this vendor has no campaigns that leads can be made members of. Never changes.',
    resolve: ({ vendor }) => hasCampaigns(vendor),
  }),
  eventCampaigns: t.field({
    type: [EventCampaignRef],
    description: 'The campaigns of its events, where one is set; the newest setting first.',
    resolve: ({ id }, _args, context) => context.loaders.eventCampaigns.load(id),
  }),
  campaigns: t.field({
    type: [CampaignRef],
    nullable: true,
    description:
      'Campaigns at the vendor to choose from, asked for now: at most 100. Empty for a vendor that has none, and while nothing is connected. Null, ' +
      'with an error of the code VENDOR_UNAVAILABLE that says why, where the vendor does not answer.',
    args: { search: t.arg.string({ description: 'Part of the name.' }) },
    complexity: { field: 100, multiplier: 10 },
    resolve: ({ id }, { search }, context) => listCampaigns(context.services, context.viewer, id, searchOf(search, 1)),
  }),
}));

builder.objectField(ReconciliationRef, 'campaign', (t) =>
  t.field({
    type: EventCampaignRef,
    nullable: true,
    description: 'What the leads of the event become members of; null: nothing, or this is about all events.',
    resolve: ({ integrationId, eventId }, _args, context) =>
      eventId === null ? null : context.loaders.eventCampaign.load({ integrationId, eventId }),
  }),
);

const SetEventCampaignInput = builder.inputType('SetEventCampaignInput', {
  description: 'A campaign for an event. Both the campaign and the status are checked at the vendor.',
  fields: (t) => ({
    integrationId: t.id({ required: true, description: 'At which vendor.' }),
    eventId: t.id({ required: true, description: 'Whose leads.' }),
    campaignId: t.string({ required: true, description: "The vendor's own id, as `Integration.campaigns` tells it." }),
    memberStatus: t.string({ description: 'Exactly one of its memberStatuses; absent where members have none.' }),
  }),
});

const ClearEventCampaignInput = builder.inputType('ClearEventCampaignInput', {
  description: 'The campaign of an event to forget.',
  fields: (t) => ({
    integrationId: t.id({ required: true, description: 'At which vendor.' }),
    eventId: t.id({ required: true, description: 'Whose leads.' }),
  }),
});

const SetEventCampaignSuccess = builder.objectRef<{ integrationId: string }>('SetEventCampaignSuccess').implement({
  description: 'It is as the input says.',
  fields: (t) => ({
    integration: t.field({
      type: IntegrationRef,
      description: 'The integration after the change.',
      resolve: ({ integrationId }, _args, context) => getLoaded(context.loaders.integration, integrationId),
    }),
  }),
});

const SetEventCampaignResult = builder.errorUnion('SetEventCampaignResult', {
  description: 'Of setEventCampaign and clearEventCampaign.',
  types: [SetEventCampaignSuccess, ValidationError, VendorUnavailableError, NotFoundError, ForbiddenError],
  resolveType: () => 'SetEventCampaignSuccess',
});

builder.mutationFields((t) => ({
  setEventCampaign: t.field({
    type: SetEventCampaignResult,
    description:
      'Makes the leads of an event members of a campaign, from the next push on: a lead is CLEARED only when it is a member too, and when only ' +
      'this failed a retry does only this. Leads that were cleared before are not pushed again by it. Admins.',
    args: {
      input: t.arg({ type: SetEventCampaignInput, required: true, description: 'Which campaign for which event.' }),
    },
    resolve: async (_root, { input }, context) => {
      const integrationId = givenId('Integration', input.integrationId);
      const given = { ...input, integrationId, eventId: givenId('Event', input.eventId) };
      await change(context, () => setEventCampaign(context.services, context.viewer, given));
      return { integrationId };
    },
  }),
  clearEventCampaign: t.field({
    type: SetEventCampaignResult,
    description:
      'From the next push on the leads of the event become members of nothing; members stay what they are. Admins.',
    args: { input: t.arg({ type: ClearEventCampaignInput, required: true, description: 'Of which event.' }) },
    resolve: async (_root, { input }, context) => {
      const integrationId = givenId('Integration', input.integrationId);
      const given = { integrationId, eventId: givenId('Event', input.eventId) };
      await change(context, () => clearEventCampaign(context.services, context.viewer, given));
      return { integrationId };
    },
  }),
}));
