import { z } from 'zod';
import { matchKeyOf } from '../../../domain/lead.ts';
import type { PushRecord, RemoteRecord, Stopped } from '../connector.ts';
import { notUnderstood } from '../rest/call.ts';
import { call, type EloquaSession, name, restPath } from './api.ts';
import { emailField } from './definitions.ts';
import { readFields } from './describe.ts';

export type RecordsAnswer =
  /** What Eloqua has of each record, in order; null: nothing. */
  { kind: 'found'; records: (RemoteRecord | null)[] } | { kind: 'stopped'; answer: Stopped };

const searchesAtOnce = 4;

/** Fields that are properties of a contact in the REST API; all others are among its `fieldValues`, by number. */
const properties: Record<string, string> = {
  C_EmailAddress: 'emailAddress',
  C_FirstName: 'firstName',
  C_LastName: 'lastName',
  C_Company: 'accountName',
  C_Title: 'title',
  C_BusPhone: 'businessPhone',
  C_MobilePhone: 'mobilePhone',
  C_Fax: 'fax',
  C_Address1: 'address1',
  C_Address2: 'address2',
  C_Address3: 'address3',
  C_City: 'city',
  C_State_Prov: 'province',
  C_Zip_Postal: 'postalCode',
  C_Country: 'country',
  C_Salesperson: 'salesPerson',
};

const contact = z.looseObject({
  id: z.union([z.number(), z.string()]).transform(String),
  emailAddress: z.string().nullish().catch(null),
  fieldValues: z
    .array(
      z
        .object({ id: z.union([z.number(), z.string()]).transform(String), value: z.unknown().optional() })
        .nullable()
        .catch(null),
    )
    .nullish()
    .catch(null),
});
type Contact = z.output<typeof contact>;
const contacts = z.object({ elements: z.array(contact.nullable().catch(null)).nullish() });

/** Reads contacts by e-mail address, a search for each: the REST API takes one at a time. */
export async function lookUp(
  records: readonly PushRecord[],
  fields: readonly string[],
  session: EloquaSession,
): Promise<RecordsAnswer> {
  const numbers = fields.every((field) => field in properties)
    ? new Map<string, string>()
    : await fieldNumbers(session);
  if (!(numbers instanceof Map)) return numbers;
  const found: (RemoteRecord | null)[] = [];
  for (let first = 0; first < records.length; first += searchesAtOnce) {
    const some = records.slice(first, first + searchesAtOnce);
    const answers = await Promise.all(some.map((record) => search(session, record)));
    for (const answer of answers) {
      if (answer.kind === 'stopped') return answer;
      const { contact: one } = answer;
      const readField = (field: string) => textOf(valueIn(one, properties[field], numbers.get(field)));
      found.push(
        one && { remoteId: one.id, values: Object.fromEntries(fields.map((field) => [field, readField(field)])) },
      );
    }
  }
  return { kind: 'found', records: found };
}

/** A property that is blank is left out of the answer. */
function valueIn(one: Contact | null, property: string | undefined, number: string | undefined): unknown {
  if (one && property && one[property] != null) return one[property];
  return one?.fieldValues?.find((field) => field?.id === number)?.value;
}

async function search(
  session: EloquaSession,
  record: PushRecord,
): Promise<{ kind: 'contact'; contact: Contact | null } | { kind: 'stopped'; answer: Stopped }> {
  const key = matchKeyOf(record.values[emailField] ?? null);
  if (key === null) return { kind: 'contact', contact: null };
  // A quotation mark would end the term: anything may stand in its place, and what is found is compared.
  const term = encodeURIComponent(`emailAddress='${key.replaceAll("'", '*')}'`);
  const path = `${restPath}/data/contacts?search=${term}&depth=complete`;
  const reply = await call(session, { method: 'GET', path, uncounted: true, answerBytesMax: 10_000_000 });
  if (reply.kind === 'stopped') return reply;
  const read = contacts.safeParse(reply.response.body).data;
  if (reply.response.status >= 400 || !read) {
    return { kind: 'stopped', answer: notUnderstood(name, session, reply.response) };
  }
  const found = (read.elements ?? []).find((one) => one && matchKeyOf(one.emailAddress ?? null) === key);
  return { kind: 'contact', contact: found ?? null };
}

const numbersKey = 'eloqua.fieldNumbers';

/** The number of each field, which its address in the bulk API ends with. */
async function fieldNumbers(
  session: EloquaSession,
): Promise<Map<string, string> | { kind: 'stopped'; answer: Stopped }> {
  const known = session.memory.get(numbersKey) as Map<string, string> | undefined;
  if (known) return known;
  const answer = await readFields(session);
  if (answer.kind === 'stopped') return answer;
  const numbers = new Map(
    answer.fields.flatMap(({ internalName, uri }) => {
      const number = /(\d+)\/?$/.exec(uri ?? '')?.[1];
      return number ? [[internalName, number]] : [];
    }),
  );
  session.memory.set(numbersKey, numbers);
  return numbers;
}

const textOf = (value: unknown): string | null =>
  value === null || value === undefined || String(value).trim() === '' ? null : String(value);
