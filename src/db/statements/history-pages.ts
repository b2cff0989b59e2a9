import { and, desc, eq, lt, type SQL, sql } from 'drizzle-orm';
import type { Db } from '../client.ts';
import { integrationChanges, logEpochs, retries, transitions } from '../tables/index.ts';

// Each reads the same page of several owners' histories in one statement: ids by a scan per owner that ends with the page, then their rows.

export interface RetryPage {
  status: (typeof retries.$inferSelect)['status'] | null;
  eventId: string | null;
  /** Behind this id; null: from the newest. */
  after: string | null;
  limit: number;
}

/** Bulk pushes of each integration, newest first. Ids ascend with time. */
export async function listRetryPages(
  db: Pick<Db, 'select'>,
  orgId: string,
  integrationIds: readonly string[],
  page: RetryPage,
) {
  const wanted = [sql`r.org_id = ${orgId} and r.integration_id = owner.id`];
  if (page.status !== null) wanted.push(sql`r.status = ${page.status}`);
  if (page.eventId !== null) wanted.push(sql`r.event_id = ${page.eventId}`);
  if (page.after !== null) wanted.push(sql`r.id < ${page.after}::uuid`);
  return db
    .select()
    .from(retries)
    .where(
      and(
        eq(retries.orgId, orgId),
        sql`${retries.id} = any(array(
          select page.id from ${ownersOf(integrationIds)} cross join lateral (
            select r.id from retries r where ${sql.join(wanted, sql` and `)} order by r.id desc nulls last limit ${page.limit}) page))`,
      ),
    )
    .orderBy(desc(retries.id));
}

/** Changes of each integration, newest first. */
export async function listChangePages(
  db: Pick<Db, 'select'>,
  orgId: string,
  integrationIds: readonly string[],
  page: { after: string | null; limit: number },
) {
  const behind = page.after === null ? sql`` : sql`and c.id < ${page.after}::uuid`;
  return db
    .select()
    .from(integrationChanges)
    .where(
      and(
        eq(integrationChanges.orgId, orgId),
        sql`${integrationChanges.id} = any(array(
          select page.id from ${ownersOf(integrationIds)} cross join lateral (
            select c.id from integration_changes c where c.org_id = ${orgId} and c.integration_id = owner.id ${behind}
            order by c.id desc nulls last limit ${page.limit}) page))`,
      ),
    )
    .orderBy(desc(integrationChanges.id));
}

/** Committed moves of each item, newest first, with the history that their positions belong to. An item's positions are of one log. */
export async function listTimelines(
  db: Pick<Db, 'select'>,
  orgId: string,
  itemIds: readonly string[],
  page: { after: number | null; limit: number },
) {
  const moves = db
    .select()
    .from(transitions)
    .where(
      and(
        eq(transitions.orgId, orgId),
        sql`${transitions.itemId} = owner.id`,
        page.after === null ? undefined : lt(transitions.position, page.after),
      ),
    )
    .orderBy(desc(transitions.position))
    .limit(page.limit)
    .as('moves');
  const rows = await db
    .select({ row: moves._.selectedFields, logEpoch: logEpochs.epoch })
    .from(ownersOf(itemIds))
    .crossJoinLateral(moves)
    .crossJoin(logEpochs)
    .orderBy(desc(moves.position));
  return rows;
}

const ownersOf = (ids: readonly string[]): SQL => sql`unnest(${sql.param([...ids])}::uuid[]) as owner(id)`;
