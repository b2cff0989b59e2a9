import { and, asc, eq, inArray, sql } from 'drizzle-orm';
import type { Db } from '../client.ts';
import { gates, syncItems } from '../tables/index.ts';

/** The columns that say who may leave, and which version of the setting says so. */
export const gateColumns = {
  connection: gates.connection,
  enabled: gates.enabled,
  mode: gates.mode,
  permitted: gates.permitted,
  endpointGone: gates.endpointGone,
  mapped: gates.mapped,
  releaseEpoch: gates.releaseEpoch,
  version: gates.version,
  flow: gates.flow,
};

const viewColumns = {
  id: syncItems.id,
  version: syncItems.version,
  integrationId: syncItems.integrationId,
  leadId: syncItems.leadId,
  eventId: syncItems.eventId,
  capturedAt: syncItems.capturedAt,
  state: syncItems.state,
  releaseEpoch: syncItems.releaseEpoch,
  attempts: syncItems.attempts,
  dueAt: syncItems.dueAt,
  /** It may not be claimed yet. */
  dueLater: sql<boolean>`${syncItems.dueAt} > sluice_now()`,
  error: syncItems.error,
  failedAt: syncItems.failedAt,
  failedValue: syncItems.failedValue,
  repeated: syncItems.repeated,
  lane: syncItems.lane,
  retryId: syncItems.retryId,
  claimedUntil: syncItems.claimedUntil,
  erased: syncItems.erased,
  remoteId: syncItems.remoteId,
  accountGeneration: syncItems.accountGeneration,
  clearedAt: syncItems.clearedAt,
  syncedRevision: syncItems.syncedRevision,
  /** Due since before the gate last opened: the opening let it go. */
  flushed: sql<boolean>`coalesce(${syncItems.dueAt} < ${gates.openedAt}, false)`,
  openedAt: gates.openedAt,
  gate: gateColumns,
};

/** Items with the gate of the same moment: whether a waiting one is held follows from both, so they are never read apart. */
export function selectItems(db: Pick<Db, 'select'>) {
  return db
    .select(viewColumns)
    .from(syncItems)
    .innerJoin(gates, and(eq(gates.orgId, syncItems.orgId), eq(gates.integrationId, syncItems.integrationId)));
}
export type ItemView = Awaited<ReturnType<typeof selectItems>>[number];

/** The items of these ids, in no order. */
export async function listItems(db: Pick<Db, 'select'>, orgId: string, ids: readonly string[]): Promise<ItemView[]> {
  return selectItems(db).where(and(eq(syncItems.orgId, orgId), inArray(syncItems.id, [...ids])));
}

/** Every item of these leads, in the order of the integrations' ids. */
export async function listItemsOfLeads(
  db: Pick<Db, 'select'>,
  orgId: string,
  leadIds: readonly string[],
): Promise<ItemView[]> {
  return selectItems(db)
    .where(and(eq(syncItems.orgId, orgId), inArray(syncItems.leadId, [...leadIds])))
    .orderBy(asc(syncItems.integrationId));
}
