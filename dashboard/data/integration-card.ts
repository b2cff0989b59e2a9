import { graphql, type ResultOf } from './graphql.ts';

/** What moves with integrationChanged. */
export const integrationState = graphql(`
  fragment IntegrationState on Integration {
    id
    vendor
    category
    name
    connection { status account connectedAt connectedBy problem }
    flow { state resumesAt }
    syncMode { id mode enabled holds version changedAt changedBy }
  }
`);

/** What moves with reconciliationChanged. */
export const reconciliationNumbers = graphql(`
  fragment ReconciliationNumbers on Reconciliation {
    id
    notEnriched
    withdrawn
    settingVersion
    counts { total preSync frozen queued syncing failed cleared }
    errorGroups { category description fix helpUrl count }
  }
`);

export const runningRetry = graphql(`
  fragment RunningRetry on Retry {
    id
    status
    total
    waiting
    cleared
    failed
    requestedBy
    requestedAt
    skipped
    ramp { steps stopAbove step }
    event { id name }
  }
`);

export const IntegrationsQuery = graphql(
  `
  query Integrations {
    integrations { ...IntegrationState reconciliation { ...ReconciliationNumbers } }
  }
`,
  [integrationState, reconciliationNumbers],
);

export type IntegrationCard = ResultOf<typeof IntegrationsQuery>['integrations'][number];
export type Counts = ResultOf<typeof reconciliationNumbers>['counts'];
export type ErrorGroup = ResultOf<typeof reconciliationNumbers>['errorGroups'][number];
export type RunningRetry = ResultOf<typeof runningRetry>;
