import { z } from 'zod';
import { matchKeyOf } from '../../../domain/lead.ts';
import type { Exchange, Stopped } from '../connector.ts';
import { notUnderstood, wordsOfStop } from '../rest/call.ts';
import { call, errorOf, name, type PipedriveSession, type Reply } from './api.ts';
import type { PipedriveError } from './errors.ts';
import { type Person, personAnswer } from './person.ts';

/** With what Pipedrive is asked about one record. */
export interface Asker {
  session: PipedriveSession;
  /** Tells the record's history what was asked and answered. */
  note(exchange: Exchange): void;
}

const idsOf = (persons: readonly Person[]) => persons.map(({ id }) => id);

/** What the history shows of a call, where `found` is what it found of this record. */
export function noteReply(
  { session, note }: Asker,
  request: string,
  payload: unknown,
  reply: Reply,
  found: unknown,
): void {
  if (reply.kind === 'stopped') {
    if (reply.answer.kind === 'unsent') return;
    const { vendorCode } = reply.answer.error;
    const status = vendorCode !== null && /^\d{3}$/.test(vendorCode) ? Number(vendorCode) : null;
    note({ request, payload, status, answer: wordsOfStop(reply.answer) });
  } else if (reply.kind === 'refused') {
    const { vendorCode: code, vendorMessage: message } = errorOf(reply.error, session);
    note({ request, payload, status: reply.status, answer: { code, message } });
  } else note({ request, payload, status: reply.response.status, answer: found });
}

export type FoundPersons =
  | { kind: 'found'; persons: Person[] }
  | { kind: 'refused'; error: PipedriveError }
  | { kind: 'stopped'; answer: Stopped };

const searchPath = '/api/v2/persons/search';
const hit = z
  .union([z.object({ item: personAnswer }).transform(({ item }) => item), personAnswer])
  .nullable()
  .catch(null);
const hits = z.object({ data: z.object({ items: z.array(hit).nullish() }) });

/**
 * Persons with this very address, as far as the index of the search knows: it learns of a new person a while later, and may still have one that is
 * gone. By e-mail address without regard to capitals.
 */
export async function searchByEmail(email: string, asker: Asker): Promise<FoundPersons> {
  const asked = { term: email, fields: 'email', exact_match: 'true', limit: '100' };
  const path = `${searchPath}?${new URLSearchParams(asked)}`;
  const reply = await call(asker.session, { method: 'GET', path, costs: 'search' });
  const read = reply.kind === 'response' ? hits.safeParse(reply.response.body).data : undefined;
  const persons = withAddress(
    (read?.data.items ?? []).filter((one) => one !== null),
    email,
  );
  noteReply(asker, `GET ${searchPath}`, asked, reply, read ? { ids: idsOf(persons) } : null);
  if (reply.kind !== 'response') return reply;
  if (!read) return { kind: 'stopped', answer: notUnderstood(name, asker.session, reply.response) };
  return { kind: 'found', persons };
}

/** Each once, and of those that tell their addresses only who has it: not every search is as exact as it is asked to be. */
function withAddress(persons: readonly Person[], email: string): Person[] {
  const has = ({ emails, is_deleted: isDeleted }: Person) =>
    isDeleted !== true &&
    (emails === null || emails.length === 0 || emails.some(({ value }) => matchKeyOf(value) === matchKeyOf(email)));
  return [...new Map(persons.filter(has).map((person) => [person.id, person])).values()];
}

export type ReadPerson =
  | { kind: 'person'; person: Person }
  /** It is not there, or Pipedrive does not say. */
  | { kind: 'unread'; error: PipedriveError | null }
  | { kind: 'stopped'; answer: Stopped };

/** One person, as it is now. */
export async function readPerson(id: string, asker: Asker): Promise<ReadPerson> {
  const path = `/api/v2/persons/${encodeURIComponent(id)}`;
  const reply = await call(asker.session, { method: 'GET', path, costs: 'get' });
  const read =
    reply.kind === 'response' ? z.object({ data: personAnswer }).safeParse(reply.response.body).data : undefined;
  noteReply(asker, `GET ${path}`, null, reply, read?.data ?? null);
  if (reply.kind === 'stopped') return reply;
  if (reply.kind === 'refused') return { kind: 'unread', error: reply.error };
  const person = read?.data;
  return person && person.id === id && person.is_deleted !== true
    ? { kind: 'person', person }
    : { kind: 'unread', error: null };
}

export type RecentPersons =
  | { kind: 'listed'; persons: Person[] }
  /** There were too many, or Pipedrive has no such list. */
  | { kind: 'unknown' }
  | { kind: 'stopped'; answer: Stopped };

const listPath = '/api/v2/persons';
const pageMax = 500;
const pagesMax = 10;
const listed = z.object({
  data: z.array(personAnswer.nullable().catch(null)),
  additional_data: z.object({ next_cursor: z.string().nullish() }).nullish().catch(null),
});

/**
 * Persons with this address among those that changed since then, newest first. The list is read from the persons themselves, so it knows of one
 * before the search does.
 */
export async function listRecent(email: string, sinceMs: number, asker: Asker): Promise<RecentPersons> {
  const updatedSince = `${new Date(sinceMs).toISOString().slice(0, 19)}Z`;
  const asked = { updated_since: updatedSince, sort_by: 'id', sort_direction: 'desc', limit: String(pageMax) };
  let cursor: string | null = null;
  for (let pages = 0; pages < pagesMax; pages++) {
    const query = new URLSearchParams({ ...asked, ...(cursor !== null && { cursor }) });
    const reply = await call(asker.session, { method: 'GET', path: `${listPath}?${query}`, costs: 'list' });
    const read = reply.kind === 'response' ? listed.safeParse(reply.response.body).data : undefined;
    const told = (read?.data ?? []).flatMap((one) => (one?.emails ? [one] : []));
    const persons = withAddress(
      told.filter(({ emails }) => emails?.length),
      email,
    );
    noteReply(asker, `GET ${listPath}`, asked, reply, read ? { ids: idsOf(persons) } : null);
    if (reply.kind === 'stopped') return reply;
    if (reply.kind === 'refused' || !read || told.length < read.data.length) return { kind: 'unknown' };
    cursor = read.additional_data?.next_cursor ?? null;
    if (persons.length > 0 || cursor === null) return { kind: 'listed', persons };
  }
  return { kind: 'unknown' };
}
