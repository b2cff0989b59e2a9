import { randomUUID } from 'node:crypto';
import type { ApiAnswer, ApiContext } from '../api.ts';
import type { ContactStore, StoredContact } from './contact-store.ts';
import type { HubspotProperty } from './properties.ts';

interface Account {
  contacts: ContactStore;
  properties: ReadonlyMap<string, HubspotProperty>;
  /** Answers without a word of the records. */
  silent: boolean;
  context: ApiContext;
}

interface Input {
  id?: unknown;
  idProperty?: unknown;
  objectWriteTraceId?: unknown;
  properties?: Record<string, unknown>;
}

interface Problem {
  category: string;
  code: string;
  message: string;
  context: Record<string, string[]>;
}

const inputsMax = 100;

/** The batch calls of contacts. */
export function answerContacts(call: 'read' | 'upsert' | 'update', asked: unknown, account: Account): ApiAnswer {
  const { inputs, idProperty } = (asked ?? {}) as { inputs?: Input[]; idProperty?: string };
  if (!Array.isArray(inputs))
    return refused({
      category: 'VALIDATION_ERROR',
      code: 'MALFORMED_JSON',
      message: 'Invalid input JSON',
      context: {},
    });
  if (inputs.length > inputsMax)
    return refused(problem('VALIDATION_ERROR', 'TOO_MANY', `Batch of ${inputs.length} is over ${inputsMax}`));
  const ids = inputs.map(({ id }) => String(id).toLowerCase());
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
  if (twice.length > 0) {
    const message = `Duplicate IDs found in batch input: [${twice.join(', ')}]. IDs must be unique`;
    return refused({ category: 'VALIDATION_ERROR', code: 'VALIDATION_ERROR', message, context: { ids: twice } });
  }
  return call === 'read' ? read(inputs, idProperty, account) : write(call, inputs, account);
}

function read(inputs: Input[], idProperty: string | undefined, { contacts, context }: Account): ApiAnswer {
  const found = inputs.map(({ id }) =>
    idProperty === 'email' ? contacts.findByEmail(String(id)) : contacts.find(String(id)),
  );
  const missing = inputs.filter((_, index) => !found[index]).map(({ id }) => String(id));
  const results = found.filter((contact) => contact !== null).map(objectOf);
  const absent = { category: 'OBJECT_NOT_FOUND', message: 'Could not get some CONTACT objects' };
  const errors = [{ status: 'error', ...absent, context: { ids: missing }, errors: [], links: {} }];
  return missing.length === 0 ? batchOf(results, [], context) : batchOf(results, errors, context);
}

/** An answer to a batch: 207 where a part of it was refused. */
function batchOf(results: unknown[], errors: unknown[], { nowMs }: ApiContext): ApiAnswer {
  const at = new Date(nowMs);
  const body = { status: 'COMPLETE', results, startedAt: at, completedAt: at };
  return errors.length === 0
    ? { status: 200, body }
    : { status: 207, body: { ...body, numErrors: errors.length, errors } };
}

const objectOf = (contact: StoredContact) => ({ ...contact, archived: false });

function write(call: 'upsert' | 'update', inputs: Input[], account: Account): ApiAnswer {
  if (account.silent) return { status: 200, body: { status: 'COMPLETE', results: [], errors: [] } };
  const problems = inputs.map((input) => problemOf(call, input, account));
  const traced = inputs.every(({ objectWriteTraceId }) => typeof objectWriteTraceId === 'string');
  const bad = problems.filter((one) => one !== null);
  // Partial success is opt-in: without a trace id for every input, one bad contact refuses all and nothing is written.
  if (bad.length > 0 && !traced) return refused(bad[0] as Problem, bad);
  const results = inputs.flatMap((input, index) => (problems[index] ? [] : [store(call, input, account)]));
  const errors = inputs.flatMap((input, index) => {
    const found = problems[index];
    return found ? [partialErrorOf(found, String(input.objectWriteTraceId))] : [];
  });
  return batchOf(results.reverse(), errors, account.context); // HubSpot promises no order
}

/** What is wrong with one of a batch: the code and the property are a level deeper than in the refusal of a whole call. */
function partialErrorOf({ category, code, message, context }: Problem, traceId: string) {
  const { ids, ...ofProperty } = context;
  return {
    ...{ status: 'error', category, message },
    context: { ...(ids && { ids }), objectWriteTraceId: [traceId] },
    errors: [{ message, code, ...(Object.keys(ofProperty).length > 0 && { context: ofProperty }) }],
    links: {},
  };
}

function problemOf(
  call: 'upsert' | 'update',
  input: Input,
  { contacts, properties, context }: Account,
): Problem | null {
  const given = input.properties ?? {};
  const key = String(given.email ?? input.id ?? '');
  const fault = context.faultOf(key);
  if (fault)
    return problem(
      fault.code === 'CONFLICT' ? 'CONFLICT' : 'VALIDATION_ERROR',
      fault.code,
      fault.message ?? 'Refused.',
      fault.field,
    );
  if (call === 'update' && !contacts.find(String(input.id))) {
    return {
      ...problem('OBJECT_NOT_FOUND', 'OBJECT_NOT_FOUND', 'resource not found'),
      context: { ids: [String(input.id)] },
    };
  }
  for (const [name, value] of Object.entries(given)) {
    const found = problemOfValue(name, String(value), properties.get(name));
    if (found) return found;
  }
  const holder = given.email === undefined ? null : contacts.findByEmail(String(given.email));
  if (call === 'update' && holder && holder.id !== String(input.id)) {
    return problem('CONFLICT', 'CONFLICT', `Contact already exists. Existing ID: ${holder.id}`);
  }
  return null;
}

function problemOfValue(name: string, value: string, property: HubspotProperty | undefined): Problem | null {
  const invalid = (code: string, message: string) => problem('VALIDATION_ERROR', code, message, name);
  if (!property) return invalid('PROPERTY_DOESNT_EXIST', `Property "${name}" does not exist`);
  if (property.calculated || property.modificationMetadata.readOnlyValue)
    return invalid('READ_ONLY_VALUE', `Property "${name}" is read only`);
  if (property.type === 'number' && value !== '' && !Number.isFinite(Number(value)))
    return invalid('INVALID_LONG', `${name} was not a valid number`);
  if (
    property.type === 'enumeration' &&
    value !== '' &&
    !value.split(';').every((part) => property.options.some((option) => option.value === part))
  ) {
    return invalid('INVALID_OPTION', `${name} was not one of the allowed options`);
  }
  if (name === 'email' && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value))
    return invalid('INVALID_EMAIL', 'Email address is invalid');
  return null;
}

function store(call: 'upsert' | 'update', input: Input, { contacts, context }: Account) {
  const at = new Date(context.nowMs);
  const known = call === 'update' ? contacts.find(String(input.id)) : contacts.findByEmail(String(input.id));
  const contact = known ?? contacts.create(at);
  contacts.update(contact, input.properties ?? {}, at);
  // An update does not tell whether it made one: there it can't.
  const isNew = call === 'upsert' && { new: !known };
  return { ...objectOf(contact), ...isNew, objectWriteTraceId: input.objectWriteTraceId };
}

const problem = (category: string, code: string, message: string, field?: string): Problem => ({
  category,
  code,
  message,
  context: field ? { propertyName: [field] } : {},
});

const refused = (first: Problem, all: Problem[] = [first]): ApiAnswer => ({
  status: first.category === 'CONFLICT' ? 409 : 400,
  body: {
    status: 'error',
    message: first.message,
    correlationId: randomUUID(),
    category: first.category,
    ...(Object.keys(first.context).length > 0 && { context: first.context }),
    errors: all.map(({ message, code, context }) => ({ message, code, context })),
  },
});
