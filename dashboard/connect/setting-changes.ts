import { type Client, type TypedDocumentNode, useClient } from 'urql';
import { useAct } from '../app/act.ts';
import { graphql } from '../data/graphql.ts';
import { integrationState } from '../data/integration-card.ts';
import { toast } from '../design/toasts.tsx';
import { Disable, Disconnect, Enable, type Receipt, SetSyncMode } from './setting-mutations.ts';

type Change = { __typename: string; message?: string; receipt?: Receipt };

/** What may be changed of the setting. Each resolves with its receipt; null where it was refused, which has been told then. */
export function useSettingChanges(integrationId: string, expectedVersion: number) {
  const act = useAct();
  const client = useClient();
  const common = (reason: string) => ({ integrationId, expectedVersion, ...(reason && { reason }) });

  async function change<Input extends object>(
    document: TypedDocumentNode<{ change: Change }, { input: Input }>,
    input: Input,
  ): Promise<Receipt | null> {
    const data = await act(document, { input });
    if (!data) return null;
    const { receipt, message, __typename } = data.change;
    if (receipt) await shown(client, integrationId, receipt.version);
    else toast(message ?? __typename, { wrong: true });
    return receipt ?? null;
  }

  return {
    setMode: (mode: 'AUTOMATIC' | 'MANUAL', reason: string) =>
      change(SetSyncMode, { ...common(reason), mode, confirm: true }),
    /** To Automatic by 1, 10, 100 ... leads; it stays Manual until the last step, and stops where too many fail. */
    ramp: (reason: string) => change(SetSyncMode, { ...common(reason), mode: 'AUTOMATIC', ramp: {} }),
    disable: (reason: string) => change(Disable, common(reason)),
    enable: (mode: 'AUTOMATIC' | 'MANUAL' | null, reason: string) =>
      change(Enable, { ...common(reason), mode, confirm: true }),
    disconnect: (reason: string) => change(Disconnect, { ...common(reason), confirm: true }),
  };
}

const SettingQuery = graphql(
  `
  query Setting($id: ID!) {
    integration(id: $id) { ...IntegrationState }
  }
`,
  [integrationState],
);

const streamMs = 1_000;

/** Waits until the page shows the setting at this version: the stream tells within a quarter of a second, and where it does not, we ask. */
function shown(client: Client, id: string, version: number): Promise<void> {
  return new Promise((resolve) => {
    const ask = (requestPolicy: 'cache-first' | 'network-only') =>
      client.query(SettingQuery, { id }, { requestPolicy }).subscribe(({ data }) => {
        if ((data?.integration?.syncMode.version ?? 0) >= version || requestPolicy === 'network-only') done();
      });
    const timer = setTimeout(() => subscriptions.push(ask('network-only')), streamMs);
    const subscriptions = [ask('cache-first')];
    function done() {
      clearTimeout(timer);
      queueMicrotask(() => {
        for (const { unsubscribe } of subscriptions) unsubscribe();
      });
      resolve();
    }
  });
}
