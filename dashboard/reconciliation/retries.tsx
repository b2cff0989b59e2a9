import { createContext, type ReactNode, use, useState } from 'react';
import { useSubscription } from 'urql';
import { useAct } from '../app/act.ts';
import { useRoleBarrier } from '../app/sluice.ts';
import type { VariablesOf } from '../data/graphql.ts';
import type { IntegrationCard, RunningRetry } from '../data/integration-card.ts';
import { Button } from '../design/button.tsx';
import { Icon } from '../design/icon.tsx';
import { toast } from '../design/toasts.tsx';
import { wordsOf } from '../words/enums.ts';
import { leadsOf, numberOf } from '../words/numbers.ts';
import { CancelRetry, RetryEvent, RetryProgressed, RetrySelection } from './retry-mutations.ts';

type Select = VariablesOf<typeof RetrySelection>['input']['select'];
type Groups = ('PRE_SYNC' | 'FAILED')[];

interface Retries {
  /** Why nothing can be pushed by hand now; null: it can. */
  barrier: string | null;
  retryEvent(eventId: string, groups: Groups): Promise<boolean>;
  retry(select: Select, onlyPassing?: boolean): Promise<boolean>;
  /** A single lead: its row tells how it goes. */
  retryOne(syncItemId: string): Promise<boolean>;
}

const RetriesContext = createContext<Retries | null>(null);

export function useRetries(): Retries {
  const retries = use(RetriesContext);
  if (!retries) throw new Error('outside of a reconciliation tab');
  return retries;
}

interface RetriesProps {
  integration: IntegrationCard;
  /** Those that run now, whoever started them. */
  running: readonly RunningRetry[];
  children: (progress: ReactNode) => ReactNode;
}

/** Pushes by hand, and the progress of those that run: of this page's own until somebody has read how they ended. */
export function RetriesProvider({ integration, running, children }: RetriesProps) {
  const [own, setOwn] = useState<readonly RunningRetry[]>([]);
  const act = useAct();
  const roleBarrier = useRoleBarrier()('OPERATOR');
  const { id: integrationId, syncMode } = integration;
  // A push by hand passes Manual, and no other hold.
  const hold = syncMode.holds.find((reason) => reason !== 'MANUAL_MODE');
  const barrier = roleBarrier ?? (hold ? `Nothing can be pushed now: ${wordsOf(hold).toLowerCase()}.` : null);

  const settle = (
    started: { __typename: string; message?: string; retry?: RunningRetry } | undefined,
    show: boolean,
  ) => {
    if (!started) return false;
    if (!started.retry) {
      toast(started.message ?? started.__typename, { wrong: true });
      return false;
    }
    const { retry } = started;
    if (show && retry.total === 0) toast('There was nothing to push.');
    else if (show) setOwn((known) => [retry, ...known.filter(({ id }) => id !== retry.id)]);
    return true;
  };
  const retries: Retries = {
    barrier,
    retryEvent: async (eventId, groups) =>
      settle((await act(RetryEvent, { input: { integrationId, eventId, groups } }))?.started, true),
    retry: async (select, onlyPassing = false) =>
      settle((await act(RetrySelection, { input: { integrationId, select, onlyPassing } }))?.started, true),
    retryOne: async (id) =>
      settle((await act(RetrySelection, { input: { integrationId, select: { syncItemIds: [id] } } }))?.started, false),
  };
  const shown = [...own, ...running.filter((retry) => !own.some(({ id }) => id === retry.id) && retry.total > 1)];
  return (
    <RetriesContext value={retries}>
      {children(
        shown.map((retry) => (
          <RetryProgress
            key={retry.id}
            retry={retry}
            barrier={roleBarrier}
            onClose={() => setOwn((known) => known.filter(({ id }) => id !== retry.id))}
          />
        )),
      )}
    </RetriesContext>
  );
}

interface RetryProgressProps {
  retry: RunningRetry;
  barrier: string | null;
  onClose(): void;
}

function RetryProgress({ retry: known, barrier, onClose }: RetryProgressProps) {
  const [{ data }] = useSubscription({ query: RetryProgressed, variables: { id: known.id } });
  const act = useAct();
  const [canceling, setCanceling] = useState(false);
  const retry = data?.retryProgressed ?? known;
  const { status, total, waiting, cleared, failed, event, requestedBy } = retry;
  const running = status === 'RUNNING';
  const cancel = async () => {
    setCanceling(true);
    const result = await act(CancelRetry, { id: retry.id });
    if (result && 'message' in result.canceled) toast(result.canceled.message, { wrong: true });
    setCanceling(false);
  };
  const done = cleared + failed;
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
            {running ? `${outcome}, ${numberOf(waiting)} to go` : event?.name} · asked for by {requestedBy}
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
        <div
          className="progress"
          role="progressbar"
          aria-label={title}
          aria-valuemin={0}
          aria-valuemax={total}
          aria-valuenow={Math.min(total, done)}
        >
          <span className="tone-cleared" style={{ width: `${(100 * cleared) / Math.max(1, total)}%` }} />
          <span className="tone-failed" style={{ width: `${(100 * failed) / Math.max(1, total)}%` }} />
        </div>
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
