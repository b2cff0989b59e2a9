import { graphql } from '../data/graphql.ts';
import { integrationState } from '../data/integration-card.ts';

export const ConnectMutation = graphql(
  `
  mutation Connect($input: ConnectInput!) {
    connect(input: $input) {
      __typename
      ... on Error { message }
      ... on ValidationError { fieldErrors { path message } }
      ... on AccountInUseError { integration { id name } }
      ... on ConnectSuccess {
        accountChanged
        webhookSecret
        previousSecretUntil
        integration { ...IntegrationState }
        receipt { inFlight held released version }
      }
    }
  }
`,
  [integrationState],
);
