import { and, asc, desc, eq, getTableColumns, inArray } from 'drizzle-orm';
import type { Db } from '../client.ts';
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
