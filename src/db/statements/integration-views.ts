import { and, asc, eq, inArray, sql } from 'drizzle-orm';
import type { FieldMapping, RemoteField } from '../../domain/mapping.ts';
import type { Vendor } from '../../domain/vendors.ts';
import type { Db } from '../client.ts';
import { fieldMappings, gates, integrations, remoteFields, vendorFlows } from '../tables/index.ts';
import { gateColumns } from './item-views.ts';

/** An integration as people see it, with its gate and what its vendor makes us wait for, all of one moment. Credentials stay where they are. */
export type IntegrationView = Awaited<ReturnType<typeof listIntegrations>>[number];

const viewColumns = {
  id: integrations.id,
  vendor: integrations.vendor,
  name: integrations.name,
  accountId: integrations.accountId,
  accountName: integrations.accountName,
  accountGeneration: integrations.accountGeneration,
  connectedAt: integrations.connectedAt,
  connectedBy: integrations.connectedBy,
  problem: integrations.problem,
  gate: { ...gateColumns, changedAt: gates.changedAt, changedBy: gates.changedBy },
  vendorState: vendorFlows.state,
  resumesAt: vendorFlows.resumesAt,
  quotaLimit: vendorFlows.quotaLimit,
  quotaRemaining: vendorFlows.quotaRemaining,
  quotaResetsAt: vendorFlows.quotaResetsAt,
  rateCalls: vendorFlows.rateCalls,
  rateWindowMs: vendorFlows.rateWindowMs,
  /** What was told of the quota holds: it has not started anew since. */
  quotaHolds: sql<boolean>`coalesce(coalesce(${vendorFlows.quotaResetsAt}, ${vendorFlows.quotaLearntAt} + interval '24 hours') > sluice_now(), false)`,
  /** The vendor's wait is not over. */
  waits: sql<boolean>`coalesce(${vendorFlows.resumesAt} > sluice_now(), false)`,
};

/** The organization's integrations, oldest first: all, those of these ids, or those of these vendors. */
export function listIntegrations(
  db: Pick<Db, 'select'>,
  orgId: string,
  which: { ids?: readonly string[]; vendors?: readonly Vendor[] } = {},
) {
  return db
    .select(viewColumns)
    .from(integrations)
    .innerJoin(gates, and(eq(gates.orgId, integrations.orgId), eq(gates.integrationId, integrations.id)))
    .leftJoin(
      vendorFlows,
      and(eq(vendorFlows.orgId, integrations.orgId), eq(vendorFlows.integrationId, integrations.id)),
    )
    .where(
      and(
        eq(integrations.orgId, orgId),
        which.ids && inArray(integrations.id, [...which.ids]),
        which.vendors && inArray(integrations.vendor, [...which.vendors]),
      ),
    )
    .orderBy(asc(integrations.createdAt), asc(integrations.id));
}

/** The mappings of several integrations, each in the order of its Mapping tab. */
export async function listMappings(
  db: Pick<Db, 'select'>,
  orgId: string,
  integrationIds: readonly string[],
): Promise<Map<string, FieldMapping[]>> {
  const rows = await db
    .select()
    .from(fieldMappings)
    .where(and(eq(fieldMappings.orgId, orgId), inArray(fieldMappings.integrationId, [...integrationIds])))
    .orderBy(asc(fieldMappings.integrationId), asc(fieldMappings.place));
  return Map.groupBy(rows, (row) => row.integrationId);
}

/** The vendors' fields as last read, and when, by integration. */
export async function listRemoteFields(
  db: Pick<Db, 'select'>,
  orgId: string,
  integrationIds: readonly string[],
): Promise<Map<string, { fields: RemoteField[]; readAt: Date }>> {
  const rows = await db
    .select({ integrationId: remoteFields.integrationId, fields: remoteFields.fields, readAt: remoteFields.readAt })
    .from(remoteFields)
    .where(and(eq(remoteFields.orgId, orgId), inArray(remoteFields.integrationId, [...integrationIds])));
  return new Map(rows.map(({ integrationId, ...known }) => [integrationId, known]));
}
