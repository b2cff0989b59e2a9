import { and, asc, eq, inArray, sql } from 'drizzle-orm';
import type { LeadValues } from '../../domain/lead-patch.ts';
import type { Tx } from '../client.ts';
import { eventCampaigns, events, gates, leads } from '../tables/index.ts';

export type LeadRow = Omit<typeof leads.$inferSelect, 'searchText' | 'erasedExternalId'>;

const leadColumns = {
  orgId: leads.orgId,
  id: leads.id,
  eventId: leads.eventId,
  externalId: leads.externalId,
  firstName: leads.firstName,
  lastName: leads.lastName,
  email: leads.email,
  company: leads.company,
  jobTitle: leads.jobTitle,
  phone: leads.phone,
  qualifiers: leads.qualifiers,
  attributes: leads.attributes,
  enrichedAt: leads.enrichedAt,
  capturedAt: leads.capturedAt,
  revision: leads.revision,
  erasedAt: leads.erasedAt,
};

/** The leads of these ids, unlocked, in no order. */
export async function listLeads(db: Pick<Tx, 'select'>, orgId: string, ids: readonly string[]): Promise<LeadRow[]> {
  if (ids.length === 0) return [];
  return db
    .select(leadColumns)
    .from(leads)
    .where(and(eq(leads.orgId, orgId), inArray(leads.id, [...ids])));
}

export type LeadWithEvent = LeadRow & { eventName: string };

/** The leads of these ids with the names of their events, unlocked, in no order. */
export async function listLeadsWithEvents(
  db: Pick<Tx, 'select'>,
  orgId: string,
  ids: readonly string[],
): Promise<LeadWithEvent[]> {
  if (ids.length === 0) return [];
  return db
    .select({ ...leadColumns, eventName: events.name })
    .from(leads)
    .innerJoin(events, and(eq(events.orgId, leads.orgId), eq(events.id, leads.eventId)))
    .where(and(eq(leads.orgId, orgId), inArray(leads.id, [...ids])));
}

/** With the campaign that is set for its event in one integration; null: none. */
export type LeadToPush = LeadWithEvent & { campaign: { campaignId: string; memberStatus: string } | null };

/** The leads of these ids as they are pushed to an integration, unlocked, in no order: with their events and campaigns, of one moment. */
export async function listLeadsToPush(
  db: Pick<Tx, 'select'>,
  orgId: string,
  integrationId: string,
  ids: readonly string[],
): Promise<LeadToPush[]> {
  if (ids.length === 0) return [];
  const { campaignId, memberStatus } = eventCampaigns;
  return db
    .select({ ...leadColumns, eventName: events.name, campaign: { campaignId, memberStatus } })
    .from(leads)
    .innerJoin(events, and(eq(events.orgId, leads.orgId), eq(events.id, leads.eventId)))
    .leftJoin(
      eventCampaigns,
      and(
        eq(eventCampaigns.orgId, leads.orgId),
        eq(eventCampaigns.integrationId, integrationId),
        eq(eventCampaigns.eventId, leads.eventId),
      ),
    )
    .where(and(eq(leads.orgId, orgId), inArray(leads.id, [...ids])));
}

/** The leads of an event that the caller captured before, locked in the order of their ids. */
export async function lockLeadsByExternalId(
  tx: Tx,
  orgId: string,
  eventId: string,
  externalIds: readonly string[],
): Promise<LeadRow[]> {
  if (externalIds.length === 0) return [];
  return tx
    .select(leadColumns)
    .from(leads)
    .where(and(eq(leads.orgId, orgId), eq(leads.eventId, eventId), inArray(leads.externalId, [...externalIds])))
    .orderBy(asc(leads.id))
    .for('no key update');
}

/** One lead, locked; null when the organization has no such lead. */
export async function lockLead(tx: Tx, orgId: string, leadId: string): Promise<LeadRow | null> {
  const [lead] = await tx
    .select(leadColumns)
    .from(leads)
    .where(and(eq(leads.orgId, orgId), eq(leads.id, leadId)))
    .for('no key update');
  return lead ?? null;
}

export interface LeadEdit {
  id: string;
  revision: number;
  values: LeadValues;
  enrichedAt: Date | null;
}

/** Writes edited leads, which the transaction has locked, in one statement. */
export async function updateLeads(tx: Tx, orgId: string, edits: readonly LeadEdit[]): Promise<void> {
  const rows = edits.map(({ id, revision, values, enrichedAt }) => ({
    ...snakeCase(values),
    id,
    revision,
    enriched_at: enrichedAt,
  }));
  await tx.execute(sql`
    update leads l set first_name = e.first_name, last_name = e.last_name, email = e.email, company = e.company, job_title = e.job_title,
      phone = e.phone, qualifiers = e.qualifiers, attributes = e.attributes, revision = e.revision, enriched_at = e.enriched_at
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as e(id uuid, first_name text, last_name text, email text, company text,
      job_title text, phone text, qualifiers jsonb, attributes jsonb, revision integer, enriched_at timestamptz)
    where l.org_id = ${orgId} and l.id = e.id`);
}

/** Puts a lead, which the transaction has locked, to another event. */
export async function moveLeadRow(
  tx: Tx,
  orgId: string,
  { id, eventId, revision }: { id: string; eventId: string; revision: number },
): Promise<void> {
  await tx
    .update(leads)
    .set({ eventId, revision })
    .where(and(eq(leads.orgId, orgId), eq(leads.id, id)));
}

function snakeCase({ firstName, lastName, jobTitle, ...rest }: LeadValues) {
  return { first_name: firstName, last_name: lastName, job_title: jobTitle, ...rest };
}

/** The integrations that take the organization's leads, ascending: the order in which their logs are locked. */
export async function listIntegrationIds(tx: Pick<Tx, 'select'>, orgId: string): Promise<string[]> {
  const rows = await tx
    .select({ id: gates.integrationId })
    .from(gates)
    .where(eq(gates.orgId, orgId))
    .orderBy(asc(gates.integrationId));
  return rows.map((row) => row.id);
}
