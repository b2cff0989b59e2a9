import { and, eq, inArray } from 'drizzle-orm';
import type { Db } from '../client.ts';
import { eventCampaigns } from '../tables/index.ts';

export type EventCampaignRow = Omit<typeof eventCampaigns.$inferSelect, 'orgId'>;

const columns = {
  integrationId: eventCampaigns.integrationId,
  eventId: eventCampaigns.eventId,
  campaignId: eventCampaigns.campaignId,
  campaignName: eventCampaigns.campaignName,
  memberStatus: eventCampaigns.memberStatus,
  setAt: eventCampaigns.setAt,
  setBy: eventCampaigns.setBy,
};

/** The campaigns of these events in one integration, by event. */
export async function listEventCampaigns(
  db: Pick<Db, 'select'>,
  orgId: string,
  integrationId: string,
  eventIds: readonly string[],
): Promise<Map<string, EventCampaignRow>> {
  if (eventIds.length === 0) return new Map();
  const rows = await db
    .select(columns)
    .from(eventCampaigns)
    .where(
      and(
        eq(eventCampaigns.orgId, orgId),
        eq(eventCampaigns.integrationId, integrationId),
        inArray(eventCampaigns.eventId, [...eventIds]),
      ),
    );
  return new Map(rows.map((row) => [row.eventId, row]));
}
