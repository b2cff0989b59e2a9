import { z } from 'zod';
import { matchKeyOf } from '../../../domain/lead.ts';
import type { PushRecord, RemoteRecord, Stopped } from '../connector.ts';
import { notUnderstood } from '../rest/call.ts';
import { call, type HubspotSession } from './api.ts';
import { readErrors } from './errors.ts';
import { pathsOf } from './paths.ts';
import { emailKeyOf } from './payload.ts';
import { name, refusalOf } from './stops.ts';

export type RecordsAnswer =
  /** What HubSpot has of each record, in order; null: nothing. */
  { kind: 'found'; records: (RemoteRecord | null)[] } | { kind: 'stopped'; answer: Stopped };

const inputsMax = 100;

const contact = z.object({
  id: z.union([z.number(), z.string()]).transform(String),
  properties: z.record(z.string(), z.unknown()).nullish(),
});
const contacts = z.object({ results: z.array(contact).nullish() });

/** Reads contacts: by the stored id where one is known, by e-mail address otherwise and where the id is gone. */
export async function lookUp(
  records: readonly PushRecord[],
  fields: readonly string[],
  session: HubspotSession,
): Promise<RecordsAnswer> {
  const byId = new Map<string, RemoteRecord>();
  const byEmail = new Map<string, RemoteRecord>();
  const ids = records.flatMap((record) => record.remoteId ?? []);
  const stopped = await readAll(session, null, ids, fields, (found) => byId.set(found.remoteId, found));
  if (stopped) return stopped;
  const unknown = records.filter((record) => !(record.remoteId && byId.has(record.remoteId)));
  const emails = [...new Set(unknown.flatMap((record) => emailKeyOf(record) ?? []))];
  const stoppedByEmail = await readAll(session, 'email', emails, fields, (found, email) => {
    if (email) byEmail.set(email, found);
  });
  if (stoppedByEmail) return stoppedByEmail;
  return {
    kind: 'found',
    records: records.map(
      (record) => (record.remoteId && byId.get(record.remoteId)) || (byEmail.get(emailKeyOf(record) ?? '') ?? null),
    ),
  };
}

/** Null: all were read. Absent ones are told as errors of a 207; another error there may hide a contact, so that it is none to go on from. */
async function readAll(
  session: HubspotSession,
  idProperty: 'email' | null,
  keys: readonly string[],
  fields: readonly string[],
  note: (found: RemoteRecord, email: string | null) => void,
): Promise<{ kind: 'stopped'; answer: Stopped } | null> {
  for (let first = 0; first < keys.length; first += inputsMax) {
    const inputs = keys.slice(first, first + inputsMax).map((id) => ({ id }));
    const body = {
      ...(idProperty && { idProperty }),
      properties: [...new Set(['email', ...fields])],
      propertiesWithHistory: [],
      inputs,
    };
    const reply = await call(session, { method: 'POST', path: `${pathsOf(session).contacts}/batch/read`, body });
    if (reply.kind === 'stopped') return reply;
    const { response } = reply;
    if (response.status === 404) continue; // none of them is there
    const read = contacts.safeParse(response.body).data;
    const hidden = readErrors(response.body).some(({ category }) => category !== 'REMOTE_RECORD_GONE');
    if (response.status >= 400 || hidden) return { kind: 'stopped', answer: refusalOf(response, session) };
    if (!read) return { kind: 'stopped', answer: notUnderstood(name, session, response) };
    for (const found of read.results ?? []) {
      const values = fields.map((field) => [field, textOf(found.properties?.[field])]);
      note({ remoteId: found.id, values: Object.fromEntries(values) }, matchKeyOf(textOf(found.properties?.email)));
    }
  }
  return null;
}

const textOf = (value: unknown): string | null =>
  value === null || value === undefined || String(value).trim() === '' ? null : String(value);
