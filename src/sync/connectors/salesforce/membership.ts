import { type PushAnswer, type PushRecord, type RecordOutcome, type Stopped, syncError } from '../connector.ts';
import { errorOf, type SalesforceSession } from './api.ts';
import { collectionPath, writeCollection } from './collection.ts';
import { findContacts } from './contacts.ts';
import type { SalesforceError } from './errors.ts';
import { type Member, payloadOfMember, statusesToChange } from './members.ts';

/** Members that were locked go once more, in calls that hold fewer locks. */
const resumedMax = 25;

/**
 * Makes members of the campaigns that the records name. Who is one already gets the status, if it is another one. A lead that was converted joins
 * as the contact that it has become. What ends one call ends the push for those after it; what was written stays written.
 */
export async function joinCampaigns(
  batch: readonly PushRecord[],
  written: ReadonlyMap<string, RecordOutcome>,
  session: SalesforceSession,
): Promise<PushAnswer> {
  const outcomes = new Map(written);
  const members = batch.flatMap((record): Member[] => {
    const outcome = outcomes.get(record.itemId);
    if (!record.campaign || outcome?.kind !== 'cleared') return [];
    if (outcome.remoteId !== null) return [{ record, personId: outcome.remoteId, campaign: record.campaign }];
    outcomes.set(record.itemId, {
      kind: 'failed',
      error: syncError('UNKNOWN', 'Salesforce did not tell the id of the lead.'),
    });
    return [];
  });
  const answer = (interruption: Stopped | null): PushAnswer => ({
    kind: 'answered',
    outcomes: batch.map(({ itemId }) => outcomes.get(itemId) ?? { kind: 'unsent' }),
    ...(interruption && { interruption }),
  });
  if (members.length === 0) return answer(null);

  const fresh = members.filter(({ record }) => !record.written);
  if (fresh.length > 0) {
    await session.wrote(fresh.map(({ record, personId }) => ({ itemId: record.itemId, remoteId: personId })));
  }
  const settle = ({ record, personId }: Member, outcome: 'member' | 'unsent' | 'interrupted') =>
    outcomes.set(
      record.itemId,
      outcome === 'member'
        ? { kind: 'cleared', remoteId: personId }
        : { kind: outcome, written: { remoteId: personId } },
    );
  for (const member of members) settle(member, 'unsent');
  const interrupted = (stop: Stopped, met: readonly Member[]) => {
    for (const member of met) settle(member, 'interrupted');
    return answer(stop);
  };

  const already: Member[] = [];
  let toJoin = members;
  for (const isLast of [false, true]) {
    const again: Member[] = [];
    const converted: { member: Member; error: SalesforceError }[] = [];
    for (let first = 0; first < toJoin.length; first += isLast ? resumedMax : toJoin.length) {
      const group = isLast ? toJoin.slice(first, first + resumedMax) : toJoin;
      const entries = group.map((member) => ({ itemId: member.record.itemId, payload: payloadOfMember(member) }));
      const joined = await writeCollection('POST', collectionPath, entries, session);
      if (joined.kind === 'stopped') return interrupted(joined.answer, group);
      const stops: { member: Member; answer: Stopped }[] = [];
      for (const [index, member] of group.entries()) {
        const result = joined.results[index];
        if (result?.kind === 'stopped') stops.push({ member, answer: result.answer });
        else if (result?.kind !== 'refused') settle(member, 'member');
        else if (isBenign(result.error)) already.push(member);
        else if (result.error.step === 'CONVERTED' && !isLast) converted.push({ member, error: result.error });
        else if (isPassing(result.error) && !isLast) again.push(member);
        else outcomes.set(member.record.itemId, outcomeOf(member, result.error, session));
      }
      const [stop] = stops;
      if (stop)
        return interrupted(
          stop.answer,
          stops.map(({ member }) => member),
        );
    }
    const become = await findContacts(
      converted.map(({ member: { record, personId } }) => ({ record, leadId: personId })),
      session,
    );
    if (become.kind === 'stopped')
      return interrupted(
        become.answer,
        converted.map(({ member }) => member),
      );
    for (const { member, error } of converted) {
      const contactId = become.byItem.get(member.record.itemId);
      if (contactId) again.push({ ...member, personId: contactId });
      else outcomes.set(member.record.itemId, outcomeOf(member, error, session));
    }
    toJoin = again;
  }

  const changes = await statusesToChange(already, session);
  if (changes.kind === 'stopped') return interrupted(changes.answer, already);
  for (const member of changes.right) settle(member, 'member');
  if (changes.wrong.length === 0) return answer(null);
  const group = changes.wrong.map(({ member }) => member);
  const entries = changes.wrong.map(({ member, payload }) => ({ itemId: member.record.itemId, payload }));
  const changed = await writeCollection('PATCH', collectionPath, entries, session);
  if (changed.kind === 'stopped') return interrupted(changed.answer, group);
  let interruption: Stopped | null = null;
  for (const [index, member] of group.entries()) {
    const result = changed.results[index];
    if (result?.kind === 'stopped') {
      interruption = result.answer;
      settle(member, 'interrupted');
    } else if (result?.kind === 'refused') outcomes.set(member.record.itemId, outcomeOf(member, result.error, session));
    else settle(member, 'member');
  }
  return answer(interruption);
}

/** "Already a campaign member." */
const isBenign = ({ code }: SalesforceError): boolean => code === 'DUPLICATE_VALUE' || code === 'DUPLICATES_DETECTED';

const isPassing = ({ step }: SalesforceError): boolean => step === 'LOCKED' || step === 'HALTED';

function outcomeOf(
  { record, personId, campaign }: Member,
  error: SalesforceError,
  session: SalesforceSession,
): RecordOutcome {
  const stored = errorOf(error, session);
  const written = { remoteId: personId };
  if (isPassing(error) || error.step === 'OUTAGE' || error.step === 'TIMEOUT') {
    return { kind: 'postponed', error: stored, retryAfterMs: null, written };
  }
  if (error.step === 'CONVERTED') return { kind: 'failed', error: stored, written };
  if (isOfPerson(error, personId)) {
    const words = `The ${record.remoteId === null ? 'lead' : 'record'} is not in Salesforce any more.`;
    // It is not written any more: the next push makes it anew.
    return { kind: 'failed', error: { ...stored, category: 'REMOTE_RECORD_GONE', message: words } };
  }
  if (isOfCampaign(error, campaign.campaignId)) {
    const words = 'The campaign of the event, or the member status, is not in Salesforce.';
    return { kind: 'failed', error: { ...stored, category: 'CAMPAIGN_NOT_FOUND', message: words }, written };
  }
  return { kind: 'failed', error: stored, written };
}

const referenceCodes =
  /^(INVALID_CROSS_REFERENCE_KEY|ENTITY_IS_DELETED|NOT_FOUND|MALFORMED_ID|FIELD_INTEGRITY_EXCEPTION)$/;

const isOfPerson = ({ code, fields, message }: SalesforceError, personId: string): boolean =>
  referenceCodes.test(code) &&
  (fields.some((field) => /^(LeadId|ContactId)$/i.test(field)) || message.includes(personId.slice(0, 15)));

/** Where it names neither of the two, it is the campaign: the person was written a moment ago. */
const isOfCampaign = ({ code, fields }: SalesforceError, _campaignId: string): boolean =>
  referenceCodes.test(code) ||
  (code === 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST' && fields.every((field) => field === 'Status'));
