import { useSubscription } from 'urql';
import { useLiveQuery } from '../app/live-query.ts';
import { MappingsChanged, MappingsQuery } from './mapping-query.ts';

/** The mappings of an integration with all that they can be made of, as they are now: others may change them as well. */
export function useMappings(id: string) {
  const [{ data, error, fetching }, reload] = useLiveQuery({
    query: MappingsQuery,
    variables: { id },
    requestPolicy: 'cache-and-network',
  });
  useSubscription({ query: MappingsChanged, variables: { id } }, ignore); // into the cache, where the query sees it
  const integration = data?.integration;
  return {
    read: integration ? { ...integration, sources: data.mappingSources } : null,
    error: error && !fetching ? error : null,
    reload,
  };
}

const ignore = () => null;
