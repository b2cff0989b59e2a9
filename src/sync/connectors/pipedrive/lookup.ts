import type { LookupAnswer, PushRecord, RemoteRecord, Stopped } from '../connector.ts';
import { messageOfStop } from '../rest/call.ts';
import type { PipedriveSession } from './api.ts';
import { type Asker, readPerson, searchByEmail } from './find.ts';
import { emailKeyOf } from './payload.ts';
import { remoteRecordOf } from './person.ts';

type Found = { kind: 'found'; record: RemoteRecord | null } | { kind: 'stopped'; message: string };

/** Reads persons: by the stored id where one is known, by e-mail address otherwise and where the id is gone. */
export async function lookUp(
  records: readonly PushRecord[],
  fields: readonly string[],
  session: PipedriveSession,
): Promise<LookupAnswer> {
  const asker: Asker = { session, note: () => {} };
  const found: (RemoteRecord | null)[] = [];
  for (const record of records) {
    const answer = await lookUpOne(record, fields, asker);
    if (answer.kind === 'stopped') return { kind: 'unavailable', message: answer.message };
    found.push(answer.record);
  }
  return { kind: 'found', records: found };
}

async function lookUpOne(record: PushRecord, fields: readonly string[], asker: Asker): Promise<Found> {
  if (record.remoteId !== null) {
    const known = await readPerson(record.remoteId, asker);
    if (known.kind === 'stopped') return stopped(known.answer);
    if (known.kind === 'person') return { kind: 'found', record: remoteRecordOf(known.person, fields) };
    if (known.error && known.error.meaning !== 'GONE') return { kind: 'stopped', message: known.error.words };
  }
  const email = emailKeyOf(record);
  if (email === null) return { kind: 'found', record: null };
  const hits = await searchByEmail(email, asker);
  if (hits.kind === 'stopped') return stopped(hits.answer);
  if (hits.kind === 'refused') return { kind: 'stopped', message: hits.error.words };
  const [hit] = hits.persons;
  if (!hit) return { kind: 'found', record: null };
  const read = await readPerson(hit.id, asker);
  if (read.kind === 'stopped') return stopped(read.answer);
  if (read.kind === 'person') return { kind: 'found', record: remoteRecordOf(read.person, fields) };
  return { kind: 'found', record: read.error?.meaning === 'GONE' ? null : remoteRecordOf(hit, fields) };
}

const stopped = (answer: Stopped): Found => ({ kind: 'stopped', message: messageOfStop(answer) });
