import { graphql, type ResultOf } from '../data/graphql.ts';

/** What moves while a verification runs. */
const verification = graphql(`
  fragment Verification on Verification {
    id
    status
    outcome
    readBack
    requestedAt
    requestedBy
    finishedAt
    done
    total
    findingCount
    problem
    integration { id name }
    integrations {
      integration { id name vendor }
      balance { captured notEnriched notTaken waiting failed cleared withdrawn }
      items
      transitions
      readBack { state checked missing unknown problem }
    }
  }
`);

export const VerificationsQuery = graphql(
  `
  query Verifications {
    verifications(first: 20) { edges { node { ...Verification } } }
    integrations { id name connection { status } }
  }
`,
  [verification],
);

export const VerificationQuery = graphql(
  `
  query VerificationOf($id: ID!) {
    node(id: $id) { __typename ... on Verification { ...Verification } }
  }
`,
  [verification],
);

export const VerificationProgressed = graphql(
  `
  subscription VerificationProgressed($id: ID!) {
    verificationProgressed(verificationId: $id) { ...Verification }
  }
`,
  [verification],
);

export const Verify = graphql(
  `
  mutation Verify($input: VerifyInput!) {
    verify(input: $input) {
      __typename
      ... on Error { message }
      ... on VerifySuccess { verification { ...Verification } }
    }
  }
`,
  [verification],
);

export const CancelVerification = graphql(
  `
  mutation CancelVerification($id: ID!) {
    cancelVerification(verificationId: $id) {
      __typename
      ... on Error { message }
      ... on VerifySuccess { verification { ...Verification } }
    }
  }
`,
  [verification],
);

export const FindingsQuery = graphql(`
  query Findings($id: ID!, $after: String) {
    node(id: $id) {
      __typename
      ... on Verification {
        id
        findings(first: 50, after: $after) {
          edges {
            node {
              kind
              message
              integration { id name }
              event { id name }
              item { id lead { id firstName lastName email } }
            }
          }
          pageInfo { hasNextPage endCursor }
        }
      }
    }
  }
`);

export type Verification = ResultOf<typeof verification>;
type FindingsNode = Extract<NonNullable<ResultOf<typeof FindingsQuery>['node']>, { __typename: 'Verification' }>;
export type Finding = FindingsNode['findings']['edges'][number]['node'];
