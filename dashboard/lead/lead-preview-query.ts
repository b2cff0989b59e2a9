import { graphql, type ResultOf } from '../data/graphql.ts';

export const LeadPreviewQuery = graphql(`
  query LeadPreview($integrationId: ID!, $itemId: ID!) {
    previewPush(integrationId: $integrationId, select: { syncItemIds: [$itemId] }, first: 1) {
      kind
      payload
      changes { remoteField old new written }
      problems { category message helpUrl remoteField }
      membership { campaignId memberStatus }
    }
  }
`);

export type Preview = ResultOf<typeof LeadPreviewQuery>['previewPush'][number];
export type Change = Preview['changes'][number];
