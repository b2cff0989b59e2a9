import { graphql, type ResultOf, type VariablesOf } from '../data/graphql.ts';

export const MappingsQuery = graphql(`
  query Mappings($id: ID!) {
    integration(id: $id) {
      id
      fieldMappings { source remoteField writeBehavior values { value remoteValue } }
    }
  }
`);

export const SetFieldMappings = graphql(`
  mutation SetFieldMappings($input: SetFieldMappingsInput!) {
    setFieldMappings(input: $input) {
      __typename
      ... on Error { message }
      ... on ValidationError { fieldErrors { path message } }
      ... on SetFieldMappingsSuccess {
        integration { id fieldMappings { source remoteField writeBehavior values { value remoteValue } } }
      }
    }
  }
`);

export type Mapping = NonNullable<ResultOf<typeof MappingsQuery>['integration']>['fieldMappings'][number];
export type MappingInput = VariablesOf<typeof SetFieldMappings>['input']['mappings'][number];
