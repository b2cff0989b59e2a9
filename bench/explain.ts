import type { Db } from '../src/db/client.ts';
import { readErrorFields, readErrorGroupTimes } from '../src/db/statements/error-groups.ts';
import { listEventPage } from '../src/db/statements/event-pages.ts';
import type { ItemFilter, ItemPage } from '../src/db/statements/item-filter.ts';
import { countItems, listItemPages } from '../src/db/statements/item-pages.ts';
import { readReconciliations } from '../src/db/statements/reconciliation.ts';
import { checkEvents } from '../src/db/statements/verification/check-events.ts';
import { checkItems } from '../src/db/statements/verification/check-items.ts';
import { checkLog } from '../src/db/statements/verification/check-log.ts';
import { listCleared, listIntegrationSizes } from '../src/db/statements/verification/cleared-items.ts';
import { type Explained, explain, nodesOf } from './harness/explain.ts';
import type { BenchServer } from './harness/postgres.ts';
import { median, type Report, type Row, short } from './harness/report.ts';
import { openWorkList, type WorkList } from './harness/work-list.ts';

const many = 1_000_000;
const few = 1_000;
const rounds = 5;
const pageLimit = 51;
const countedMax = 1_000;
/** Reading one of these from end to end is what an index is for. */
const largeTables = new Set(['sync_items', 'leads', 'transitions', 'push_attempts']);

/** What the statements behind the views touch, on a work list of a million and on one of a thousand. */
export async function run(server: BenchServer): Promise<Report> {
  const large = await openWorkList(server, many);
  const small = await openWorkList(server, few);
  const rows: Row[] = [];
  const scanned: string[] = [];
  for (const { name, ask, grows = false } of statements) {
    const on = (list: WorkList) => explain(list.sql, (db) => ask(list, db), { analyze: true });
    const pages: number[] = [];
    const ofLarge: number[] = [];
    const ofSmall: number[] = [];
    const whole = new Set<string>();
    await on(large);
    await on(small);
    let touched = '';
    let against = '';
    for (let round = 0; round < rounds; round++) {
      const [onLarge, onSmall] = [await on(large), await on(small)];
      pages.push(pagesOf(onLarge) / pagesOf(onSmall));
      ofLarge.push(msOf(onLarge));
      ofSmall.push(msOf(onSmall));
      touched = `${pagesOf(onLarge).toLocaleString('en')} pages`;
      against = `${pagesOf(onSmall).toLocaleString('en')} pages`;
      for (const table of wholeTables(onLarge)) whole.add(table);
    }
    rows.push({
      what: `${name}, ${many.toLocaleString('en')} frozen against ${few.toLocaleString('en')}: pages touched`,
      ours: `${touched}, ${short(median(ofLarge))} ms`,
      against: `${against}, ${short(median(ofSmall))} ms`,
      ratios: pages,
      goal: grows ? null : { atMost: 3 },
    });
    if (whole.size > 0) scanned.push(`- ${name}: ${[...whole].join(', ')}`);
  }
  await large.stop();
  await small.stop();
  const words = scanned.length > 0 ? scanned.join('\n') : 'None.';
  return { rows, notes: [`Large tables that are read without an index, in part or to their end:\n\n${words}`] };
}

const pagesOf = (explained: readonly Explained[]): number =>
  explained.reduce((sum, { plan }) => sum + (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0), 0);
const msOf = (explained: readonly Explained[]): number => explained.reduce((sum, { ms }) => sum + ms, 0);

function wholeTables(explained: readonly Explained[]): string[] {
  return explained
    .flatMap(({ plan }) => nodesOf(plan))
    .filter((node) => node['Node Type'].endsWith('Seq Scan') && node['Actual Loops'] !== 0)
    .flatMap((node) => node['Relation Name'] ?? [])
    .filter((table) => largeTables.has(table));
}

interface Statement {
  name: string;
  ask(list: WorkList, db: Db): Promise<unknown>;
  /** With what is found or checked, not with what there is: no goal. */
  grows?: boolean;
}

const everything: ItemFilter = {
  statuses: ['FROZEN', 'QUEUED', 'SYNCING', 'FAILED', 'CLEARED'],
  categories: null,
  remoteField: null,
  eventId: null,
  search: null,
  capturedFrom: null,
  capturedUntil: null,
};
const failed: ItemFilter = { ...everything, statuses: ['FAILED'] };
/** Some 250,000 leads into the large list, from its old end. */
const deep = { capturedAt: new Date('2026-01-04T00:00:00Z'), id: '01900000-0000-7000-9000-000000000000' };

const page = (name: string, filter: ItemFilter, more: Partial<Statement & ItemPage> = {}): Statement => ({
  name,
  grows: more.grows ?? false,
  ask: ({ viewer, integrationId }, db) =>
    listItemPages(db, viewer.orgId, [integrationId], {
      filter,
      order: more.order ?? 'desc',
      after: more.after ?? null,
      limit: pageLimit,
    }),
});
const count = (name: string, filter: ItemFilter, grows = false): Statement => ({
  name,
  grows,
  ask: ({ viewer, integrationId }, db) => countItems(db, viewer.orgId, [integrationId], filter, countedMax),
});
const group = ({ integrationId }: WorkList, eventId: string | null = null) => [
  { integrationId, eventId, category: 'MISSING_MATCH_KEY' as const },
];

const statements: readonly Statement[] = [
  {
    name: 'counts, with every event',
    ask: ({ viewer, integrationId }, db) =>
      readReconciliations(db, viewer.orgId, [{ integrationId, eventId: null, withEvents: true }]),
  },
  {
    name: 'events',
    ask: ({ viewer }, db) =>
      listEventPage(db, viewer.orgId, { ids: null, search: null, after: null, limit: pageLimit }),
  },
  page('items', everything),
  page('items, oldest first', everything, { order: 'asc' }),
  page('items: a deep page', everything, { after: deep }),
  page('items: FAILED of a category', { ...failed, categories: ['MISSING_MATCH_KEY'] }),
  page('items: FAILED of two categories', { ...failed, categories: ['MISSING_MATCH_KEY', 'UNKNOWN'] }),
  page('items: FAILED that name a field', { ...failed, remoteField: 'Phone' }),
  {
    name: 'items: of an event',
    ask: (list, db) => page('', { ...everything, eventId: list.eventIds[3] ?? '' }).ask(list, db),
  },
  page('items: captured in an hour', {
    ...everything,
    capturedFrom: new Date('2026-01-01T00:00:00Z'),
    capturedUntil: new Date('2026-01-01T01:00:00Z'),
  }),
  page('search that finds nobody', { ...everything, search: 'zuse' }, { grows: true }),
  page('search that finds a few', { ...everything, search: 'byron77 ' }, { grows: true }),
  page('search that finds a thousandth', { ...everything, search: 'ada77 ' }, { grows: true }),
  page('search that finds one in 270', { ...everything, search: 'company 100' }, { grows: true }),
  page('search that finds one in 27', { ...everything, search: 'company 29' }, { grows: true }),
  page('search that finds one in 27, FAILED', { ...failed, search: 'company 29' }, { grows: true }),
  page('search that finds a third', { ...everything, search: 'company 1' }, { grows: true }),
  page('search that finds everybody', { ...everything, search: 'example.com' }),
  count('count of a search that finds a few', { ...everything, search: 'byron77 ' }, true),
  count('count of a search that finds one in 270', { ...everything, search: 'company 100' }, true),
  count('count of a search that finds one in 27', { ...everything, search: 'company 29' }, true),
  count('count of a search that finds one in 27, FAILED', { ...failed, search: 'company 29' }, true),
  count('count of a search that finds everybody', { ...everything, search: 'example.com' }, true),
  {
    name: 'error group: first and last',
    ask: (list, db) => readErrorGroupTimes(db, list.viewer.orgId, group(list)),
  },
  {
    name: 'error group: fields and values',
    grows: true, // up to the 10,000 that are looked at
    ask: (list, db) => readErrorFields(db, list.viewer.orgId, group(list)),
  },
  {
    name: 'verification: a page of items',
    ask: ({ viewer, integrationId }, db) => checkItems(db, viewer.orgId, integrationId, null, 500),
  },
  {
    name: 'verification: the last page of the log',
    ask: async ({ viewer, integrationId }, db) => {
      const [found] = await listIntegrationSizes(db, viewer.orgId, integrationId);
      const head = found?.head ?? 0;
      return checkLog(db, viewer.orgId, integrationId, head - 500, head, 500);
    },
  },
  {
    name: 'verification: a page of the read-back',
    ask: ({ viewer, integrationId }, db) => listCleared(db, viewer.orgId, integrationId, null, 100),
  },
  {
    name: 'verification: an event of 1,200,000 / 20 leads',
    grows: true,
    ask: ({ viewer, integrationId, eventIds }, db) =>
      checkEvents(db, viewer.orgId, integrationId, eventIds.slice(3, 4)),
  },
];
