import { z } from 'zod';
import type { Stopped } from '../connector.ts';
import { notUnderstood } from '../rest/call.ts';
import { call, dataPath, name, refusalOf, type SalesforceSession } from './api.ts';

export type QueriedRecord = Record<string, unknown>;
export type QueryAnswer = { kind: 'records'; records: QueriedRecord[] } | { kind: 'stopped'; answer: Stopped };

const page = z.object({
  records: z.array(z.record(z.string(), z.unknown())),
  done: z.boolean().nullish(),
  nextRecordsUrl: z.string().nullish(),
});

export const queryPath = `${dataPath}/query`;

/** Salesforce takes 16 KB of address and headers together; access tokens take their share. */
const addressCharactersMax = 12_000;
/** An answer of 2,000 records with long texts. */
const answerBytesMax = 16_000_000;
const pagesMax = 50;

/** All records of a query, page by page. */
export async function query(session: SalesforceSession, soql: string): Promise<QueryAnswer> {
  const records: QueriedRecord[] = [];
  let path: string | null = `${queryPath}?q=${encodeURIComponent(soql)}`;
  for (let pages = 0; path !== null && pages < pagesMax; pages++) {
    const reply = await call(session, { method: 'GET', path, answerBytesMax });
    if (reply.kind === 'stopped') return reply;
    const { response } = reply;
    if (response.status >= 300) return { kind: 'stopped', answer: refusalOf(response, session) };
    const read = page.safeParse(response.body).data;
    if (!read) return { kind: 'stopped', answer: notUnderstood(name, session, response) };
    records.push(...read.records);
    path = read.done === false ? pathOf(read.nextRecordsUrl) : null;
  }
  return { kind: 'records', records };
}

/** Below the base URL, also where a whole address is told. */
function pathOf(url: string | null | undefined): string | null {
  if (!url) return null;
  if (url.startsWith('/')) return url;
  const parsed = URL.parse(url);
  return parsed && parsed.pathname + parsed.search;
}

export interface Selection {
  object: string;
  fields: readonly string[];
  /** The field whose values are asked for. */
  by: string;
  /** As SOQL literals. */
  keys: readonly string[];
  /** Further conditions, each with its AND before it. */
  and?: string;
}

/** Queries that ask for all of the keys and fit into addresses. */
function queriesOf({ object, fields, by, keys, and = '' }: Selection): string[] {
  const soqlOf = (some: readonly string[]) =>
    `SELECT ${fields.join(',')} FROM ${object} WHERE ${by} IN (${some.join(',')})${and}`;
  const queries: string[] = [];
  let some: string[] = [];
  for (const key of new Set(keys)) {
    const isTooLong = encodeURIComponent(soqlOf([...some, key])).length > addressCharactersMax;
    if (isTooLong && some.length > 0) {
      queries.push(soqlOf(some));
      some = [];
    }
    some.push(key);
  }
  return some.length > 0 ? [...queries, soqlOf(some)] : queries;
}

/** All records that a selection finds. */
export async function select(session: SalesforceSession, selection: Selection): Promise<QueryAnswer> {
  const records: QueriedRecord[] = [];
  for (const soql of queriesOf(selection)) {
    const answer = await query(session, soql);
    if (answer.kind === 'stopped') return answer;
    records.push(...answer.records);
  }
  return { kind: 'records', records };
}

/** Text as a literal of SOQL. Other control characters than these are no part of it. */
export function literalOf(value: string): string {
  const escaped = value
    .replace(/[\\'"]/g, String.raw`\$&`)
    .replaceAll('\n', String.raw`\n`)
    .replaceAll('\r', String.raw`\r`)
    .replaceAll('\t', String.raw`\t`);
  return `'${escaped}'`;
}

/** A name that can stand in a query: those of mappings are whatever somebody typed. */
export const isFieldName = (text: string): boolean => /^[A-Za-z]\w{0,79}$/.test(text);

/** What a record has in a field, as text; null: blank. Names are compared without regard to case, as Salesforce does. */
export function textIn(record: QueriedRecord, field: string): string | null {
  const wanted = field.toLowerCase();
  const value = record[field] ?? Object.entries(record).find(([one]) => one.toLowerCase() === wanted)?.[1];
  return value === null || value === undefined || String(value).trim() === '' ? null : String(value);
}

/** Ids of 15 characters are those of 18 without what checks them. */
export const idKeyOf = (id: string): string => id.slice(0, 15);
