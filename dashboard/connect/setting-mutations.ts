import { graphql } from '../data/graphql.ts';

// Each gives the setting by its id alone: what it is now comes by integrationChanged, in order, and is not overtaken by an answer that was slow.

export const SetSyncMode = graphql(`
  mutation SetSyncMode($input: SetSyncModeInput!) {
    change: setSyncMode(input: $input) {
      __typename
      ... on Error { message }
      ... on ConfirmationRequiredError { affectedLeads }
      ... on SetSyncModeSuccess { receipt { inFlight held released version } }
    }
  }
`);

export const Disable = graphql(`
  mutation Disable($input: DisableInput!) {
    change: disable(input: $input) {
      __typename
      ... on Error { message }
      ... on DisableSuccess { receipt { inFlight held released version } }
    }
  }
`);

export const Enable = graphql(`
  mutation Enable($input: EnableInput!) {
    change: enable(input: $input) {
      __typename
      ... on Error { message }
      ... on EnableSuccess { receipt { inFlight held released version } }
    }
  }
`);

export const Disconnect = graphql(`
  mutation Disconnect($input: DisconnectInput!) {
    change: disconnect(input: $input) {
      __typename
      ... on Error { message }
      ... on ConfirmationRequiredError { affectedLeads }
      ... on DisconnectSuccess { receipt { inFlight held released version } }
    }
  }
`);

export interface Receipt {
  inFlight: number;
  held: number;
  released: number;
  version: number;
}
