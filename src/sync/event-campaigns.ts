import { and, eq } from 'drizzle-orm';
import type { Tx } from '../db/client.ts';
import { lockGate } from '../db/statements/gates.ts';
import { ringDoorbell } from '../db/statements/log.ts';
import { eventCampaigns, events, integrations } from '../db/tables/index.ts';
import { NotFoundError, ValidationError, VendorUnavailableError } from '../domain/errors.ts';
import { nameOfVendor, type Vendor } from '../domain/vendors.ts';
import { type Connection, openConnection } from './connection.ts';
import type { Campaign, CampaignDoor } from './connectors/connector.ts';
import { connectorOf } from './connectors/registry.ts';
import type { ChangeNote } from './gate.ts';
import { recordChange } from './record-change.ts';
import type { Services } from './services.ts';
import { requireRole, type Viewer } from './viewer.ts';

export interface SetEventCampaign {
  integrationId: string;
  eventId: string;
  campaignId: string;
  /** Null where the campaign's members have no status. */
  memberStatus?: string | null | undefined;
}

const textMax = 255;

/**
 * Makes the leads of an event members of a campaign, from the next push on: a lead is CLEARED only when it is a member too. Campaign and status are
 * checked at the vendor first. Leads that were cleared before are not pushed again by this. Admins.
 */
export async function setEventCampaign(services: Services, viewer: Viewer, input: SetEventCampaign): Promise<void> {
  requireRole(viewer, 'ADMIN');
  const { integrationId, eventId } = input;
  const event = await getEventName(services, viewer, eventId);
  const { connection, door } = await openDoor(services, viewer, integrationId);
  const campaign = await findCampaign(door, connection, input.campaignId.trim());
  const memberStatus = statusOf(campaign, input.memberStatus?.trim() || null);
  await change(services, viewer, { integrationId, eventId, event }, async (tx, before) => {
    await requireSameAccount(tx, connection);
    const after = { campaignId: campaign.id, campaignName: campaign.name, memberStatus };
    if (before?.campaignId === after.campaignId && before.memberStatus === after.memberStatus) return null;
    const row = { ...after, setAt: services.now(), setBy: viewer.name };
    await tx
      .insert(eventCampaigns)
      .values({ orgId: viewer.orgId, integrationId, eventId, ...row })
      .onConflictDoUpdate({
        target: [eventCampaigns.orgId, eventCampaigns.integrationId, eventCampaigns.eventId],
        set: row,
      });
    return after;
  });
}

/** From the next push on the leads of the event become members of nothing. Those that are members stay it. Admins. */
export async function clearEventCampaign(
  services: Services,
  viewer: Viewer,
  { integrationId, eventId }: { integrationId: string; eventId: string },
): Promise<void> {
  requireRole(viewer, 'ADMIN');
  const event = await getEventName(services, viewer, eventId);
  await change(services, viewer, { integrationId, eventId, event }, async (tx, before) => {
    if (!before) return null;
    await tx.delete(eventCampaigns).where(ofEvent(viewer.orgId, integrationId, eventId));
    return 'cleared';
  });
}

/**
 * Campaigns at the vendor whose name contains `search`, at most 100. Empty where the vendor has none that leads can be members of.
 * @throws VendorUnavailableError
 */
export async function listCampaigns(
  services: Services,
  viewer: Viewer,
  integrationId: string,
  search: string | null,
): Promise<Campaign[]> {
  requireRole(viewer, 'VIEWER');
  const connection = await openConnection(services, services.db, viewer.orgId, integrationId);
  if (!connection?.connector.campaigns) return [];
  const answer = await connection.connector.campaigns.list(search, connection.session);
  if (answer.kind === 'unavailable') throw new VendorUnavailableError(answer.message);
  return answer.campaigns;
}

/** Whether leads can be made members of something at the vendor, whoever is connected. */
export const hasCampaigns = (vendor: Vendor): boolean => Boolean(connectorOf(vendor)?.campaigns);

const ofEvent = (orgId: string, integrationId: string, eventId: string) =>
  and(
    eq(eventCampaigns.orgId, orgId),
    eq(eventCampaigns.integrationId, integrationId),
    eq(eventCampaigns.eventId, eventId),
  );

type Before = { campaignId: string; campaignName: string; memberStatus: string };

/** Under the gate's lock, with its line in the history. `write` gives what is set after it; null: nothing is to change. */
async function change(
  services: Services,
  viewer: Viewer,
  { integrationId, eventId, event }: { integrationId: string; eventId: string; event: string },
  write: (tx: Tx, before: Before | null) => Promise<Before | 'cleared' | null>,
): Promise<void> {
  await services.db.transaction(async (tx) => {
    const gate = await lockGate(tx, viewer.orgId, integrationId);
    if (!gate) throw new NotFoundError('integration');
    const [before = null] = await tx
      .select({
        campaignId: eventCampaigns.campaignId,
        campaignName: eventCampaigns.campaignName,
        memberStatus: eventCampaigns.memberStatus,
      })
      .from(eventCampaigns)
      .where(ofEvent(viewer.orgId, integrationId, eventId));
    const after = await write(tx, before);
    if (!after) return;
    const note: ChangeNote = {
      kind: 'CAMPAIGN_CHANGED',
      before: before && { event, ...before },
      after: after === 'cleared' ? null : { event, ...after },
    };
    await recordChange(services, tx, viewer, gate, note);
    await ringDoorbell(tx, integrationId);
  });
}

/** Another account may have been connected since the vendor was asked: there the same id is another campaign. Accounts change under the gate's lock. */
async function requireSameAccount(tx: Tx, { integration }: Connection): Promise<void> {
  const [now] = await tx
    .select({ accountGeneration: integrations.accountGeneration })
    .from(integrations)
    .where(and(eq(integrations.orgId, integration.orgId), eq(integrations.id, integration.id)));
  if (now?.accountGeneration === integration.accountGeneration) return;
  throw new VendorUnavailableError('Another account was connected in the same moment. Look for the campaign there.');
}

async function getEventName(services: Services, viewer: Viewer, eventId: string): Promise<string> {
  const [event] = await services.db
    .select({ name: events.name })
    .from(events)
    .where(and(eq(events.orgId, viewer.orgId), eq(events.id, eventId)));
  if (!event) throw new NotFoundError('event');
  return event.name;
}

async function openDoor(
  services: Services,
  viewer: Viewer,
  integrationId: string,
): Promise<{ connection: Connection; door: CampaignDoor<unknown> }> {
  const [found] = await services.db
    .select({ vendor: integrations.vendor })
    .from(integrations)
    .where(and(eq(integrations.orgId, viewer.orgId), eq(integrations.id, integrationId)));
  if (!found) throw new NotFoundError('integration');
  const connection = await openConnection(services, services.db, viewer.orgId, integrationId);
  if (!connection)
    throw refused('integrationId', 'is not connected: connect it first, so that the campaign can be checked.');
  const door = connection.connector.campaigns;
  if (!door)
    throw refused('integrationId', `${nameOfVendor[found.vendor]} has no campaigns that leads can be members of.`);
  return { connection, door };
}

async function findCampaign(
  door: CampaignDoor<unknown>,
  { session }: Connection,
  campaignId: string,
): Promise<Campaign> {
  if (campaignId === '' || campaignId.length > textMax) throw refused('campaignId', 'expected the id of a campaign.');
  const answer = await door.find(campaignId, session);
  if (answer.kind === 'unavailable') throw new VendorUnavailableError(answer.message);
  if (!answer.campaign) throw refused('campaignId', 'there is no such campaign at the vendor, or it takes no members.');
  return answer.campaign;
}

function statusOf({ memberStatuses }: Campaign, given: string | null): string {
  if (memberStatuses.length === 0 && given !== null) {
    throw refused('memberStatus', 'members of this campaign have no status: leave it out.');
  }
  if (memberStatuses.length === 0) return '';
  if (given !== null && memberStatuses.includes(given)) return given;
  throw refused('memberStatus', `expected one of ${memberStatuses.slice(0, 30).join(', ')}.`);
}

const refused = (path: string, message: string): ValidationError => new ValidationError([{ path, message }]);
