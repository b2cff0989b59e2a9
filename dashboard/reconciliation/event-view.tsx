import { Button } from '../design/button.tsx';
import { Empty } from '../design/states.tsx';
import { ShareBar } from '../design/status.tsx';
import { numberOf } from '../words/numbers.ts';
import { daysOf, isRunning } from '../words/time.ts';
import { askedOf } from './asked-retry.ts';
import type { Filters } from './filters.ts';
import type { EventLine, Reconciliation } from './reconciliation-query.ts';
import { useRetries } from './retries.tsx';

interface EventViewProps {
  reconciliation: Reconciliation;
  change(changes: Partial<Filters>): void;
}

/** A line per event, with what may be pushed of it. */
export function EventView({ reconciliation: { events }, change }: EventViewProps) {
  const lines = events?.edges.map(({ node }) => node) ?? [];
  if (lines.length === 0) {
    return (
      <section className="card">
        <Empty title="No event has leads on this list yet">
          <p>Leads appear here as soon as they are captured at an event and enriched.</p>
        </Empty>
      </section>
    );
  }
  return (
    <section className="card event-list" aria-label="Events">
      <table>
        <thead>
          <tr>
            <th scope="col">Event</th>
            <th scope="col" className="numeric">
              Waiting
            </th>
            <th scope="col" className="numeric">
              Failed
            </th>
            <th scope="col" className="numeric">
              Cleared
            </th>
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <EventRow key={line.event.id} line={line} change={change} />
          ))}
        </tbody>
      </table>
      {events && events.totalCount > lines.length && (
        <p className="small muted">
          The {numberOf(lines.length)} newest of {numberOf(events.totalCount)}. Choose an older one above.
        </p>
      )}
    </section>
  );
}

function EventRow({ line: { event, counts }, change }: { line: EventLine; change: EventViewProps['change'] }) {
  const { barrier, ask } = useRetries();
  const waiting = counts.frozen + counts.queued;
  const open = (group: Filters['group']) => change({ view: 'leads', eventId: event.id, group });
  return (
    <tr>
      <th scope="row">
        <button type="button" className="link" onClick={() => open(null)}>
          {event.name}
        </button>
        <span className="small muted">
          {daysOf(event.startsOn, event.endsOn) || 'No dates'}
          {isRunning(event) && <span className="badge tone-cleared">Now</span>}
        </span>
        <ShareBar counts={counts} />
      </th>
      <td className="numeric" data-label="Waiting">
        <button type="button" className="link" onClick={() => open('PRE_SYNC')}>
          {numberOf(counts.preSync)}
        </button>
        {counts.frozen > 0 && <span className="small muted">{numberOf(counts.frozen)} frozen</span>}
      </td>
      <td className="numeric" data-label="Failed">
        <button type="button" className="link" onClick={() => open('FAILED')}>
          {numberOf(counts.failed)}
        </button>
      </td>
      <td className="numeric" data-label="Cleared">
        <button type="button" className="link" onClick={() => open('CLEARED')}>
          {numberOf(counts.cleared)}
        </button>
      </td>
      <td className="row-actions">
        <Button
          small
          icon="send"
          label={waiting > 0 ? `Push ${numberOf(waiting)} of ${event.name}` : `Push ${event.name}`}
          disabledBecause={barrier ?? (waiting === 0 ? 'No lead of this event waits.' : null)}
          onPress={() => ask(askedOf(event, 'PRE_SYNC', waiting))}
        >
          Push{waiting > 0 && ` ${numberOf(waiting)}`}
        </Button>
        <Button
          small
          icon="retry"
          label={counts.failed > 0 ? `Retry ${numberOf(counts.failed)} of ${event.name}` : `Retry ${event.name}`}
          disabledBecause={barrier ?? (counts.failed === 0 ? 'No lead of this event failed.' : null)}
          onPress={() => ask(askedOf(event, 'FAILED', counts.failed))}
        >
          Retry{counts.failed > 0 && ` ${numberOf(counts.failed)}`}
        </Button>
      </td>
    </tr>
  );
}
