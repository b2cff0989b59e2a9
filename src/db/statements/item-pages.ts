import { and, asc, desc, eq, type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { ErrorCategory } from '../../domain/error-categories.ts';
import type { SyncStatus } from '../../domain/lifecycle.ts';
import type { Db } from '../client.ts';
import { bigintColumn, rowsOf } from '../rows.ts';
import { syncItems } from '../tables/index.ts';
import { type ItemView, selectItems } from './item-views.ts';
import { likePattern } from './retry-items.ts';

/** Which items of a work list are wanted; all that is given must match. */
export interface ItemFilter {
  statuses: readonly SyncStatus[];
  /** Of FAILED items: one of these; null: any. */
  categories: readonly ErrorCategory[] | null;
  /** Of FAILED items: the field that the error names, as the vendor names it. */
  remoteField: string | null;
  eventId: string | null;
  /** Part of name, e-mail or company. */
  search: string | null;
  /** Captured at this instant or later. */
  capturedFrom: Date | null;
  /** Captured before this instant. */
  capturedUntil: Date | null;
}

/** A stretch of a list, by the keys it is ordered by. */
export interface ItemPage {
  filter: ItemFilter;
  order: 'asc' | 'desc';
  /** Behind this place; null: from the start. */
  after: { capturedAt: Date; id: string } | null;
  limit: number;
}

/**
 * The same page of the work lists of several integrations, in order, not grouped. One index scan per state, each ordered and cut to the page by
 * itself, so that it costs the same whatever the list holds. The gate of the same moment says what is FROZEN and what is QUEUED.
 */
export async function listItemPages(
  db: Pick<Db, 'select'>,
  orgId: string,
  integrationIds: readonly string[],
  page: ItemPage,
): Promise<ItemView[]> {
  const scans = scansOf(orgId, page.filter, page.limit, page);
  if (scans.length === 0) return [];
  const direction = page.order === 'asc' ? asc : desc;
  return selectItems(db)
    .where(
      and(
        eq(syncItems.orgId, orgId),
        sql`${syncItems.id} = any(array(
          ${matchesOf(orgId, page.filter)}
          select page.id from gates g cross join lateral (
            select id from (${sql.join(scans, sql` union all `)}) scans
            order by captured_at ${keyword(page.order)}, id ${keyword(page.order)} limit ${page.limit}) page
          where g.org_id = ${orgId} and g.integration_id = any(${sql.param([...integrationIds])}::uuid[])))`,
      ),
    )
    .orderBy(direction(syncItems.capturedAt), direction(syncItems.id));
}

/** How many items of each integration match, counted up to `max` + 1. */
export async function countItems(
  db: Pick<Db, 'execute'>,
  orgId: string,
  integrationIds: readonly string[],
  filter: ItemFilter,
  max: number,
): Promise<Map<string, number>> {
  const scans = scansOf(orgId, filter, max + 1, null);
  if (scans.length === 0) return new Map();
  const rows = await rowsOf(
    z.object({ integration_id: z.string(), n: bigintColumn }),
    db.execute(sql`
      ${matchesOf(orgId, filter)}
      select g.integration_id, counted.n from gates g cross join lateral (
        select count(*) as n from (select from (${sql.join(scans, sql` union all `)}) scans limit ${max + 1}) matching) counted
      where g.org_id = ${orgId} and g.integration_id = any(${sql.param([...integrationIds])}::uuid[])`),
  );
  return new Map(rows.map((row) => [row.integration_id, row.n]));
}

/** A search that matches no more leads than this starts from them; otherwise it goes through the list, where it soon has a page. */
const fewMatches = 2_000;

/** The leads that a search matches, as far as they are few. The planner can't tell which of the two ways is short, so both are written down. */
function matchesOf(orgId: string, { search, eventId }: ItemFilter): SQL {
  if (search === null) return sql``;
  const ofEvent = eventId === null ? sql`` : sql`and l.event_id = ${eventId}`;
  return sql`with matches as materialized (
      select l.id from leads l where l.org_id = ${orgId} ${ofEvent} and l.search_text like ${likePattern(search)} limit ${fewMatches + 1}),
    are as materialized (select count(*) <= ${fewMatches} as few from matches)`;
}

/** One scan per state, of the integration of `g`. Those that the gate or the search rules out cost nothing: their condition is looked at once. */
function scansOf(
  orgId: string,
  filter: ItemFilter,
  limit: number,
  page: Pick<ItemPage, 'order' | 'after'> | null,
): SQL[] {
  const common = [sql`s.org_id = ${orgId} and s.integration_id = g.integration_id`];
  if (filter.eventId !== null) common.push(sql`s.event_id = ${filter.eventId}`);
  if (filter.capturedFrom) common.push(sql`s.captured_at >= ${filter.capturedFrom.toISOString()}::timestamptz`);
  if (filter.capturedUntil) common.push(sql`s.captured_at < ${filter.capturedUntil.toISOString()}::timestamptz`);
  if (page?.after) {
    const { capturedAt, id } = page.after;
    const than = page.order === 'asc' ? sql`>` : sql`<`;
    common.push(sql`(s.captured_at, s.id) ${than} (${capturedAt.toISOString()}::timestamptz, ${id}::uuid)`);
  }
  const order = page ? sql`order by s.captured_at ${keyword(page.order)}, s.id ${keyword(page.order)}` : sql``;
  const ways = waysOf(filter);
  return conditionsOf(filter).flatMap((condition) =>
    ways.map(
      (way) =>
        sql`(select s.id, s.captured_at from sync_items s where ${sql.join([...common, condition, ...way], sql` and `)} ${order} limit ${limit})`,
    ),
  );
}

/** From the few leads that match, or through the list with a look at each lead. */
function waysOf({ search }: ItemFilter): SQL[][] {
  if (search === null) return [[]];
  return [
    [sql`(select few from are) and s.lead_id = any(array(select id from matches))`],
    [
      sql`not (select few from are) and (select l.search_text like ${likePattern(search)} from leads l where l.org_id = s.org_id and l.id = s.lead_id)`,
    ],
  ];
}

/** The statuses as conditions on the stored state and the gate `g`: the same rule as statusOf in src/domain/gate.ts. */
function conditionsOf({ statuses, categories, remoteField }: ItemFilter): SQL[] {
  const conditions: SQL[] = [];
  const frozen = statuses.includes('FROZEN');
  const queued = statuses.includes('QUEUED');
  if (frozen && queued) conditions.push(sql`s.state = 'PENDING'`);
  else if (frozen) {
    conditions.push(sql`s.state = 'PENDING' and g.flow = 'NONE'`);
    conditions.push(
      sql`s.state = 'PENDING' and g.flow = 'RELEASED' and s.release_epoch is distinct from g.release_epoch`,
    );
  } else if (queued) {
    conditions.push(sql`s.state = 'PENDING' and g.flow = 'ALL'`);
    conditions.push(
      sql`s.state = 'PENDING' and g.flow = 'RELEASED' and s.release_epoch is not null and s.release_epoch = g.release_epoch`,
    );
  }
  if (statuses.includes('SYNCING')) conditions.push(sql`s.state = 'SYNCING'`);
  if (statuses.includes('FAILED')) {
    const failed =
      remoteField === null
        ? sql`s.state = 'FAILED'`
        : sql`s.state = 'FAILED' and s.error->>'remoteField' = ${remoteField}`;
    if (categories === null) conditions.push(failed);
    else for (const category of new Set(categories)) conditions.push(sql`${failed} and s.category = ${category}`);
  }
  if (statuses.includes('CLEARED')) conditions.push(sql`s.state = 'CLEARED'`);
  if (statuses.includes('WITHDRAWN')) conditions.push(sql`s.state = 'WITHDRAWN'`);
  return conditions;
}

const keyword = (order: 'asc' | 'desc'): SQL => (order === 'asc' ? sql`asc` : sql`desc`);
