import { useState } from 'react';
import { useLiveQuery } from '../app/live-query.ts';
import { useRoleBarrier } from '../app/sluice.ts';
import { ConnectDialog } from '../connect/connect-dialog.tsx';
import { messageOf } from '../data/client.ts';
import { IntegrationsQuery } from '../data/integration-card.ts';
import { Button } from '../design/button.tsx';
import { Empty, Loading, Trouble } from '../design/states.tsx';
import { wordsOf } from '../words/enums.ts';
import { IntegrationCard } from './integration-card.tsx';
import './integrations.css';

const categories = ['MARKETING_AUTOMATION', 'CRM', 'WEBHOOK'];

/** Everything that is connected, by kind, with what is going on there. */
export function IntegrationsPage() {
  const [{ data, error }, reload] = useLiveQuery({ query: IntegrationsQuery });
  const [connecting, setConnecting] = useState(false);
  const barrier = useRoleBarrier();
  const integrations = data?.integrations;
  const known = new Set([...categories, ...(integrations ?? []).map(({ category }) => category)]);
  return (
    <div className="stack" data-page="integrations">
      <title>Integrations · Sluice</title>
      <header className="cluster spread">
        <h1>Integrations</h1>
        <Button kind="primary" icon="plus" disabledBecause={barrier('ADMIN')} onPress={() => setConnecting(true)}>
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
        [...known].map((category) => {
          const members = integrations.filter((integration) => integration.category === category);
          return (
            members.length > 0 && (
              <section key={category} className="stack tight" aria-label={wordsOf(category)}>
                <h2 className="category">{wordsOf(category)}</h2>
                <div className="integration-grid">
                  {members.map((integration) => (
                    <IntegrationCard key={integration.id} integration={integration} />
                  ))}
                </div>
              </section>
            )
          );
        })}
      {connecting && <ConnectDialog onClose={() => setConnecting(false)} />}
    </div>
  );
}
