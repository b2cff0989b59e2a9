import { z } from 'zod';
import { type PushAnswer, type PushRecord, type RecordOutcome, type Stopped, syncError } from '../connector.ts';
import { wordsOfStop } from '../rest/call.ts';
import { type Candidate, takeCandidates } from '../rest/candidates.ts';
import { marketoFault, type ReadingContext } from './answer.ts';
import { type RecordVerdict, verdictOf } from './record-verdict.ts';
import { call, contextOf, type MarketoSession } from './session.ts';

const memberResult = z.object({
  seq: z.number().nullish(),
  status: z.string().nullish(),
  reasons: z.array(marketoFault).nullish(),
});
type MemberResult = z.infer<typeof memberResult>;

/**
 * Makes members of the programs that the records name: one call per program and status, as a batch has at most the 300 leads that Marketo
 * takes. What interrupts one group ends the push for those after it.
 */
export async function joinPrograms(
  batch: readonly PushRecord[],
  upserted: readonly RecordOutcome[],
  session: MarketoSession,
): Promise<PushAnswer> {
  const outcomes = [...upserted];
  const candidates = await takeCandidates('Marketo', batch, outcomes, session);
  let interruption: Stopped | null = null;
  const groups = Map.groupBy(candidates, ({ campaign }) => `${campaign.campaignId}/${campaign.memberStatus}`);
  for (const group of groups.values()) {
    const answer: MembersAnswer | null = interruption ? null : await join(group, session);
    if (answer?.kind === 'stopped') interruption = answer.answer;
    for (const [inGroup, { index, remoteId }] of group.entries()) {
      const verdict = answer?.kind === 'outcomes' ? answer.outcomes[inGroup] : undefined;
      if (verdict?.kind === 'waits') interruption ??= verdict.stop;
      const isSettled = verdict !== undefined && verdict.kind !== 'waits';
      outcomes[index] = isSettled ? verdict : { kind: answer ? 'interrupted' : 'unsent', written: { remoteId } };
    }
  }
  return { kind: 'answered', outcomes, ...(interruption && { interruption }) };
}

type MembersAnswer = { kind: 'outcomes'; outcomes: RecordVerdict[] } | { kind: 'stopped'; answer: Stopped };

/** One call for leads of one program and status. */
async function join(group: readonly Candidate[], session: MarketoSession): Promise<MembersAnswer> {
  const [first] = group;
  if (!first) return { kind: 'outcomes', outcomes: [] };
  const { campaignId, memberStatus: statusName } = first.campaign;
  const path = `/rest/v1/programs/${encodeURIComponent(campaignId)}/members/status.json`;
  const input = group.map(({ remoteId }) => ({ leadId: Number(remoteId) }));
  const reply = await call(session, { method: 'POST', path, body: JSON.stringify({ statusName, input }) });
  const note = (index: number, status: number | null, answer: unknown) => {
    const itemId = group[index]?.record.itemId;
    const payload = { statusName, ...input[index] };
    if (itemId) session.exchanged(itemId, { request: `POST ${path}`, payload, status, answer });
  };

  if (reply.kind === 'stopped') {
    const { answer } = reply;
    if (answer.kind === 'unsent') return reply;
    for (const index of group.keys()) note(index, reply.status, wordsOfStop(answer));
    // The call names nothing but the program, its status and leads that Marketo has just told us: "not found" is the program.
    const isProgram = ['CAMPAIGN_NOT_FOUND', 'REMOTE_RECORD_GONE'].includes(answer.error.category);
    if (answer.kind !== 'refused' || !isProgram) return reply;
    const error = { ...answer.error, category: 'CAMPAIGN_NOT_FOUND' as const };
    return {
      kind: 'outcomes',
      outcomes: group.map(({ remoteId }) => ({ kind: 'failed', error, written: { remoteId } })),
    };
  }

  const results = z.array(memberResult).safeParse(reply.body.result).data;
  if (results?.length !== group.length) {
    const words = `Marketo answered ${results?.length ?? 0} results for ${group.length} members of a program.`;
    const error = syncError('VENDOR_UNAVAILABLE', words);
    for (const index of group.keys()) note(index, 200, words);
    return { kind: 'stopped', answer: { kind: 'unavailable', error, whole: false, retryAfterMs: null } };
  }
  const bySeq = new Map(results.map((result, index) => [result.seq ?? index, result]));
  const context = contextOf(session, []);
  return {
    kind: 'outcomes',
    outcomes: group.map(({ remoteId }, index) => {
      const result = bySeq.get(index);
      note(index, 200, result ?? null);
      return outcomeOf(result, remoteId, context);
    }),
  };
}

function outcomeOf(result: MemberResult | undefined, remoteId: string, context: ReadingContext): RecordVerdict {
  const member: RecordOutcome = { kind: 'cleared', remoteId };
  if (result?.status === 'created' || result?.status === 'updated') return member;
  const written = { remoteId };
  const [reason] = result?.reasons ?? [];
  if (!reason) {
    const words = 'Marketo made the lead no member of the program, without a reason.';
    return { kind: 'failed', error: syncError('UNKNOWN', words, { message: result?.status ?? null }), written };
  }
  const verdict = verdictOf(reason, member, context);
  if (verdict.kind !== 'failed' && verdict.kind !== 'postponed') return verdict;
  // A lead that is gone is not written any more: the next push makes it anew.
  return verdict.error.category === 'REMOTE_RECORD_GONE' ? verdict : { ...verdict, written };
}
