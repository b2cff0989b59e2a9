import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { WorkRow } from '../data/work-row.ts';
import { numberOf } from '../words/numbers.ts';
import { LeadRow } from './lead-row.tsx';

interface LeadTableProps {
  rows: readonly WorkRow[];
  total: number | null;
  hasMore: boolean;
  loadingMore: boolean;
  /** Somebody comes near the last row. */
  onEnd(): void;
  onOpen(id: string): void;
  selected: ReadonlySet<string>;
  onSelect(ids: ReadonlySet<string>): void;
  withEvent: boolean;
}

const selectedMax = 1_000;
const nearEnd = 30;

/**
 * Only the rows in sight are in the page, however long the list is; what arrives above leaves those in sight where they are. It is a table by its
 * roles: a table element can't leave rows out.
 */
export function LeadTable({
  rows,
  total,
  hasMore,
  loadingMore,
  onEnd,
  onOpen,
  selected,
  onSelect,
  withEvent,
}: LeadTableProps) {
  const body = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const rowHeight = useRowHeight();
  useLayoutEffect(() => {
    const measured = body.current ? body.current.getBoundingClientRect().top + window.scrollY : 0;
    if (Math.abs(measured - top) > 1) setTop(measured);
  });
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => rowHeight,
    overscan: 8,
    scrollMargin: top,
    getItemKey: (index) => rows[index]?.id ?? index,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another height measures everything anew
  useEffect(() => virtualizer.measure(), [rowHeight]);
  const items = virtualizer.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && !loadingMore && lastShown > rows.length - nearEnd) onEnd();
  });
  useStillView(rows, rowHeight, top);

  const toggle = (id: string) => {
    const next = new Set(selected);
    if (!next.delete(id) && next.size < selectedMax) next.add(id);
    onSelect(next);
  };
  const all = rows.length > 0 && rows.slice(0, selectedMax).every(({ id }) => selected.has(id));
  return (
    <div role="table" className="lead-table" aria-label="Leads" aria-rowcount={total ?? -1} data-with-event={withEvent}>
      <div role="row" className="lead-row lead-head" aria-rowindex={1}>
        <span role="columnheader" className="cell-select">
          <input
            type="checkbox"
            aria-label="Select all that are loaded"
            checked={all}
            onChange={() => onSelect(all ? new Set() : new Set(rows.slice(0, selectedMax).map(({ id }) => id)))}
          />
        </span>
        <span role="columnheader" className="cell-lead">
          Lead
        </span>
        {withEvent && (
          <span role="columnheader" className="cell-event">
            Event
          </span>
        )}
        <span role="columnheader" className="cell-status">
          Status
        </span>
        <span role="columnheader" className="cell-time">
          Captured
        </span>
        <span role="columnheader" className="cell-action">
          <span className="visually-hidden">Action</span>
        </span>
      </div>
      <div ref={body} role="rowgroup" className="lead-body" style={{ height: virtualizer.getTotalSize() }}>
        {items.map((item) => {
          const row = rows[item.index];
          return (
            row && (
              <LeadRow
                key={row.id}
                row={row}
                index={item.index + 2}
                offset={item.start - top}
                selected={selected.has(row.id)}
                onToggle={toggle}
                onOpen={onOpen}
                withEvent={withEvent}
              />
            )
          );
        })}
      </div>
      <p className="list-foot small muted">
        {loadingMore
          ? 'Loading more …'
          : `${numberOf(rows.length)} of ${total === null ? 'more than 1,000' : numberOf(total)}`}
      </p>
    </div>
  );
}

const phone = matchMedia('(width < 48rem)');

function useRowHeight(): number {
  const [narrow, setNarrow] = useState(phone.matches);
  useEffect(() => {
    const listen = () => setNarrow(phone.matches);
    phone.addEventListener('change', listen);
    return () => phone.removeEventListener('change', listen);
  }, []);
  return narrow ? 104 : 60;
}

/** Rows that arrive or leave above what is in sight scroll the page by as much. */
function useStillView(rows: readonly WorkRow[], rowHeight: number, top: number): void {
  const before = useRef(rows);
  useLayoutEffect(() => {
    const known = before.current;
    before.current = rows;
    const firstInSight = Math.floor((window.scrollY - top) / rowHeight);
    const anchor = known[firstInSight];
    if (known === rows || firstInSight <= 0 || !anchor) return;
    const now = rows.findIndex(({ id }) => id === anchor.id);
    if (now >= 0 && now !== firstInSight)
      window.scrollBy({ top: (now - firstInSight) * rowHeight, behavior: 'instant' });
  }, [rows, rowHeight, top]);
}
