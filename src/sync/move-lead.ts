import { lockItemsOfLeads, moveItems } from '../db/statements/edit-items.ts';
import { lockLead, lockLeadsByExternalId, moveLeadRow } from '../db/statements/leads.ts';
import { NotFoundError, StaleVersionError, ValidationError } from '../domain/errors.ts';
import { listErasedExternalIds, lockEvent } from './capture-leads.ts';
import { refuseErased } from './erase-lead.ts';
import type { Services } from './services.ts';
import { requireRole, type Viewer } from './viewer.ts';

export interface MoveLead {
  leadId: string;
  eventId: string;
  expectedRevision?: number | null | undefined;
}

/**
 * Moves a lead to another event. An edit like any other: a lead that is at a vendor is sent there again, under the present mode, since the event is
 * part of what is sent; a FAILED one stays until somebody retries. Moving it to where it is changes nothing. Operators and admins.
 */
export async function moveLead(services: Services, viewer: Viewer, input: MoveLead): Promise<void> {
  requireRole(viewer, 'OPERATOR');
  const { orgId, name: by } = viewer;
  const { eventId } = input;
  await services.db.transaction(async (tx) => {
    await lockEvent(tx, orgId, eventId); // before the lead, as captures do: none of them can take its externalId there meanwhile
    const lead = await lockLead(tx, orgId, input.leadId);
    if (!lead) throw new NotFoundError('lead');
    if (input.expectedRevision != null && input.expectedRevision !== lead.revision) {
      throw new StaleVersionError('lead', input.expectedRevision, lead.revision);
    }
    refuseErased(lead);
    if (lead.eventId === eventId) return;
    const externalIds = lead.externalId === null ? [] : [lead.externalId];
    const taken = await lockLeadsByExternalId(tx, orgId, eventId, externalIds);
    const erased = await listErasedExternalIds(tx, orgId, eventId, externalIds);
    if (taken.length + erased.length > 0) {
      throw new ValidationError([
        { path: 'eventId', message: 'another lead of the same externalId is or was at this event.' },
      ]);
    }
    const revision = lead.revision + 1;
    await moveLeadRow(tx, orgId, { id: lead.id, eventId, revision });
    const integrationIds = await lockItemsOfLeads(tx, orgId, [lead.id]);
    if (integrationIds.length === 0) return;
    await moveItems(tx, orgId, { leadId: lead.id, eventId, revision, by });
    await services.jobs.drainAll(tx, orgId, integrationIds.sort());
  });
}
