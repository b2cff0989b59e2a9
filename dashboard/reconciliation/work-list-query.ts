import { graphql } from '../data/graphql.ts';
import { workRow } from '../data/work-row.ts';

export const WorkListQuery = graphql(
  `
  query WorkList(
    $integrationId: ID!, $eventId: ID, $group: ReconciliationGroup, $status: SyncStatus, $category: ErrorCategory, $search: String,
    $first: Int!, $after: String
  ) {
    reconciliation(integrationId: $integrationId, eventId: $eventId) {
      id
      cursor
      settingVersion
      items(group: $group, status: $status, category: $category, search: $search, first: $first, after: $after) {
        totalCount
        edges { node { ...WorkRow } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
`,
  [workRow],
);
