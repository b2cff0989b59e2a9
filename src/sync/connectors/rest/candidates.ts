import {
  type CampaignMembership,
  type PushRecord,
  type PushSession,
  type RecordOutcome,
  syncError,
} from '../connector.ts';

/** A record that the vendor has and that is to become a member of its event's campaign. */
export interface Candidate {
  record: PushRecord;
  /** In the batch. */
  index: number;
  campaign: CampaignMembership;
  remoteId: string;
}

/**
 * Of the batch, those that were written and have a campaign; that they were is stored at once, so that whatever comes of the membership the next push does only that.
 * One without an id can't become a member, and its place in `outcomes` says so.
 */
export async function takeCandidates<Credentials>(
  name: string,
  batch: readonly PushRecord[],
  outcomes: RecordOutcome[],
  session: PushSession<Credentials>,
): Promise<Candidate[]> {
  const candidates: Candidate[] = [];
  for (const [index, record] of batch.entries()) {
    const outcome = outcomes[index];
    const { campaign } = record;
    if (!campaign || outcome?.kind !== 'cleared') continue;
    if (outcome.remoteId) candidates.push({ record, index, campaign, remoteId: outcome.remoteId });
    else
      outcomes[index] = { kind: 'failed', error: syncError('UNKNOWN', `${name} did not tell the id of the record.`) };
  }
  const fresh = candidates.filter(({ record }) => !record.written);
  if (fresh.length > 0) await session.wrote(fresh.map(({ record: { itemId }, remoteId }) => ({ itemId, remoteId })));
  return candidates;
}
