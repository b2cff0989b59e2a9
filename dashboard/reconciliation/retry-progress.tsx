import { useState } from 'react';
import { useSubscription } from 'urql';
import { useAct } from '../app/act.ts';
import type { RunningRetry } from '../data/integration-card.ts';
import { Button } from '../design/button.tsx';
import { Icon } from '../design/icon.tsx';
import { Progress } from '../design/progress.tsx';
import { toast } from '../design/toasts.tsx';
import { wordsOf } from '../words/enums.ts';
import { leadsOf, numberOf } from '../words/numbers.ts';
import { CancelRetry, RetryProgressed } from './retry-mutations.ts';

interface RetryProgressProps {
  retry: RunningRetry;
  barrier: string | null;
  onClose(): void;
}

/** How a push of many leads goes, and how it ended. */
export function RetryProgress({ retry: known, barrier, onClose }: RetryProgressProps) {
  const [{ data }] = useSubscription({ query: RetryProgressed, variables: { id: known.id } });
  const act = useAct();
  const [canceling, setCanceling] = useState(false);
  const retry = data?.retryProgressed ?? known;
  const { status, total, waiting, cleared, failed, skipped, ramp, event, requestedBy } = retry;
  const running = status === 'RUNNING';
  const cancel = async () => {
    setCanceling(true);
    const result = await act(CancelRetry, { id: retry.id });
    if (result && 'message' in result.canceled) toast(result.canceled.message, { wrong: true });
    setCanceling(false);
  };
  const title = event ? `Pushing ${event.name}` : `Pushing ${leadsOf(total)}`;
  const outcome = `${numberOf(cleared)} cleared, ${numberOf(failed)} failed`;
  return (
    <section className="card retry" aria-label={title} data-retry={status}>
      <div className="cluster spread">
        <div>
          <strong>
            {running
              ? title
              : status === 'COMPLETED'
                ? `Pushed ${leadsOf(total)}: ${outcome}.`
                : `${wordsOf(status)} after ${outcome}.`}
          </strong>
          <p className="small muted">
            {[
              running && `${outcome}, ${numberOf(waiting)} to go`,
              running && ramp && stepOf(ramp),
              !running && event?.name,
              skipped > 0 && `${numberOf(skipped)} that would have failed were left where they are`,
              `asked for by ${requestedBy}`,
            ]
              .filter(Boolean)
              .join(' · ')}
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
          label={title}
          total={total}
          parts={[
            { tone: 'cleared', value: cleared },
            { tone: 'failed', value: failed },
          ]}
        />
      )}
      {status === 'STOPPED' && (
        <p className="small">
          <Icon name="hold" /> Too many of a step failed. What was not pushed is where it was before.
        </p>
      )}
      <p className="visually-hidden" role="status">
        {running ? '' : outcome}
      </p>
      {failed > 0 && !running && (
        <p className="small">
          <Icon name="alert" /> What failed is on the list of failed leads, with what to do about it.
        </p>
      )}
    </section>
  );
}

/** Which step of how many leads it is in. */
function stepOf({ step, steps }: NonNullable<RunningRetry['ramp']>): string {
  const leads = steps[step - 1];
  if (step === 0) return 'looking for its leads';
  return leads === undefined ? 'all steps passed, the rest goes' : `step ${step} of ${steps.length}: ${leadsOf(leads)}`;
}
