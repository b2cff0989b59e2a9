import { z } from 'zod';
import type { RemoteRecord } from '../connector.ts';

const id = z.union([z.number(), z.string()]).transform(String);
const text = z.string().nullish().catch(null);
/** One of several addresses or numbers; the search tells them as plain text. */
const contact = z
  .union([
    z.string().transform((value) => ({ value, label: 'work' })),
    z.object({ value: z.string(), label: z.string().nullish() }),
  ])
  .nullable()
  .catch(null);
const contacts = z
  .array(contact)
  .nullish()
  .catch(null)
  .transform((list) => (list ? list.filter((one) => one !== null) : null));

export const personAnswer = z.looseObject({
  id,
  name: text,
  first_name: text,
  last_name: text,
  /** Null: the answer does not tell. */
  emails: contacts,
  phones: contacts,
  is_deleted: z.boolean().nullish().catch(null),
  custom_fields: z.record(z.string(), z.unknown()).nullish().catch(null),
});

/** A person as Pipedrive tells of it, with whatever else it has. */
export type Person = z.output<typeof personAnswer>;

const persons = new WeakMap<RemoteRecord, Person>();

/** A look-up's result. The person itself stays with it: a payload needs more of it than the values that were asked for. */
export function remoteRecordOf(person: Person, fields: readonly string[]): RemoteRecord {
  const values = fields.map((field) => [field, textOfField(person, field)]);
  const record: RemoteRecord = { remoteId: person.id, values: Object.fromEntries(values) };
  persons.set(record, person);
  return record;
}

/** Null: only the id is known. */
export const personOf = (found: RemoteRecord): Person | null => persons.get(found) ?? null;

/** A field as text; null: blank. */
export function textOfField(person: Person, field: string): string | null {
  if (field === 'first_name' || field === 'last_name') return textOf(person[field] ?? partOf(person, field));
  if (field === 'emails' || field === 'phones') return person[field]?.[0]?.value ?? null;
  return textOf(person.custom_fields && field in person.custom_fields ? person.custom_fields[field] : person[field]);
}

/** Pipedrive takes what is before the first space for the first name. Where it tells the parts itself, those count. */
function partOf({ name, first_name: first, last_name: last }: Person, part: 'first_name' | 'last_name'): string | null {
  if (first != null || last != null) return null;
  const [before = '', ...after] = name?.trim().split(/\s+/) ?? [];
  return part === 'first_name' ? before : after.join(' ');
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.map(textOf).filter(Boolean).join(';') || null;
  if (typeof value !== 'object') return String(value).trim() === '' ? null : String(value);
  const { value: own, currency, until, id: option } = value as Record<string, unknown>;
  const parts = [textOf(own ?? option), textOf(until)].filter(Boolean).join('/');
  return parts === '' ? null : [parts, textOf(currency)].filter(Boolean).join(' ');
}
