import { useEffect, useState } from 'react';
import { useClient } from 'urql';
import { graphql, type ResultOf } from '../data/graphql.ts';

const GroupDetailsQuery = graphql(`
  query GroupDetails($integrationId: ID!, $eventId: ID) {
    reconciliation(integrationId: $integrationId, eventId: $eventId) {
      id
      errorGroups { category repeated wouldPassNow fields { remoteField count values { value count } } }
    }
  }
`);

export type GroupDetails = NonNullable<ResultOf<typeof GroupDetailsQuery>['reconciliation']>['errorGroups'][number];

const calmMs = 1_500;

/**
 * Which fields and values a group is about, and how many of it would pass now. Looked up lead by lead, so it is asked for when the counts have
 * been still for a moment, and kept by category: groups change their places.
 */
export function useGroupDetails(
  integrationId: string,
  eventId: string | null,
  counts: string,
): ReadonlyMap<string, GroupDetails> {
  const client = useClient();
  const [details, setDetails] = useState<ReadonlyMap<string, GroupDetails>>(new Map());
  // biome-ignore lint/correctness/useExhaustiveDependencies: other counts are the reason to ask again
  useEffect(() => {
    let stale = false;
    const ask = async () => {
      const { data } = await client
        .query(GroupDetailsQuery, { integrationId, eventId }, { requestPolicy: 'network-only' })
        .toPromise();
      const groups = data?.reconciliation?.errorGroups;
      if (groups && !stale) setDetails(new Map(groups.map((group) => [group.category, group])));
    };
    const timer = setTimeout(() => void ask(), details.size === 0 ? 0 : calmMs);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [client, integrationId, eventId, counts]);
  return details;
}
