import { z } from 'zod';
import { type PushRecord, type RecordOutcome, type RemoteRecord, type Stopped, syncError } from '../connector.ts';
import { type ApiResponse, notUnderstood, wordsOf, wordsOfStop } from '../rest/call.ts';
import { call, errorOf, leadsPath, name, refusalOf, stopOfError, type ZohoSession } from './api.ts';
import { callErrorOf, readError, rowsOf, type ZohoError } from './errors.ts';
import { emailField, payloadOf } from './payload.ts';

/** One lead to write: by its id, or by its e-mail address where Zoho is not known to have it. */
export interface Write {
  record: PushRecord;
  remoteId: string | null;
  /** What Zoho was seen to have, where that decides what is sent. */
  found: RemoteRecord | null;
  /** When what was seen was changed last; null: it was not looked at, or Zoho does not say. */
  modifiedTime: string | null;
}

/** Writes that go in one call. */
export interface WriteCall {
  way: 'update' | 'upsert';
  writes: Write[];
  /** Nothing that was changed after this instant is written; null: whatever happened meanwhile. */
  unmodifiedSince: string | null;
}

export type Written =
  | RecordOutcome
  /** Zoho does not have the id (any more): once more, by e-mail address. */
  | { kind: 'gone'; error: ZohoError | null }
  /** Another lead has a value already that no two may have. */
  | { kind: 'duplicate'; error: ZohoError; otherId: string }
  /** What Zoho said of it ends the push. */
  | { kind: 'stopped'; answer: Stopped };

export type WriteAnswer = { kind: 'written'; outcomes: Map<string, Written> } | { kind: 'stopped'; answer: Stopped };

/** Zoho may know no such address or method. */
const noSuchCall = new Set([404, 405, 501]);

/** One call. Rows are in the order of the input; leads that the answer does not speak of have no outcome. Tells the records' history. */
export async function writeLeads(
  { way, writes, unmodifiedSince }: WriteCall,
  session: ZohoSession,
): Promise<WriteAnswer> {
  const method = way === 'upsert' ? 'POST' : 'PUT';
  const path = way === 'upsert' ? `${leadsPath}/upsert` : leadsPath;
  const payloads = writes.map(({ record, found }) => payloadOf(record, found));
  const data = payloads.map((payload, index) =>
    way === 'upsert' ? payload : { id: writes[index]?.remoteId, ...payload },
  );
  const body = way === 'upsert' ? { data, duplicate_check_fields: [emailField] } : { data };
  const note = (index: number, status: number | null, answer: unknown) =>
    session.exchanged(writes[index]?.record.itemId ?? '', {
      request: `${method} ${path}`,
      payload: payloads[index],
      status,
      answer,
    });

  const headers = unmodifiedSince === null ? {} : { 'if-unmodified-since': unmodifiedSince };
  const reply = await call(session, { method, path, body, headers });
  if (reply.kind === 'stopped') {
    if (reply.answer.kind !== 'unsent') for (const index of writes.keys()) note(index, null, wordsOfStop(reply.answer));
    return reply;
  }
  const { response } = reply;
  const rows = rowsOf(response.body);
  const ofCall = callErrorOf(response.body);
  const own = rows && !isOfCall(ofCall, rows.length, writes.length) ? rowsInOrder(rows, writes.length) : null;
  for (const index of writes.keys()) note(index, response.status, own ? (own[index] ?? null) : told(response, session));
  if (!own) return ofWholeCall(way, writes, response, ofCall, session);
  const outcomes = new Map<string, Written>();
  for (const [index, write] of writes.entries()) {
    const outcome = outcomeOf(write, own[index], response, session);
    if (outcome) outcomes.set(write.record.itemId, outcome);
  }
  return { kind: 'written', outcomes };
}

/** One row for many leads speaks of the call. */
const isOfCall = (ofCall: ZohoError | null, rows: number, writes: number): boolean =>
  ofCall !== null && rows === 1 && writes > 1;

/** A row for each write, null where there is none. As many rows as writes are in their order; of fewer only those count that say their place. */
function rowsInOrder(rows: readonly unknown[], count: number): unknown[] {
  if (rows.length === count) return [...rows];
  const placed: unknown[] = Array.from({ length: count }, () => null);
  for (const row of rows) {
    const index = readError(row)?.index ?? null;
    if (index !== null && index < count) placed[index] = row;
  }
  return placed;
}

function ofWholeCall(
  way: 'update' | 'upsert',
  writes: readonly Write[],
  response: ApiResponse,
  error: ZohoError | null,
  session: ZohoSession,
): WriteAnswer {
  if (response.status < 400 && !error) return { kind: 'stopped', answer: notUnderstood(name, session, response) };
  const same = (outcome: Written): WriteAnswer => ({
    kind: 'written',
    outcomes: new Map(writes.map(({ record }) => [record.itemId, outcome])),
  });
  if (way === 'update' && (error?.consequence === 'gone' || noSuchCall.has(response.status))) {
    return same({ kind: 'gone', error: error?.consequence === 'gone' ? error : null });
  }
  // No record can be to blame for it, so none is looked for among them.
  if (error?.consequence === 'module') return same({ kind: 'failed', error: errorOf(error, session) });
  if (error?.consequence === 'conflict') return same(conflict(error, session));
  return { kind: 'stopped', answer: refusalOf(response, session) };
}

const success = z.object({
  status: z.string().nullish(),
  code: z.string().nullish(),
  details: z.object({ id: z.union([z.number(), z.string()]).transform(String).nullish() }).nullish(),
});

function outcomeOf(write: Write, row: unknown, response: ApiResponse, session: ZohoSession): Written | null {
  const { record, remoteId } = write;
  const error = readError(row);
  if (!error) {
    const read = success.safeParse(row).data;
    const isSuccess = read?.code === 'SUCCESS' || read?.status === 'success';
    return isSuccess ? { kind: 'cleared', remoteId: read.details?.id ?? remoteId } : null;
  }
  switch (error.consequence) {
    case 'gone':
      if (remoteId !== null) return { kind: 'gone', error };
      break;
    case 'duplicate':
      if (error.otherId !== null && error.otherId !== remoteId)
        return { kind: 'duplicate', error, otherId: error.otherId };
      break;
    case 'conflict':
      return conflict(error, session);
    case 'outage':
      return { kind: 'postponed', error: errorOf(error, session, null), retryAfterMs: null };
    case 'holdAll': // said of one lead among others: by its owner, or its territory
      break;
    default: {
      const answer = stopOfError(error, response, session);
      if (answer) return { kind: 'stopped', answer };
    }
  }
  return failedBy(error, record, session);
}

/** Of a field only one that was sent, or is missing, is named. */
export function failedBy(error: ZohoError, record: PushRecord, session: ZohoSession): RecordOutcome {
  const isMissing = error.category === 'REQUIRED_REMOTE_FIELD';
  const field = error.field !== null && (isMissing || error.field in record.values) ? error.field : null;
  return { kind: 'failed', error: errorOf(error, session, field) };
}

/** Somebody was faster: what Zoho has now decides what is sent, a moment later. */
const conflict = (error: ZohoError, session: ZohoSession): RecordOutcome => ({
  kind: 'postponed',
  error: errorOf(error, session, null),
  retryAfterMs: 1_000,
});

/** Of a lead that Zoho said nothing of. */
export const silence = (): RecordOutcome => ({
  kind: 'postponed',
  error: syncError('VENDOR_UNAVAILABLE', 'Zoho said nothing of the lead in its answer.'),
  retryAfterMs: null,
});

const told = (response: ApiResponse, session: ZohoSession): unknown => {
  const error = callErrorOf(response.body);
  return error
    ? { code: error.code, message: wordsOf(session, error.message) }
    : (wordsOf(session, response.text)?.slice(0, 1_000) ?? null);
};
