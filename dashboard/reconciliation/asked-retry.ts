import type { VariablesOf } from '../data/graphql.ts';
import { leadsOf } from '../words/numbers.ts';
import type { RetryEvent, RetrySelection } from './retry-mutations.ts';

type Input = VariablesOf<typeof RetrySelection>['input'];

export type Select = Input['select'];

/** Many leads that somebody is about to push. */
export interface AskedRetry {
  title: string;
  verb: 'Push' | 'Retry';
  /** How many there were when it was asked. */
  count: number;
  select: Select;
  /** Where they are what waits or failed of one event. */
  event?: Omit<VariablesOf<typeof RetryEvent>['input'], 'integrationId'>;
}

/** All of them at once, where nothing is given. */
export interface Way {
  onlyPassing?: boolean;
  ramp?: NonNullable<Input['ramp']> | null;
}

/** What waits or failed of an event. */
export function askedOf(event: { id: string; name: string }, group: 'PRE_SYNC' | 'FAILED', count: number): AskedRetry {
  const verb = group === 'FAILED' ? 'Retry' : 'Push';
  return {
    title: `${verb} ${leadsOf(count)} of ${event.name}?`,
    verb,
    count,
    select: { filter: { eventId: event.id, group } },
    event: { eventId: event.id, groups: [group] },
  };
}
