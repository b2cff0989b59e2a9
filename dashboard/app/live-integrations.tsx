import { useSubscription } from 'urql';
import { graphql } from '../data/graphql.ts';
import { integrationState, reconciliationNumbers } from '../data/integration-card.ts';

const IntegrationChanged = graphql(
  `
  subscription IntegrationChanged {
    integrationChanged { ...IntegrationState }
  }
`,
  [integrationState],
);

const ReconciliationsChanged = graphql(
  `
  subscription ReconciliationsChanged {
    reconciliationChanged { ...ReconciliationNumbers integration { id } }
  }
`,
  [reconciliationNumbers],
);

/** Keeps settings and counts of all integrations in the cache as they are: both streams begin with the present state, also after a loss. */
export function LiveIntegrations() {
  useSubscription({ query: IntegrationChanged }, ignore);
  useSubscription({ query: ReconciliationsChanged }, ignore);
  return null;
}

/** Whoever shows it reads it from the cache. */
const ignore = () => null;
