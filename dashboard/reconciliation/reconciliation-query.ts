import { backfillState } from '../backfill/backfill-query.ts';
import { graphql, type ResultOf } from '../data/graphql.ts';
import { reconciliationNumbers, runningRetry } from '../data/integration-card.ts';

const work = graphql(
  `
  fragment Work on Reconciliation {
    ...ReconciliationNumbers
    event { id name startsOn endsOn timeZone }
    events(first: 100) @include(if: $withEvents) {
      totalCount
      edges {
        node {
          event { id name startsOn endsOn timeZone }
          counts { total preSync frozen queued syncing failed cleared }
        }
      }
    }
    integration {
      id
      retries(status: RUNNING, first: 20) { edges { node { ...RunningRetry } } }
      backfills(first: 3) { edges { node { ...BackfillState } } }
    }
  }
`,
  [reconciliationNumbers, runningRetry, backfillState],
);

export const ReconciliationQuery = graphql(
  `
  query Reconciliation($integrationId: ID!, $eventId: ID, $withEvents: Boolean!) {
    reconciliation(integrationId: $integrationId, eventId: $eventId) { ...Work }
  }
`,
  [work],
);

export const ReconciliationChanged = graphql(
  `
  subscription ReconciliationChanged($integrationId: ID!, $eventId: ID, $withEvents: Boolean!) {
    reconciliationChanged(integrationId: $integrationId, eventId: $eventId) { ...Work }
  }
`,
  [work],
);

export type Reconciliation = NonNullable<ResultOf<typeof ReconciliationQuery>['reconciliation']>;
export type EventLine = NonNullable<Reconciliation['events']>['edges'][number]['node'];
