import { Donut } from '../charts/donut.tsx';
import { Figure } from '../design/status.tsx';
import { leadsOf, numberOf, shareOf } from '../words/numbers.ts';
import { Activity } from './activity.tsx';
import type { Reconciliation } from './reconciliation-query.ts';

interface SummaryProps {
  integrationId: string;
  reconciliation: Reconciliation;
}

/** How much has arrived, how much was refused, and beside it what waits and why. */
export function Summary({ integrationId, reconciliation: { counts, notEnriched, event } }: SummaryProps) {
  const settled = counts.cleared + counts.failed;
  return (
    <section className="card summary" aria-label="Summary">
      <div className="summary-donut">
        <Donut
          parts={[
            { tone: 'cleared', value: counts.cleared },
            { tone: 'failed', value: counts.failed },
          ]}
        >
          <strong>{settled === 0 ? '–' : shareOf(counts.cleared, settled)}</strong>
          <span>cleared</span>
        </Donut>
        <dl className="figures upright">
          <Figure value={counts.cleared} label="Cleared" tone="cleared" />
          <Figure value={counts.failed} label="Failed" tone="failed" />
        </dl>
      </div>
      <div className="summary-waiting">
        <h2>
          <span className="summary-number" data-count="preSync">
            {numberOf(counts.preSync)}
          </span>{' '}
          waiting in Pre-Sync
        </h2>
        <dl className="figures">
          <Figure value={counts.frozen} label="Frozen" tone="frozen" />
          <Figure value={counts.queued} label="Queued" tone="queued" />
          <Figure value={counts.syncing} label="Syncing" tone="syncing" />
        </dl>
        <p className="small muted">
          {notEnriched > 0
            ? `${leadsOf(notEnriched)} captured and not enriched yet, on no list.`
            : 'Every captured lead is enriched.'}
        </p>
      </div>
      <Activity integrationId={integrationId} eventId={event?.id ?? null} />
    </section>
  );
}
