import { createHash } from 'node:crypto';
import type { LeadRow, LeadToPush } from '../db/statements/leads.ts';
import type { SyncErrorData } from '../domain/error-categories.ts';
import type { LeadData } from '../domain/lead.ts';
import { type FieldMapping, mapLead, type RemoteField } from '../domain/mapping.ts';
import { refusedPart } from '../domain/refused-again.ts';
import { problemOfValue } from '../domain/remote-field.ts';
import type { Connection } from './connection.ts';
import { type PushRecord, syncError } from './connectors/connector.ts';

/** All that decides what is sent of a lead, besides the lead itself. */
export interface Prospect {
  connection: Pick<Connection, 'connector'> & {
    integration: Pick<Connection['integration'], 'id' | 'accountGeneration'>;
  };
  mappings: readonly FieldMapping[];
  /** The vendor's, as last read; an empty list: they are not known. */
  fields: readonly RemoteField[];
}

/** What the work list knows of a lead that is to be pushed. */
export interface ProspectiveItem {
  id: string;
  remote_id: string | null;
  /** Of the account that `remote_id` belongs to. */
  account_generation: number | null;
  /** What the vendor has under `remote_id` although a later step is missing; null: nothing like that. */
  written_revision: number | null;
  written_digest: string | null;
}

export interface Foreseen {
  record: PushRecord;
  /** Of what the record says, where a membership follows it or was to follow; null otherwise. With other mappings the same revision is another record. */
  digest: string | null;
  /** All that is known before any call to be wrong. */
  problems: readonly SyncErrorData[];
  /** The first of them, with which the lead fails without a call; null: send it. */
  problem: SyncErrorData | null;
}

/** What a push of the lead would send now, and what is known to be wrong with it. The engine asks this before every call, and so does whoever foretells. */
export function foresee(prospect: Prospect, item: ProspectiveItem, lead: LeadToPush): Foreseen {
  const { connection, mappings } = prospect;
  const data = leadData(lead);
  const mapped = mapLead(data, mappings);
  const sameAccount = item.account_generation === connection.integration.accountGeneration;
  const remoteId = sameAccount ? item.remote_id : null;
  const hasLaterStep = lead.campaign !== null || item.written_digest !== null;
  const digest = hasLaterStep ? digestOf(JSON.stringify([mapped.values, mapped.writeIfBlank])) : null;
  const isWritten =
    digest !== null && remoteId !== null && item.written_revision === lead.revision && item.written_digest === digest;
  const record: PushRecord = {
    itemId: item.id,
    values: mapped.values,
    fields: fieldsByName(prospect.fields),
    writeIfBlank: mapped.writeIfBlank,
    mapped: mappings.length > 0,
    lead: data,
    event: { id: lead.eventId, name: lead.eventName },
    remoteId,
    campaign: lead.campaign,
    written: isWritten,
  };
  const problems = lead.erasedAt !== null ? [erasedMeanwhile] : problemsOf(prospect, record, mapped.problems);
  return { record, digest, problems, problem: problems[0] ?? null };
}

const indexes = new WeakMap<readonly RemoteField[], ReadonlyMap<string, RemoteField>>();

/** One index for all the records that are made with the same description. */
function fieldsByName(fields: readonly RemoteField[]): ReadonlyMap<string, RemoteField> {
  const known = indexes.get(fields);
  if (known) return known;
  const index = new Map(fields.map((field) => [field.name, field]));
  indexes.set(fields, index);
  return index;
}

/** Between the claim and now: nothing of it may leave. The item is withdrawn when this is recorded. */
const erasedMeanwhile = syncError('UNKNOWN', 'The person was erased.');

function problemsOf(prospect: Prospect, record: PushRecord, ofMapping: readonly SyncErrorData[]): SyncErrorData[] {
  if (record.written) return []; // nothing of it is sent any more
  const { connection, mappings, fields } = prospect;
  const { connector } = connection;
  const problems = [...ofMapping];
  const missing = missingKeyOf(prospect, record);
  if (missing) problems.push(missing);
  if (record.fields.size > 0) {
    for (const mapping of mappings) {
      const value = record.values[mapping.remoteField];
      const field = record.fields.get(mapping.remoteField);
      if (value === undefined || (!field && connector.mayHave?.(mapping.remoteField, fields))) continue;
      const problem = problemOfValue(mapping, field, value);
      if (problem) problems.push(problem);
    }
  }
  const found = missing ? null : connector.check(record);
  return found ? [...problems, found] : problems;
}

function missingKeyOf({ connection, mappings }: Prospect, record: PushRecord): SyncErrorData | null {
  const { matchField: field } = connection.connector;
  if (field === null || field in record.values) return null;
  return mappings.some((mapping) => mapping.remoteField === field)
    ? syncError('MISSING_MATCH_KEY', `The lead has no value for ${field}, by which the vendor recognizes people.`, {
        field,
      })
    : syncError('NO_FIELD_MAPPING', `Nothing is mapped to ${field}, by which the vendor recognizes people.`, { field });
}

/** Stored with a lead that the vendor refused: the same again is refused again. Null: it may pass although nothing has changed. */
export function refusedDigest(prospect: Prospect, error: SyncErrorData, record: PushRecord): string | null {
  const { values, writeIfBlank, campaign, mapped, lead, event } = record;
  const sent = { values, writeIfBlank, campaign, unmapped: mapped ? null : { lead, event } };
  const part = refusedPart(error, sent, prospect.fields, prospect.connection.integration.accountGeneration);
  return part === null ? null : digestOf(part);
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 22);

function leadData(lead: LeadRow): LeadData {
  const {
    id,
    externalId,
    firstName,
    lastName,
    email,
    company,
    jobTitle,
    phone,
    qualifiers,
    attributes,
    capturedAt,
    revision,
  } = lead;
  return {
    id,
    externalId,
    firstName,
    lastName,
    email,
    company,
    jobTitle,
    phone,
    qualifiers,
    attributes,
    capturedAt,
    revision,
  };
}
