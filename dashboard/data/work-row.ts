import { graphql, type ResultOf } from './graphql.ts';

/** What a row of the work list shows. */
export const workRow = graphql(`
  fragment WorkRow on SyncItem {
    id
    version
    status
    group
    holds
    attempts
    nextAttemptAt
    clearedAt
    syncedRevision
    remoteUrl
    availableActions
    error { category message remoteField vendorCode vendorMessage helpUrl }
    lead { id firstName lastName email company jobTitle capturedAt revision }
    event { id name timeZone }
  }
`);

export type WorkRow = ResultOf<typeof workRow>;
