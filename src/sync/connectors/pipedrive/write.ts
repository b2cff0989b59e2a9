import { z } from 'zod';
import type { PushRecord, RecordOutcome, Stopped } from '../connector.ts';
import { notUnderstood } from '../rest/call.ts';
import { call, errorOf, name } from './api.ts';
import { beginCreate, endCreate } from './creates.ts';
import { type Asker, noteReply, readPerson } from './find.ts';
import { payloadOf } from './payload.ts';
import { type Person, personAnswer, remoteRecordOf } from './person.ts';

export type Written =
  | { kind: 'outcome'; outcome: RecordOutcome }
  /** The person is not there any more. */
  | { kind: 'gone'; error: Extract<RecordOutcome, { kind: 'failed' }>['error'] }
  | { kind: 'stopped'; answer: Stopped };

const answered = z.object({ data: personAnswer });

/**
 * Updates a person, read before as what is there decides what is sent: addresses that are kept, blanks that are filled. Between the two calls
 * somebody may fill a field, or add an address; Pipedrive knows no condition that would prevent it.
 * @param hit what the search told of the person, for a Pipedrive that does not tell more
 */
export async function updatePerson(id: string, record: PushRecord, asker: Asker, hit?: Person): Promise<Written> {
  const read = await readPerson(id, asker);
  if (read.kind === 'stopped') return read;
  const person = read.kind === 'person' ? read.person : hit;
  const found = person ? remoteRecordOf(person, []) : { remoteId: id, values: {} };
  const body = payloadOf(record, found, asker.session.credentials);
  const path = `/api/v2/persons/${encodeURIComponent(id)}`;
  const fields = Object.keys(record.values);
  const reply = await call(asker.session, { method: 'PATCH', path, body, costs: 'write', fields });
  noteReply(asker, `PATCH ${path}`, body, reply, { id });
  if (reply.kind === 'stopped') return reply;
  if (reply.kind === 'response') return { kind: 'outcome', outcome: { kind: 'cleared', remoteId: id } };
  const error = errorOf(reply.error, asker.session);
  return reply.error.meaning === 'GONE'
    ? { kind: 'gone', error }
    : { kind: 'outcome', outcome: { kind: 'failed', error } };
}

/** Creates a person. Repeated, it creates another one: whoever gets no answer finds out first what became of it. */
export async function createPerson(record: PushRecord, asker: Asker): Promise<Written> {
  const { session } = asker;
  if (session.signal.aborted || session.timeLeftMs() <= 0) return { kind: 'stopped', answer: { kind: 'unsent' } };
  if (!(await beginCreate(record, session))) return { kind: 'stopped', answer: { kind: 'unsent' } };
  const body = payloadOf(record, null, session.credentials);
  const path = '/api/v2/persons';
  const fields = Object.keys(record.values);
  const reply = await call(session, { method: 'POST', path, body, costs: 'write', fields });
  const person = reply.kind === 'response' ? answered.safeParse(reply.response.body).data?.data : undefined;
  noteReply(asker, `POST ${path}`, body, reply, person ? { id: person.id } : null);
  if (person) {
    endCreate(record, session, { remoteId: person.id });
    return { kind: 'outcome', outcome: { kind: 'cleared', remoteId: person.id } };
  }
  // Taken, and not said under which id: as good as no answer.
  if (reply.kind === 'response') return { kind: 'stopped', answer: notUnderstood(name, session, reply.response) };
  const mayBeThere = reply.kind === 'stopped' && reply.answer.kind === 'unavailable' && !reply.answer.unreached;
  if (!mayBeThere) endCreate(record, session, 'refused');
  if (reply.kind === 'stopped') return reply;
  return { kind: 'outcome', outcome: { kind: 'failed', error: errorOf(reply.error, session) } };
}
