import type { ApiAnswer } from '../api.ts';
import { jsonOf, type Received } from '../server.ts';
import { invalid } from './bulk.ts';
import type { ContactStore, StoredContact } from './contact-store.ts';
import { type EloquaField, type EloquaOptionList, emailField } from './fields.ts';

export interface RestSite {
  contacts: ContactStore;
  fields: ReadonlyMap<string, EloquaField>;
  optionLists: readonly EloquaOptionList[];
}

/** REST API 1.0 and 2.0 as far as contacts go. `path` is below the version. */
export function answerRest(method: string, path: string, received: Received, site: RestSite): ApiAnswer {
  const { contacts, fields, optionLists } = site;
  if (method === 'GET' && path === '/assets/contact/fields') {
    const elements = [...fields.values()].map((field) => ({
      type: 'ContactField',
      id: field.id,
      name: field.name,
      internalName: field.internalName,
      dataType: field.dataType === 'number' ? 'numeric' : field.dataType === 'date' ? 'date' : 'text',
      displayType: field.displayType,
      ...(field.optionListId && { optionListId: field.optionListId }),
    }));
    return { status: 200, body: { elements, total: elements.length, page: 1, pageSize: 1_000 } };
  }
  const list = /^\/assets\/optionList\/(\d+)$/.exec(path);
  if (list && method === 'GET') {
    const found = optionLists.find(({ id }) => id === list[1]);
    return found ? { status: 200, body: { type: 'OptionList', ...found } } : notFound;
  }
  if (method === 'GET' && path === '/data/contacts') {
    const search = /^emailAddress='(.*)'$/.exec(received.query.get('search') ?? '');
    const found = search ? contacts.search(search[1] ?? '') : contacts.all();
    const elements = found.map((contact) => shown(contact, fields));
    return { status: 200, body: { elements, total: elements.length, page: 1, pageSize: 1_000 } };
  }
  if (method === 'POST' && path === '/data/contact') return create(jsonOf(received.body), site);
  const one = /^\/data\/contact\/(\d+)$/.exec(path);
  const contact = one && contacts.find(one[1] ?? '');
  if (!contact) return notFound;
  if (method === 'PUT') contacts.put(contact, valuesOf(jsonOf(received.body), fields));
  return method === 'GET' || method === 'PUT' ? { status: 200, body: shown(contact, fields) } : notFound;
}

function create(asked: unknown, { contacts, fields }: RestSite): ApiAnswer {
  const values = valuesOf(asked, fields);
  const email = values[emailField];
  if (!email) return invalid('emailAddress', 'NotNullRequirement', null);
  if (contacts.findByEmail(email)) return { status: 409, text: 'There was a conflict.' };
  contacts.upsert(values, Object.keys(values), 'always');
  const created = contacts.findByEmail(email);
  return created ? { status: 201, body: shown(created, fields) } : notFound;
}

function valuesOf(asked: unknown, fields: ReadonlyMap<string, EloquaField>): Record<string, string> {
  const given = (asked ?? {}) as Record<string, unknown> & { fieldValues?: { id?: unknown; value?: unknown }[] };
  const values: Record<string, string> = {};
  for (const { internalName, restName, id } of fields.values()) {
    const value = restName ? given[restName] : given.fieldValues?.find((one) => String(one.id) === id)?.value;
    if (value != null && value !== '') values[internalName] = String(value);
  }
  return values;
}

/** Blank properties are left out, blank field values have no `value`. */
function shown({ id, values }: StoredContact, fields: ReadonlyMap<string, EloquaField>) {
  const all = [...fields.values()];
  return {
    type: 'Contact',
    id,
    depth: 'complete',
    ...Object.fromEntries(
      all.flatMap(({ restName, internalName }) => {
        const value = values[internalName];
        return restName && value !== undefined ? [[restName, value]] : [];
      }),
    ),
    fieldValues: all
      .filter(({ restName }) => restName === null)
      .map((field) => {
        const value = values[field.internalName];
        return { type: 'FieldValue', id: field.id, ...(value !== undefined && { value }) };
      }),
  };
}

const notFound: ApiAnswer = { status: 404, text: 'The requested resource was not found.' };
