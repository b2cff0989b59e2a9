import { and, asc, desc, eq, type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Db } from '../client.ts';
import { bigintColumn, rowsOf } from '../rows.ts';
import { syncItems } from '../tables/index.ts';
import type { ItemFilter, ItemPage } from './item-filter.ts';
import { countedOfSearch, type ItemRange, matchesOf, orderBy, searched } from './item-search.ts';
import { type ItemView, selectItems } from './item-views.ts';

/**
 * The same page of the work lists of several integrations, in order, not grouped. One index scan per state, each ordered and cut to the page by
 * itself, so that it costs the same whatever the list holds; a search has ways of its own. The gate of the same moment says what is FROZEN and
 * what is QUEUED.
 */
export async function listItemPages(
  db: Pick<Db, 'select'>,
  orgId: string,
  integrationIds: readonly string[],
  page: ItemPage,
): Promise<ItemView[]> {
  const conditions = conditionsOf(page.filter);
  if (conditions.length === 0) return [];
  const range = { orgId, common: rangeOf(orgId, page.filter, page), conditions };
  const { search } = page.filter;
  const direction = page.order === 'asc' ? asc : desc;
  return selectItems(db)
    .where(
      and(
        eq(syncItems.orgId, orgId),
        sql`${syncItems.id} = any(array(
          ${search === null ? sql`` : sql`with ${matchesOf(orgId, page.filter, search)}`}
          select page.id from gates g cross join lateral (${search === null ? listed(range, page) : searched(range, page, search)}) page
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
  const conditions = conditionsOf(filter);
  if (conditions.length === 0) return new Map();
  const range = { orgId, common: rangeOf(orgId, filter, null), conditions };
  const { search } = filter;
  const rows = await rowsOf(
    z.object({ integration_id: z.string(), n: bigintColumn }),
    db.execute(sql`
      ${search === null ? sql`` : sql`with ${matchesOf(orgId, filter, search)}`}
      select g.integration_id, ${search === null ? counted(range, max) : countedOfSearch(range, max, search)} as n from gates g
      where g.org_id = ${orgId} and g.integration_id = any(${sql.param([...integrationIds])}::uuid[])`),
  );
  return new Map(rows.map((row) => [row.integration_id, row.n]));
}

/** One scan per state, merged. */
function listed({ common, conditions }: ItemRange, { order, limit }: ItemPage): SQL {
  const inOrder = orderBy('s', order);
  const scans = conditions.map(
    (condition) =>
      sql`(select s.id, s.captured_at from sync_items s where ${common} and ${condition} ${inOrder} limit ${limit})`,
  );
  return sql`select s.id from (${sql.join(scans, sql` union all `)}) s ${inOrder} limit ${limit}`;
}

function counted({ common, conditions }: ItemRange, max: number): SQL {
  const scans = conditions.map(
    (condition) => sql`(select from sync_items s where ${common} and ${condition} limit ${max + 1})`,
  );
  return sql`(select count(*) from (select from (${sql.join(scans, sql` union all `)}) scans limit ${max + 1}) found)`;
}

/** What every scan has in common, of the integration of `g`. */
function rangeOf(orgId: string, filter: ItemFilter, page: Pick<ItemPage, 'order' | 'after'> | null): SQL {
  const common = [sql`s.org_id = ${orgId} and s.integration_id = g.integration_id`];
  if (filter.eventId !== null) common.push(sql`s.event_id = ${filter.eventId}`);
  if (filter.capturedFrom) common.push(sql`s.captured_at >= ${filter.capturedFrom.toISOString()}::timestamptz`);
  if (filter.capturedUntil) common.push(sql`s.captured_at < ${filter.capturedUntil.toISOString()}::timestamptz`);
  if (page?.after) {
    const { capturedAt, id } = page.after;
    const than = page.order === 'asc' ? sql`>` : sql`<`;
    common.push(sql`(s.captured_at, s.id) ${than} (${capturedAt.toISOString()}::timestamptz, ${id}::uuid)`);
  }
  return sql.join(common, sql` and `);
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
