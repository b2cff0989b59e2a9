import type { IntegrationCard } from '../data/integration-card.ts';
import { type Answer, Question } from '../design/question.tsx';
import { leadsOf } from '../words/numbers.ts';
import type { Given } from './receipt-note.tsx';
import { useSettingChanges } from './setting-changes.ts';
import type { Receipt } from './setting-mutations.ts';

export type Asked = 'AUTOMATIC' | 'MANUAL' | 'DISABLE' | 'ENABLE' | 'DISCONNECT';

interface SettingQuestionProps {
  asked: Asked;
  integration: IntegrationCard;
  onGiven(given: Given): void;
  onClose(): void;
}

interface Wording {
  title: string;
  consequences: readonly (readonly [string, string])[];
  answers: readonly Answer[];
}

/** Says, before the setting is changed, what stops, what goes on, how many leads are concerned and how to get them out. */
export function SettingQuestion({ asked, integration, onGiven, onClose }: SettingQuestionProps) {
  const { id, name, syncMode, reconciliation } = integration;
  const { setMode, ramp, disable, enable, disconnect } = useSettingChanges(id, syncMode.version);
  const { frozen, queued, syncing } = reconciliation.counts;
  const finish = async (title: string, change: Promise<Receipt | null>) => {
    const receipt = await change;
    if (receipt) onGiven({ title, at: new Date(), receipt });
    return receipt !== null;
  };
  const underWay =
    syncing > 0 ? `Pushes already under way finish: ${leadsOf(syncing)} now.` : 'Pushes already under way finish.';
  const elsewhere = !syncMode.enabled
    ? ' once it is enabled'
    : syncMode.holds.some((hold) => hold !== 'MANUAL_MODE')
      ? ' once nothing else holds them'
      : '';

  const wordings: Record<Asked, () => Wording> = {
    MANUAL: () => ({
      title: `Switch ${name} to Manual?`,
      consequences: [
        [
          'Stops',
          `Leads no longer leave by themselves. ${queued > 0 ? `${leadsOf(queued)} queued now are held.` : 'Nothing is queued now.'}`,
        ],
        ['Goes on', `Capture and enrichment. ${underWay} Running retries are canceled.`],
        ['Where leads wait', `In Pre-Sync, as Frozen. Concerned now: ${leadsOf(queued + frozen)}.`],
        [
          'Getting them out',
          'Push an event, a selection or a single lead on the Reconciliation tab, or switch back to Automatic, which releases all of them.',
        ],
      ],
      answers: [
        { label: 'Switch to Manual', kind: 'primary', act: (reason) => finish('Manual', setMode('MANUAL', reason)) },
      ],
    }),
    AUTOMATIC: () => ({
      title: `Switch ${name} to Automatic?`,
      consequences: [
        [
          'Leaves',
          frozen > 0
            ? `${leadsOf(frozen)} frozen now are pushed at once${elsewhere}, oldest first.`
            : 'No lead is waiting now.',
        ],
        ['From then on', 'Every lead leaves as soon as it is enriched.'],
        ...(frozen > 1
          ? ([
              [
                'Step by step',
                'A few leads first, then more. It stays Manual until the last step, and stops when more than half of a step fail.',
              ],
            ] as const)
          : []),
        ['Can not be undone', 'What has been pushed stays at the vendor. Switching back holds the rest.'],
      ],
      answers: [
        ...(frozen > 1 && syncMode.holds.every((hold) => hold === 'MANUAL_MODE')
          ? [{ label: 'Step by step', act: (reason: string) => finish('Step by step to Automatic', ramp(reason)) }]
          : []),
        {
          label: 'Switch to Automatic',
          kind: 'primary',
          act: (reason) => finish('Automatic', setMode('AUTOMATIC', reason)),
        },
      ],
    }),
    DISABLE: () => ({
      title: `Disable ${name}?`,
      consequences: [
        ['Stops', `Everything, pushes by hand and retries included. ${underWay}`],
        ['Goes on', 'Capture and enrichment.'],
        ['Where leads wait', `In Pre-Sync, as Frozen. Concerned now: ${leadsOf(queued + frozen)}.`],
        ['Is kept', 'Connection, mappings, mode, and every waiting lead.'],
        ['Getting them out', 'Enable it again. You choose then whether the backlog leaves at once.'],
      ],
      answers: [{ label: 'Disable', kind: 'danger solid', act: (reason) => finish('Disabled', disable(reason)) }],
    }),
    ENABLE: () => ({
      title: `Enable ${name}?`,
      consequences:
        syncMode.mode === 'AUTOMATIC'
          ? [
              ['In Automatic', `${leadsOf(frozen)} that waited ${frozen === 1 ? 'is' : 'are'} pushed at once.`],
              ['In Manual', 'They stay frozen until somebody pushes them.'],
            ]
          : [['In Manual', `As before: ${leadsOf(frozen)} stay frozen until somebody pushes them.`]],
      answers:
        syncMode.mode === 'AUTOMATIC'
          ? [
              { label: 'Enable in Manual', act: (reason) => finish('Manual', enable('MANUAL', reason)) },
              {
                label: 'Enable in Automatic',
                kind: 'primary',
                act: (reason) => finish('Automatic', enable(null, reason)),
              },
            ]
          : [{ label: 'Enable', kind: 'primary', act: (reason) => finish('Manual', enable(null, reason)) }],
    }),
    DISCONNECT: () => ({
      title: `Disconnect ${name}?`,
      consequences: [
        ['Stops', `Everything. ${underWay}`],
        ['Is forgotten', 'The credentials. Somebody has to enter them again.'],
        ['Is kept', 'Mappings, history, the mode, and every lead of the work list.'],
        ['Where leads wait', `In Pre-Sync, as Frozen. Concerned now: ${leadsOf(queued + frozen)}.`],
        ['Getting them out', 'Connect it again.'],
      ],
      answers: [
        { label: 'Disconnect', kind: 'danger solid', act: (reason) => finish('Disconnected', disconnect(reason)) },
      ],
    }),
  };
  return <Question {...wordings[asked]()} withReason onClose={onClose} />;
}
