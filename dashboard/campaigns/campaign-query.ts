import { graphql, type ResultOf } from '../data/graphql.ts';

const campaignState = graphql(`
  fragment CampaignState on Integration {
    id
    eventCampaigns { event { id name } campaignId campaignName memberStatus setAt setBy }
  }
`);

export const EventCampaignsQuery = graphql(
  `
  query EventCampaigns($id: ID!, $search: String, $first: Int!) {
    integration(id: $id) { ...CampaignState hasCampaigns }
    events(search: $search, first: $first) {
      edges { node { id name startsOn endsOn timeZone leadCount } }
      pageInfo { hasNextPage }
    }
  }
`,
  [campaignState],
);

export const CampaignsChanged = graphql(
  `
  subscription CampaignsChanged($id: ID!) {
    integrationChanged(integrationId: $id) { ...CampaignState }
  }
`,
  [campaignState],
);

/** Asked of the vendor, now. */
export const CampaignChoicesQuery = graphql(`
  query CampaignChoices($id: ID!, $search: String) {
    integration(id: $id) { id campaigns(search: $search) { id name type memberStatuses } }
  }
`);

export const ClearedBeforeQuery = graphql(`
  query ClearedBefore($id: ID!, $eventId: ID!) {
    integration(id: $id) { id reconciliation(eventId: $eventId) { id counts { cleared } } }
  }
`);

export const SetEventCampaign = graphql(
  `
  mutation SetEventCampaign($input: SetEventCampaignInput!) {
    change: setEventCampaign(input: $input) {
      __typename
      ... on Error { message }
      ... on ValidationError { fieldErrors { path message } }
      ... on SetEventCampaignSuccess { integration { ...CampaignState } }
    }
  }
`,
  [campaignState],
);

export const ClearEventCampaign = graphql(
  `
  mutation ClearEventCampaign($input: ClearEventCampaignInput!) {
    change: clearEventCampaign(input: $input) {
      __typename
      ... on Error { message }
      ... on ValidationError { fieldErrors { path message } }
      ... on SetEventCampaignSuccess { integration { ...CampaignState } }
    }
  }
`,
  [campaignState],
);

type Read = ResultOf<typeof EventCampaignsQuery>;
export type CampaignEvent = Read['events']['edges'][number]['node'];
export type EventCampaign = NonNullable<Read['integration']>['eventCampaigns'][number];
export type Campaign = NonNullable<
  NonNullable<ResultOf<typeof CampaignChoicesQuery>['integration']>['campaigns']
>[number];
