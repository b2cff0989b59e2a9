import { useState } from 'react';
import { useSubscription } from 'urql';
import { refusalOf, useAct } from '../app/act.ts';
import { useRoleBarrier } from '../app/sluice.ts';
import type { IntegrationCard } from '../data/integration-card.ts';
import { Button } from '../design/button.tsx';
import { Progress } from '../design/progress.tsx';
import { toast } from '../design/toasts.tsx';
import { wordsOf } from '../words/enums.ts';
import { leadsOf, numberOf } from '../words/numbers.ts';
import { BackfillDialog } from './backfill-dialog.tsx';
import { BackfillProgressed, type BackfillState, CancelBackfill } from './backfill-query.ts';

interface BackfillsProps {
  integration: IntegrationCard;
  /** The last ones, whoever started them. */
  last: readonly BackfillState[];
  /** Somebody wants to start one, of this event where one is chosen. */
  asked: { event: { id: string; name: string } | null } | null;
  onAnswered(): void;
}

/** Those that run, those of this page until somebody has read how they ended, and the question before a new one. */
export function Backfills({ integration, last, asked, onAnswered }: BackfillsProps) {
  const [own, setOwn] = useState<readonly BackfillState[]>([]);
  const isOwn = (id: string) => own.some((backfill) => backfill.id === id);
  const shown = [...own, ...last.filter(({ id, status }) => status === 'RUNNING' && !isOwn(id))];
  return (
    <>
      {shown.map((backfill) => (
        <BackfillProgress
          key={backfill.id}
          backfill={backfill}
          onClose={() => setOwn((known) => known.filter(({ id }) => id !== backfill.id))}
        />
      ))}
      {asked && (
        <BackfillDialog
          integration={integration}
          event={asked.event}
          onStarted={(backfill) => setOwn((known) => [backfill, ...known.filter(({ id }) => id !== backfill.id)])}
          onClose={onAnswered}
        />
      )}
    </>
  );
}

function BackfillProgress({ backfill: known, onClose }: { backfill: BackfillState; onClose(): void }) {
  const [{ data }] = useSubscription({ query: BackfillProgressed, variables: { id: known.id } });
  const act = useAct();
  const barrier = useRoleBarrier()('OPERATOR');
  const [canceling, setCanceling] = useState(false);
  const { id, status, total, done, problem, event, requestedBy } = data?.backfillProgressed ?? known;
  const running = status === 'RUNNING';
  const of = event ? ` of ${event.name}` : '';
  const cancel = async () => {
    setCanceling(true);
    const result = (await act(CancelBackfill, { id }))?.cancelBackfill;
    const refusal = result && refusalOf(result);
    if (refusal) toast(refusal, { wrong: true });
    setCanceling(false);
  };
  const outcome =
    status === 'COMPLETED' ? `Added ${leadsOf(done)}${of}.` : `${wordsOf(status)} after ${leadsOf(done)}${of}.`;
  return (
    <section className="card retry" aria-label={`Earlier leads${of}`} data-backfill={status}>
      <div className="cluster spread">
        <div>
          <strong>{running ? `Adding earlier leads${of}` : outcome}</strong>
          <p className="small muted">
            {running && `${numberOf(done)} of ${numberOf(total)} · `}asked for by {requestedBy}
          </p>
        </div>
        {running ? (
          <Button small disabledBecause={barrier} pending={canceling} onPress={() => void cancel()}>
            Cancel
          </Button>
        ) : (
          <Button small kind="quiet" icon="close" label="Dismiss" onPress={onClose} />
        )}
      </div>
      {running && (
        <Progress
          label={`Adding earlier leads${of}`}
          total={Math.max(total, done)}
          parts={[{ tone: 'syncing', value: done }]}
        />
      )}
      {problem && <p className="small">{problem}</p>}
      <p className="visually-hidden" role="status">
        {running ? '' : outcome}
      </p>
    </section>
  );
}
