import { useState } from 'react';
import { useQuery } from 'urql';
import { messageOf } from '../data/client.ts';
import { Button } from '../design/button.tsx';
import { Field } from '../design/field.tsx';
import { ModalDialog } from '../design/layer.tsx';
import { Segments } from '../design/segments.tsx';
import { leadsOf, numberOf } from '../words/numbers.ts';
import type { AskedRetry, Way } from './asked-retry.ts';
import { PlanNote } from './plan-note.tsx';
import { rampByDefault, rampOf } from './ramp-draft.ts';
import { RetryPlanQuery } from './retry-plan.ts';

interface RetryDialogProps {
  integrationId: string;
  asked: AskedRetry;
  /** True: it runs. */
  onStart(way: Way): Promise<boolean>;
  onClose(): void;
}

/** Says, before many leads are pushed, how many would arrive and which would fail again and why; all of them, only those, or step by step. */
export function RetryDialog({ integrationId, asked, onStart, onClose }: RetryDialogProps) {
  const [how, setHow] = useState<'ALL' | 'RAMP'>('ALL');
  const [draft, setDraft] = useState(rampByDefault);
  const [pending, setPending] = useState<'all' | 'passing' | null>(null);
  const [{ data, error, fetching }] = useQuery({
    query: RetryPlanQuery,
    variables: { integrationId, select: asked.select },
    requestPolicy: 'network-only',
  });
  const plan = fetching ? null : data?.planRetry;
  const ramp = rampOf(draft);
  const wrong = how === 'RAMP' && !ramp ? 'The steps are numbers of leads, and the share is from 0 to 100.' : null;
  const start = async (onlyPassing: boolean) => {
    setPending(onlyPassing ? 'passing' : 'all');
    const started = await onStart({ onlyPassing, ...(how === 'RAMP' && { ramp }) });
    setPending(null);
    if (started) onClose();
  };
  const some = plan && plan.wouldPass > 0 && plan.wouldPass < plan.total;
  return (
    <ModalDialog title={asked.title} onClose={onClose} asks wide>
      <div className="stack">
        {plan ? (
          <PlanNote plan={plan} />
        ) : (
          <p className="muted" role="status">
            {error
              ? `What would become of them is not known: ${messageOf(error)}`
              : fetching
                ? 'Looking at what would become of them …'
                : 'There is nothing to push any more.'}
          </p>
        )}
        <div className="stack tight">
          <Segments
            label="How"
            value={how}
            options={[
              { value: 'ALL', label: 'All at once' },
              { value: 'RAMP', label: 'Step by step' },
            ]}
            onChoose={(next) => setHow(next)}
          />
          {how === 'RAMP' && (
            <div className="ramp-fields">
              <Field
                label="Leads of each step"
                value={draft.steps}
                onChange={(steps) => setDraft({ ...draft, steps })}
                hint="The next step begins when all of one have their answer; after the last one the rest goes."
              />
              <Field
                label="Stop above, in %"
                value={draft.stopAbove}
                onChange={(stopAbove) => setDraft({ ...draft, stopAbove })}
                hint="Where a larger share of a step of 10 or more fails, the others stay where they are."
              />
            </div>
          )}
        </div>
      </div>
      <div className="answers">
        <Button onPress={onClose}>Cancel</Button>
        {some && (
          <Button pending={pending === 'passing'} disabledBecause={wrong} onPress={() => void start(true)}>
            {`Only the ${numberOf(plan.wouldPass)} that would pass`}
          </Button>
        )}
        <Button
          kind="primary"
          icon={asked.verb === 'Retry' ? 'retry' : 'send'}
          pending={pending === 'all'}
          disabledBecause={wrong}
          onPress={() => void start(false)}
        >
          {`${asked.verb} ${leadsOf(plan?.total ?? asked.count)}`}
        </Button>
      </div>
    </ModalDialog>
  );
}
