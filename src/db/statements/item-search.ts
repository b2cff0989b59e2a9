import { type SQL, sql } from 'drizzle-orm';
import type { ItemFilter, ItemPage } from './item-filter.ts';
import { likePattern } from './retry-items.ts';

// The planner can't tell how many leads a search matches, nor where in the list they are, so every way is written down, and the statement
// finds out which to go. What is not gone costs nothing: its condition is looked at once.

/** Items of the integration of `g` that a list is of. */
export interface ItemRange {
  orgId: string;
  /** On `s`, whatever the state. */
  common: SQL;
  /** On `s`, one per index scan; one of them holds. */
  conditions: readonly SQL[];
}

/** A search that matches no more leads than this starts from them: they are read, put in order, and looked for in the list until the page is full. */
const fewMatches = 8_000;
/** Otherwise it goes down the list and looks at each lead, which soon fills a page, unless all that match are far down: then it goes no further. */
const walkedMax = 6_000;

/** The leads that a search matches, as far as they are few, as `matches`; whether they are, as `are.few`; and all of them, as `everybody`. */
export function matchesOf(orgId: string, filter: ItemFilter, search: string): SQL {
  const wanted = [sql`l.org_id = ${orgId}`];
  if (filter.eventId !== null) wanted.push(sql`l.event_id = ${filter.eventId}`);
  if (filter.capturedFrom) wanted.push(sql`l.captured_at >= ${filter.capturedFrom.toISOString()}::timestamptz`);
  if (filter.capturedUntil) wanted.push(sql`l.captured_at < ${filter.capturedUntil.toISOString()}::timestamptz`);
  wanted.push(sql`l.search_text like ${likePattern(search)}`);
  const all = sql`select l.id, l.captured_at from leads l where ${sql.join(wanted, sql` and `)}`;
  return sql`matches as materialized (${all} limit ${fewMatches + 1}),
    are as materialized (select count(*) <= ${fewMatches} as few from matches),
    everybody as materialized (${all})`;
}

/** The page of a search. */
export function searched(range: ItemRange, { order, after, limit }: ItemPage, search: string): SQL {
  const inOrder = orderBy('s', order);
  const walks = range.conditions.map(
    (condition) => sql`(
      select s.id, s.captured_at from (
        select s.org_id, s.id, s.captured_at, s.lead_id from sync_items s where ${range.common} and ${condition} ${inOrder} limit ${walkedMax}) s
      where not (select few from are) and ${isMatch(search)} ${inOrder} limit ${limit})`,
  );
  const fromFew = fromMatches(range, 'matches', { order, after, limit });
  const fromAll = fromMatches(range, 'everybody', { order, after, limit });
  return sql`
    with walked as materialized (select * from (${sql.join(walks, sql` union all `)}) s ${inOrder} limit ${limit}),
    stopped as materialized (
      select not (select few from are) and (select count(*) from walked) < ${limit} and ${isLonger(range)} as short)
    select s.id from (
      (select * from (${fromFew}) f where (select few from are))
      union all (select * from walked where not (select short from stopped))
      union all (select * from (${fromAll}) f where (select short from stopped))) s
    ${inOrder} limit ${limit}`;
}

/** How many items a search finds, up to `max` + 1. */
export function countedOfSearch(range: ItemRange, max: number, search: string): SQL {
  const atMost = sql.raw(`limit ${max + 1}`);
  const walks = range.conditions.map(
    (condition) =>
      sql`(select from sync_items s where ${range.common} and ${condition} and ${isMatch(search)} ${atMost})`,
  );
  const ofMatches = (matches: SQL) => sql`(
    select count(*) from (
      select from ${matches} m join sync_items s on s.lead_id = m.id where ${range.common} and (${anyOf(range)}) ${atMost}) found)`;
  const quick = ofMatches(sql`matches`);
  return sql`(
    select case when (select few from are) or quick.n > ${max} then quick.n
                when ${isLonger(range)} then ${ofMatches(sql`everybody`)}
                else (select count(*) from (select from (${sql.join(walks, sql` union all `)}) w ${atMost}) found) end
    from (select ${quick} as n offset 0) quick)`;
}

/**
 * From leads to the page: an item is captured when its lead is, so the leads are put in order first, and their items looked up only until the page
 * is full. Those captured at one instant go by the ids of their items.
 */
function fromMatches(
  range: ItemRange,
  matches: 'matches' | 'everybody',
  page: Pick<ItemPage, 'order' | 'after' | 'limit'>,
): SQL {
  const direction = keyword(page.order);
  const than = page.order === 'asc' ? sql`>=` : sql`<=`;
  const behind =
    page.after === null ? sql`` : sql`where captured_at ${than} ${page.after.capturedAt.toISOString()}::timestamptz`;
  return sql`
    select s.id, s.captured_at from (
      select captured_at, array_agg(id) as ids from ${sql.raw(matches)} ${behind} group by captured_at order by captured_at ${direction}) m
    cross join lateral (
      select s.id, s.captured_at from sync_items s where ${range.common} and s.lead_id = any(m.ids) and (${anyOf(range)})
      order by s.id ${direction} limit ${page.limit}) s
    limit ${page.limit}`;
}

/** Whether one of the scans has more than is walked. */
function isLonger({ common, conditions }: ItemRange): SQL {
  const scans = conditions.map(
    (condition) => sql`exists (select from sync_items s where ${common} and ${condition} offset ${walkedMax} limit 1)`,
  );
  return sql`(${sql.join(scans, sql` or `)})`;
}

const isMatch = (search: string): SQL =>
  sql`(select l.search_text like ${likePattern(search)} from leads l where l.org_id = s.org_id and l.id = s.lead_id)`;

const anyOf = ({ conditions }: ItemRange): SQL =>
  sql.join(
    conditions.map((condition) => sql`(${condition})`),
    sql` or `,
  );

const keyword = (order: 'asc' | 'desc'): SQL => (order === 'asc' ? sql`asc` : sql`desc`);

/** By the keys of the lists. */
export const orderBy = (table: string, order: 'asc' | 'desc'): SQL => {
  const of = sql.raw(table);
  return sql`order by ${of}.captured_at ${keyword(order)}, ${of}.id ${keyword(order)}`;
};
