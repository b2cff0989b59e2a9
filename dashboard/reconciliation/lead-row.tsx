import { memo, useState } from 'react';
import type { WorkRow } from '../data/work-row.ts';
import { Button } from '../design/button.tsx';
import { Badge } from '../design/status.tsx';
import { nameOf } from '../lead/lead-name.ts';
import { holdWords, wordsOf } from '../words/enums.ts';
import { useClock } from '../words/time.ts';
import { useRetries } from './retries.tsx';

interface LeadRowProps {
  row: WorkRow;
  /** From 1, the head included. */
  index: number;
  offset: number;
  selected: boolean;
  onToggle(id: string): void;
  onOpen(id: string): void;
  withEvent: boolean;
}

export const LeadRow = memo(function LeadRow({
  row,
  index,
  offset,
  selected,
  onToggle,
  onOpen,
  withEvent,
}: LeadRowProps) {
  const clock = useClock(row.event.timeZone);
  const { lead, event } = row;
  const name = nameOf(lead);
  return (
    <div
      role="row"
      className="lead-row"
      aria-rowindex={index}
      data-item={row.id}
      data-status={row.status}
      style={{ transform: `translateY(${offset}px)` }}
    >
      <span role="cell" className="cell-select">
        <input type="checkbox" aria-label={`Select ${name}`} checked={selected} onChange={() => onToggle(row.id)} />
      </span>
      <span role="cell" className="cell-lead">
        <button type="button" className="link" onClick={() => onOpen(row.id)}>
          {name}
        </button>
        <span className="small muted">{[lead.email, lead.company].filter(Boolean).join(' · ') || 'no e-mail'}</span>
      </span>
      {withEvent && (
        <span role="cell" className="cell-event small">
          {event.name}
        </span>
      )}
      <span role="cell" className="cell-status">
        <Badge value={row.status} title={row.holds.map((hold) => holdWords[hold]).join(' ') || undefined} />
        <span className="small muted">
          <Note row={row} />
        </span>
      </span>
      <span role="cell" className="cell-time small muted" title={clock.full(lead.capturedAt)}>
        {clock.time(lead.capturedAt)}
      </span>
      <span role="cell" className="cell-action">
        <RowAction row={row} name={name} />
      </span>
    </div>
  );
});

/** Why it is where it is, in few words. */
function Note({ row }: { row: WorkRow }) {
  const clock = useClock(row.event.timeZone);
  if (row.status === 'FAILED') return row.error && wordsOf(row.error.category);
  if (row.nextAttemptAt) return `again at ${clock.time(row.nextAttemptAt)}`;
  if (row.status === 'FROZEN') return row.holds.map(wordsOf).join(', ');
  if (row.clearedAt && row.status === 'CLEARED') return clock.time(row.clearedAt);
  return null;
}

function RowAction({ row, name }: { row: WorkRow; name: string }) {
  const { barrier, retryOne } = useRetries();
  const [pending, setPending] = useState(false);
  const action = row.availableActions.find((known) => known === 'PUSH' || known === 'RETRY');
  if (!action) return null;
  const word = action === 'RETRY' ? 'Retry' : 'Push';
  const push = async () => {
    setPending(true);
    await retryOne(row.id);
    setPending(false);
  };
  return (
    <Button
      small
      icon={action === 'RETRY' ? 'retry' : 'send'}
      label={`${word} ${name}`}
      disabledBecause={barrier}
      pending={pending}
      onPress={() => void push()}
    >
      {word}
    </Button>
  );
}
