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
import type { CampaignMembership, Connector, PushRecord, RemoteRecord } from './connectors/connector.ts';
import type { HttpClient } from './connectors/http/client.ts';
import { pacedHttp } from './engine/paced-http.ts';
import { Pacer } from './engine/pacing.ts';
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
  /** Exactly what would be sent for the record; null: nothing, as the vendor has it and only the membership is missing. */
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
  const foreseen = items.flatMap((item) => {
    const lead = leadById.get(item.lead_id);
    return lead ? [{ item, ...foresee(prospect, item, lead) }] : []; // gone meanwhile
  });
  const records = foreseen.map(({ record }) => record);
  const found = await lookUp(connection, prospect, records);
  return foreseen.map(({ item, record, problems }): PushPreview => {
    const asAtVendor = found?.get(record.itemId);
    const remote = asAtVendor ?? null;
    const refusedAgain = problems.length === 0 ? foretold.get(item.id) : null;
    const payloadOf = (one: PushRecord) =>
      prospect.connection.connector.payload(one, remote, connection?.session.credentials);
    return {
      itemId: item.id,
      kind: asAtVendor === undefined ? 'UNKNOWN' : remote ? 'UPDATE' : 'CREATE',
      payload: record.written ? null : payloadOf(record),
      changes: record.written ? [] : changesOf(record, remote, payloadOf, keptAtVendor(prospect, record, remote)),
      problems: refusedAgain ? [refusedAgain] : [...problems],
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

/**
 * What the vendor has of each record; null: nothing. Those that it can't be asked for, as their key is missing or none that it takes, are left out;
 * null for all: it can't be asked, or did not answer. Fields that it does not know are not asked for: it would refuse the question.
 */
async function lookUp(
  connection: Connection | null,
  { fields: known }: Prospect,
  records: readonly PushRecord[],
): Promise<Map<string, RemoteRecord | null> | null> {
  const { connector, session } = connection ?? {};
  if (!connector?.lookup || !session) return null;
  const { matchField } = connector;
  const askable = records.filter(
    (record) => (matchField === null || matchField in record.values) && connector.check(record) === null,
  );
  if (askable.length === 0) return new Map();
  const names = new Set(known.map(({ name }) => name));
  const fields = [...new Set(askable.flatMap(({ values }) => Object.keys(values)))];
  const asked = names.size === 0 ? fields : fields.filter((field) => names.has(field));
  const answer = await connector.lookup(askable, asked, { ...session, http: pacedFor(connector, session.http) });
  if (answer.kind !== 'found') return null;
  return new Map(askable.map((record, index) => [record.itemId, answer.records[index] ?? null]));
}

/** The fields that a vendor leaves as they are although it is sent values for them. */
function keptAtVendor({ connection }: Prospect, record: PushRecord, remote: RemoteRecord | null): Set<string> {
  const { vendorKeepsFilled, matchField } = connection.connector;
  const isKept = (field: string) => field !== matchField && remote?.values[field] != null;
  return new Set(vendorKeepsFilled ? record.writeIfBlank.filter(isKept) : []);
}

/** Of the calls that pushes may make, a preview makes so many more where the vendor limits a kind of them apart. */
const share = 1 / 2;
const lookUpMsMax = 60_000;

/** Vendors that are asked lead by lead would refuse the questions of a long preview for their rate. */
function pacedFor({ limits }: Connector, http: HttpClient): HttpClient {
  if (!limits.kinds) return http;
  const until = performance.now() + lookUpMsMax;
  const time = { timeLeftMs: () => until - performance.now(), signal: AbortSignal.timeout(lookUpMsMax) };
  return pacedHttp(
    http,
    Pacer.ofShare(share, limits, () => performance.now()),
    time,
  ).http;
}

/** A value is written exactly when the payload without it is another one, whatever rule the connector keeps to, and the vendor does not keep its own. */
function changesOf(
  record: PushRecord,
  remote: RemoteRecord | null,
  payloadOf: (record: PushRecord) => unknown,
  kept: ReadonlySet<string>,
): FieldChange[] {
  const payload = JSON.stringify(payloadOf(record));
  return Object.entries(record.values).map(([remoteField, value]) => {
    const { [remoteField]: _, ...others } = record.values;
    const written = !kept.has(remoteField) && JSON.stringify(payloadOf({ ...record, values: others })) !== payload;
    return { remoteField, old: remote?.values[remoteField] ?? null, new: value, written };
  });
}
