import { z } from 'zod';
import type { Campaign, PushRecord, Session, Stopped, Unavailable } from '../connector.ts';
import { messageOfStop, notUnderstood, unhurried } from '../rest/call.ts';
import { call, type HubspotSession } from './api.ts';
import type { HubspotCredentials } from './credentials.ts';
import { pathsOf } from './paths.ts';
import { name, refusalOf } from './stops.ts';

const list = z.object({
  listId: z.union([z.number(), z.string()]).transform(String),
  name: z.string(),
  processingType: z.string().nullish(),
  objectTypeId: z.string().nullish(),
});
/** Of contacts. */
const isOfContacts = ({ objectTypeId }: z.output<typeof list>): boolean =>
  objectTypeId == null || objectTypeId === '0-1';
/** The kinds that take members by hand; the others fill themselves. */
const staticTypes = ['MANUAL', 'SNAPSHOT'];

const campaignOf = (found: z.output<typeof list>): Campaign => ({
  id: found.listId,
  name: found.name,
  type: 'static list',
  memberStatuses: [],
});

/** Static lists of contacts. Source: HubSpot lists v3, read 2026-11. */
export async function searchLists(
  search: string | null,
  session: Session<HubspotCredentials>,
): Promise<{ kind: 'campaigns'; campaigns: Campaign[] } | Unavailable> {
  const hurried = unhurried(session);
  const body = { query: search ?? '', count: 100, offset: 0, processingTypes: staticTypes };
  const reply = await call(hurried, { method: 'POST', path: `${pathsOf(session).lists}/search`, body });
  if (reply.kind === 'stopped') return { kind: 'unavailable', message: messageOfStop(reply.answer) };
  const read = z.object({ lists: z.array(list) }).safeParse(reply.response.body).data;
  if (!read) return { kind: 'unavailable', message: messageOfStop(notUnderstood(name, session, reply.response)) };
  const found = read.lists.filter(
    (one) => isOfContacts(one) && (one.processingType == null || staticTypes.includes(one.processingType)),
  );
  return { kind: 'campaigns', campaigns: found.slice(0, 100).map(campaignOf) };
}

export async function findList(
  id: string,
  session: Session<HubspotCredentials>,
): Promise<{ kind: 'campaign'; campaign: Campaign | null } | Unavailable> {
  if (!/^\d{1,18}$/.test(id)) return { kind: 'campaign', campaign: null };
  const reply = await call(unhurried(session), { method: 'GET', path: `${pathsOf(session).lists}/${id}` });
  if (reply.kind === 'stopped') return { kind: 'unavailable', message: messageOfStop(reply.answer) };
  if (reply.response.status === 404 || reply.response.status === 400) return { kind: 'campaign', campaign: null };
  const read = z
    .union([z.object({ list }), list.transform((found) => ({ list: found }))])
    .safeParse(reply.response.body).data;
  if (!read) return { kind: 'unavailable', message: messageOfStop(notUnderstood(name, session, reply.response)) };
  const { processingType } = read.list;
  const takesMembers = isOfContacts(read.list) && (processingType == null || staticTypes.includes(processingType));
  return { kind: 'campaign', campaign: takesMembers ? campaignOf(read.list) : null };
}

export type MembersAnswer =
  /** Ids of contacts that HubSpot does not have. Those that were members already are members. */
  | { kind: 'added'; missing: ReadonlySet<string> }
  | { kind: 'gone'; status: number; text: string }
  | { kind: 'stopped'; answer: Stopped };

const ids = z.array(z.union([z.number(), z.string()]).transform(String));
// HubSpot writes "recordsIdsAdded" beside "recordIdsMissing"; either spelling is taken.
const added = z.object({ recordIdsMissing: ids.nullish(), recordsIdsMissing: ids.nullish() });
/** A refusal that is about the list: one that fills itself, say. */
const ofList = /\blists?\b|dynamic|processing ?type/i;

/** Makes contacts members of a static list; repeating it is harmless. Tells the records' history. */
export async function addMembers(
  listId: string,
  members: readonly { record: PushRecord; remoteId: string }[],
  session: HubspotSession,
): Promise<MembersAnswer> {
  const path = `${pathsOf(session).lists}/${encodeURIComponent(listId)}/memberships/add`;
  const reply = await call(session, { method: 'PUT', path, body: members.map(({ remoteId }) => remoteId) });
  const status = reply.kind === 'response' ? reply.response.status : null;
  const answer = reply.kind === 'response' ? reply.response.body : null;
  for (const { record, remoteId } of members) {
    if (reply.kind === 'response' || reply.answer.kind !== 'unsent') {
      session.exchanged(record.itemId, {
        request: `PUT ${path}`,
        payload: [remoteId],
        status,
        answer: ownPart(answer, remoteId),
      });
    }
  }
  if (reply.kind === 'stopped') return reply;
  const { response } = reply;
  const { text } = response;
  if (response.status === 404 || (response.status === 400 && ofList.test(text))) {
    return { kind: 'gone', status: response.status, text };
  }
  if (response.status >= 400) return { kind: 'stopped', answer: refusalOf(response, session) };
  const read = added.safeParse(text.trim() === '' ? {} : response.body).data;
  if (!read) return { kind: 'stopped', answer: notUnderstood(name, session, response) };
  return { kind: 'added', missing: new Set([...(read.recordIdsMissing ?? []), ...(read.recordsIdsMissing ?? [])]) };
}

/** Of an answer that lists ids of other people as well, what it says of this one. */
function ownPart(answer: unknown, remoteId: string): unknown {
  const read = z.record(z.string(), ids).safeParse(answer).data;
  if (!read) return null;
  return Object.fromEntries(Object.entries(read).map(([key, listed]) => [key, listed.filter((id) => id === remoteId)]));
}
