import { randomUUID } from 'node:crypto';
import type { ApiAnswer } from '../api.ts';
import { jsonOf, type Received } from '../server.ts';
import { answerCollection } from './collections.ts';
import { keyPrefixes } from './objects.ts';
import type { SalesforceRecord } from './org.ts';
import { refused } from './refused.ts';
import { runQuery } from './soql.ts';
import { isProblem, unreadable, type WriteContext, writeRecord } from './write.ts';

export interface DataContext extends WriteContext {
  cursors: Map<string, Record<string, unknown>[]>;
  pageSize: number;
  limits: { Max: number; Remaining: number };
  identityPath: string;
  username: string;
}

const notFound = refused(404, { code: 'NOT_FOUND', message: 'The requested resource does not exist' });

/** What is below /services/data, and the user's identity. */
export function answerData(received: Received, context: DataContext): ApiAnswer {
  const { method, path, query } = received;
  if (path.startsWith(context.identityPath)) {
    const [organization_id, user_id] = path.split('/').slice(2);
    return { status: 200, body: { id: path, user_id, organization_id, username: context.username } };
  }
  const below = /^\/services\/data\/v\d+\.0(\/.*)?$/.exec(path)?.[1];
  if (below === undefined) return notFound;
  if (method === 'GET' && below === '/query') return firstPage(query.get('q') ?? '', context);
  const locator = /^\/query\/(.+)$/.exec(below)?.[1];
  if (locator && method === 'GET') return nextPage(locator, context);
  if (method === 'GET' && below === '/limits') return { status: 200, body: { DailyApiRequests: context.limits } };
  if (method === 'GET' && below === '/sobjects') {
    const sobjects = Object.keys(keyPrefixes).map((name) => ({ name, keyPrefix: keyPrefixes[name], queryable: true }));
    return { status: 200, body: { encoding: 'UTF-8', maxBatchSize: 200, sobjects } };
  }
  const collection = /^\/composite\/sobjects(?:\/(\w+)\/(\w+))?$/.exec(below);
  if (collection) return answerCollection(method, collection[1] ?? null, collection[2] ?? null, received, context);
  const one = /^\/sobjects\/(\w+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(below);
  return one ? answerOne(method, one[1] ?? '', one[2] ?? null, one[3] ?? null, received, context) : notFound;
}

function firstPage(soql: string, context: DataContext): ApiAnswer {
  const answer = runQuery(soql, context.org);
  if (answer.kind === 'refused') return refused(400, answer.problem);
  return pageOf(answer.records, 0, `01gSim${randomUUID().replaceAll('-', '').slice(0, 12)}`, context);
}

function nextPage(locator: string, context: DataContext): ApiAnswer {
  const [id = '', from = ''] = locator.split(/-(?=\d+$)/);
  const records = context.cursors.get(id);
  if (!records) return refused(400, { code: 'INVALID_QUERY_LOCATOR', message: 'invalid query locator' });
  return pageOf(records, Number(from), id, context);
}

function pageOf(
  all: Record<string, unknown>[],
  from: number,
  id: string,
  { cursors, pageSize }: DataContext,
): ApiAnswer {
  const until = from + pageSize;
  const done = until >= all.length;
  if (!done) cursors.set(id, all);
  const next = done ? {} : { nextRecordsUrl: `/services/data/v67.0/query/${id}-${until}` };
  return { status: 200, body: { totalSize: all.length, done, ...next, records: all.slice(from, until) } };
}

/** Calls for one record, and `describe`. */
function answerOne(
  method: string,
  object: string,
  second: string | null,
  key: string | null,
  received: Received,
  context: DataContext,
): ApiAnswer {
  const { org } = context;
  if (!org.fields[object]) return notFound;
  if (second === 'describe' && method === 'GET') {
    const keyPrefix = keyPrefixes[object];
    return { status: 200, body: { name: object, label: object, keyPrefix, fields: org.visibleFields(object) } };
  }
  const body = (jsonOf(received.body) ?? {}) as Record<string, unknown>;
  const bad = method === 'GET' || method === 'DELETE' ? null : unreadable(object, body, org);
  if (bad) return refused(400, bad);
  if (second === null) {
    if (method !== 'POST') return notFound;
    const written = writeRecord(object, { kind: 'create' }, body, context);
    return isProblem(written)
      ? refused(400, written)
      : { status: 201, body: { id: written.id, success: true, errors: [] } };
  }
  if (key !== null) return answerByKey(method, object, second, decodeURIComponent(key), body, context);
  const record = org.find(object, second);
  if (!record) return notFound;
  if (method === 'GET') return { status: 200, body: shown(object, record, context) };
  if (method === 'DELETE') {
    org.remove(object, record.Id);
    return { status: 204 };
  }
  const written = writeRecord(object, { kind: 'update' }, { ...body, id: record.Id }, context);
  return isProblem(written) ? refused(400, written) : { status: 204 };
}

/** By an external id: 300 where several have it. */
function answerByKey(
  method: string,
  object: string,
  field: string,
  key: string,
  body: Record<string, unknown>,
  context: DataContext,
): ApiAnswer {
  if (!context.org.field(object, field)?.externalId) return notFound;
  const matches = context.org.all(object).filter((record) => String(record[field] ?? '') === key);
  if (matches.length > 1) {
    return { status: 300, body: matches.map(({ Id }) => `/services/data/v67.0/sobjects/${object}/${Id}`) };
  }
  const [record] = matches;
  if (method === 'GET') return record ? { status: 200, body: shown(object, record, context) } : notFound;
  const written = writeRecord(object, { kind: 'upsert', field }, { ...body, [field]: key }, context);
  if (isProblem(written)) return refused(400, written);
  const { id, created } = written;
  return { status: created ? 201 : 200, body: { id, success: true, created, errors: [] } };
}

function shown(object: string, record: SalesforceRecord, { org }: DataContext): Record<string, unknown> {
  const url = `/services/data/v67.0/sobjects/${object}/${record.Id}`;
  const values = org.visibleFields(object).map(({ name }) => [name, record[name] ?? null]);
  return { attributes: { type: object, url }, ...Object.fromEntries(values) };
}
