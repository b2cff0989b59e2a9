import { useState } from 'react';
import type { WorkRow } from '../data/work-row.ts';
import { Button } from '../design/button.tsx';
import { countOf } from '../words/numbers.ts';
import { useRetries } from './retries.tsx';

interface SelectionBarProps {
  rows: readonly WorkRow[];
  selected: ReadonlySet<string>;
  onClear(): void;
}

/** What may be done with the leads that were ticked. Those that have left the list meanwhile are not counted. */
export function SelectionBar({ rows, selected, onClear }: SelectionBarProps) {
  const { barrier, retry } = useRetries();
  const [pending, setPending] = useState(false);
  const chosen = rows.filter(({ id }) => selected.has(id));
  if (chosen.length === 0) return null;
  const pushable = chosen.filter(({ availableActions }) =>
    availableActions.some((action) => action === 'PUSH' || action === 'RETRY'),
  );
  const push = async () => {
    setPending(true);
    if (await retry({ syncItemIds: pushable.map(({ id }) => id) })) onClear();
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
      <Button small kind="quiet" onPress={onClear}>
        Clear
      </Button>
    </section>
  );
}
