import { useEffect, useRef } from 'react';
import { Link } from 'wouter';
import { useLiveQuery } from '../app/live-query.ts';
import { messageOf } from '../data/client.ts';
import { Icon } from '../design/icon.tsx';
import { Drawer } from '../design/layer.tsx';
import { Callout, Empty, Loading, Trouble } from '../design/states.tsx';
import { Badge } from '../design/status.tsx';
import { pathOf } from '../integration/paths.ts';
import type { WorkList } from '../reconciliation/work-list.ts';
import { toneOf, wordsOf } from '../words/enums.ts';
import { countOf } from '../words/numbers.ts';
import { useClock } from '../words/time.ts';
import { LeadActions } from './lead-actions.tsx';
import { LeadAttempts } from './lead-attempts.tsx';
import { LeadForm } from './lead-form.tsx';
import { nameOf } from './lead-name.ts';
import { LeadPreview } from './lead-preview.tsx';
import { type LeadItem, LeadQuery } from './lead-query.ts';
import { LeadTimeline } from './lead-timeline.tsx';
import './lead-drawer.css';

interface LeadDrawerProps {
  id: string;
  /** Tells when the lead moves. */
  list: WorkList;
  onClose(): void;
}

const freshMs = 300;

/** One lead on its way: where it is and why, what to mend, and everything that happened to it. */
export function LeadDrawer({ id, list, onClose }: LeadDrawerProps) {
  const [{ data, error, fetching }, reload] = useLiveQuery({
    query: LeadQuery,
    variables: { id },
    requestPolicy: 'cache-and-network',
  });
  const ask = useRef(reload);
  ask.current = reload;
  useEffect(() => {
    let timer = 0;
    const forget = list.onMoved((row) => {
      if (row.id !== id) return;
      clearTimeout(timer);
      timer = window.setTimeout(() => ask.current(), freshMs); // several moves in a row are read once
    });
    return () => {
      clearTimeout(timer);
      forget();
    };
  }, [id, list]);
  const item = data?.node?.__typename === 'SyncItem' ? data.node : null;
  return (
    <Drawer
      title={item ? (item.lead.erasedAt ? 'Erased person' : nameOf(item.lead)) : 'Lead'}
      about={item && <About item={item} />}
      onClose={onClose}
    >
      {item ? (
        <Content item={item} onChanged={reload} />
      ) : error && !fetching ? (
        <Trouble message={messageOf(error)} onRetry={reload} />
      ) : fetching || !data ? (
        <Loading what="the lead" />
      ) : (
        <Empty icon="search" title="There is no such lead on this list" />
      )}
    </Drawer>
  );
}

function About({ item: { lead, event } }: { item: LeadItem }) {
  return (
    <p className="small muted wrap-anywhere">{[lead.jobTitle, lead.company, event.name].filter(Boolean).join(' · ')}</p>
  );
}

function Content({ item, onChanged }: { item: LeadItem; onChanged(): void }) {
  const clock = useClock(item.event.timeZone);
  const { status, error, lead, integration } = item;
  const elsewhere = lead.syncItems.filter(({ id }) => id !== item.id);
  return (
    <div className="stack">
      <div className="cluster tight" data-drawer-status={status}>
        <Badge value={status} />
        <span className="small muted">
          {item.attempts > 0 && countOf(item.attempts, 'push', 'pushes')}
          {item.nextAttemptAt && ` · again at ${clock.time(item.nextAttemptAt)}`}
          {status === 'CLEARED' && item.clearedAt && ` · ${clock.full(item.clearedAt)}`}
        </span>
        {item.remoteUrl && (
          <a className="small" href={item.remoteUrl} target="_blank" rel="noopener">
            Open at the vendor <Icon name="external" />
          </a>
        )}
        {!item.remoteUrl && item.remoteId && <code className="small muted wrap-anywhere">{item.remoteId}</code>}
      </div>
      <p className="explanation">{item.explanation}</p>
      {error && (
        <Callout tone={toneOf(status === 'FAILED' ? 'FAILED' : 'QUEUED')} icon="alert">
          <strong>{wordsOf(error.category)}</strong>
          <p>{error.message}</p>
          {item.refusedValue && (
            <p className="small wrap-anywhere">
              Refused: <code>{item.refusedValue}</code>
            </p>
          )}
          {item.failedAgain && (
            <p className="small">It failed for the same cause as before it was retried: the fix did not help.</p>
          )}
          {error.vendorMessage && (
            <p className="small muted">
              The vendor said{error.vendorCode && ` (${error.vendorCode})`}: {error.vendorMessage}
            </p>
          )}
          <a className="small" href={error.helpUrl} target="_blank" rel="noopener">
            How to fix it
          </a>
        </Callout>
      )}
      {lead.erasedAt === null && <LeadForm item={item} onChanged={onChanged} />}
      <LeadPreview item={item} />
      {elsewhere.length > 0 && (
        <section className="stack tight" aria-labelledby="elsewhere">
          <h3 id="elsewhere">Elsewhere</h3>
          <ul className="stack tight">
            {elsewhere.map((other) => (
              <li key={other.id} className="cluster spread">
                <Link href={pathOf(other.integration.id, 'reconciliation', `lead=${encodeURIComponent(other.id)}`)}>
                  {other.integration.name}
                </Link>
                <Badge value={other.status} />
              </li>
            ))}
          </ul>
        </section>
      )}
      <LeadAttempts item={item} />
      <LeadTimeline item={item} />
      <LeadActions item={item} onChanged={onChanged} />
      <p className="small muted">
        Captured {clock.full(lead.capturedAt)}. Revision {lead.revision}
        {item.syncedRevision !== null &&
          item.syncedRevision < lead.revision &&
          `, ${integration.name} has ${item.syncedRevision}`}
        .
      </p>
    </div>
  );
}
