import type { ApiAnswer } from '../api.ts';
import { errorRow, type Leads, shown } from './leads.ts';

/** `GET /Leads?ids=…&fields=…`. */
export function readLeads(query: URLSearchParams, leads: Leads): ApiAnswer {
  const ids = listOf(query.get('ids'));
  const fields = listOf(query.get('fields'));
  if (fields.length === 0) {
    return refused('REQUIRED_PARAM_MISSING', 'One of the expected parameter is missing', { param_name: 'fields' });
  }
  if (fields.length > 50) return refused('LIMIT_EXCEEDED', 'more than 50 fields', { limit: 50, param_name: 'fields' });
  const found = ids.length > 0 ? ids.flatMap((id) => leads.get(id) ?? []) : [...leads.values()];
  return page(found.map((lead) => shown(lead, fields)));
}

/** `GET /Leads/search?email=…`, by any of their addresses, in an index that learns of changes after `lagMs`. */
export function searchLeads(
  query: URLSearchParams,
  leads: Leads,
  { nowMs, lagMs }: { nowMs: number; lagMs: number },
): ApiAnswer {
  const email = query.get('email');
  if (!email) return refused('REQUIRED_PARAM_MISSING', 'One of the expected parameter is missing', {});
  const second = [...leads.values()].filter(({ values }) => values.Secondary_Email === email);
  const found = [...second, leads.byEmail(email)].filter((lead) => lead !== null);
  const indexed = found.filter(({ modifiedAtMs }) => modifiedAtMs <= nowMs - lagMs);
  return page(indexed.map((lead) => shown(lead, listOf(query.get('fields')))));
}

const statement = /^select (?<fields>[\w, ]+) from Leads where Email in \((?<values>.+)\) limit (?<limit>\d+)$/i;

/** `POST /coql`, for the statements that ask for leads by e-mail address. */
export function queryLeads(asked: unknown, leads: Leads): ApiAnswer {
  const { select_query: query } = (asked ?? {}) as { select_query?: unknown };
  const read = statement.exec(String(query))?.groups;
  if (!read)
    return refused('SYNTAX_ERROR', 'error occured while parsing the query', { near: String(query).slice(0, 20) });
  const emails = [...(read.values ?? '').matchAll(/'((?:[^'\\]|\\.)*)'/g)].map((match) => match[1]);
  const found = emails.flatMap((email) => leads.byEmail(email) ?? []);
  return page(found.slice(0, Number(read.limit)).map((lead) => shown(lead, listOf(read.fields ?? ''))));
}

const listOf = (text: string | null): string[] =>
  (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);

/** Nothing found is a 204 without a body. */
const page = (data: readonly unknown[]): ApiAnswer =>
  data.length === 0
    ? { status: 204 }
    : { status: 200, body: { data, info: { count: data.length, more_records: false, page: 1, per_page: 200 } } };

export const refused = (
  code: string,
  message: string,
  details: Record<string, unknown> = {},
  status = 400,
): ApiAnswer => ({
  status,
  body: errorRow({ code, message, details }),
});
