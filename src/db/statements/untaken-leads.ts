import { and, asc, eq, gt, inArray, isNotNull, isNull, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Db, Tx } from '../client.ts';
import { bigintColumn, rowOf } from '../rows.ts';
import { leads } from '../tables/index.ts';

/** Whose work list, and which leads could be on it. */
export interface UntakenTarget {
  orgId: string;
  integrationId: string;
  eventId: string;
}

/** Leads that belong on a work list: enriched, and not of an erased person. */
const belongs = and(isNotNull(leads.enrichedAt), isNull(leads.erasedAt));

/** How many leads of an event could be on the work list of an integration and are not. Costs as much as the event has leads. */
export async function countUntaken(db: Db | Tx, { orgId, integrationId, eventId }: UntakenTarget): Promise<number> {
  const row = await rowOf(
    z.object({ n: bigintColumn }),
    db.execute(sql`
      select count(*) as n from ${leads} where ${leads.orgId} = ${orgId} and ${leads.eventId} = ${eventId} and ${belongs}
        and not exists (
          select from sync_items s where s.org_id = ${leads.orgId} and s.lead_id = ${leads.id} and s.integration_id = ${integrationId})`),
  );
  return row?.n ?? 0;
}

/** Ids of an event's leads behind `after`, ascending, whether they are on a list or not: a page costs the same wherever it is. */
export async function listLeadIds(
  db: Pick<Db, 'select'>,
  { orgId, eventId }: Omit<UntakenTarget, 'integrationId'>,
  after: string | null,
  limit: number,
): Promise<string[]> {
  const rows = await db
    .select({ id: leads.id })
    .from(leads)
    .where(and(eq(leads.orgId, orgId), eq(leads.eventId, eventId), after === null ? undefined : gt(leads.id, after)))
    .orderBy(asc(leads.id))
    .limit(limit);
  return rows.map((row) => row.id);
}

/** Of these leads, those that are at the event and could be on the work list and are not; locked, in the order of their ids. */
export async function lockUntaken(tx: Tx, { orgId, integrationId, eventId }: UntakenTarget, ids: readonly string[]) {
  return tx
    .select({
      id: leads.id,
      eventId: leads.eventId,
      capturedAt: leads.capturedAt,
      email: leads.email,
      revision: leads.revision,
    })
    .from(leads)
    .where(
      and(
        eq(leads.orgId, orgId),
        eq(leads.eventId, eventId),
        inArray(leads.id, [...ids]),
        belongs,
        sql`not exists (
          select from sync_items s where s.org_id = ${leads.orgId} and s.lead_id = ${leads.id} and s.integration_id = ${integrationId})`,
      ),
    )
    .orderBy(asc(leads.id))
    .for('no key update');
}
