import { createHash } from 'node:crypto';
import type { ClaimedItem } from '../../db/statements/claim.ts';
import type { LeadRow, LeadWithEvent } from '../../db/statements/leads.ts';
import type { SyncErrorData } from '../../domain/error-categories.ts';
import type { LeadData } from '../../domain/lead.ts';
import { type FieldMapping, type MappedValues, mapLead, type RemoteField } from '../../domain/mapping.ts';
import { problemOfValue } from '../../domain/remote-field.ts';
import type { Connection } from '../connection.ts';
import { type CampaignMembership, type PushRecord, syncError } from '../connectors/connector.ts';
import type { PushedItem } from './verdict.ts';

export interface Prepared {
  item: PushedItem;
  record: PushRecord;
  /** What is known before any call to be wrong; null: send it. */
  problem: SyncErrorData | null;
}

/**
 * Makes the records to send. `leads` are those of the claim; `fields` the vendor's, an empty list when they are not known; `campaigns` those of the
 * leads' events, where one is set.
 */
export function prepare(
  connection: Connection,
  claim: { token: string; items: readonly ClaimedItem[] },
  leads: readonly LeadWithEvent[],
  mappings: readonly FieldMapping[],
  fields: readonly RemoteField[],
  campaigns: ReadonlyMap<string, CampaignMembership>,
): Prepared[] {
  const { integration } = connection;
  const leadById = new Map(leads.map((lead) => [lead.id, lead]));
  return claim.items.map((claimedItem) => {
    const lead = leadById.get(claimedItem.lead_id);
    if (!lead) throw new Error(`item ${claimedItem.id} has no lead`);
    const data = leadData(lead);
    const mapped = mapLead(data, mappings);
    const sameAccount = claimedItem.account_generation === integration.accountGeneration;
    const remoteId = sameAccount ? claimedItem.remote_id : null;
    const campaign = membershipOf(campaigns.get(lead.eventId));
    const digest = campaign && digestOf(mapped);
    const item: PushedItem = {
      id: claimedItem.id,
      claim: claim.token,
      failures: claimedItem.failures,
      suspected: claimedItem.suspected,
      sentRevision: lead.revision,
      digest,
      accountGeneration: integration.accountGeneration,
    };
    const record: PushRecord = {
      itemId: claimedItem.id,
      values: mapped.values,
      writeIfBlank: mapped.writeIfBlank,
      mapped: mappings.length > 0,
      lead: data,
      event: { id: lead.eventId, name: lead.eventName },
      remoteId,
      campaign,
      written:
        digest !== null &&
        remoteId !== null &&
        claimedItem.written_revision === lead.revision &&
        claimedItem.written_digest === digest,
    };
    return { item, record, problem: mapped.problems[0] ?? problemOf(connection, record, mappings, fields) };
  });
}

const membershipOf = (campaign: CampaignMembership | undefined): CampaignMembership | null =>
  campaign ? { campaignId: campaign.campaignId, memberStatus: campaign.memberStatus } : null;

/** Of what a record says: with other mappings the same revision of a lead is another record. */
const digestOf = ({ values, writeIfBlank }: MappedValues): string =>
  createHash('sha256')
    .update(JSON.stringify([values, writeIfBlank]))
    .digest('base64url')
    .slice(0, 22);

function problemOf(
  connection: Connection,
  record: PushRecord,
  mappings: readonly FieldMapping[],
  fields: readonly RemoteField[],
): SyncErrorData | null {
  const { matchField } = connection.connector;
  if (matchField !== null && !(matchField in record.values)) {
    return mappings.some((mapping) => mapping.remoteField === matchField)
      ? syncError(
          'MISSING_MATCH_KEY',
          `The lead has no value for ${matchField}, by which the vendor recognizes people.`,
          { field: matchField },
        )
      : syncError('NO_FIELD_MAPPING', `Nothing is mapped to ${matchField}, by which the vendor recognizes people.`, {
          field: matchField,
        });
  }
  if (fields.length > 0) {
    const byName = new Map(fields.map((field) => [field.name, field]));
    for (const mapping of mappings) {
      const value = record.values[mapping.remoteField];
      const problem = value === undefined ? null : problemOfValue(mapping, byName.get(mapping.remoteField), value);
      if (problem) return problem;
    }
  }
  return connection.connector.check(record);
}

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
