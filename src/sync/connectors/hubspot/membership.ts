import { type PushAnswer, type PushRecord, type RecordOutcome, type Stopped, syncError } from '../connector.ts';
import { wordsOf } from '../rest/call.ts';
import { takeCandidates } from '../rest/candidates.ts';
import type { HubspotSession } from './api.ts';
import { addMembers, type MembersAnswer } from './lists.ts';
import { name } from './stops.ts';

/** Puts those that were written into the static list of their event, list by list. What was written stays written whatever comes of it. */
export async function joinLists(
  batch: readonly PushRecord[],
  written: readonly RecordOutcome[],
  session: HubspotSession,
): Promise<PushAnswer> {
  const outcomes = [...written];
  const candidates = await takeCandidates(name, batch, outcomes, session);
  let interruption: Stopped | null = null;
  for (const [listId, group] of Map.groupBy(candidates, ({ campaign }) => campaign.campaignId)) {
    const answer: MembersAnswer | null = interruption ? null : await addMembers(listId, group, session);
    if (answer?.kind === 'stopped') interruption = answer.answer;
    for (const { index, remoteId } of group) {
      const outcome = outcomeOf(answer, remoteId, session);
      if (outcome) outcomes[index] = outcome;
    }
  }
  return { kind: 'answered', outcomes, ...(interruption && { interruption }) };
}

/** Null: it is a member, and stays as it was. `answer` null: another list's call ended the push before. */
function outcomeOf(answer: MembersAnswer | null, remoteId: string, session: HubspotSession): RecordOutcome | null {
  if (answer === null) return { kind: 'unsent', written: { remoteId } };
  if (answer.kind === 'stopped') return { kind: 'interrupted', written: { remoteId } };
  if (answer.kind === 'gone') {
    const vendor = { code: String(answer.status), message: wordsOf(session, answer.text) };
    const error = syncError(
      'CAMPAIGN_NOT_FOUND',
      'The list of the event is not in HubSpot any more, or takes no members.',
      vendor,
    );
    return { kind: 'failed', error, written: { remoteId } };
  }
  if (!answer.missing.has(remoteId)) return null;
  return { kind: 'failed', error: syncError('REMOTE_RECORD_GONE', 'The contact is not in HubSpot any more.') };
}
