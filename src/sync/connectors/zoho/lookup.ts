import { z } from 'zod';
import { matchKeyOf } from '../../../domain/lead.ts';
import type { PushRecord, RemoteRecord, Stopped } from '../connector.ts';
import { type ApiCall, type ApiResponse, notUnderstood, wordsOfStop } from '../rest/call.ts';
import { call, leadsPath, name, refusalOf, version, type ZohoSession } from './api.ts';
import { emailField, emailKeyOf } from './payload.ts';

/** A lead as Zoho has it. */
export interface FoundLead extends RemoteRecord {
  email: string | null;
  /** When it was changed last, as Zoho says it; null: it does not. */
  modifiedTime: string | null;
}

export type LeadsAnswer =
  /** What Zoho has of each record, in order; null: nothing. */
  { kind: 'found'; records: (FoundLead | null)[] } | { kind: 'stopped'; answer: Stopped };

/** Fields of a read, and values in a query. Source: Zoho CRM v8 "Get records", "COQL limitations", read 2026-11. */
const fieldsMax = 48; // of 50: two are always asked for
const idsMax = 100;
const emailsMax = 50;

/** Reads leads: by the stored id where one is known, by e-mail address otherwise and where the id is gone. Tells the records' history. */
export async function lookUp(
  records: readonly PushRecord[],
  fields: readonly string[],
  session: ZohoSession,
): Promise<LeadsAnswer> {
  const reader = new Reader(session, fields);
  const byId = new Map<string, FoundLead>();
  const byEmail = new Map<string, FoundLead>();
  const known = records.filter(({ remoteId }) => remoteId !== null);
  const stopped = await reader.byIds(known, byId);
  if (stopped) return stopped;
  const unknown = records.filter(({ remoteId }) => remoteId === null || !byId.has(remoteId));
  const stoppedByEmail = await reader.byEmails(unknown, byEmail);
  if (stoppedByEmail) return stoppedByEmail;
  const blank = Object.fromEntries(fields.map((field) => [field, null]));
  return {
    kind: 'found',
    records: records.map((record) => {
      const found = (record.remoteId && byId.get(record.remoteId)) || byEmail.get(emailKeyOf(record) ?? '');
      return found ? { ...found, values: { ...blank, ...found.values } } : null;
    }),
  };
}

/** Reads leads by their ids alone; those that are not there are left out. */
export async function readByIds(
  ids: readonly string[],
  fields: readonly string[],
  session: ZohoSession,
): Promise<{ kind: 'found'; leads: ReadonlyMap<string, FoundLead> } | { kind: 'stopped'; answer: Stopped }> {
  const leads = new Map<string, FoundLead>();
  const stopped = await new Reader(session, fields).ids(ids, [], leads);
  return stopped ?? { kind: 'found', leads };
}

type Stop = { kind: 'stopped'; answer: Stopped } | null;

const lead = z.looseObject({ id: z.union([z.number(), z.string()]).transform(String) });
const leads = z.object({ data: z.array(lead).nullish() });

const coqlKey = 'zoho.coql';

const isNoSuchCall = ({ status }: ApiResponse) => status === 404 || status === 405 || status === 501;
const isRefused = ({ status }: ApiResponse) => status >= 400 && status !== 429 && (status < 500 || status === 501);

class Reader {
  readonly #session: ZohoSession;
  readonly #asked: readonly string[];
  /** The fields to read, in as many reads as it takes. */
  readonly #parts: string[][] = [];

  constructor(session: ZohoSession, fields: readonly string[]) {
    this.#session = session;
    this.#asked = fields;
    const own = [...new Set(fields)].filter(
      (field) => field !== emailField && field !== 'Modified_Time' && field !== 'id',
    );
    for (let first = 0; first === 0 || first < own.length; first += fieldsMax) {
      this.#parts.push([emailField, 'Modified_Time', ...own.slice(first, first + fieldsMax)]);
    }
  }

  async byIds(records: readonly PushRecord[], found: Map<string, FoundLead>): Promise<Stop> {
    for (let first = 0; first < records.length; first += idsMax) {
      const some = records.slice(first, first + idsMax);
      const stopped = await this.ids([...new Set(some.flatMap(({ remoteId }) => remoteId ?? []))], some, found);
      if (stopped) return stopped;
    }
    return null;
  }

  async ids(ids: readonly string[], concerned: readonly PushRecord[], found: Map<string, FoundLead>): Promise<Stop> {
    const asked = new Set(ids);
    for (const fields of this.#parts) {
      const path = `${leadsPath}?ids=${[...asked].map(encodeURIComponent).join(',')}&fields=${fields.join(',')}`;
      const isOf = ({ remoteId }: PushRecord, one: FoundLead) => one.remoteId === remoteId;
      const reply = await this.#read({ method: 'GET', path }, concerned, isOf, isNoSuchCall); // matched by address then
      if (reply.kind === 'stopped') return reply;
      for (const one of reply.found)
        if (asked.has(one.remoteId)) found.set(one.remoteId, merged(found.get(one.remoteId), one));
    }
    return null;
  }

  /** By a query where the sign-in has the scope: fifty addresses a call, and what was written is known at once. By the search otherwise. */
  async byEmails(records: readonly PushRecord[], found: Map<string, FoundLead>): Promise<Stop> {
    const concerned = Map.groupBy(records, (record) => emailKeyOf(record) ?? '');
    const emails = [...concerned.keys()].filter(Boolean);
    const quotable = emails.filter((email) => !/['\\]/.test(email));
    const toSearch = new Set(emails.filter((email) => !quotable.includes(email)));
    for (let first = 0; first < quotable.length; first += emailsMax) {
      const some = quotable.slice(first, first + emailsMax);
      const answer = await this.#query(
        some,
        some.flatMap((email) => concerned.get(email) ?? []),
        found,
      );
      if (answer?.kind === 'stopped') return answer;
      if (answer?.kind === 'unable') for (const email of some) toSearch.add(email);
    }
    for (const email of toSearch) {
      const stopped = await this.#search(email, concerned.get(email) ?? [], found);
      if (stopped) return stopped;
    }
    return null;
  }

  async #query(
    emails: readonly string[],
    concerned: readonly PushRecord[],
    found: Map<string, FoundLead>,
  ): Promise<Stop | { kind: 'unable' }> {
    if (this.#session.memory.get(coqlKey) === false) return { kind: 'unable' };
    for (const fields of this.#parts) {
      const values = emails.map((email) => `'${email}'`).join(', ');
      const select_query = `select id, ${fields.join(', ')} from Leads where ${emailField} in (${values}) limit 2000`;
      const request = { method: 'POST', path: `${version}/coql`, body: { select_query } } as const;
      const isMatch = (record: PushRecord, one: FoundLead) => matchKeyOf(one.email) === emailKeyOf(record);
      const reply = await this.#read(request, concerned, isMatch, isRefused);
      if (reply.kind === 'stopped') return reply;
      if (reply.status >= 400) {
        this.#session.memory.set(coqlKey, false); // not with this sign-in
        return { kind: 'unable' };
      }
      note(reply.found, found);
    }
    return null;
  }

  /** The search also finds other addresses of a person: only the one that Zoho matches by counts. It may not know yet what was just written. */
  async #search(email: string, concerned: readonly PushRecord[], found: Map<string, FoundLead>): Promise<Stop> {
    for (const fields of this.#parts) {
      const path = `${leadsPath}/search?email=${encodeURIComponent(email)}&fields=${fields.join(',')}`;
      const reply = await this.#read(
        { method: 'GET', path },
        concerned,
        (_record, one) => matchKeyOf(one.email) === email,
      );
      if (reply.kind === 'stopped') return reply;
      note(
        reply.found.filter((one) => matchKeyOf(one.email) === email),
        found,
      );
    }
    return null;
  }

  async #read(
    request: ApiCall,
    concerned: readonly PushRecord[],
    isOf: (record: PushRecord, found: FoundLead) => boolean,
    isOurs?: (response: ApiResponse) => boolean,
  ): Promise<{ kind: 'read'; status: number; found: FoundLead[] } | { kind: 'stopped'; answer: Stopped }> {
    const tell = (status: number | null, answerOf: (record: PushRecord) => unknown) => {
      const words = `${request.method} ${request.path.split('?')[0]}`;
      for (const record of concerned)
        this.#session.exchanged(record.itemId, { request: words, payload: null, status, answer: answerOf(record) });
    };
    const reply = await call(this.#session, request, isOurs);
    if (reply.kind === 'stopped') {
      if (reply.answer.kind !== 'unsent') tell(null, () => wordsOfStop(reply.answer));
      return reply;
    }
    const { response } = reply;
    const read = leads.safeParse(response.body).data;
    const found = (read?.data ?? []).map((one) => foundOf(one, this.#asked));
    tell(response.status, (record) => found.find((one) => isOf(record, one)) ?? null);
    // Nothing found is a 204 without a body; an id that is none, or is gone, may be a refusal.
    if (response.status === 204 || isOurs?.(response)) {
      return { kind: 'read', status: response.status, found: [] };
    }
    if (response.status >= 400) {
      const answer = refusalOf(response, this.#session);
      const { category, vendorCode } = answer.error;
      const isGone = category === 'REMOTE_RECORD_GONE' || vendorCode === 'INVALID_DATA' || vendorCode === '404';
      return isGone ? { kind: 'read', status: response.status, found: [] } : { kind: 'stopped', answer };
    }
    if (!read) return { kind: 'stopped', answer: notUnderstood(name, this.#session, response) };
    return { kind: 'read', status: response.status, found };
  }
}

/** Of several leads with one address the first that is told; a further part of the same lead adds to it. */
function note(read: readonly FoundLead[], found: Map<string, FoundLead>): void {
  for (const one of read) {
    const key = matchKeyOf(one.email);
    const before = key === null ? null : found.get(key);
    if (key !== null && (!before || before.remoteId === one.remoteId)) found.set(key, merged(before, one));
  }
}

const merged = (before: FoundLead | null | undefined, one: FoundLead): FoundLead => ({
  ...one,
  values: { ...before?.values, ...one.values },
});

/** `asked`: of these as many as this read has. */
function foundOf(read: z.output<typeof lead>, asked: readonly string[]): FoundLead {
  return {
    remoteId: read.id,
    values: Object.fromEntries(asked.flatMap((field) => (field in read ? [[field, textOf(read[field])]] : []))),
    email: textOf(read[emailField]),
    modifiedTime: textOf(read.Modified_Time),
  };
}

const named = z.looseObject({ id: z.unknown().optional() });

/** As text, as a mapping would write it; null: blank. */
function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.flatMap((one) => textOf(one) ?? []).join(';') || null;
  if (typeof value === 'object') return textOf(named.safeParse(value).data?.id ?? JSON.stringify(value));
  return String(value).trim() === '' ? null : String(value);
}
