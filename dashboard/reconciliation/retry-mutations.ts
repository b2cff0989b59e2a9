import { graphql } from '../data/graphql.ts';
import { runningRetry } from '../data/integration-card.ts';

export const RetryEvent = graphql(
  `
  mutation RetryEvent($input: RetryEventInput!) {
    started: retryEvent(input: $input) {
      __typename
      ... on Error { message }
      ... on RetrySuccess { retry { ...RunningRetry } }
    }
  }
`,
  [runningRetry],
);

export const RetrySelection = graphql(
  `
  mutation RetrySelection($input: RetryInput!) {
    started: retry(input: $input) {
      __typename
      ... on Error { message }
      ... on RetrySuccess { retry { ...RunningRetry } }
    }
  }
`,
  [runningRetry],
);

export const CancelRetry = graphql(
  `
  mutation CancelRetry($id: ID!) {
    canceled: cancelRetry(retryId: $id) {
      __typename
      ... on Error { message }
      ... on RetrySuccess { retry { ...RunningRetry } }
    }
  }
`,
  [runningRetry],
);

export const RetryProgressed = graphql(
  `
  subscription RetryProgressed($id: ID!) {
    retryProgressed(retryId: $id) { ...RunningRetry }
  }
`,
  [runningRetry],
);
