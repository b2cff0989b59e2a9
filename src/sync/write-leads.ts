import type { Tx } from '../db/client.ts';
import { editItems, insertItems, lockItemsOfLeads, lockLogs, type NewItem } from '../db/statements/edit-items.ts';
import { type LeadEdit, type LeadRow, listIntegrationIds, updateLeads } from '../db/statements/leads.ts';
import { leads } from '../db/tables/index.ts';
import { matchKeyOf } from '../domain/lead.ts';
import type { Services } from './services.ts';
import type { Viewer } from './viewer.ts';

/** A lead as it was, and as it is to be. */
export interface LeadChange {
  before: LeadRow;
  after: LeadEdit;
}

/**
 * Writes new and edited leads of one organization and what follows for the work list: new items for those that are enriched now, the new
 * revision on the items of the others. The caller has locked the edited leads. Takes its locks in the order leads, items, logs.
 */
export async function writeLeads(
  services: Services,
  tx: Tx,
  { orgId, name: by }: Pick<Viewer, 'orgId' | 'name'>,
  created: readonly LeadRow[],
  changed: readonly LeadChange[],
): Promise<void> {
  if (created.length > 0) await tx.insert(leads).values([...created]);
  if (changed.length > 0)
    await updateLeads(
      tx,
      orgId,
      changed.map((change) => change.after),
    );

  const listed = changed.filter((change) => change.before.enrichedAt !== null);
  const enriched = changed.filter((change) => change.before.enrichedAt === null && change.after.enrichedAt !== null);
  const integrationIds = await listIntegrationIds(tx, orgId);
  const enrichedItems = newItems(
    services,
    integrationIds,
    enriched.map(({ before, after }) => ({ ...before, ...after.values, ...after })),
  );
  const capturedItems = newItems(
    services,
    integrationIds,
    created.filter((lead) => lead.enrichedAt !== null),
  );

  const statements = [listed.length, enrichedItems.length, capturedItems.length].filter((count) => count > 0).length;
  const edited =
    listed.length > 0
      ? await lockItemsOfLeads(
          tx,
          orgId,
          listed.map((change) => change.before.id),
        )
      : [];
  const touched = enrichedItems.length + capturedItems.length > 0 ? integrationIds : edited.sort();
  if (statements > 1) await lockLogs(tx, orgId, touched);

  if (edited.length > 0) {
    await editItems(
      tx,
      orgId,
      listed.map(({ after }) => ({ id: after.id, revision: after.revision, matchKey: matchKeyOf(after.values.email) })),
      by,
    );
  }
  if (enrichedItems.length > 0) await insertItems(tx, orgId, enrichedItems, { cause: 'ENRICHED', by });
  if (capturedItems.length > 0) await insertItems(tx, orgId, capturedItems, { cause: 'CAPTURED', by });
  if (touched.length > 0) await services.jobs.drainAll(tx, orgId, touched);
}

type Enriched = Pick<LeadRow, 'id' | 'eventId' | 'capturedAt' | 'email' | 'revision'>;

/** An item for each of the leads and integrations. */
export function newItems(
  services: Pick<Services, 'newId'>,
  integrationIds: readonly string[],
  enriched: readonly Enriched[],
): NewItem[] {
  return enriched.flatMap((lead) =>
    integrationIds.map((integrationId) => ({
      id: services.newId(),
      integrationId,
      eventId: lead.eventId,
      leadId: lead.id,
      capturedAt: lead.capturedAt,
      matchKey: matchKeyOf(lead.email),
      revision: lead.revision,
    })),
  );
}
