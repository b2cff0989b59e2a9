import { onTestFinished, vi } from 'vitest';
import { createSchema } from '../../src/schema/index.ts';
import { startTestSluice, type TestClient } from './sluice.ts';

export const moves =
  'subscription ($id: ID!, $after: Cursor) { leadStatusChanged(integrationId: $id, after: $after) { cursor } }';
export const counts = 'subscription ($id: ID) { reconciliationChanged(integrationId: $id) { counts { total } } }';

export type Move = { leadStatusChanged: { cursor: string } };
export type Counts = { reconciliationChanged: { counts: { total: number } } };

export const total = ({ data }: { data?: Counts | null }) => data?.reconciliationChanged.counts.total;

export const until = (check: () => Promise<void>) => vi.waitFor(check, { interval: 10, timeout: 20_000 });

/** A server that tells how many subscribers it has, and how often it made the results of each subscription. */
export async function startWatchedSluice() {
  const schema = createSchema();
  const executions = new Map<string, number>();
  for (const field of Object.values(schema.getSubscriptionType()?.getFields() ?? {})) {
    const { resolve } = field;
    field.resolve = (...args) => {
      executions.set(field.name, (executions.get(field.name) ?? 0) + 1);
      return resolve?.(...args);
    };
  }
  const sluice = await startTestSluice({ environment: { ROLE: 'api' }, schema });

  async function metric(name: string): Promise<number> {
    const text = await (await fetch(`${sluice.url}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line.startsWith(name));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  /** Several clients, each with a socket of its own. */
  function clients(count: number, key?: string): TestClient[] {
    const made = Array.from({ length: count }, () => sluice.client(key));
    onTestFinished(async () => void (await Promise.all(made.map((client) => client.close()))));
    return made;
  }

  const groups = () => metric('sluice_subscription_groups');
  const subscribers = () => metric('sluice_subscriptions{');
  return { sluice, executions, metric, groups, subscribers, clients };
}
