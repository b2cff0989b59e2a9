import { graphql, type ResultOf } from '../data/graphql.ts';

export const MoveLead = graphql(`
  mutation MoveLead($input: MoveLeadInput!) {
    moveLead(input: $input) {
      __typename
      ... on Error { message }
      ... on MoveLeadSuccess { lead { id revision event { id name } } }
    }
  }
`);

export const EraseLead = graphql(`
  mutation EraseLead($input: EraseLeadInput!) {
    eraseLead(input: $input) {
      __typename
      ... on Error { message }
      ... on EraseLeadSuccess {
        lead { id erasedAt }
        remoteRecords { id remoteId remoteUrl integration { id name } }
      }
    }
  }
`);

export type RemoteRecord = Extract<
  ResultOf<typeof EraseLead>['eraseLead'],
  { __typename: 'EraseLeadSuccess' }
>['remoteRecords'][number];
