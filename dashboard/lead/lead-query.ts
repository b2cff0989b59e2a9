import { graphql, type ResultOf } from '../data/graphql.ts';
import { workRow } from '../data/work-row.ts';

const move = graphql(`
  fragment Move on LeadStatusTransition {
    id
    at
    by
    from
    to
    attempt
    cause
    error { category message vendorCode vendorMessage }
  }
`);

export const LeadQuery = graphql(
  `
  query Lead($id: ID!) {
    node(id: $id) {
      __typename
      ... on SyncItem {
        ...WorkRow
        remoteId
        explanation
        failedAgain
        refusedValue
        pushAttempts(first: 20) {
          edges { node { id attempt durationMs startedAt outcome reason exchanges { request status payload answer } } }
        }
        integration { id name fieldMappings { source remoteField } }
        lead {
          id
          phone
          externalId
          erasedAt
          qualifiers { name values }
          attributes { name value }
          syncItems { id status integration { id name } }
        }
        timeline(first: 50) {
          edges { node { ...Move } }
          pageInfo { hasNextPage endCursor }
        }
      }
    }
  }
`,
  [workRow, move],
);

export const TimelineQuery = graphql(
  `
  query Timeline($id: ID!, $after: String!) {
    node(id: $id) {
      __typename
      ... on SyncItem {
        id
        timeline(first: 50, after: $after) {
          edges { node { ...Move } }
          pageInfo { hasNextPage endCursor }
        }
      }
    }
  }
`,
  [move],
);

export type LeadItem = Extract<NonNullable<ResultOf<typeof LeadQuery>['node']>, { __typename: 'SyncItem' }>;

export const UpdateLead = graphql(`
  mutation UpdateLead($input: UpdateLeadInput!) {
    updateLead(input: $input) {
      __typename
      ... on Error { message }
      ... on ValidationError { fieldErrors { path message } }
      ... on UpdateLeadSuccess { lead { id revision } }
    }
  }
`);
