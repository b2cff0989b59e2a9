import { graphql, type ResultOf } from '../data/graphql.ts';

export const RetryPlanQuery = graphql(`
  query RetryPlan($integrationId: ID!, $select: SyncItemSelectionInput!) {
    planRetry(integrationId: $integrationId, select: $select) {
      total
      wouldPass
      wouldFail { category count fix helpUrl }
      complete
    }
  }
`);

export type RetryPlan = NonNullable<ResultOf<typeof RetryPlanQuery>['planRetry']>;
