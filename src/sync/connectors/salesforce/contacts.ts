import type { PushRecord, Stopped } from '../connector.ts';
import type { SalesforceSession } from './api.ts';
import { emailKeyOf } from './payload.ts';
import { idKeyOf, literalOf, type QueryAnswer, select, textIn } from './query.ts';

/** A record whose lead was converted. `leadId` null: it is not known which lead that was. */
export interface ConvertedRecord {
  record: PushRecord;
  leadId: string | null;
}

export type ContactsAnswer =
  /** By the record's item. Those that no single contact was found for are left out. */
  { kind: 'contacts'; byItem: Map<string, string> } | { kind: 'stopped'; answer: Stopped };

/**
 * The contacts that leads have become: those that Salesforce names with the lead, or else the only one with the e-mail address. Where the user may
 * not ask for either there is none.
 */
export async function findContacts(
  converted: readonly ConvertedRecord[],
  session: SalesforceSession,
): Promise<ContactsAnswer> {
  const byItem = new Map<string, string>();
  const leadIds = converted.flatMap(({ leadId }) => leadId ?? []);
  const fields = ['Id', 'ConvertedContactId'];
  const leads = await selectIfAllowed(session, { object: 'Lead', fields, by: 'Id', keys: leadIds.map(literalOf) });
  if (leads.kind === 'stopped') return leads;
  const contactOf = new Map(
    leads.records.map((lead) => [idKeyOf(textIn(lead, 'Id') ?? ''), textIn(lead, 'ConvertedContactId')]),
  );
  for (const { record, leadId } of converted) {
    const contactId = leadId && contactOf.get(idKeyOf(leadId));
    if (contactId) byItem.set(record.itemId, contactId);
  }

  const others = converted.filter(({ record }) => !byItem.has(record.itemId));
  const keys = others.flatMap(({ record }) => emailKeyOf(record) ?? []).map(literalOf);
  const found = await selectIfAllowed(session, { object: 'Contact', fields: ['Id', 'Email'], by: 'Email', keys });
  if (found.kind === 'stopped') return found;
  const byEmail = Map.groupBy(found.records, (contact) => textIn(contact, 'Email')?.toLowerCase() ?? '');
  for (const { record } of others) {
    const contacts = byEmail.get(emailKeyOf(record) ?? '') ?? [];
    const contactId = contacts.length === 1 && contacts[0] ? textIn(contacts[0], 'Id') : null;
    if (contactId) byItem.set(record.itemId, contactId);
  }
  return { kind: 'contacts', byItem };
}

async function selectIfAllowed(
  session: SalesforceSession,
  selection: Parameters<typeof select>[1],
): Promise<QueryAnswer> {
  const answer = await select(session, selection);
  return answer.kind === 'stopped' && answer.answer.kind === 'refused' ? { kind: 'records', records: [] } : answer;
}
