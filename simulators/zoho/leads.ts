import type { ApiAnswer, ApiContext } from '../api.ts';
import type { ZohoField } from './fields.ts';
import { type Problem, problemsOfValues } from './value-problem.ts';

export interface StoredLead {
  id: string;
  values: Record<string, unknown>;
  createdAtMs: number;
  modifiedAtMs: number;
}

/** Leads by id, and by e-mail address without looking through all of them. */
export class Leads extends Map<string, StoredLead> {
  readonly #idByEmail = new Map<string, string>();

  override set(id: string, lead: StoredLead): this {
    this.#idByEmail.set(emailOf(lead), id);
    return super.set(id, lead);
  }

  byEmail(email: unknown): StoredLead | null {
    const wanted = String(email ?? '')
      .trim()
      .toLowerCase();
    const lead = this.get(this.#idByEmail.get(wanted) ?? '');
    return wanted && lead && emailOf(lead) === wanted ? lead : null;
  }
}

const emailOf = ({ values }: StoredLead): string => String(values.Email ?? '').toLowerCase();

export interface LeadAccount {
  leads: Leads;
  fields: ReadonlyMap<string, ZohoField>;
  newId(): string;
  context: ApiContext;
}

export type LeadInput = Record<string, unknown> & { id?: unknown };

const inputsMax = 100;

/** `POST /Leads/upsert` and `PUT /Leads`. Good rows and bad ones share one answer, in the order of the input. */
export function writeLeads(
  way: 'upsert' | 'update',
  asked: unknown,
  unmodifiedSince: string | undefined,
  account: LeadAccount,
): ApiAnswer {
  const { data } = (asked ?? {}) as { data?: LeadInput[] };
  if (!Array.isArray(data)) return callRefused('MANDATORY_NOT_FOUND', 'required field not found', { api_name: 'data' });
  if (data.length > inputsMax) {
    const details = { maximum_length: inputsMax, api_name: 'data' };
    return callRefused('LIMIT_EXCEEDED', 'count of records in your request exceeds the limit', details);
  }
  const rows = data.map((input, index) => writeOne(way, input, index, unmodifiedSince, account));
  const bad = rows.filter(({ status }) => status === 'error');
  if (bad.length > 0 && bad.length < rows.length) return { status: 207, body: { data: rows } };
  if (bad.length === 0) {
    const inserted = rows.every((row) => 'action' in row && row.action === 'insert');
    return { status: inserted ? 201 : 200, body: { data: rows } };
  }
  return { status: bad.every(({ code }) => code === 'ALREADY_MODIFIED') ? 412 : 400, body: { data: rows } };
}

function writeOne(
  way: 'upsert' | 'update',
  input: LeadInput,
  index: number,
  unmodifiedSince: string | undefined,
  account: LeadAccount,
) {
  const { id, ...values } = input;
  const { leads, context } = account;
  const path = `$.data[${index}]`;
  const known = id === undefined ? null : (leads.get(String(id)) ?? null);
  const target = way === 'upsert' && id === undefined ? leads.byEmail(values.Email) : known;
  const fault = context.faultOf(String(values.Email ?? known?.values.Email ?? ''));
  if (fault) {
    const at = fault.field ? { api_name: fault.field, json_path: `${path}.${fault.field}` } : {};
    return errorRow({ code: fault.code, message: fault.message ?? 'refused', details: at });
  }
  if ((way === 'update' || id !== undefined) && !known) {
    const details = { api_name: 'id', json_path: `${path}.id` };
    return errorRow({ code: 'INVALID_DATA', message: 'the id given seems to be invalid', details });
  }
  if (target && unmodifiedSince !== undefined && secondOf(target.modifiedAtMs) > Date.parse(unmodifiedSince)) {
    const message = 'record updated time has already passed if-unmodified-since time';
    return errorRow({ code: 'ALREADY_MODIFIED', message, details: stampsOf(target) });
  }
  const problems = [
    ...missingOf(values, target, account.fields, path),
    ...problemsOfValues(values, account.fields, path),
    ...duplicatesOf(values, target, leads, path),
  ];
  const [first] = problems;
  if (first && problems.length === 1) return errorRow(first);
  if (first) {
    const errors = problems.map((problem) => errorRow(problem));
    return errorRow({
      code: 'MULTIPLE_OR_MULTI_ERRORS',
      message: 'Multiple errors in the request',
      details: { errors },
    });
  }
  const lead = store(values, target, account);
  const action = target ? 'update' : 'insert';
  return {
    code: 'SUCCESS',
    ...(way === 'upsert' && { duplicate_field: target ? 'Email' : null, action }),
    details: stampsOf(lead),
    message: target ? 'record updated' : 'record added',
    status: 'success',
  };
}

function store(values: Record<string, unknown>, target: StoredLead | null, account: LeadAccount): StoredLead {
  const { nowMs } = account.context;
  const lead = target ?? { id: account.newId(), values: {}, createdAtMs: nowMs, modifiedAtMs: nowMs };
  lead.modifiedAtMs = nowMs;
  for (const [name, value] of Object.entries(values)) {
    const field = account.fields.get(name);
    if (field && !field.read_only) lead.values[name] = value;
  }
  account.leads.set(lead.id, lead);
  return lead;
}

function missingOf(
  values: Record<string, unknown>,
  target: StoredLead | null,
  fields: ReadonlyMap<string, ZohoField>,
  path: string,
): Problem[] {
  return [...fields.values()].flatMap(({ system_mandatory: mandatory, api_name: name }) => {
    const isMissing = target ? name in values && !values[name] : !values[name];
    const details = { api_name: name, json_path: `${path}.${name}` };
    return mandatory && isMissing
      ? [{ code: 'MANDATORY_NOT_FOUND', message: 'required field not found', details }]
      : [];
  });
}

/** Zoho lets no second lead have the e-mail address of another. */
function duplicatesOf(
  { Email: email }: Record<string, unknown>,
  target: StoredLead | null,
  leads: Leads,
  path: string,
): Problem[] {
  const holder = email === undefined ? null : leads.byEmail(email);
  if (!holder || !target || holder.id === target.id) return [];
  const details = {
    api_name: 'Email',
    json_path: `${path}.Email`,
    id: holder.id,
    duplicate_record: { id: holder.id, module: { api_name: 'Leads', id: '1' } },
    more_records: false,
  };
  return [{ code: 'DUPLICATE_DATA', message: 'duplicate data', details }];
}

/** As a read shows it; fields that were not asked for are left out. */
export function shown(lead: StoredLead, asked: readonly string[]): Record<string, unknown> {
  const all: Record<string, unknown> = { ...lead.values, ...stampsOf(lead) };
  return { id: lead.id, ...Object.fromEntries(asked.map((name) => [name, all[name] ?? null])) };
}

const secondOf = (ms: number): number => Math.floor(ms / 1_000) * 1_000;

/** In the way of Zoho: whole seconds, and an offset. */
const timeOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}+00:00`;

const stampsOf = ({ id, modifiedAtMs, createdAtMs }: StoredLead) => ({
  id,
  Modified_Time: timeOf(modifiedAtMs),
  Created_Time: timeOf(createdAtMs),
  Modified_By: { name: 'Patricia Boyle', id: '7244000000000411001' },
  Created_By: { name: 'Patricia Boyle', id: '7244000000000411001' },
});

export const errorRow = ({ code, message, details }: Problem) => ({ code, details, message, status: 'error' });

/** Zoho wraps refusals of a whole write in `data[]` too. */
const callRefused = (code: string, message: string, details: Record<string, unknown>): ApiAnswer => ({
  status: 400,
  body: { data: [errorRow({ code, message, details })] },
});
