import { createContext, type ReactNode, use, useState } from 'react';
import { useAct } from '../app/act.ts';
import { useRoleBarrier } from '../app/sluice.ts';
import type { IntegrationCard, RunningRetry } from '../data/integration-card.ts';
import { toast } from '../design/toasts.tsx';
import { wordsOf } from '../words/enums.ts';
import type { AskedRetry, Select, Way } from './asked-retry.ts';
import { RetryDialog } from './retry-dialog.tsx';
import { RetryEvent, RetrySelection } from './retry-mutations.ts';
import { RetryProgress } from './retry-progress.tsx';

interface Retries {
  /** Why nothing can be pushed by hand now; null: it can. */
  barrier: string | null;
  /** Shows what would become of them, and pushes where somebody says so. `onStarted`: they are on their way. */
  ask(asked: AskedRetry, onStarted?: () => void): void;
  retry(select: Select, way?: Way): Promise<boolean>;
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
  const [asked, setAsked] = useState<(AskedRetry & { onStarted: (() => void) | undefined }) | null>(null);
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
    ask: (next, onStarted) => setAsked({ ...next, onStarted }),
    retry: async (select, way = {}) =>
      settle((await act(RetrySelection, { input: { integrationId, select, ...way } }))?.started, true),
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
      {asked && (
        <RetryDialog
          integrationId={integrationId}
          asked={asked}
          onStart={async (way) => {
            const { event, select, onStarted } = asked;
            const plain = event && !way.onlyPassing && !way.ramp;
            const started = plain
              ? settle((await act(RetryEvent, { input: { integrationId, ...event } }))?.started, true)
              : await retries.retry(select, way);
            if (started) onStarted?.();
            return started;
          }}
          onClose={() => setAsked(null)}
        />
      )}
    </RetriesContext>
  );
}
