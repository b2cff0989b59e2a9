import type { ApiAnswer, ApiContext } from '../api.ts';
import { jsonOf, type Received } from '../server.ts';
import { pageOf, refused, succeeded } from './answers.ts';
import { contactSyncFields, type PipedriveField, problemOfCustom } from './person-fields.ts';
import type { Contact, PersonStore, StoredPerson } from './person-store.ts';

interface Company {
  persons: PersonStore;
  fields: ReadonlyMap<string, PipedriveField>;
  context: ApiContext;
}

const pageMax = 500;
const writable = [
  'name',
  'owner_id',
  'org_id',
  'add_time',
  'emails',
  'phones',
  'visible_to',
  'label_ids',
  'custom_fields',
];
const contactSync = contactSyncFields.map(({ field_code }) => field_code);

/** The calls below /api/v2/persons; null: there is no such. */
export function answerPersons(received: Received, company: Company): ApiAnswer | null {
  const { method, path, query } = received;
  const { persons } = company;
  if (path === '/api/v2/persons/search' && method === 'GET') return search(query, company);
  if (path === '/api/v2/persons' && method === 'GET') return list(query, company);
  if (path === '/api/v2/persons' && method === 'POST') return write(null, jsonOf(received.body), company);
  const id = /^\/api\/v2\/persons\/(\d+)$/.exec(path)?.[1];
  if (id === undefined) return null;
  const person = persons.find(Number(id));
  if (!person) return refused(404, 'Person not found');
  if (method === 'GET') return succeeded(person);
  if (method === 'PATCH') return write(person, jsonOf(received.body), company);
  if (method !== 'DELETE') return refused(405, 'Method not allowed');
  persons.remove(person.id, company.context.nowMs);
  return succeeded({ id: person.id });
}

function search(query: URLSearchParams, { persons, context }: Company): ApiAnswer {
  const term = query.get('term') ?? '';
  if (term.length < 2) return refused(400, 'term: must be at least 2 characters long');
  if (query.get('fields') !== 'email' || query.get('exact_match') !== 'true') {
    return refused(400, 'This simulator searches by exact e-mail address only');
  }
  const page = pageOf(persons.search(term, context.nowMs), query, pageMax);
  if (!page) return refused(400, 'Invalid cursor');
  const items = page.items.map((found) => ({
    result_score: 1.1,
    item: {
      type: 'person',
      visible_to: 3,
      owner: { id: 1 },
      organization: null,
      custom_fields: [],
      notes: [],
      ...found,
    },
  }));
  return succeeded({ items }, { next_cursor: page.next });
}

function list(query: URLSearchParams, { persons }: Company): ApiAnswer {
  const since = Date.parse(query.get('updated_since') ?? '1970-01-01T00:00:00Z');
  const sortBy = query.get('sort_by') ?? 'id';
  if (Number.isNaN(since) || !['id', 'update_time', 'add_time'].includes(sortBy)) return refused(400, 'Invalid query');
  const ids = query.get('ids')?.split(',').map(Number);
  const found = persons
    .all()
    .filter(({ update_time }) => Date.parse(update_time) >= since)
    .filter(({ id }) => !ids || ids.includes(id))
    .sort((one, other) => {
      const [left, right] = [one[sortBy], other[sortBy]] as [string | number, string | number];
      return left < right ? -1 : left > right ? 1 : one.id - other.id;
    });
  if (query.get('sort_direction') === 'desc') found.reverse();
  const page = pageOf(found, query, pageMax);
  return page ? succeeded(page.items, { next_cursor: page.next }) : refused(400, 'Invalid cursor');
}

/** @param person null: a new one */
function write(person: StoredPerson | null, asked: unknown, { persons, fields, context }: Company): ApiAnswer {
  if (typeof asked !== 'object' || asked === null) return refused(400, 'Request body is not valid JSON');
  const values = asked as Partial<StoredPerson>;
  const addresses = [...contactsOf(values.emails), ...(person?.emails ?? [])].map(({ value }) => value);
  for (const address of addresses) {
    const fault = context.faultOf(address);
    if (fault) return refused(Number(fault.code) || 400, fault.message ?? `${fault.field}: not accepted`);
  }
  const synced = contactSync.filter((field) => field in values && !fields.has(field));
  if (synced.length > 0) return refused(403, `${synced[0]}: Contact Sync is not enabled for this company`);
  const problem = problemOf(values, person === null, fields);
  if (problem) return refused(400, `Validation failed: ${problem}`, 'ERR_SCHEMA_VALIDATION_FAILED');
  const written = person ? persons.update(person, values, context.nowMs) : persons.create(values, context.nowMs);
  return succeeded(written, undefined, person ? 200 : 201);
}

/** Naming the code of the field, as Pipedrive does since May 2026. */
function problemOf(
  values: Partial<StoredPerson>,
  isNew: boolean,
  fields: ReadonlyMap<string, PipedriveField>,
): string | null {
  if (isNew && !('name' in values)) return 'name: is required';
  if ('name' in values && (typeof values.name !== 'string' || values.name.trim() === '')) return 'name: is required';
  for (const field of Object.keys(values)) {
    if (!writable.includes(field) && !contactSync.includes(field)) return `${field}: unknown field`;
  }
  for (const [field, list] of [
    ['emails', values.emails],
    ['phones', values.phones],
  ] as const) {
    if (list !== undefined && contactsOf(list).length !== (Array.isArray(list) ? list.length : -1)) {
      return `${field}: expected an array of objects with a value`;
    }
  }
  for (const field of ['owner_id', 'org_id', 'visible_to'] as const) {
    if (field in values && !Number.isInteger(values[field])) return `${field}: expected integer`;
  }
  const labels: unknown = values.label_ids;
  if (labels !== undefined && !(Array.isArray(labels) && labels.every(Number.isInteger))) {
    return 'label_ids: expected an array of integers';
  }
  for (const [key, value] of Object.entries(values.custom_fields ?? {})) {
    const field = fields.get(key);
    if (!field?.is_custom_field) return `custom_fields.${key}: unknown field`;
    const problem = problemOfCustom(field, value);
    if (problem) return problem;
  }
  return null;
}

/** Those of a list that have a value. */
export const contactsOf = (list: unknown): Contact[] =>
  Array.isArray(list) ? list.filter((one) => typeof one?.value === 'string' && one.value !== '') : [];
