import { type ErrorGroupTarget, readErrorFields, readErrorGroupTimes } from '../src/db/statements/error-groups.ts';
import { countAhead } from '../src/db/statements/item-facts.ts';
import type { ItemFilter, ItemPage } from '../src/db/statements/item-filter.ts';
import { listItemHistories } from '../src/db/statements/item-history.ts';
import { listItemPages } from '../src/db/statements/item-pages.ts';
import { readReconciliations } from '../src/db/statements/reconciliation.ts';
import { aheadMax } from '../src/domain/explanation.ts';
import { explain, wordsOf } from './harness/explain.ts';
import type { BenchServer } from './harness/postgres.ts';
import { percentile, type Report, type Row, short } from './harness/report.ts';
import { openWorkList, type WorkList } from './harness/work-list.ts';

const many = 1_000_000;
const few = 1_000;
const rounds = 5;
/** Calls of one turn; p99 is the second slowest but one. */
const callsPerTurn = 200;
const pageLimit = 50;

/** What a dashboard asks, on a work list of a million and on one of a thousand, turn by turn. */
export async function run(server: BenchServer): Promise<Report> {
  const large = await openWorkList(server, many);
  const small = await openWorkList(server, few);
  const rows: Row[] = [];
  const plans: string[] = [];
  for (const { name, ask, goal } of questions) {
    const ofLarge: number[] = [];
    const ofSmall: number[] = [];
    await turn(() => ask(large));
    await turn(() => ask(small));
    for (let round = 0; round < rounds; round++) {
      ofLarge.push(percentile(await turn(() => ask(large)), 99));
      ofSmall.push(percentile(await turn(() => ask(small)), 99));
    }
    rows.push({
      what: `${name}, ${many.toLocaleString('en')} frozen against ${few.toLocaleString('en')}: p99`,
      ours: `${short(percentile(ofLarge, 50))} ms`,
      against: `${short(percentile(ofSmall, 50))} ms`,
      ratios: ofLarge.map((ms, round) => ms / (ofSmall[round] ?? ms)),
      goal: goal === undefined ? { atMost: 3 } : goal,
    });
    plans.push(
      `- ${name}: ${(await explain(large.sql, (db) => ask({ ...large, services: { ...large.services, db } }))).map(({ plan }) => wordsOf(plan)).join('; ')}`,
    );
  }
  await large.stop();
  await small.stop();
  return {
    rows,
    notes: [`Plans on the large list, from the top down (a scan with its index):\n\n${plans.join('\n')}`],
  };
}

interface Question {
  name: string;
  ask(list: WorkList): Promise<unknown>;
  /** Absent: within three times; null: it does more on a larger list, up to a bound. */
  goal?: null;
}

const everything: ItemFilter = {
  statuses: ['FROZEN', 'QUEUED', 'SYNCING'],
  categories: null,
  remoteField: null,
  capturedFrom: null,
  capturedUntil: null,
  eventId: null,
  search: null,
};
const failed: ItemFilter = { ...everything, statuses: ['FAILED'] };
/** Some 250,000 leads into the large list, from its old end; in the small one, whose leads are all older, the first page. */
const deep = { capturedAt: new Date('2026-01-04T00:00:00Z'), id: '01900000-0000-7000-9000-000000000000' };

function items(name: string, filter: ItemFilter, after: ItemPage['after'] = null): Question {
  const page: ItemPage = { filter, order: 'desc', after, limit: pageLimit + 1 };
  return {
    name,
    ask: ({ services, viewer, integrationId }) => listItemPages(services.db, viewer.orgId, [integrationId], page),
  };
}

/** Of every category, over all events and at one. */
const groupsOf = ({ integrationId, eventIds }: Pick<WorkList, 'integrationId' | 'eventIds'>): ErrorGroupTarget[] =>
  (['DATA_VALUE_VALIDATION', 'MISSING_MATCH_KEY', 'REQUIRED_REMOTE_FIELD', 'UNKNOWN'] as const).flatMap((category) => [
    { integrationId, eventId: null, category },
    { integrationId, eventId: eventIds[3] ?? null, category },
  ]);

/** In both lists; see itemIdOf in harness/fill.ts. */
const someItems = Array.from(
  { length: pageLimit },
  (_, index) => `01900000-0000-7000-9000-${(index + 1).toString(16).padStart(12, '0')}`,
);

const questions: Question[] = [
  {
    name: 'counts',
    ask: ({ services, viewer, integrationId }) =>
      readReconciliations(services.db, viewer.orgId, [{ integrationId, eventId: null, withEvents: true }]),
  },
  items('items: first page of Pre-Sync', everything),
  items('items: FROZEN', { ...everything, statuses: ['FROZEN'] }),
  items('items: a deep page', { ...everything, statuses: ['FROZEN'] }, deep),
  items('items: FAILED of a category', { ...failed, categories: ['MISSING_MATCH_KEY'] }),
  {
    name: 'items: FAILED of an event',
    ask: (list) => items('', { ...failed, eventId: list.eventIds[3] ?? '' }).ask(list),
  },
  {
    name: 'error groups: first and last seen',
    ask: ({ services, viewer, ...list }) => readErrorGroupTimes(services.db, viewer.orgId, groupsOf(list)),
  },
  {
    name: 'an error group: fields and values of its newest 10,000',
    ask: ({ services, viewer, ...list }) => readErrorFields(services.db, viewer.orgId, groupsOf(list).slice(0, 1)),
    goal: null,
  },
  {
    name: 'histories of 50 leads',
    ask: ({ services, viewer }) => listItemHistories(services.db, viewer.orgId, someItems, { after: null, limit: 21 }),
  },
  {
    name: 'places in line of 50 leads',
    ask: ({ services, viewer }) => countAhead(services.db, viewer.orgId, someItems, aheadMax),
  },
  items('items: search that finds a few', { ...everything, search: 'byron77 ' }),
  items('items: search that finds nobody', { ...everything, search: 'zuse' }),
  items('items: search that finds everybody', { ...everything, search: 'example.com' }),
];

/** Milliseconds of each call. */
async function turn(ask: () => Promise<unknown>): Promise<number[]> {
  const all: number[] = [];
  for (let call = 0; call < callsPerTurn; call++) {
    const startedAt = performance.now();
    await ask();
    all.push(performance.now() - startedAt);
  }
  return all;
}
