import { useState } from 'react';
import { useLiveQuery } from '../app/live-query.ts';
import { useRoleBarrier } from '../app/sluice.ts';
import type { ConnectableVendor } from '../connect/connectable-vendor.ts';
import { LazyConnectDialog } from '../connect/lazy-connect-dialog.tsx';
import { VendorTile } from '../connect/vendor-tile.tsx';
import { categories, vendors } from '../connect/vendors/index.ts';
import { messageOf } from '../data/client.ts';
import { type IntegrationCard as Integration, IntegrationsQuery } from '../data/integration-card.ts';
import { Button } from '../design/button.tsx';
import { Empty, Loading, Trouble } from '../design/states.tsx';
import { wordsOf } from '../words/enums.ts';
import { IntegrationCard } from './integration-card.tsx';
import './integrations.css';

/** Everything that is connected, by kind, with what is going on there, and what else can be. */
export function IntegrationsPage() {
  const [{ data, error }, reload] = useLiveQuery({ query: IntegrationsQuery });
  const [connecting, setConnecting] = useState<{ vendor?: ConnectableVendor } | null>(null);
  const barrier = useRoleBarrier();
  const integrations = data?.integrations;
  const known = new Set<string>([...categories, ...(integrations ?? []).map(({ category }) => category)]);
  return (
    <div className="stack" data-page="integrations">
      <title>Integrations · Sluice</title>
      <header className="cluster spread">
        <h1>Integrations</h1>
        <Button kind="primary" icon="plus" disabledBecause={barrier('ADMIN')} onPress={() => setConnecting({})}>
          Connect a tool
        </Button>
      </header>
      {!integrations &&
        (error ? <Trouble message={messageOf(error)} onRetry={reload} /> : <Loading what="integrations" />)}
      {integrations?.length === 0 && (
        <section className="card">
          <Empty icon="plug" title="Nothing is connected yet">
            <p>
              Connect the tool that your leads go to. From then on every lead that is enriched comes onto its work list.
            </p>
          </Empty>
        </section>
      )}
      {integrations &&
        [...known].map((category) => (
          <Category
            key={category}
            category={category}
            integrations={integrations.filter((integration) => integration.category === category)}
            barrier={barrier('ADMIN')}
            onConnect={(vendor) => setConnecting({ vendor })}
          />
        ))}
      {connecting && <LazyConnectDialog vendor={connecting.vendor} onClose={() => setConnecting(null)} />}
    </div>
  );
}

interface CategoryProps {
  category: string;
  integrations: readonly Integration[];
  barrier: string | null;
  onConnect(vendor: ConnectableVendor): void;
}

/** What is connected of one kind, and the vendors of that kind that are not. */
function Category({ category, integrations, barrier, onConnect }: CategoryProps) {
  const others = vendors.filter(
    (known) => known.category === category && !integrations.some(({ vendor }) => vendor === known.vendor),
  );
  return (
    <section className="stack tight" aria-label={wordsOf(category)}>
      <h2 className="category">{wordsOf(category)}</h2>
      {integrations.length > 0 && (
        <div className="integration-grid">
          {integrations.map((integration) => (
            <IntegrationCard key={integration.id} integration={integration} />
          ))}
        </div>
      )}
      {others.length > 0 && (
        <ul className="vendor-tiles" aria-label={`${wordsOf(category)}, not connected`}>
          {others.map((vendor) => (
            <li key={vendor.vendor}>
              <VendorTile vendor={vendor} disabledBecause={barrier} onChoose={() => onConnect(vendor)} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
