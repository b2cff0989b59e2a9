import type { Client } from 'urql';
import { messageOf } from '../data/client.ts';
import type { VariablesOf } from '../data/graphql.ts';
import type { WorkRow } from '../data/work-row.ts';
import { followLeads, type Transition } from '../live/lead-feed.ts';
import type { Socket } from '../live/socket.ts';
import { belongs, byCapture, type WorkListFilter } from './work-list-filter.ts';
import { WorkListQuery } from './work-list-query.ts';

export interface WorkListState {
  rows: readonly WorkRow[];
  /** Null: more than a search counts. */
  total: number | null;
  hasMore: boolean;
  /** Nothing is known yet. */
  loading: boolean;
  loadingMore: boolean;
  problem: string | null;
}

const pageSize = 100;
/** As many rows are read again after a change of the setting; what lies behind them is when somebody scrolls there. */
const renewedMax = 500;
const againMs = 1_000;

/**
 * The rows of a filter: a snapshot, and then every move behind its cursor. A row comes, changes and goes with the lead; what is older than the row
 * that is shown is dropped. FROZEN and QUEUED follow from the setting, so a higher version of it reads the rows anew.
 */
export class WorkList {
  readonly #client: Client;
  readonly #socket: Socket;
  readonly #filter: WorkListFilter;
  readonly #listeners = new Set<() => void>();
  readonly #moved = new Set<(row: WorkRow) => void>();
  #state: WorkListState = { rows: [], total: null, hasMore: false, loading: true, loadingMore: false, problem: null };
  #settingVersion = 0;
  #endCursor: string | null = null;
  #stopFeed = () => {};
  #forgetBack = () => {};
  /** Which snapshot is awaited or shown: answers to earlier questions are not used. */
  #generation = 0;
  /** What moved while a page is awaited, which may have been read before: for each that is awaited. */
  readonly #meanwhile = new Set<Map<string, WorkRow>>();

  constructor(client: Client, socket: Socket, filter: WorkListFilter) {
    this.#client = client;
    this.#socket = socket;
    this.#filter = filter;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly get = (): WorkListState => this.#state;

  /** Hears of every move, also of leads that are in no row. */
  onMoved(listener: (row: WorkRow) => void): () => void {
    this.#moved.add(listener);
    return () => this.#moved.delete(listener);
  }

  start(): void {
    this.#forgetBack = this.#socket.connection.onBack(() => {
      if (this.#state.problem) void this.renew();
    });
    void this.renew();
  }

  stop(): void {
    this.#generation += 1;
    this.#stopFeed();
    this.#forgetBack();
  }

  /** The setting is at this version now. */
  settingChanged(version: number): void {
    if (!this.#state.loading && version > this.#settingVersion) void this.renew();
  }

  /** Reads a new snapshot, as long as what is shown, and goes on from there. */
  async renew(): Promise<void> {
    const generation = ++this.#generation;
    const wanted = Math.min(renewedMax, Math.max(pageSize, this.#state.rows.length));
    const rows = new Map<string, WorkRow>();
    let page = await this.#read(null);
    if (generation !== this.#generation) return;
    if (page instanceof Error) return this.#set({ problem: page.message, loading: false });
    const { cursor, settingVersion } = page;
    const { totalCount } = page.items;
    for (;;) {
      for (const { node } of page.items.edges) rows.set(node.id, node);
      const { hasNextPage, endCursor } = page.items.pageInfo;
      if (!hasNextPage || rows.size >= wanted) break;
      const next = await this.#read(endCursor);
      if (generation !== this.#generation) return;
      if (next instanceof Error) break;
      page = next;
    }
    this.#stopFeed();
    this.#settingVersion = settingVersion;
    this.#endCursor = page.items.pageInfo.endCursor;
    this.#set({
      rows: [...rows.values()],
      total: totalCount,
      hasMore: page.items.pageInfo.hasNextPage,
      loading: false,
      loadingMore: false,
      problem: null,
    });
    const { integrationId, eventId } = this.#filter;
    this.#stopFeed = followLeads(this.#socket, {
      integrationId,
      eventId,
      after: cursor,
      onTransitions: (transitions) => this.#apply(transitions),
      onLost: () => setTimeout(() => generation === this.#generation && void this.renew(), againMs),
    });
  }

  /** The next page, when somebody comes near the end. */
  async loadMore(): Promise<void> {
    if (this.#state.loadingMore || !this.#state.hasMore) return;
    const generation = this.#generation;
    this.#set({ loadingMore: true });
    const moved = new Map<string, WorkRow>();
    this.#meanwhile.add(moved);
    const page = await this.#read(this.#endCursor);
    this.#meanwhile.delete(moved);
    if (generation !== this.#generation) return;
    if (page instanceof Error) return this.#set({ loadingMore: false });
    const { totalCount, edges, pageInfo } = page.items;
    this.#endCursor = pageInfo.endCursor;
    const found = new Map(edges.map(({ node }) => [node.id, newer(moved.get(node.id), node)]));
    // What came among them after they were read was behind the last row then, and is not in the page.
    const end = edges.at(-1)?.node;
    for (const row of moved.values()) {
      const within = !pageInfo.hasNextPage || (end && byCapture(row, end) <= 0);
      if (within && !found.has(row.id)) found.set(row.id, row);
    }
    const known = new Set(this.#state.rows.map(({ id }) => id));
    const more = [...found.values()]
      .filter((row) => !known.has(row.id) && belongs(row, this.#filter))
      .toSorted(byCapture);
    const rows = [...this.#state.rows, ...more];
    this.#set({ rows, total: totalCount, hasMore: pageInfo.hasNextPage, loadingMore: false });
  }

  #apply(transitions: readonly Transition[]): void {
    const moved = new Map<string, WorkRow>();
    for (const { item } of transitions) moved.set(item.id, newer(moved.get(item.id), item));
    for (const row of moved.values()) {
      for (const meanwhile of this.#meanwhile) meanwhile.set(row.id, row);
      for (const listener of this.#moved) listener(row);
    }
    const kept: WorkRow[] = [];
    let { total } = this.#state;
    let left = 0;
    for (const row of this.#state.rows) {
      const now = newer(moved.get(row.id), row);
      moved.delete(row.id);
      if (now === row || belongs(now, this.#filter)) kept.push(now);
      else left += 1;
    }
    const last = kept.at(-1);
    const arrived = [...moved.values()]
      .filter((row) => belongs(row, this.#filter))
      // What belongs behind the last row is read with its page. What was captured in the same instant may: a page does not bring it twice.
      .filter((row) => !this.#state.hasMore || !last || byCapture(row, last) <= 0)
      .toSorted(byCapture);
    if (total !== null) total = Math.max(kept.length + arrived.length, total - left + arrived.length);
    this.#set({ rows: merge(arrived, kept), total });
  }

  async #read(after: string | null) {
    const { search, ...filter } = this.#filter;
    const variables = { ...filter, search: search || null, first: pageSize, after } as VariablesOf<
      typeof WorkListQuery
    >;
    const { data, error } = await this.#client
      .query(WorkListQuery, variables, { requestPolicy: 'network-only' })
      .toPromise();
    if (data?.reconciliation) return data.reconciliation;
    return new Error(error ? messageOf(error) : 'There is no such integration or event.');
  }

  #set(changes: Partial<WorkListState>): void {
    this.#state = { ...this.#state, ...changes };
    for (const listener of this.#listeners) listener();
  }
}

const newer = (a: WorkRow | undefined, b: WorkRow): WorkRow => (a && a.version > b.version ? a : b);

/** Both are sorted; so is the result. */
function merge(arrived: readonly WorkRow[], kept: readonly WorkRow[]): readonly WorkRow[] {
  if (arrived.length === 0) return kept;
  const merged: WorkRow[] = [];
  let next = 0;
  for (const row of kept) {
    while (next < arrived.length && byCapture(arrived[next] as WorkRow, row) <= 0)
      merged.push(arrived[next++] as WorkRow);
    merged.push(row);
  }
  return [...merged, ...arrived.slice(next)];
}
