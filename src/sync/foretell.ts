import { and, eq } from 'drizzle-orm';
import type { Db, Tx } from '../db/client.ts';
import { listLeadsToPush } from '../db/statements/leads.ts';
import type { SelectedItem } from '../db/statements/retry-items.ts';
import { integrations } from '../db/tables/index.ts';
import type { SyncErrorData } from '../domain/error-categories.ts';
import { connectorOf } from './connectors/registry.ts';
import { FieldCache } from './engine/field-cache.ts';
import { foresee, type Prospect, refusedDigest } from './foresee.ts';
import type { Services } from './services.ts';
import { listFieldMappings } from './set-field-mappings.ts';

/** Items whose push is to be foretold, each with its problem; null: it would pass everything that can be known before the call. */
export type Foretold = ReadonlyMap<string, SyncErrorData | null>;

/**
 * What pushes of the integration would be made with now; connected or not. May ask the vendor for its fields, as a push would. Null: there is no
 * such integration, or nothing can be pushed there.
 */
export async function openProspect(services: Services, orgId: string, integrationId: string): Promise<Prospect | null> {
  const [integration] = await services.db
    .select({ id: integrations.id, vendor: integrations.vendor, accountGeneration: integrations.accountGeneration })
    .from(integrations)
    .where(and(eq(integrations.orgId, orgId), eq(integrations.id, integrationId)));
  const connector = integration && connectorOf(integration.vendor);
  if (!connector) return null;
  const mappings = await listFieldMappings(services.db, orgId, integrationId);
  const mapped = mappings.map((mapping) => mapping.remoteField);
  const fields = await new FieldCache(services, orgId, integrationId).fields(null, mapped);
  return { connection: { connector, integration }, mappings, fields };
}

/**
 * Foretells what would become of each item: what is wrong with its record before any call, as the engine would find; and where nothing is, what the
 * vendor said last time if the same would be asked again. Nothing is done.
 */
export async function foretell(
  db: Db | Tx,
  orgId: string,
  prospect: Prospect,
  items: readonly SelectedItem[],
): Promise<Foretold> {
  const leads = await listLeadsToPush(
    db,
    orgId,
    prospect.connection.integration.id,
    items.map((item) => item.lead_id),
  );
  const leadById = new Map(leads.map((lead) => [lead.id, lead]));
  const foretold = new Map<string, SyncErrorData | null>();
  for (const item of items) {
    const lead = leadById.get(item.lead_id);
    if (!lead) continue; // gone meanwhile
    const { record, problem } = foresee(prospect, item, lead);
    const isRefusedAgain =
      item.state === 'FAILED' &&
      item.error !== null &&
      item.refused_digest !== null &&
      item.refused_digest === refusedDigest(prospect, item.error, record);
    foretold.set(item.id, problem ?? (isRefusedAgain ? item.error : null));
  }
  return foretold;
}
