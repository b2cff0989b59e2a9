import { lockLead } from '../db/statements/leads.ts';
import { NotFoundError, StaleVersionError, ValidationError } from '../domain/errors.ts';
import type { LeadPatch } from '../domain/lead-patch.ts';
import { againIfDeleted } from './again-if-deleted.ts';
import { changeOf } from './capture-leads.ts';
import { refuseErased } from './erase-lead.ts';
import type { Services } from './services.ts';
import { problemsOfPatch } from './validate-lead.ts';
import { requireRole, type Viewer } from './viewer.ts';
import { writeLeads } from './write-leads.ts';

export type UpdateLead = LeadPatch & {
  leadId: string;
  enriched?: boolean | null | undefined;
  expectedRevision?: number | null | undefined;
};

/**
 * Edits a lead, or completes its enrichment. A lead that is at a vendor is sent there again, under the present mode, as a waiting lead that
 * nobody has released; a FAILED one stays until somebody retries. Equal values change nothing. Operators and admins.
 */
export async function updateLead(services: Services, viewer: Viewer, input: UpdateLead): Promise<void> {
  requireRole(viewer, 'OPERATOR');
  const problems = problemsOfPatch(input, '');
  if (problems.length > 0) throw new ValidationError(problems);
  await againIfDeleted(() =>
    services.db.transaction(async (tx) => {
      const lead = await lockLead(tx, viewer.orgId, input.leadId);
      if (!lead) throw new NotFoundError('lead');
      if (input.expectedRevision != null && input.expectedRevision !== lead.revision) {
        throw new StaleVersionError('lead', input.expectedRevision, lead.revision);
      }
      if (input.enriched === false && lead.enrichedAt !== null) {
        throw new ValidationError([
          { path: 'enriched', message: 'the lead is enriched already, which can not be taken back.' },
        ]);
      }
      refuseErased(lead);
      const change = changeOf(services, lead, input);
      if (change) await writeLeads(services, tx, viewer, [], [change]);
    }),
  );
}
