import { useState } from 'react';
import { useSubscription } from 'urql';
import { useLiveQuery } from '../app/live-query.ts';
import { useRoleBarrier } from '../app/sluice.ts';
import { Backfills } from '../backfill/backfills.tsx';
import { messageOf } from '../data/client.ts';
import type { IntegrationCard } from '../data/integration-card.ts';
import { Button } from '../design/button.tsx';
import { Segments } from '../design/segments.tsx';
import { Loading, Trouble } from '../design/states.tsx';
import { EventPicker } from '../events/event-picker.tsx';
import { numberOf } from '../words/numbers.ts';
import { askedOf } from './asked-retry.ts';
import { EventView } from './event-view.tsx';
import { type Filters, useFilters } from './filters.ts';
import { LeadView } from './lead-view.tsx';
import { type Reconciliation, ReconciliationChanged, ReconciliationQuery } from './reconciliation-query.ts';
import { RetriesProvider, useRetries } from './retries.tsx';
import { Summary } from './summary.tsx';
import './reconciliation.css';

/** Which leads did not reach the vendor and why, what waits, and the ways to get both there. */
export function ReconciliationTab({ integration }: { integration: IntegrationCard }) {
  const [filters, change] = useFilters();
  const [backfill, setBackfill] = useState<{ event: { id: string; name: string } | null } | null>(null);
  const variables = { integrationId: integration.id, eventId: filters.eventId, withEvents: filters.view === 'events' };
  const [{ data, error, fetching }, reload] = useLiveQuery({ query: ReconciliationQuery, variables });
  useSubscription({ query: ReconciliationChanged, variables }, () => null);
  const reconciliation = data?.reconciliation;
  if (!reconciliation) {
    if (error && !fetching) return <Trouble message={messageOf(error)} onRetry={reload} />;
    if (!data || fetching) return <Loading what="the work list" />;
    return <Trouble message="There is no such event." onRetry={() => change({ eventId: null })} />;
  }
  const askBackfill = () => setBackfill({ event: reconciliation.event });
  return (
    <RetriesProvider
      integration={integration}
      running={reconciliation.integration.retries.edges.map(({ node }) => node)}
    >
      {(progress) => (
        <div className="stack" data-page="reconciliation">
          <Toolbar filters={filters} change={change} reconciliation={reconciliation} onBackfill={askBackfill} />
          <Summary integrationId={integration.id} reconciliation={reconciliation} />
          {progress}
          <Backfills
            integration={integration}
            last={reconciliation.integration.backfills.edges.map(({ node }) => node)}
            asked={backfill}
            onAnswered={() => setBackfill(null)}
          />
          {filters.view === 'events' ? (
            <EventView reconciliation={reconciliation} change={change} />
          ) : (
            <LeadView
              integration={integration}
              reconciliation={reconciliation}
              filters={filters}
              change={change}
              onBackfill={askBackfill}
            />
          )}
        </div>
      )}
    </RetriesProvider>
  );
}

interface ToolbarProps {
  filters: Filters;
  change(changes: Partial<Filters>): void;
  reconciliation: Reconciliation;
  onBackfill(): void;
}

function Toolbar({ filters, change, reconciliation, onBackfill }: ToolbarProps) {
  const { barrier, ask } = useRetries();
  const roleBarrier = useRoleBarrier()('OPERATOR');
  const { counts, event } = reconciliation;
  const waiting = counts.frozen + counts.queued;
  return (
    <div className="cluster toolbar">
      <EventPicker chosen={event} onChoose={(eventId) => change({ eventId })} />
      <Segments
        label="View"
        value={filters.view}
        options={[
          { value: 'leads', label: 'Leads' },
          { value: 'events', label: 'Events' },
        ]}
        onChoose={(view) => change({ view })}
      />
      <div className="cluster tight push-end">
        <Button icon="plus" disabledBecause={roleBarrier} onPress={onBackfill}>
          Add earlier leads
        </Button>
        {event && (
          <Button
            icon="send"
            kind="primary"
            disabledBecause={barrier ?? (waiting === 0 ? 'No lead of this event waits.' : null)}
            onPress={() => ask(askedOf(event, 'PRE_SYNC', waiting))}
          >
            {`Push this event${waiting > 0 ? ` (${numberOf(waiting)})` : ''}`}
          </Button>
        )}
      </div>
    </div>
  );
}
