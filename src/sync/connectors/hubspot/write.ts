import { z } from 'zod';
import { type PushRecord, type RecordOutcome, type Stopped, syncError } from '../connector.ts';
import { type ApiResponse, wordsOf, wordsOfStop } from '../rest/call.ts';
import { call, type HubspotSession } from './api.ts';
import { type HubspotError, readErrors } from './errors.ts';
import { pathsOf } from './paths.ts';
import { refusalOf } from './stops.ts';

/** One contact to write: by its id, or by its e-mail address where HubSpot is not known to have it. */
export interface Write {
  record: PushRecord;
  remoteId: string | null;
  properties: Record<string, string>;
}

/** What became of a write. `again`: once more, under another id, or by e-mail address where there is none. */
export type Written = RecordOutcome | { kind: 'again'; remoteId: string | null };

export type WriteAnswer = { kind: 'written'; outcomes: Map<string, Written> } | { kind: 'stopped'; answer: Stopped };

const result = z.object({
  id: z.union([z.number(), z.string()]).transform(String),
  objectWriteTraceId: z.string().nullish(),
  properties: z.record(z.string(), z.unknown()).nullish(),
});
const results = z.object({ results: z.array(result).nullish() });
type Result = z.output<typeof result>;

/**
 * One batch call. With a trace id for every input HubSpot writes the good contacts and names the others; without, one bad contact would refuse
 * all. Contacts that the answer does not speak of have no outcome. Tells the records' history.
 */
export async function writeContacts(
  way: 'update' | 'upsert',
  writes: readonly Write[],
  session: HubspotSession,
): Promise<WriteAnswer> {
  const path = `${pathsOf(session).contacts}/batch/${way}`;
  const inputs = writes.map(({ record, remoteId, properties }) => ({
    ...(remoteId === null ? { id: record.values.email, idProperty: 'email' } : { id: remoteId }),
    objectWriteTraceId: record.itemId,
    properties,
  }));
  const note = ({ record, properties }: Write, status: number | null, answer: unknown) =>
    session.exchanged(record.itemId, { request: `POST ${path}`, payload: properties, status, answer });

  const reply = await call(session, { method: 'POST', path, body: { inputs } });
  if (reply.kind === 'stopped') {
    if (reply.answer.kind !== 'unsent') for (const write of writes) note(write, null, wordsOfStop(reply.answer));
    return reply;
  }
  const { response } = reply;
  const taken = results.safeParse(response.body).data?.results ?? [];
  const errors = readErrors(response.body);
  const outcomes = new Map<string, Written>();
  for (const write of writes) {
    const own = taken.find((entry) => isOf(entry, write.record));
    const error = own ? null : errorFor(write, errors, writes.length === 1 && response.status >= 400);
    note(write, response.status, own ?? (error && { code: error.code, message: wordsOf(session, error.message) }));
    if (own) outcomes.set(write.record.itemId, { kind: 'cleared', remoteId: own.id });
    else if (error) outcomes.set(write.record.itemId, outcomeOf(write, error, session));
  }
  // Refused as a whole, and not everybody named or nobody guilty: the engine finds who is to blame, and takes apart who is there twice.
  const isTogether = writes.length > 1 && errors.some(({ code }) => code === 'DUPLICATE_IDS');
  if (response.status >= 400 && (isTogether || outcomes.size < writes.length)) return refusedCall(response, session);
  return { kind: 'written', outcomes };
}

/** Results come in any order: by the trace id, or by the e-mail address where HubSpot leaves it out. */
function isOf(entry: Result, record: PushRecord): boolean {
  if (entry.objectWriteTraceId != null) return entry.objectWriteTraceId === record.itemId;
  const email = record.values.email?.trim().toLowerCase();
  return email !== undefined && String(entry.properties?.email ?? '').toLowerCase() === email;
}

/** `alone`: whatever is wrong with the call is wrong with this one. */
function errorFor({ record, remoteId }: Write, errors: readonly HubspotError[], alone: boolean): HubspotError | null {
  const named = errors.find(
    ({ traceIds, ids }) => traceIds.includes(record.itemId) || (remoteId !== null && ids.includes(remoteId)),
  );
  return named ?? (alone ? (errors[0] ?? null) : null);
}

const refusedCall = (response: ApiResponse, session: HubspotSession): WriteAnswer => ({
  kind: 'stopped',
  answer: refusalOf(response, session),
});

function outcomeOf({ record, remoteId }: Write, error: HubspotError, session: HubspotSession): Written {
  const [existing] = error.ids;
  if (error.category === 'REMOTE_RECORD_GONE' && remoteId !== null) return { kind: 'again', remoteId: null };
  if (error.category === 'DUPLICATE' && error.code !== 'DUPLICATE_IDS' && existing && remoteId === null)
    return { kind: 'again', remoteId: existing };
  const field = error.field !== null && error.field in record.values ? error.field : null;
  const vendor = { code: error.code, message: wordsOf(session, error.message), field };
  return { kind: 'failed', error: syncError(error.category, error.words, vendor) };
}
