import { and, count, eq, inArray, type SQL, sql } from 'drizzle-orm';
import type { Db } from '../client.ts';
import { events, leadCounts } from '../tables/index.ts';
import { likePattern } from './retry-items.ts';

export type EventRow = typeof events.$inferSelect;

export interface EventFilter {
  /** Only these; null: all. */
  ids: readonly string[] | null;
  /** Part of the name, whatever the case. */
  search: string | null;
}

export interface EventPage extends EventFilter {
  after: { startsOn: string | null; id: string } | null;
  limit: number;
}

/** Newest first by day, those without a day last. */
export async function listEventPage(db: Pick<Db, 'select'>, orgId: string, page: EventPage): Promise<EventRow[]> {
  return db
    .select()
    .from(events)
    .where(and(matching(orgId, page), page.after ? behind(page.after) : undefined))
    .orderBy(sql`${events.startsOn} desc nulls last`, sql`${events.id} desc nulls last`)
    .limit(page.limit);
}

export async function countEvents(db: Pick<Db, 'select'>, orgId: string, filter: EventFilter): Promise<number> {
  const [row] = await db.select({ n: count() }).from(events).where(matching(orgId, filter));
  return row?.n ?? 0;
}

/** The events of these ids, in no order. */
export async function listEvents(db: Pick<Db, 'select'>, orgId: string, ids: readonly string[]): Promise<EventRow[]> {
  return db
    .select()
    .from(events)
    .where(and(eq(events.orgId, orgId), inArray(events.id, [...ids])));
}

/** Captured leads by event, without events that have none. */
export async function listLeadCounts(
  db: Pick<Db, 'select'>,
  orgId: string,
  eventIds: readonly string[],
): Promise<Map<string, number>> {
  const rows = await db
    .select({ eventId: leadCounts.eventId, captured: leadCounts.captured })
    .from(leadCounts)
    .where(and(eq(leadCounts.orgId, orgId), inArray(leadCounts.eventId, [...eventIds])));
  return new Map(rows.map((row) => [row.eventId, row.captured]));
}

function matching(orgId: string, { ids, search }: EventFilter): SQL | undefined {
  return and(
    eq(events.orgId, orgId),
    ids === null ? undefined : sql`${events.id} = any(${sql.param([...ids])}::uuid[])`,
    search === null ? undefined : sql`lower(${events.name}) like ${likePattern(search)}`,
  );
}

function behind({ startsOn, id }: { startsOn: string | null; id: string }): SQL {
  if (startsOn === null) return sql`${events.startsOn} is null and ${events.id} < ${id}::uuid`;
  return sql`(${events.startsOn} is null or ${events.startsOn} < ${startsOn}::date
    or (${events.startsOn} = ${startsOn}::date and ${events.id} < ${id}::uuid))`;
}
