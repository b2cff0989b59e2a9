import { and, eq } from 'drizzle-orm';
import { listLeadsToPush } from '../db/statements/leads.ts';
import {
  findLastItem,
  listSelectedItems,
  type RetrySelection,
  type SelectedItem,
} from '../db/statements/retry-items.ts';
import { gates } from '../db/tables/index.ts';
import type { SyncErrorData } from '../domain/error-categories.ts';
import { BadInputError, NotFoundError } from '../domain/errors.ts';
import { type Connection, openConnection } from './connection.ts';
import type { CampaignMembership, PushRecord, RemoteRecord } from './connectors/connector.ts';
import { foresee, type Prospect } from './foresee.ts';
import { foretell, openProspect } from './foretell.ts';
import { readSelection, type Selection } from './selection.ts';
import type { Services } from './services.ts';
import { requireRole, type Viewer } from './viewer.ts';

/** Most leads of one preview. */
const previewedMax = 100;

/** UNKNOWN: the vendor can't be asked, or did not answer. */
export type PushKind = 'CREATE' | 'UPDATE' | 'UNKNOWN';

export interface FieldChange {
  remoteField: string;
  /** Null: blank or unknown. */
  old: string | null;
  new: string;
  /** False: WRITE_IF_BLANK keeps what is there. */
  written: boolean;
}

export interface PushPreview {
  itemId: string;
  kind: PushKind;
  /** Exactly what would be sent for the record. */
  payload: unknown;
  changes: FieldChange[];
  problems: SyncErrorData[];
  /** What the lead would become a member of; null: nothing. */
  membership: CampaignMembership | null;
}

/**
 * Shows what a push of the selected leads would send now, oldest capture first: the record, whether it creates or updates, and per field what is
 * there and what would be. Made by the code that pushes, so that nothing else is sent while nothing changes. Reads at the vendor, writes nothing.
 * Whoever may read.
 */
export async function previewPush(
  services: Services,
  viewer: Viewer,
  input: { integrationId: string; select: Selection; first: number },
): Promise<PushPreview[]> {
  requireRole(viewer, 'VIEWER');
  if (input.first < 1 || input.first > previewedMax)
    throw new BadInputError(`expected first from 1 to ${previewedMax}.`);
  const { orgId } = viewer;
  const { integrationId } = input;
  const prospect = await openProspect(services, orgId, integrationId);
  if (!prospect) throw new NotFoundError('integration');
  const selection = await readSelection(services, viewer, integrationId, input.select);
  const items = await firstItems(services, orgId, integrationId, selection, input.first);
  const [leads, foretold, connection] = await Promise.all([
    listLeadsToPush(
      services.db,
      orgId,
      integrationId,
      items.map((item) => item.lead_id),
    ),
    foretell(services.db, orgId, prospect, items),
    openConnection(services, services.db, orgId, integrationId).catch(() => null), // it can't be opened: told by the connection itself
  ]);
  const leadById = new Map(leads.map((lead) => [lead.id, lead]));
  const records = items.flatMap((item) => {
    const lead = leadById.get(item.lead_id);
    return lead ? [{ item, record: foresee(prospect, item, lead).record }] : [];
  });
  const found = await lookUp(
    connection,
    records.map(({ record }) => record),
  );
  return records.map(({ item, record }, index) => {
    const problem = foretold.get(item.id);
    const remote = found?.[index] ?? null;
    return {
      itemId: item.id,
      kind: found === null ? 'UNKNOWN' : remote ? 'UPDATE' : 'CREATE',
      payload: prospect.connection.connector.payload(record, remote, connection?.session.credentials),
      changes: changesOf(prospect, record, remote),
      problems: problem ? [problem] : [],
      membership: record.campaign,
    };
  });
}

async function firstItems(
  services: Services,
  orgId: string,
  integrationId: string,
  selection: RetrySelection,
  first: number,
): Promise<SelectedItem[]> {
  const [gate] = await services.db
    .select({ releaseEpoch: gates.releaseEpoch })
    .from(gates)
    .where(and(eq(gates.orgId, orgId), eq(gates.integrationId, integrationId)));
  const until = gate && (await findLastItem(services.db, orgId));
  if (!until) return [];
  const target = { orgId, integrationId, releaseEpoch: gate.releaseEpoch };
  const items: SelectedItem[] = [];
  for (const state of selection.states) {
    if (items.length < first)
      items.push(...(await listSelectedItems(services.db, target, selection, { state, after: null, until })));
  }
  return items.slice(0, first);
}

/** What the vendor has of each record; null: it can't be asked, or did not answer. */
async function lookUp(
  connection: Connection | null,
  records: readonly PushRecord[],
): Promise<readonly (RemoteRecord | null)[] | null> {
  const { lookup } = connection?.connector ?? {};
  if (!connection || !lookup || records.length === 0) return null;
  const fields = [...new Set(records.flatMap((record) => Object.keys(record.values)))];
  const answer = await lookup.call(connection.connector, records, fields, connection.session);
  return answer.kind === 'found' ? answer.records : null;
}

/** By the same rule as the connectors' payload: a match key is always written. */
function changesOf({ connection }: Prospect, record: PushRecord, remote: RemoteRecord | null): FieldChange[] {
  return Object.entries(record.values).map(([remoteField, value]) => {
    const old = remote?.values[remoteField] ?? null;
    const isKept =
      old !== null && record.writeIfBlank.includes(remoteField) && remoteField !== connection.connector.matchField;
    return { remoteField, old, new: value, written: !isKept };
  });
}
