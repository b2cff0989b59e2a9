import { graphql, type ResultOf, type VariablesOf } from '../data/graphql.ts';

/** What moves while others change mappings as well. */
const mappingState = graphql(`
  fragment MappingState on Integration {
    id
    fieldMappings { source remoteField writeBehavior values { value remoteValue } }
    mappingWarnings { remoteField message }
  }
`);

export const MappingsQuery = graphql(
  `
  query Mappings($id: ID!) {
    integration(id: $id) {
      ...MappingState
      canWriteIfBlank
      remoteFields { name label type required readOnly multiple options open }
      remoteFieldsReadAt
      recommendedMappings { source remoteField writeBehavior values { value remoteValue } }
    }
    mappingSources { source values }
  }
`,
  [mappingState],
);

export const MappingsChanged = graphql(
  `
  subscription MappingsChanged($id: ID!) {
    integrationChanged(integrationId: $id) { ...MappingState }
  }
`,
  [mappingState],
);

export const SetFieldMappings = graphql(
  `
  mutation SetFieldMappings($input: SetFieldMappingsInput!) {
    setFieldMappings(input: $input) {
      __typename
      ... on Error { message }
      ... on ValidationError { fieldErrors { path message } }
      ... on SetFieldMappingsSuccess { integration { ...MappingState } }
    }
  }
`,
  [mappingState],
);

export const ApplyRecommendedMappings = graphql(
  `
  mutation ApplyRecommendedMappings($id: ID!) {
    applyRecommendedMappings(integrationId: $id) {
      __typename
      ... on Error { message }
      ... on SetFieldMappingsSuccess { integration { ...MappingState } }
    }
  }
`,
  [mappingState],
);

export const RefreshRemoteFields = graphql(
  `
  mutation RefreshRemoteFields($id: ID!) {
    refreshRemoteFields(integrationId: $id) {
      __typename
      ... on Error { message }
      ... on RefreshRemoteFieldsSuccess {
        integration {
          ...MappingState
          remoteFields { name label type required readOnly multiple options open }
          remoteFieldsReadAt
          recommendedMappings { source remoteField writeBehavior values { value remoteValue } }
        }
      }
    }
  }
`,
  [mappingState],
);

type Read = ResultOf<typeof MappingsQuery>;
export type MappedIntegration = NonNullable<Read['integration']>;
export type Mapping = MappedIntegration['fieldMappings'][number];
export type RemoteField = MappedIntegration['remoteFields'][number];
export type MappingSource = Read['mappingSources'][number];
export type MappingInput = VariablesOf<typeof SetFieldMappings>['input']['mappings'][number];
