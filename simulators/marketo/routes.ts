import type { Received } from '../server.ts';
import { jsonOf } from '../server.ts';
import type { MarketoField } from './fields.ts';
import type { LeadStore, StoredLead } from './lead-store.ts';
import type { Limits } from './limits.ts';
import type { MarketoProgram, Programs } from './programs.ts';
import { Refused } from './refused.ts';
import { leadIdsOf, type StaticLists } from './static-lists.ts';
import { type UpsertContext, upsertLeads } from './upsert.ts';

export interface RouteContext {
  leads: LeadStore;
  fields: ReadonlyMap<string, MarketoField>;
  programs: Programs;
  lists: StaticLists;
  partitions: readonly string[];
  limits: Limits;
  unknownFieldLevel: 'record' | 'response';
  hasDescribe2: boolean;
  faultOf: UpsertContext['faultOf'];
  execute: UpsertContext['execute'];
  nowMs: number;
  /** Codes answered so far, by code. */
  errorCounts: ReadonlyMap<string, number>;
}

/** What stands in the envelope beside `success` and `requestId`. */
export type RouteBody = { result?: unknown[]; warnings?: string[]; nextPageToken?: string; moreResult?: boolean };

type Route = (received: Received, context: RouteContext, id: number) => RouteBody | Promise<RouteBody>;

const pageSize = 300;

/** By method and path; `:id` stands for a number. */
const routes: Record<string, Route> = {
  'POST /rest/v1/leads.json': async (received, context) => {
    if (received.query.get('_method')?.toUpperCase() === 'GET') return listLeads(formOf(received), context);
    const at = new Date(context.nowMs).toISOString();
    const { leads: store, fields, partitions, unknownFieldLevel, faultOf, execute } = context;
    return {
      result: await upsertLeads(jsonBody(received), {
        store,
        fields,
        partitions,
        unknownFieldLevel,
        faultOf,
        execute,
        at,
      }),
    };
  },
  'GET /rest/v1/leads.json': ({ query }, context) => listLeads(query, context),
  'GET /rest/v1/lead/:id.json': ({ query }, context, id) => {
    const lead = context.leads.find(id);
    if (!lead) throw new Refused('1004', `Lead '${id}' not found`);
    return { result: [toAnswer(lead, fieldsOf(query, context))] };
  },
  'GET /rest/v1/leads/describe2.json': (_received, { fields, hasDescribe2 }) => {
    if (!hasDescribe2) throw new Refused('610', 'Requested resource not found');
    const shown = [...fields.values()].map(({ allowedValues: _hidden, ...field }) => ({ ...field, crmManaged: false }));
    return { result: [{ name: 'API Lead', searchableFields: [['email'], ['id']], fields: shown }] };
  },
  'GET /rest/v1/leads/describe.json': (_received, { fields }) => ({
    result: [...fields.values()].map(({ name, displayName, dataType, length, updateable }, index) => ({
      id: index + 1,
      displayName,
      dataType,
      ...(length !== undefined && { length }),
      rest: { name, readOnly: !updateable },
    })),
  }),
  'GET /rest/v1/leads/partitions.json': (_received, { partitions }) => ({
    result: partitions.map((name, index) => ({ id: index + 1, name })),
  }),
  'GET /rest/v1/lists.json': ({ query }, context) => findLists(query, context),
  'POST /rest/v1/lists.json': (received, context) => findLists(formOf(received), context),
  'POST /rest/v1/lists/:id/leads.json': (received, { lists, leads }, id) => ({
    result: lists.add(id, leadIdsOf(received.query, jsonOf(received.body)), leads),
  }),
  'DELETE /rest/v1/lists/:id/leads.json': (received, { lists }, id) => ({
    result: lists.remove(id, leadIdsOf(received.query, jsonOf(received.body))),
  }),
  'GET /rest/v1/lists/:id/leads/ismember.json': ({ query }, { lists }, id) => ({
    result: lists.tell(id, leadIdsOf(query, null)),
  }),
  'POST /rest/v1/programs/:id/members/status.json': (received, { programs, leads, faultOf }, id) => ({
    result: programs.setStatus(id, jsonBody(received), leads, faultOf),
  }),
  'POST /rest/v1/programs/:id/members/delete.json': (received, { programs }, id) => ({
    result: programs.remove(id, jsonBody(received)),
  }),
  'GET /rest/v1/programs/members/describe.json': () => ({
    result: [
      {
        name: 'API Program Membership',
        fields: [{ name: 'statusName', displayName: 'Status', dataType: 'string', updateable: true }],
      },
    ],
  }),
  'GET /rest/asset/v1/programs.json': ({ query }, { programs }) =>
    assets(pageOf(query, programs.programs).map(toAsset)),
  'GET /rest/asset/v1/program/:id.json': (_received, { programs }, id) =>
    assets(programs.programs.filter((program) => program.id === id).map(toAsset)),
  'GET /rest/asset/v1/folder/:id.json': ({ query }, { programs }, id) => {
    if (query.get('type') !== 'Program') throw new Refused('1003', 'Invalid data: only programs have folders here');
    return assets(programs.programs.filter((program) => program.id === id).map(toFolder));
  },
  'GET /rest/asset/v1/program/byName.json': ({ query }, { programs }) =>
    assets(programs.programs.filter(({ name }) => name === query.get('name')).map(toAsset)),
  'GET /rest/asset/v1/channels.json': ({ query }, { programs }) =>
    assets(
      pageOf(query, programs.channels).map(({ name, statuses }, index) => ({
        id: index + 1,
        name,
        applicableProgramType: 'event',
        progressionStatuses: statuses.map((status) => ({ ...status, type: null, hidden: false, success: false })),
      })),
    ),
  'GET /rest/v1/stats/usage.json': (_received, { limits, nowMs }) => {
    const { date, total } = limits.usage(nowMs);
    return { result: [{ date, total, users: [{ userId: 'sluice@example.test', count: total }] }] };
  },
  'GET /rest/v1/stats/errors.json': (_received, { limits, nowMs, errorCounts }) => ({
    result: [{ ...limits.usage(nowMs), errors: [...errorCounts].map(([errorCode, count]) => ({ errorCode, count })) }],
  }),
};

/** Throws 605, 610 and whatever the route refuses. */
export async function answerRoute(received: Received, context: RouteContext): Promise<RouteBody> {
  const pattern = received.path.replace(numberInPath, ':id');
  const route = routes[`${received.method} ${pattern}`];
  if (route) return route(received, context, Number(numberInPath.exec(received.path)?.[0]));
  const isKnown = Object.keys(routes).some((name) => name.endsWith(` ${pattern}`));
  throw isKnown ? new Refused('605', 'HTTP method not supported') : new Refused('610', 'Requested resource not found');
}

const numberInPath = /(?<=\/)\d+(?=\/|\.json)/;

/** By offset, as the asset API pages: 20 at a time unless asked, at most 200. */
function pageOf<Asset>(query: URLSearchParams, all: readonly Asset[]): Asset[] {
  const offset = Number(query.get('offset') ?? 0);
  return all.slice(offset, offset + Math.min(Number(query.get('maxReturn') ?? 20), 200));
}

function jsonBody(received: Received): unknown {
  if (!received.headers['content-type']?.startsWith('application/json'))
    throw new Refused('612', 'Invalid content type');
  const body = jsonOf(received.body);
  if (body === null) throw new Refused('609', 'Invalid JSON');
  return body;
}

function formOf(received: Received): URLSearchParams {
  const query = new URLSearchParams(received.body.toString('utf8'));
  for (const [name, value] of received.query) query.append(name, value);
  return query;
}

function findLists(query: URLSearchParams, { lists, nowMs }: RouteContext): RouteBody {
  const ids = query.get('id')?.split(',').map(Number) ?? null;
  return { result: lists.find(ids, new Date(nowMs).toISOString()) };
}

function listLeads(query: URLSearchParams, context: RouteContext): RouteBody {
  const { leads, fields } = context;
  const filterType = query.get('filterType') ?? '';
  if (!fields.has(filterType)) throw new Refused('1006', `Lookup field '${filterType}' not found`);
  const values = (query.get('filterValues') ?? '').split(',').filter(Boolean);
  if (values.length === 0) throw new Refused('1002', "Missing value for required parameter 'filterValues'");
  if (values.length > pageSize) throw new Refused('1003', 'Invalid data: too many filter values');
  const asked = fieldsOf(query, context);
  const found = values.flatMap((value) => leads.listBy(filterType, value));
  const offset = Number(query.get('nextPageToken') ?? 0);
  const moreResult = found.length > offset + pageSize;
  return {
    result: found.slice(offset, offset + pageSize).map((lead) => toAnswer(lead, asked)),
    ...(moreResult && { nextPageToken: String(offset + pageSize), moreResult }),
  };
}

/** The fields to answer with: those that were asked for, or those that Marketo tells unasked. */
function fieldsOf(query: URLSearchParams, { fields }: RouteContext): string[] {
  const asked = query.get('fields')?.split(',') ?? ['email', 'firstName', 'lastName', 'createdAt', 'updatedAt'];
  const unknown = asked.filter((name) => !fields.has(name));
  if (unknown.length > 0) throw new Refused('1003', `Invalid fields [${unknown.join(', ')}]`);
  return asked;
}

function toAnswer(lead: StoredLead, fields: string[]): Record<string, unknown> {
  const own: Record<string, unknown> = { ...lead.fields, createdAt: lead.createdAt, updatedAt: lead.updatedAt };
  return {
    id: lead.id,
    ...Object.fromEntries(fields.filter((name) => name !== 'id').map((name) => [name, own[name] ?? null])),
  };
}

const toFolder = ({ id, name, isArchived = false }: MarketoProgram) => ({
  id,
  name,
  folderId: { id, type: 'Program' },
  folderType: 'Marketing Event',
  isArchive: isArchived,
  isSystem: false,
  workspace: 'Default',
});

const toAsset = ({ id, name, channel }: MarketoProgram) => ({
  id,
  name,
  type: 'Event',
  channel,
  status: '',
  workspace: 'Default',
});

/** Where nothing is found Marketo's asset API leaves `result` out. */
const assets = (result: unknown[]): RouteBody =>
  result.length > 0 ? { result } : { warnings: ['No assets found for the given search criteria.'] };
