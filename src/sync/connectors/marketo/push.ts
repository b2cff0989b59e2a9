import { z } from 'zod';
import { type PushAnswer, type PushRecord, type RecordOutcome, syncError } from '../connector.ts';
import { errorOf, marketoFault, type ReadingContext, tooLarge, wordsOfStop } from './answer.ts';
import { ruleOf } from './errors.ts';
import { lookUp, type RecordsAnswer } from './lookup.ts';
import { joinPrograms } from './membership.ts';
import { emailKeyOf, payloadOf } from './payload.ts';
import { nextQuotaReset } from './quota.ts';
import { call, contextOf, type MarketoSession } from './session.ts';

/** Source: Marketo "Leads", read 2026-11: over 1 MB is HTTP 413. */
const bodyBytesMax = 1_000_000;

const recordResult = z.object({
  id: z.union([z.number(), z.string()]).nullish(),
  status: z.string().nullish(),
  reasons: z.array(marketoFault).nullish(),
});
const recordResults = z.array(recordResult);
type RecordResult = z.infer<typeof recordResult>;

/**
 * Upserts by e-mail address, then makes members of programs. The same address twice in one call, or in two calls at once, would make
 * duplicates: the engine prevents that.
 */
export async function push(batch: readonly PushRecord[], session: MarketoSession): Promise<PushAnswer> {
  const toWrite = batch.filter((record) => !record.written);
  const answer = await upsert(toWrite, session);
  if (answer.kind !== 'answered') return answer;
  const upserted = new Map(toWrite.map(({ itemId }, index) => [itemId, answer.outcomes[index]]));
  const outcomes = batch.map(
    ({ itemId, remoteId }): RecordOutcome => upserted.get(itemId) ?? { kind: 'cleared', remoteId }, // written before
  );
  return joinPrograms(batch, outcomes, session);
}

async function upsert(batch: readonly PushRecord[], session: MarketoSession): Promise<PushAnswer> {
  if (batch.length === 0) return { kind: 'answered', outcomes: [] };
  const blanks = await lookUpBlanks(batch, session);
  if (blanks.kind === 'stopped') return blanks.answer;

  const { partition } = session.credentials;
  const input = batch.map((record, index) => payloadOf(record, blanks.records[index] ?? null));
  const body = JSON.stringify({
    action: 'createOrUpdate',
    lookupField: 'email',
    ...(partition && { partitionName: partition }),
    input,
  });
  if (Buffer.byteLength(body) > bodyBytesMax) {
    return { kind: 'refused', error: syncError('DATA_VALUE_VALIDATION', tooLarge) };
  }

  const sentFields = new Set(input.flatMap((values) => Object.keys(values)));
  const reply = await call(session, { method: 'POST', path: '/rest/v1/leads.json', body, sentFields });
  const note = (index: number, status: number | null, answer: unknown) => {
    const record = batch[index];
    if (record)
      session.exchanged(record.itemId, { request: 'POST /rest/v1/leads.json', payload: input[index], status, answer });
  };
  if (reply.kind === 'stopped') {
    if (reply.answer.kind !== 'unsent')
      for (const index of batch.keys()) note(index, reply.status, wordsOfStop(reply.answer));
    return reply.answer;
  }

  const results = recordResults.safeParse(reply.body.result).data;
  if (results?.length !== batch.length) return wrongAnswer(batch.length, results?.length ?? 0);
  const context = contextOf(session, sentFields);
  for (const [index, result] of results.entries()) note(index, 200, result);
  return { kind: 'answered', outcomes: results.map((result) => outcomeOf(result, context)) };
}

/**
 * Honors WRITE_IF_BLANK: what Marketo has in the fields concerned. Between this read and the write somebody may fill a field: Marketo has no
 * condition that would prevent that.
 */
async function lookUpBlanks(batch: readonly PushRecord[], session: MarketoSession): Promise<RecordsAnswer> {
  const concerned = batch.filter((record) => record.writeIfBlank.length > 0 && emailKeyOf(record));
  const fields = [...new Set(concerned.flatMap((record) => record.writeIfBlank))];
  if (fields.length === 0) return { kind: 'found', records: batch.map(() => null) };
  const found = await lookUp(concerned, fields, session);
  if (found.kind === 'stopped') return found;
  const byItem = new Map(concerned.map((record, index) => [record.itemId, found.records[index] ?? null]));
  return { kind: 'found', records: batch.map((record) => byItem.get(record.itemId) ?? null) };
}

/** Marketo names no key in its results: the position alone tells which record is meant. */
function outcomeOf(result: RecordResult, context: ReadingContext): RecordOutcome {
  if (result.status === 'created' || result.status === 'updated') return { kind: 'cleared', remoteId: idOf(result) };
  const [reason] = result.reasons ?? [];
  if (!reason) {
    const words = 'Marketo skipped the lead without a reason.';
    return { kind: 'failed', error: syncError('UNKNOWN', words, { message: result.status ?? null }) };
  }
  const rule = ruleOf(reason);
  const error = errorOf(reason, context);
  switch (rule.step) {
    case 'DONE':
      return { kind: 'cleared', remoteId: idOf(result) };
    case 'WAIT':
      return { kind: 'postponed', error, retryAfterMs: rule.waitMs };
    case 'QUOTA':
      return { kind: 'postponed', error, retryAfterMs: nextQuotaReset(context.now()).getTime() - context.now() };
    case 'REFRESH':
    case 'OUTAGE':
    case 'AGAIN':
      return { kind: 'postponed', error, retryAfterMs: null };
    default:
      return { kind: 'failed', error };
  }
}

const idOf = (result: RecordResult): string | null => (result.id == null ? null : String(result.id));

function wrongAnswer(sent: number, answered: number): PushAnswer {
  const words = `Marketo answered ${answered} results for ${sent} leads.`;
  return { kind: 'unavailable', error: syncError('VENDOR_UNAVAILABLE', words), whole: false, retryAfterMs: null };
}
