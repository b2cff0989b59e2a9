import { createHash } from 'node:crypto';
import { lockItemsOfLeads } from '../db/statements/edit-items.ts';
import { eraseHistory, eraseItems, eraseLeadRow, eraseSearches } from '../db/statements/erase-lead.ts';
import { type LeadRow, lockLead } from '../db/statements/leads.ts';
import { ConfirmationRequiredError, NotFoundError, ValidationError } from '../domain/errors.ts';
import type { Services } from './services.ts';
import { requireRole, type Viewer } from './viewer.ts';

export interface EraseLead {
  leadId: string;
  confirm?: boolean | null | undefined;
}

/**
 * Erases a person: every value of the lead, what was exchanged with vendors about it, and the words of its failures. The row, its items and their
 * moves stay, so that ids and counts stay right. What waits or failed is withdrawn for good, and nothing of it is pushed any more; what is in
 * flight is recorded when it is answered. What vendors have is theirs to erase. Erasing again changes nothing. Admins.
 */
export async function eraseLead(services: Services, viewer: Viewer, input: EraseLead): Promise<void> {
  requireRole(viewer, 'ADMIN');
  const { orgId, name: by } = viewer;
  await services.db.transaction(async (tx) => {
    const lead = await lockLead(tx, orgId, input.leadId);
    if (!lead) throw new NotFoundError('lead');
    if (lead.erasedAt !== null) return;
    if (!input.confirm) {
      throw new ConfirmationRequiredError(
        'Erasing removes every value of this lead for good, and nothing brings them back. Records at vendors stay there and have to be erased ' +
          'there. Send the same input with confirm: true.',
        1,
      );
    }
    const erased = {
      orgId,
      leadId: lead.id,
      by,
      at: services.now(),
      revision: lead.revision + 1,
      externalIdDigest: lead.externalId === null ? null : digestOfExternalId(orgId, lead.eventId, lead.externalId),
    };
    await eraseLeadRow(tx, erased);
    await lockItemsOfLeads(tx, orgId, [lead.id]);
    await eraseHistory(tx, erased);
    await eraseItems(tx, erased);
    await eraseSearches(tx, orgId, searchedTextOf(lead));
  });
}

/** Throws ValidationError for the lead of an erased person, which nothing changes any more. */
export function refuseErased({ erasedAt }: Pick<LeadRow, 'erasedAt'>): void {
  if (erasedAt === null) return;
  throw new ValidationError([{ path: 'leadId', message: 'the person was erased: nothing brings values back.' }]);
}

/** By which an erased lead's externalId is known again without being kept. */
export function digestOfExternalId(orgId: string, eventId: string, externalId: string): string {
  return createHash('sha256').update(`${orgId}/${eventId}/${externalId}`).digest('hex');
}

/** What searches look at. */
const searchedTextOf = ({ firstName, lastName, email, company }: LeadRow): string =>
  [firstName, lastName, email, company].map((value) => value ?? '').join(' ');
