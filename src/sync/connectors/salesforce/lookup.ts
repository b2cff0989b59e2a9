import type { PushRecord, RemoteRecord, Stopped } from '../connector.ts';
import { wordsOfStop } from '../rest/call.ts';
import type { SalesforceSession } from './api.ts';
import { findContacts } from './contacts.ts';
import { externalKeyOf, keyTextOf } from './keys.ts';
import { emailKeyOf, fieldsFor, personOf } from './payload.ts';
import { idKeyOf, isFieldName, literalOf, type QueriedRecord, queryPath, textIn } from './query.ts';
import { readRecords } from './read-records.ts';

/** What Salesforce has of a record. */
export type Match =
  | { kind: 'none' }
  | { kind: 'one'; found: RemoteRecord }
  /** More leads than one have its e-mail address: whoever is asked has to merge them. */
  | { kind: 'several'; found: RemoteRecord; ids: string[] };

export type MatchAnswer =
  /** One per record, in order. */
  { kind: 'matched'; matches: Match[] } | { kind: 'stopped'; answer: Stopped };

const notConverted = ' AND IsConverted=false';

/**
 * Finds records: by the stored id, by the external id, by e-mail address among leads that are not converted. A stored lead that was converted is
 * the contact that it has become.
 */
export async function lookUp(
  records: readonly PushRecord[],
  fields: readonly string[],
  session: SalesforceSession,
): Promise<MatchAnswer> {
  const askable = fields.filter(isFieldName);
  const matches = new Map<string, Match>();
  const rest = () => records.filter(({ itemId }) => !matches.has(itemId));

  const stored = records.filter(({ remoteId }) => remoteId !== null);
  if (stored.length > 0) {
    const answer = await findStored(stored, askable, session);
    if (answer.kind === 'stopped') return answer;
    for (const [itemId, found] of answer.byItem) matches.set(itemId, { kind: 'one', found });
  }
  const keyed = rest().flatMap((record) => {
    const key = externalKeyOf(record);
    return key ? [{ record, key }] : [];
  });
  for (const [field, group] of Map.groupBy(keyed, ({ key }) => key.field)) {
    const isNumber = group[0]?.key.isNumber === true;
    const literals = group.map(({ key }) => (isNumber ? key.value : literalOf(key.value)));
    const textOf = (text: string | null | undefined) => keyTextOf(text, isNumber);
    const asked = group.map(({ record }) => record);
    const stopped = await findBy(field, literals, asked, (record) => textOf(record.values[field]), textOf);
    if (stopped) return stopped;
  }
  const byEmail = rest().filter((record) => emailKeyOf(record) !== null);
  const emails = byEmail.flatMap((record) => emailKeyOf(record) ?? []).map(literalOf);
  const stopped = await findBy('Email', emails, byEmail, emailKeyOf, (email) => email?.toLowerCase() ?? '');
  if (stopped) return stopped;
  return { kind: 'matched', matches: records.map(({ itemId }) => matches.get(itemId) ?? { kind: 'none' }) };

  async function findBy(
    field: string,
    keys: readonly string[],
    asked: readonly PushRecord[],
    wanted: (record: PushRecord) => string | null,
    has: (text: string | null) => string,
  ): Promise<{ kind: 'stopped'; answer: Stopped } | null> {
    if (keys.length === 0) return null;
    const selection = { object: 'Lead', fixed: ['Id', field], fields: askable, by: field, keys, and: notConverted };
    const answer = await readRecords(session, selection);
    if (answer.kind === 'stopped') {
      for (const { itemId } of asked) note(session, itemId, field, null, wordsOfStop(answer.answer));
      return answer;
    }
    const byKey = Map.groupBy(answer.records, (record) => has(textIn(record, field)));
    for (const record of asked) {
      const found = byKey.get(wanted(record) ?? '') ?? [];
      const ids = found.flatMap((one) => textIn(one, 'Id') ?? []);
      note(session, record.itemId, field, 200, { records: ids.map((Id) => ({ Id })) });
      const [first] = found;
      if (!first) continue;
      const remote = remoteRecordOf(first, askable);
      matches.set(
        record.itemId,
        ids.length > 1 ? { kind: 'several', found: remote, ids } : { kind: 'one', found: remote },
      );
    }
    return null;
  }
}

/** By the ids that were stored: leads, contacts, and leads that are contacts by now. */
async function findStored(
  stored: readonly PushRecord[],
  fields: readonly string[],
  session: SalesforceSession,
): Promise<{ kind: 'found'; byItem: Map<string, RemoteRecord> } | { kind: 'stopped'; answer: Stopped }> {
  const byItem = new Map<string, RemoteRecord>();
  const idsOf = (some: readonly PushRecord[]) => some.flatMap(({ remoteId }) => remoteId ?? []).map(literalOf);
  const asLeads = stored.filter(({ remoteId }) => personOf(remoteId) === 'Lead');
  const fixed = ['Id', 'IsConverted'];
  const leads = await readRecords(session, { object: 'Lead', fixed, fields, by: 'Id', keys: idsOf(asLeads) });
  if (leads.kind === 'stopped') return leads;
  const leadOf = new Map(leads.records.map((lead) => [idKeyOf(textIn(lead, 'Id') ?? ''), lead]));
  const foundLeads = asLeads.flatMap((record) => {
    const lead = leadOf.get(idKeyOf(record.remoteId ?? ''));
    return lead ? [{ record, lead }] : [];
  });
  for (const { record, lead } of foundLeads) byItem.set(record.itemId, remoteRecordOf(lead, fields));

  const converted = foundLeads.filter(({ lead }) => textIn(lead, 'IsConverted') === 'true');
  const become = await findContacts(
    converted.map(({ record }) => ({ record, leadId: record.remoteId })),
    session,
  );
  if (become.kind === 'stopped') return become;
  const contactIdOf = new Map(become.byItem);
  for (const { itemId, remoteId } of stored) {
    if (remoteId && personOf(remoteId) === 'Contact') contactIdOf.set(itemId, remoteId);
  }
  const contactFields = fieldsFor('Contact', fields);
  const keys = [...contactIdOf.values()].map(literalOf);
  const contacts = await readRecords(session, {
    object: 'Contact',
    fixed: ['Id'],
    fields: contactFields,
    by: 'Id',
    keys,
  });
  if (contacts.kind === 'stopped') return contacts;
  const contactOf = new Map(contacts.records.map((contact) => [idKeyOf(textIn(contact, 'Id') ?? ''), contact]));
  for (const [itemId, contactId] of contactIdOf) {
    const contact = contactOf.get(idKeyOf(contactId));
    if (contact) byItem.set(itemId, remoteRecordOf(contact, fields));
  }
  return { kind: 'found', byItem };
}

const remoteRecordOf = (record: QueriedRecord, fields: readonly string[]): RemoteRecord => ({
  remoteId: textIn(record, 'Id') ?? '',
  values: Object.fromEntries(fields.map((field) => [field, textIn(record, field)])),
});

/** A query names other people too: of it only the field is told. */
const note = (session: SalesforceSession, itemId: string, field: string, status: number | null, answer: unknown) =>
  session.exchanged(itemId, { request: `GET ${queryPath}`, payload: { object: 'Lead', by: field }, status, answer });
