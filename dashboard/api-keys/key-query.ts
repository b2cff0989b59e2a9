import { graphql, type ResultOf } from '../data/graphql.ts';

const apiKey = graphql(`
  fragment Key on ApiKey {
    id
    name
    role
    prefix
    createdAt
    createdBy
    lastUsedAt
    expiresAt
    revokedAt
  }
`);

export const KeysQuery = graphql(
  `
  query ApiKeys {
    apiKeys { ...Key }
  }
`,
  [apiKey],
);

export const CreateKey = graphql(
  `
  mutation CreateApiKey($input: CreateApiKeyInput!) {
    createApiKey(input: $input) {
      __typename
      ... on Error { message }
      ... on ValidationError { fieldErrors { path message } }
      ... on CreateApiKeySuccess { secret apiKey { ...Key } }
    }
  }
`,
  [apiKey],
);

export const RevokeKey = graphql(
  `
  mutation RevokeApiKey($id: ID!) {
    revokeApiKey(id: $id) {
      __typename
      ... on Error { message }
      ... on RevokeApiKeySuccess { apiKey { ...Key } }
    }
  }
`,
  [apiKey],
);

export type Key = ResultOf<typeof apiKey>;
