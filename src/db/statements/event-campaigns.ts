import { and, asc, desc, eq, getTableColumns, inArray, sql } from 'drizzle-orm';
import type { Db, Tx } from '../client.ts';
import { eventCampaigns } from '../tables/index.ts';

export type EventCampaignRow = Omit<typeof eventCampaigns.$inferSelect, 'orgId'>;

/** The campaigns of several integrations, the newest setting first, by integration. */
export async function listCampaignsOfIntegrations(
  db: Pick<Db, 'select'>,
  orgId: string,
  integrationIds: readonly string[],
): Promise<Map<string, EventCampaignRow[]>> {
  const { orgId: _, ...columns } = getTableColumns(eventCampaigns);
  const rows = await db
    .select(columns)
    .from(eventCampaigns)
    .where(and(eq(eventCampaigns.orgId, orgId), inArray(eventCampaigns.integrationId, [...integrationIds])))
    .orderBy(desc(eventCampaigns.setAt), asc(eventCampaigns.eventId));
  return Map.groupBy(rows, (row) => row.integrationId);
}

/** The campaigns of these pairs of integration and event, in no order. */
export function listCampaignsOfEvents(
  db: Pick<Db, 'select'>,
  orgId: string,
  targets: readonly { integrationId: string; eventId: string }[],
): Promise<EventCampaignRow[]> {
  const { orgId: _, ...columns } = getTableColumns(eventCampaigns);
  const integrationIds = sql.param(targets.map((target) => target.integrationId));
  const eventIds = sql.param(targets.map((target) => target.eventId));
  return db
    .select(columns)
    .from(eventCampaigns)
    .where(
      and(
        eq(eventCampaigns.orgId, orgId),
        sql`(${eventCampaigns.integrationId}, ${eventCampaigns.eventId}) in (
          select * from unnest(${integrationIds}::uuid[], ${eventIds}::uuid[]))`,
      ),
    );
}

/** Those of all events of one integration. Returns how many there were. */
export async function deleteCampaignsOf(tx: Tx, orgId: string, integrationId: string): Promise<number> {
  const deleted = await tx
    .delete(eventCampaigns)
    .where(and(eq(eventCampaigns.orgId, orgId), eq(eventCampaigns.integrationId, integrationId)))
    .returning({ eventId: eventCampaigns.eventId });
  return deleted.length;
}
