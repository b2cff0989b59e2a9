import {
  type CampaignMembership,
  type PushAnswer,
  type PushRecord,
  type RecordOutcome,
  type Stopped,
  syncError,
} from '../connector.ts';
import { wordsOf, wordsOfStop } from '../rest/call.ts';
import { type Candidate, takeCandidates } from '../rest/candidates.ts';
import { call, errorOf, leadsPath, name, refusalOf, stopOfError, type ZohoSession } from './api.ts';
import { readCampaign } from './campaigns.ts';
import { callErrorOf, readError, rowsOf, type ZohoError } from './errors.ts';

/** How a lead's membership ended. `campaignGone`: it is so for every lead of the campaign. */
type Joined =
  | { kind: 'member' }
  | { kind: 'campaignGone'; outcome: RecordOutcome }
  | { kind: 'outcome'; outcome: RecordOutcome }
  | { kind: 'stopped'; answer: Stopped };

/** Makes members of those that were written, lead by lead as Zoho wants it. What was written stays written whatever comes of it. */
export async function joinCampaigns(
  batch: readonly PushRecord[],
  written: readonly RecordOutcome[],
  session: ZohoSession,
): Promise<PushAnswer> {
  const outcomes = [...written];
  const candidates = await takeCandidates(name, batch, outcomes, session);
  const gone = new Map<string, RecordOutcome>();
  let interruption: Stopped | null = null;
  for (const candidate of candidates) {
    const { index, campaign, remoteId } = candidate;
    const ofCampaign = gone.get(keyOf(campaign));
    if (interruption) outcomes[index] = { kind: 'unsent', written: { remoteId } };
    else if (ofCampaign?.kind === 'failed') outcomes[index] = { ...ofCampaign, written: { remoteId } };
    else {
      const joined = await join(candidate, session);
      if (joined.kind === 'stopped') {
        interruption = joined.answer;
        outcomes[index] = { kind: 'interrupted', written: { remoteId } };
      } else if (joined.kind !== 'member') outcomes[index] = joined.outcome;
      if (joined.kind === 'campaignGone') gone.set(keyOf(campaign), joined.outcome);
    }
  }
  return { kind: 'answered', outcomes, ...(interruption && { interruption }) };
}

const keyOf = ({ campaignId, memberStatus }: CampaignMembership): string => JSON.stringify([campaignId, memberStatus]);

/** `PUT /Leads/{id}/Campaigns`: whoever is a member already stays it. Tells the record's history. */
async function join({ record, campaign, remoteId }: Candidate, session: ZohoSession): Promise<Joined> {
  const path = `${leadsPath}/${encodeURIComponent(remoteId)}/Campaigns`;
  const { campaignId, memberStatus } = campaign;
  const payload = { id: campaignId, ...(memberStatus && { Member_Status: memberStatus }) };
  const note = (status: number | null, answer: unknown) =>
    session.exchanged(record.itemId, { request: `PUT ${path}`, payload, status, answer });
  const reply = await call(session, { method: 'PUT', path, body: { data: [payload] } });
  if (reply.kind === 'stopped') {
    if (reply.answer.kind !== 'unsent') note(null, wordsOfStop(reply.answer));
    return reply;
  }
  const { response } = reply;
  const [row] = rowsOf(response.body) ?? [];
  const error = row === undefined ? callErrorOf(response.body) : readError(row);
  note(response.status, row ?? (error ? { code: error.code, message: wordsOf(session, error.message) } : null));
  if (error) return isMemberAlready(error) ? { kind: 'member' } : await ofError(error);
  if (response.status >= 400) return ofRefusal();
  return { kind: 'member' };

  async function ofError(found: ZohoError): Promise<Joined> {
    const stop = stopOfError(found, response, session);
    if (stop) return { kind: 'stopped', answer: stop };
    if (found.consequence === 'conflict') {
      const postponed = { error: errorOf(found, session, null), retryAfterMs: 1_000, written: { remoteId } };
      return { kind: 'outcome', outcome: { kind: 'postponed', ...postponed } };
    }
    if (found.consequence === 'module' || found.field === 'Member_Status') return campaignGone(found);
    const isNotThere = found.consequence === 'gone' || found.code === 'INVALID_DATA';
    if (!isNotThere) {
      const failed = { error: errorOf(found, session), written: { remoteId } };
      return { kind: 'outcome', outcome: { kind: 'failed', ...failed } };
    }
    // Lead or campaign? Zoho tells by the place; where it does not, it is asked.
    if (found.index !== null || (found.isLocated && found.pathIndex === null)) return campaignGone(found);
    if (found.pathIndex === 1) return leadGone(found);
    const read = await readCampaign(campaignId, session);
    if (read.kind === 'stopped') return read;
    return read.campaign ? leadGone(found) : campaignGone(found);
  }

  function campaignGone(found: ZohoError): Joined {
    const vendor = { code: found.code, message: wordsOf(session, found.message), field: found.field };
    const words = 'The campaign of the event, or the status, is not in Zoho any more.';
    const error = syncError('CAMPAIGN_NOT_FOUND', words, vendor);
    return { kind: 'campaignGone', outcome: { kind: 'failed', error, written: { remoteId } } };
  }

  /** Without the id: the next push writes it anew. */
  function leadGone(found: ZohoError): Joined {
    const vendor = { code: found.code, message: wordsOf(session, found.message) };
    const error = syncError('REMOTE_RECORD_GONE', 'The lead is not in Zoho any more.', vendor);
    return { kind: 'outcome', outcome: { kind: 'failed', error } };
  }

  function ofRefusal(): Joined {
    const { error } = refusalOf(response, session);
    return { kind: 'outcome', outcome: { kind: 'failed', error, written: { remoteId } } };
  }
}

const isMemberAlready = ({ code, message, consequence }: ZohoError): boolean =>
  consequence !== 'conflict' &&
  (code === 'DUPLICATE_DATA' || /\balready\b/i.test(`${code.replaceAll('_', ' ')} ${message}`));
