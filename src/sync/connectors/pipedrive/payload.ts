import { matchKeyOf } from '../../../domain/lead.ts';
import type { PushRecord, RemoteRecord } from '../connector.ts';
import { convert } from './convert.ts';
import type { PipedriveCredentials } from './credentials.ts';
import { standardTypes } from './field-names.ts';
import { type Person, personOf, textOfField } from './person.ts';

/**
 * The body of a POST where `found` is null, of a PATCH otherwise. Of a person's addresses and numbers none is taken away: a new one becomes the
 * primary one, one that is there already is not sent. A part of the name that is not mapped or not known stays as it is.
 */
export function payloadOf(
  record: PushRecord,
  found: RemoteRecord | null,
  { currency }: Pick<PipedriveCredentials, 'currency'>,
): Record<string, unknown> {
  const person = found && personOf(found);
  const written = Object.entries(record.values).filter(([field]) => !found || !keeps(record, field, found, person));
  const name = nameOf(record, new Map(written), found, person);
  const body: Record<string, unknown> = name === null ? {} : { name };
  const custom: Record<string, unknown> = {};
  for (const [field, text] of written) {
    if (field === 'name' || field === 'first_name' || field === 'last_name') continue;
    if (field === 'emails' || field === 'phones') {
      const contacts = contactsWith(text, person?.[field] ?? [], field === 'emails' ? matchKeyOf : digitsOf);
      if (contacts) body[field] = contacts;
      continue;
    }
    const converted = convert(field, text, record.fields.get(field), currency);
    if (converted.kind === 'refused') continue; // told by problemOf, before anything is sent
    if (field in standardTypes) body[field] = converted.value;
    else custom[field] = converted.value;
  }
  return Object.keys(custom).length > 0 ? { ...body, custom_fields: custom } : body;
}

/** WRITE_IF_BLANK: there is something, or it can't be told. */
function keeps({ writeIfBlank }: PushRecord, field: string, { values }: RemoteRecord, person: Person | null): boolean {
  if (!writeIfBlank.includes(field)) return false;
  const there = values[field] ?? (person && textOfField(person, field));
  return there !== null || (person === null && !(field in values));
}

/**
 * Pipedrive has one name, and makes first and last name of it. Null: it stays as it is. A new person has to have one: of the lead where none is
 * mapped, and the e-mail address where the lead has none.
 */
function nameOf(
  { values, lead }: PushRecord,
  written: ReadonlyMap<string, string>,
  found: RemoteRecord | null,
  person: Person | null,
): string | null {
  const whole = written.get('name');
  if (whole !== undefined) return whole;
  const partOf = (field: 'first_name' | 'last_name') => written.get(field) ?? (person && textOfField(person, field));
  if (written.has('first_name') || written.has('last_name')) return join(partOf('first_name'), partOf('last_name'));
  return found ? null : join(lead.firstName, lead.lastName) || (values.emails ?? null);
}

const join = (...parts: (string | null | undefined)[]): string => parts.filter(Boolean).join(' ');

/** Null: it is there already. */
function contactsWith(
  text: string,
  known: NonNullable<Person['emails']>,
  keyOf: (value: string) => string | null,
): { value: string; primary: boolean; label: string }[] | null {
  if (known.some(({ value }) => keyOf(value) === keyOf(text))) return null;
  const others = known.map(({ value, label }) => ({ value, primary: false, label: label ?? 'other' }));
  return [{ value: text, primary: true, label: 'work' }, ...others];
}

const digitsOf = (phone: string): string => phone.replace(/(?!^\+)\D/g, '') || phone;

/** The key by which Pipedrive recognizes the record's person; null: none is mapped or filled. */
export const emailKeyOf = (record: PushRecord): string | null => matchKeyOf(record.values.emails ?? null);
