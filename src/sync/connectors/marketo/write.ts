import { z } from 'zod';
import { type PushRecord, type RecordOutcome, type Stopped, syncError } from '../connector.ts';
import { wordsOfStop } from '../rest/call.ts';
import { marketoFault, type ReadingContext, tooLarge } from './answer.ts';
import { type RecordVerdict, verdictOf } from './record-verdict.ts';
import { call, contextOf, type MarketoSession } from './session.ts';

/** One lead to write: with its id in the payload or without. */
export interface Write {
  record: PushRecord;
  payload: Record<string, string | number>;
}

/** What became of a write. `again`: Marketo does not have the id any more, so it goes by e-mail address. */
export type Written = RecordVerdict | { kind: 'again' };

export type WriteAnswer =
  /** In the order of the writes. */
  { kind: 'written'; outcomes: Written[] } | { kind: 'stopped'; answer: Stopped };

/** Source: Marketo "Leads", read 2026-11: over 1 MB is HTTP 413. */
const bodyBytesMax = 1_000_000;

const recordResult = z.object({
  id: z.union([z.number(), z.string()]).nullish(),
  status: z.string().nullish(),
  reasons: z.array(marketoFault).nullish(),
});
type RecordResult = z.infer<typeof recordResult>;

/**
 * One call of Sync Leads: `byId` only updates leads that Marketo has, otherwise they are matched or made by e-mail address. A partition can be
 * named only where leads may be made. Marketo names no key in its results: the position alone tells which record is meant.
 */
export async function writeLeads(
  byId: boolean,
  writes: readonly Write[],
  session: MarketoSession,
): Promise<WriteAnswer> {
  const { partition } = session.credentials;
  const input = writes.map(({ payload }) => payload);
  const body = JSON.stringify({
    ...(byId ? { action: 'updateOnly', lookupField: 'id' } : { action: 'createOrUpdate', lookupField: 'email' }),
    ...(partition && !byId && { partitionName: partition }),
    input,
  });
  if (Buffer.byteLength(body) > bodyBytesMax) {
    return { kind: 'stopped', answer: { kind: 'refused', error: syncError('DATA_VALUE_VALIDATION', tooLarge) } };
  }
  const sentFields = new Set(writes.flatMap(({ record }) => Object.keys(record.values)));
  const reply = await call(session, { method: 'POST', path: '/rest/v1/leads.json', body, sentFields });
  const note = ({ record, payload }: Write, status: number | null, answer: unknown) =>
    session.exchanged(record.itemId, { request: 'POST /rest/v1/leads.json', payload, status, answer });
  if (reply.kind === 'stopped') {
    const { answer } = reply;
    if (answer.kind !== 'unsent') for (const write of writes) note(write, reply.status, wordsOfStop(answer));
    const isGone = byId && writes.length === 1 && answer.kind === 'refused' && isGoneCode(answer.error.vendorCode);
    return isGone ? { kind: 'written', outcomes: [{ kind: 'again' }] } : reply;
  }
  const results = z.array(recordResult).safeParse(reply.body.result).data;
  if (results?.length !== writes.length) return wrongAnswer(writes.length, results?.length ?? 0);
  const context = contextOf(session, sentFields);
  return {
    kind: 'written',
    outcomes: writes.map((write, index) => {
      const result = results[index] ?? {};
      note(write, 200, result);
      return byId && isGoneCode(result.reasons?.[0]?.code ?? null) ? { kind: 'again' } : outcomeOf(result, context);
    }),
  };
}

const isGoneCode = (code: string | null) => code === '1004';

function outcomeOf(result: RecordResult, context: ReadingContext): RecordVerdict {
  const cleared: RecordOutcome = { kind: 'cleared', remoteId: result.id == null ? null : String(result.id) };
  if (result.status === 'created' || result.status === 'updated') return cleared;
  const [reason] = result.reasons ?? [];
  if (reason) return verdictOf(reason, cleared, context);
  const words = 'Marketo skipped the lead without a reason.';
  return { kind: 'failed', error: syncError('UNKNOWN', words, { message: result.status ?? null }) };
}

function wrongAnswer(sent: number, answered: number): WriteAnswer {
  const error = syncError('VENDOR_UNAVAILABLE', `Marketo answered ${answered} results for ${sent} leads.`);
  return { kind: 'stopped', answer: { kind: 'unavailable', error, whole: false, retryAfterMs: null } };
}
