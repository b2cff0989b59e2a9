import type { Rule, RuleInput } from './notification-query.ts';

type Trigger = RuleInput['triggers'][number];
type Cadence = NonNullable<RuleInput['cadence']>;

/** What a rule can tell of, in the order in which it is offered. */
export const triggers: readonly { trigger: Trigger; label: string; hint: string }[] = [
  {
    trigger: 'SYNC_ERRORS',
    label: 'Leads fail',
    hint: 'Per integration and cause: what is new, what is open, what has cleared since. Nothing new, nothing sent.',
  },
  {
    trigger: 'AUTHORIZATION_LOST',
    label: 'A connection is lost',
    hint: 'Somebody has to connect the integration again. Told at once.',
  },
  {
    trigger: 'FROZEN_AFTER_EVENT',
    label: 'Leads are frozen after their event',
    hint: 'A reminder at nine in the morning, once a day while it lasts.',
  },
];

export const cadences: readonly { value: Cadence; label: string }[] = [
  { value: 'IMMEDIATE', label: 'At once, one message for a burst' },
  { value: 'HOURLY', label: 'Every full hour' },
  { value: 'TWICE_DAILY', label: 'At 9:00 and 17:00' },
  { value: 'DAILY', label: 'Daily at 9:00' },
  { value: 'WEEKLY', label: 'Mondays at 9:00' },
];

const cadenceWords: Record<string, string> = {
  IMMEDIATE: 'at once',
  HOURLY: 'every hour',
  TWICE_DAILY: 'at 9:00 and 17:00',
  DAILY: 'daily at 9:00',
  WEEKLY: 'Mondays at 9:00',
};

/** `Leads fail: daily at 9:00.` A line for each trigger. */
export function triggerLinesOf({ triggers: chosen, cadence }: Rule): string[] {
  const when: Record<string, string> = {
    SYNC_ERRORS: cadenceWords[cadence] ?? cadence,
    AUTHORIZATION_LOST: 'at once',
    FROZEN_AFTER_EVENT: 'daily at 9:00',
  };
  return triggers
    .filter(({ trigger }) => chosen.includes(trigger))
    .map(({ trigger, label }) => `${label}: ${when[trigger] ?? ''}`);
}

/** Whose leads a rule is about. */
export function scopeOf({ integration, event }: Rule): string {
  return `${integration?.name ?? 'All integrations'}, ${event?.name ?? 'all events'}`;
}
