import { graphql, type ResultOf } from '../data/graphql.ts';

export const backfillState = graphql(`
  fragment BackfillState on Backfill {
    id
    status
    total
    done
    problem
    requestedBy
    event { id name }
  }
`);

export const BackfillEvent = graphql(
  `
  mutation BackfillEvent($input: BackfillEventInput!) {
    backfillEvent(input: $input) {
      __typename
      ... on Error { message }
      ... on ConfirmationRequiredError { affectedLeads }
      ... on BackfillSuccess { backfill { ...BackfillState } }
    }
  }
`,
  [backfillState],
);

export const CancelBackfill = graphql(
  `
  mutation CancelBackfill($id: ID!) {
    cancelBackfill(backfillId: $id) {
      __typename
      ... on Error { message }
      ... on BackfillSuccess { backfill { ...BackfillState } }
    }
  }
`,
  [backfillState],
);

export const BackfillProgressed = graphql(
  `
  subscription BackfillProgressed($id: ID!) {
    backfillProgressed(backfillId: $id) { ...BackfillState }
  }
`,
  [backfillState],
);

export type BackfillState = ResultOf<typeof backfillState>;
