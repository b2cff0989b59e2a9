/** What the Headers tab holds at first. */
export const headers = JSON.stringify({ Authorization: 'Bearer ' }, null, 2);

const viewer = `# Put an API key behind "Bearer " in the
# Headers tab below, then run this with
# Ctrl+Enter. The other tabs use the same key
# unless they have one of their own.
# Ctrl+Space completes; the book at the left
# documents every type and field.
query Viewer {
  viewer {
    name
    role
    organization { name }
  }
}
`;

const integrations = `# What is connected, in which mode, and what
# the mode does right now.
query Integrations {
  integrations {
    id
    name
    vendor
    connection { status account problem }
    syncMode { mode enabled holds version inFlight frozen }
    flow { state resumesAt }
  }
}
`;

const reconciliation = `# Where the leads of one integration are: what
# waits, what failed and why, what arrived.
# Take the id from "Integrations", and put it
# into the Variables tab.
query Reconciliation($integrationId: ID!) {
  reconciliation(integrationId: $integrationId) {
    counts { total preSync frozen queued syncing failed cleared }
    errorGroups { category count }
    items(group: FAILED, first: 20) {
      edges {
        node {
          id
          status
          lead { email company }
          error { category message helpUrl }
          availableActions
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}
`;

const setSyncMode = `# AUTOMATIC opens the gate: everything frozen
# by the mode leaves. MANUAL closes it, and
# needs confirm: true. The ids go into the
# Variables tab.
mutation SetSyncMode($input: SetSyncModeInput!) {
  setSyncMode(input: $input) {
    __typename
    ... on SetSyncModeSuccess {
      integration { name syncMode { mode holds version } }
      receipt { held released inFlight cursor }
    }
    ... on Error { message }
  }
}
`;

const live = `# Live counts: the present state first, then
# at most four times a second, only when
# something changed. Run it, then capture
# leads or switch the mode in another browser
# tab. The stop button ends it. Every single
# move of a lead is told by
# leadStatusChanged(integrationId: ...), which
# goes on after any cursor it has given.
subscription Live($integrationId: ID) {
  reconciliationChanged(integrationId: $integrationId) {
    integration { name syncMode { mode } }
    counts { total preSync frozen queued syncing failed cleared }
  }
}
`;

const integrationId = JSON.stringify({ integrationId: '' }, null, 2);
const input = JSON.stringify({ input: { integrationId: '', mode: 'MANUAL', confirm: true } }, null, 2);

/** The tabs that GraphiQL opens with. */
export const exampleTabs = [
  { query: viewer, headers },
  { query: integrations, headers },
  { query: reconciliation, headers, variables: integrationId },
  { query: setSyncMode, headers, variables: input },
  { query: live, headers, variables: '{}' },
] as const;
