import { useDeferredValue, useEffect, useState } from 'react';
import type { IntegrationCard } from '../data/integration-card.ts';
import { Button } from '../design/button.tsx';
import { Icon } from '../design/icon.tsx';
import { Empty, Loading, Trouble } from '../design/states.tsx';
import { LeadDrawer } from '../lead/lead-drawer.tsx';
import { wordsOf } from '../words/enums.ts';
import { numberOf } from '../words/numbers.ts';
import { ErrorGroups } from './error-groups.tsx';
import { ExportButton } from './export-button.tsx';
import type { Filters, Group } from './filters.ts';
import { LeadTable } from './lead-table.tsx';
import type { Reconciliation } from './reconciliation-query.ts';
import { SelectionBar } from './selection-bar.tsx';
import { useWorkList } from './use-work-list.ts';
import type { WorkListState } from './work-list.ts';
import type { WorkListFilter } from './work-list-filter.ts';

interface LeadViewProps {
  integration: IntegrationCard;
  reconciliation: Reconciliation;
  filters: Filters;
  change(changes: Partial<Filters>): void;
  /** Asks for leads from before the integration was connected. */
  onBackfill(): void;
}

const searchLeast = 3;
const typingMs = 250;

/** The leads themselves: in three groups, those that failed by their cause, found by name, pushed one by one or many at once. */
export function LeadView({ integration, reconciliation, filters, change, onBackfill }: LeadViewProps) {
  const { eventId, group, status, category } = filters;
  const search = filters.search.trim().length >= searchLeast ? filters.search.trim() : '';
  const { counts, errorGroups, settingVersion } = reconciliation;
  const filter = { integrationId: integration.id, eventId, group, status, category, search };
  const [state, list] = useWorkList(filter, settingVersion);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const rows = useDeferredValue(state.rows);
  const tabs: { group: Group | null; status?: string; label: string; count: number }[] = [
    { group: null, label: 'All', count: counts.total },
    { group: 'PRE_SYNC', label: 'Pre-Sync', count: counts.preSync },
    { group: 'FAILED', label: 'Failed', count: counts.failed },
    { group: 'CLEARED', label: 'Cleared', count: counts.cleared },
  ];
  // Rare: it is a list only where there is something on it.
  if (reconciliation.withdrawn > 0 || status === 'WITHDRAWN') {
    tabs.push({ group: null, status: 'WITHDRAWN', label: 'Withdrawn', count: reconciliation.withdrawn });
  }
  return (
    <>
      <div className="cluster spread list-head">
        <nav className="group-tabs" aria-label="Groups">
          {tabs.map((tab) => (
            <button
              key={tab.label}
              type="button"
              aria-pressed={tab.group === group && (tab.status ?? null) === (status === 'WITHDRAWN' ? status : null)}
              onClick={() => {
                setSelected(new Set());
                change({ group: tab.group, category: null, status: tab.status ?? null });
              }}
            >
              {tab.label} <span className="pill">{numberOf(tab.count)}</span>
            </button>
          ))}
        </nav>
        <div className="cluster tight list-tools">
          <Search value={filters.search} onSearch={(text) => change({ search: text })} />
          <ExportButton filter={filter} />
        </div>
      </div>
      {group === 'FAILED' && (
        <ErrorGroups
          integrationId={integration.id}
          groups={errorGroups}
          eventId={eventId}
          category={category}
          onChoose={(next) => change({ category: next })}
        />
      )}
      {(category || (status && status !== 'WITHDRAWN')) && group !== 'FAILED' && (
        <Button small icon="close" onPress={() => change({ category: null, status: null })}>
          {`Only ${wordsOf(category ?? status ?? '')}`}
        </Button>
      )}
      <section className="card list" aria-label="Leads" data-busy={state.loading}>
        {state.loading && <Loading what="leads" />}
        {state.problem && rows.length === 0 && <Trouble message={state.problem} onRetry={() => void list.renew()} />}
        {!state.loading && !state.problem && rows.length === 0 && (
          <NoLeads group={group} search={search} narrowed={Boolean(eventId)} onBackfill={onBackfill} />
        )}
        {rows.length > 0 && (
          <LeadTable
            rows={rows}
            total={totalOf(filter, reconciliation, state)}
            loadingMore={state.loadingMore}
            hasMore={state.hasMore}
            onEnd={() => void list.loadMore()}
            onOpen={(id) => change({ item: id })}
            selected={selected}
            onSelect={setSelected}
            withEvent={!eventId}
          />
        )}
      </section>
      <SelectionBar
        integrationId={integration.id}
        rows={rows}
        selected={selected}
        onClear={() => setSelected(new Set())}
      />
      {filters.item && <LeadDrawer id={filters.item} list={list} onClose={() => change({ item: null })} />}
    </>
  );
}

/** How many leads the list has: all that are loaded, or what the counts say, which no search narrows. Null: more than a search counts. */
function totalOf(
  { group, status, category, search }: WorkListFilter,
  { counts, errorGroups, withdrawn }: Reconciliation,
  { rows, total, hasMore }: WorkListState,
): number | null {
  if (!hasMore) return rows.length;
  if (search) return total === null ? null : Math.max(total, rows.length);
  const byStatus: Record<string, number> = {
    ...{ FROZEN: counts.frozen, QUEUED: counts.queued, SYNCING: counts.syncing },
    ...{ FAILED: counts.failed, CLEARED: counts.cleared, WITHDRAWN: withdrawn },
  };
  const counted = category
    ? errorGroups.find((known) => known.category === category)?.count
    : status
      ? byStatus[status]
      : group
        ? { PRE_SYNC: counts.preSync, FAILED: counts.failed, CLEARED: counts.cleared }[group]
        : counts.total;
  return Math.max(counted ?? 0, rows.length);
}

function Search({ value, onSearch }: { value: string; onSearch(text: string): void }) {
  const [text, setText] = useState(value);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what is typed starts the wait
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onSearch(text), typingMs);
    return () => clearTimeout(timer);
  }, [text]);
  const short = text.trim().length > 0 && text.trim().length < searchLeast;
  return (
    <div className="search">
      <Icon name="search" />
      <input
        type="search"
        className="input"
        aria-label="Search leads by name, e-mail or company"
        aria-describedby={short ? 'search-short' : undefined}
        placeholder="Name, e-mail or company"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {short && (
        <span id="search-short" className="small muted" role="status">
          At least three letters
        </span>
      )}
    </div>
  );
}

const emptyWords: Record<string, readonly [title: string, words: string]> = {
  PRE_SYNC: [
    'Nothing waits',
    'Every lead on this list has been pushed. New ones appear here for a moment, or stay while something holds them.',
  ],
  FAILED: ['Nothing failed', 'Whatever the vendor refuses appears here, by cause, with what to do about it.'],
  CLEARED: ['Nothing has arrived yet', 'A lead comes here when the vendor has taken it.'],
};

interface NoLeadsProps {
  group: Group | null;
  search: string;
  narrowed: boolean;
  onBackfill(): void;
}

function NoLeads({ group, search, narrowed, onBackfill }: NoLeadsProps) {
  if (search) {
    return (
      <Empty icon="search" title={`No lead matches “${search}”`}>
        <p>Names, e-mail addresses and companies are searched{narrowed ? ', of the chosen event only' : ''}.</p>
      </Empty>
    );
  }
  const [title, words] = emptyWords[group ?? ''] ?? [
    'No leads yet',
    'Captured leads come here as soon as they are enriched.',
  ];
  return (
    <Empty icon={group === 'FAILED' ? 'check' : 'inbox'} title={title}>
      <p>{words}</p>
      {group === null && (
        <Button small icon="plus" onPress={onBackfill}>
          Add leads from before it was connected
        </Button>
      )}
    </Empty>
  );
}
