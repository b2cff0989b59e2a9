import { z } from 'zod';
import { matchKeyOf } from '../../../domain/lead.ts';
import { type PushRecord, type RemoteRecord, type Stopped, syncError } from '../connector.ts';
import { notUnderstood, wordsOf } from '../rest/call.ts';
import { call, name, type PardotSession, prospectsPath, type Reply } from './api.ts';
import { noteExchange } from './note-exchange.ts';
import { emailKeyOf } from './payload.ts';

/** Source: Account Engagement API "Version 5 Overview", read 2026-11. */
export const readLagMs = 60_000;

export type FoundAnswer = { kind: 'found'; record: RemoteRecord | null } | { kind: 'stopped'; answer: Stopped };

const id = z.union([z.number(), z.string()]).transform(String);
const prospect = z.looseObject({ id, isDeleted: z.boolean().nullish().catch(null) });
const entry = z.object({
  id,
  email: z.string().nullish().catch(null),
  updatedAt: z.string().nullish().catch(null),
});
const page = z.object({ values: z.array(entry.nullable().catch(null)) });

/**
 * Reads prospects one by one: by the stored id where one is known, by e-mail address otherwise and where the id is gone. What Account Engagement
 * shows may be up to 60 seconds old, so who was just written may be missing, and a field may have another value by now.
 */
export async function lookUp(
  records: readonly PushRecord[],
  fields: readonly string[],
  session: PardotSession,
): Promise<{ kind: 'found'; records: (RemoteRecord | null)[] } | { kind: 'stopped'; answer: Stopped }> {
  const found: (RemoteRecord | null)[] = [];
  for (const record of records) {
    const answer = await lookUpOne(record, fields, session);
    if (answer.kind === 'stopped') return answer;
    found.push(answer.record);
  }
  return { kind: 'found', records: found };
}

async function lookUpOne(record: PushRecord, fields: readonly string[], session: PardotSession): Promise<FoundAnswer> {
  if (record.remoteId !== null) {
    const known = await lookUpById(record, record.remoteId, fields, session);
    if (known.kind === 'stopped' || known.record !== null) return known;
  }
  const email = emailKeyOf(record);
  if (email === null) return { kind: 'found', record: null };
  const matched = await idByEmail(email, session);
  if (matched.kind === 'stopped') return matched;
  if (matched.id === null) return { kind: 'found', record: null };
  if (fields.length === 0) return { kind: 'found', record: { remoteId: matched.id, values: {} } };
  return lookUpById(record, matched.id, fields, session); // the query leaves out fields of several values
}

/** Null: there is no such prospect, or it is in the recycle bin. Within a push it tells the record's history. */
export async function lookUpById(
  record: PushRecord,
  remoteId: string,
  fields: readonly string[],
  session: PardotSession,
): Promise<FoundAnswer> {
  const asked = [...new Set(['id', ...fields])].map(encodeURIComponent).join();
  const path = `${prospectsPath}/${encodeURIComponent(remoteId)}?fields=${asked}`;
  const request = { method: 'GET', path } as const;
  const reply = await call(session, request, true);
  noteExchange(record, request, null, reply, session);
  if (reply.kind === 'stopped') return reply;
  const { response, fault } = reply;
  if (fault) return fault.step === 'GONE' ? { kind: 'found', record: null } : refusedLookup(reply, session);
  const read = prospect.safeParse(response.body).data;
  if (!read) return { kind: 'stopped', answer: notUnderstood(name, session, response) };
  if (read.isDeleted) return { kind: 'found', record: null };
  const values: Record<string, unknown> = read;
  return {
    kind: 'found',
    record: { remoteId: read.id, values: Object.fromEntries(fields.map((field) => [field, textOf(values[field])])) },
  };
}

/** Of several, the one that was written last: the upsert takes the one that was most active last, which is nearly always the same. */
async function idByEmail(
  email: string,
  session: PardotSession,
): Promise<{ kind: 'found'; id: string | null } | { kind: 'stopped'; answer: Stopped }> {
  const path = `${prospectsPath}?fields=id,email,updatedAt&email=${encodeURIComponent(email)}`;
  const reply = await call(session, { method: 'GET', path }, true);
  if (reply.kind === 'stopped') return reply;
  if (reply.fault) {
    return reply.fault.step === 'GONE' || reply.fault.code === '4'
      ? { kind: 'found', id: null }
      : refusedLookup(reply, session);
  }
  const read = page.safeParse(reply.response.body).data;
  if (!read) return { kind: 'stopped', answer: notUnderstood(name, session, reply.response) };
  const matches = read.values.filter((one) => one !== null && matchKeyOf(one.email ?? null) === email);
  const [latest] = matches.toSorted((one, other) => instantOf(other?.updatedAt) - instantOf(one?.updatedAt));
  return { kind: 'found', id: latest?.id ?? null };
}

const instantOf = (told: string | null | undefined): number => Date.parse(told ?? '') || 0;

function refusedLookup(
  { fault }: Extract<Reply, { kind: 'response' }>,
  session: PardotSession,
): { kind: 'stopped'; answer: Stopped } {
  const { category = 'UNKNOWN', words = '', code = null, message = '' } = fault ?? {};
  return {
    kind: 'stopped',
    answer: { kind: 'refused', error: syncError(category, words, { code, message: wordsOf(session, message) }) },
  };
}

/** Null: blank. Fields of several values come as a list. */
export function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const text = Array.isArray(value)
    ? value.join(';')
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);
  return text.trim() === '' ? null : text;
}
