import { z } from 'zod';
import { type PushAnswer, type PushRecord, type RecordOutcome, syncError } from '../connector.ts';
import { errorOf, marketoFault, type ReadingContext, tooLarge } from './answer.ts';
import { withoutFilledFields } from './blanks.ts';
import { ruleOf } from './errors.ts';
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

/** Upserts by e-mail address. The same address twice in one call, or in two calls at once, would make duplicates: the engine prevents that. */
export async function push(batch: readonly PushRecord[], session: MarketoSession): Promise<PushAnswer> {
  const prepared = await withoutFilledFields(batch, session);
  if (prepared.kind === 'stopped') return prepared.answer;

  const { partition } = session.credentials;
  const body = JSON.stringify({
    action: 'createOrUpdate',
    lookupField: 'email',
    ...(partition && { partitionName: partition }),
    input: prepared.values,
  });
  if (Buffer.byteLength(body) > bodyBytesMax) {
    return { kind: 'refused', error: syncError('DATA_VALUE_VALIDATION', tooLarge) };
  }

  const sentFields = new Set(prepared.values.flatMap((values) => Object.keys(values)));
  const reply = await call(session, { method: 'POST', path: '/rest/v1/leads.json', body, sentFields });
  if (reply.kind === 'stopped') return reply.answer;

  const results = recordResults.safeParse(reply.body.result).data;
  if (results?.length !== batch.length) return wrongAnswer(batch.length, results?.length ?? 0);
  const context = contextOf(session, sentFields);
  return { kind: 'answered', outcomes: results.map((result) => outcomeOf(result, context)) };
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
