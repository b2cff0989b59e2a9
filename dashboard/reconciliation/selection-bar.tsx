import { useState } from 'react';
import type { WorkRow } from '../data/work-row.ts';
import { Button } from '../design/button.tsx';
import { useWithdrawal } from '../lead/withdrawal.ts';
import { countOf, leadsOf } from '../words/numbers.ts';
import { useRetries } from './retries.tsx';

interface SelectionBarProps {
  integrationId: string;
  rows: readonly WorkRow[];
  selected: ReadonlySet<string>;
  onClear(): void;
}

/** What may be done with the leads that were ticked. Those that have left the list meanwhile are not counted. */
export function SelectionBar({ integrationId, rows, selected, onClear }: SelectionBarProps) {
  const { barrier, ask, retryOne } = useRetries();
  const [pending, setPending] = useState(false);
  const { withdraw, restore } = useWithdrawal(integrationId);
  const chosen = rows.filter(({ id }) => selected.has(id));
  if (chosen.length === 0) return null;
  const pushable = chosen.filter(({ availableActions }) =>
    availableActions.some((action) => action === 'PUSH' || action === 'RETRY'),
  );
  const withAction = (wanted: string) =>
    chosen.filter(({ availableActions }) => availableActions.some((action) => action === wanted)).map(({ id }) => id);
  const withdrawable = withAction('WITHDRAW');
  const restorable = withAction('RESTORE');
  const take = async (change: typeof withdraw, ids: string[]) => {
    if (await change(ids)) onClear();
  };
  const push = async () => {
    const [first, ...others] = pushable;
    if (first && others.length > 0) {
      const select = { syncItemIds: pushable.map(({ id }) => id) };
      return ask({ title: `Push ${leadsOf(pushable.length)}?`, verb: 'Push', count: pushable.length, select }, onClear);
    }
    setPending(true);
    if (first && (await retryOne(first.id))) onClear();
    setPending(false);
  };
  return (
    <section className="selection-bar" aria-label="Selection">
      <strong role="status">{countOf(chosen.length, 'lead')} selected</strong>
      <Button
        small
        kind="primary"
        icon="send"
        pending={pending}
        disabledBecause={barrier ?? (pushable.length === 0 ? 'None of them waits or failed.' : null)}
        onPress={() => void push()}
      >
        {`Push ${pushable.length}`}
      </Button>
      {restorable.length > 0 && (
        <Button small onPress={() => void take(restore, restorable)}>
          {`Put back ${restorable.length}`}
        </Button>
      )}
      {withdrawable.length > 0 && (
        <Button small onPress={() => void take(withdraw, withdrawable)}>
          {`Take ${withdrawable.length} off the list`}
        </Button>
      )}
      <Button small kind="quiet" onPress={onClear}>
        Clear
      </Button>
    </section>
  );
}
