import type { PushAnswer, PushRecord, RecordOutcome, Stopped } from '../connector.ts';
import { apart } from '../rest/apart.ts';
import { takeCandidates } from '../rest/candidates.ts';
import { name, type SalesforceSession } from './api.ts';
import { collectionPath, recordsMax, writeCollection } from './collection.ts';
import { findContacts } from './contacts.ts';
import type { SalesforceError } from './errors.ts';
import { failureOf, isBenign, isPassing } from './member-errors.ts';
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
  const inOrder = batch.map(({ itemId }): RecordOutcome => written.get(itemId) ?? { kind: 'unsent' });
  const candidates = await takeCandidates(name, batch, inOrder, session);
  const members = candidates.map(
    ({ record, campaign, remoteId }): Member => ({ record, campaign, personId: remoteId }),
  );
  const outcomes: Outcomes = new Map(inOrder.map((outcome, index) => [batch[index]?.itemId ?? '', outcome]));
  for (const member of members) settle(outcomes, member, 'unsent');
  const interruption = await join(members, outcomes, session);
  return {
    kind: 'answered',
    outcomes: batch.map(({ itemId }) => outcomes.get(itemId) ?? { kind: 'unsent' }),
    ...(interruption && { interruption }),
  };
}

type Outcomes = Map<string, RecordOutcome>;

function settle(outcomes: Outcomes, { record, personId }: Member, kind: 'cleared' | 'unsent' | 'interrupted'): void {
  const outcome: RecordOutcome =
    kind === 'cleared' ? { kind, remoteId: personId } : { kind, written: { remoteId: personId } };
  outcomes.set(record.itemId, outcome);
}

/** Notes what became of each; returns what ended the push, if anything did. */
async function join(
  members: readonly Member[],
  outcomes: Outcomes,
  session: SalesforceSession,
): Promise<Stopped | null> {
  const already: Member[] = [];
  let toJoin = [...members];
  for (const callMax of [recordsMax, resumedMax]) {
    const again: Member[] = [];
    const converted: Refused[] = [];
    for (; toJoin.length > 0; toJoin = toJoin.slice(callMax)) {
      const group = toJoin.slice(0, callMax).map((member) => ({ member, payload: payloadOfMember(member) }));
      const { stop, refused } = await write('POST', group, outcomes, session);
      for (const one of refused) {
        const { member, error } = one;
        const isLast = callMax === resumedMax;
        if (isBenign(error)) already.push(member);
        else if (error.step === 'CONVERTED' && !isLast) converted.push(one);
        else if (isPassing(error) && !isLast) again.push(member);
        else outcomes.set(member.record.itemId, failureOf(member, error, session));
      }
      if (stop) return stop;
    }
    const become = await findContacts(
      converted.map(({ member: { record, personId } }) => ({ record, leadId: personId })),
      session,
    );
    if (become.kind === 'stopped') {
      for (const { member } of converted) settle(outcomes, member, 'interrupted');
      return become.answer;
    }
    for (const { member, error } of converted) {
      const contactId = become.byItem.get(member.record.itemId);
      if (contactId) again.push({ ...member, personId: contactId });
      else outcomes.set(member.record.itemId, failureOf(member, error, session));
    }
    toJoin = again;
  }
  return setStatuses(already, outcomes, session);
}

/** Of those who are members already. */
async function setStatuses(
  already: readonly Member[],
  outcomes: Outcomes,
  session: SalesforceSession,
): Promise<Stopped | null> {
  const statuses = await statusesToChange(already, session);
  if (statuses.kind === 'stopped') {
    for (const member of already) settle(outcomes, member, 'interrupted');
    return statuses.answer;
  }
  for (const member of statuses.right) settle(outcomes, member, 'cleared');
  for (const { member } of statuses.wrong) settle(outcomes, member, 'unsent'); // a converted one by its new id
  // No id twice in a call.
  for (const group of apart(statuses.wrong, ({ payload }) => String(payload.id))) {
    const { stop, refused } = await write('PATCH', group, outcomes, session);
    for (const { member, error } of refused) outcomes.set(member.record.itemId, failureOf(member, error, session));
    if (stop) return stop;
  }
  return null;
}

interface Refused {
  member: Member;
  error: SalesforceError;
}

/** One call. Notes who is a member now, and whom a stop met; the others are the caller's to judge. */
async function write(
  method: 'POST' | 'PATCH',
  group: readonly { member: Member; payload: Record<string, unknown> }[],
  outcomes: Outcomes,
  session: SalesforceSession,
): Promise<{ stop: Stopped | null; refused: Refused[] }> {
  const entries = group.map(({ member, payload }) => ({ itemId: member.record.itemId, payload }));
  const answer = await writeCollection(method, collectionPath, entries, session);
  if (answer.kind === 'stopped') {
    for (const { member } of group) settle(outcomes, member, 'interrupted');
    return { stop: answer.answer, refused: [] };
  }
  let stop: Stopped | null = null;
  const refused: Refused[] = [];
  for (const [index, { member }] of group.entries()) {
    const result = answer.results[index];
    if (result?.kind === 'refused') refused.push({ member, error: result.error });
    else if (result?.kind === 'stopped') {
      stop = result.answer;
      settle(outcomes, member, 'interrupted');
    } else settle(outcomes, member, 'cleared');
  }
  return { stop, refused };
}
