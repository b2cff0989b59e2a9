import type { CampaignMembership, PushRecord, Stopped } from '../connector.ts';
import type { SalesforceSession } from './api.ts';
import { personOf } from './payload.ts';
import { idKeyOf, literalOf, type QueriedRecord, select, textIn } from './query.ts';

/** A person that Salesforce has and that is to become a member. */
export interface Member {
  record: PushRecord;
  /** Of the lead or contact. */
  personId: string;
  campaign: CampaignMembership;
}

const personField = (personId: string): 'LeadId' | 'ContactId' =>
  personOf(personId) === 'Contact' ? 'ContactId' : 'LeadId';

export const payloadOfMember = ({ personId, campaign }: Member): Record<string, unknown> => ({
  attributes: { type: 'CampaignMember' },
  CampaignId: campaign.campaignId,
  [personField(personId)]: personId,
  ...(campaign.memberStatus && { Status: campaign.memberStatus }),
});

export type StatusesAnswer =
  | {
      kind: 'read';
      /** Have the status, or none is asked for. */
      right: Member[];
      /** With what sets their status. */
      wrong: { member: Member; payload: Record<string, unknown> }[];
    }
  | { kind: 'stopped'; answer: Stopped };

/** Of people who are members already: who has another status than theirs is to be. */
export async function statusesToChange(
  already: readonly Member[],
  session: SalesforceSession,
): Promise<StatusesAnswer> {
  const answer: Extract<StatusesAnswer, { kind: 'read' }> = { kind: 'read', right: [], wrong: [] };
  const groups = Map.groupBy(already, ({ personId, campaign }) => `${campaign.campaignId} ${personField(personId)}`);
  for (const group of groups.values()) {
    const [first] = group;
    if (!first) continue;
    const by = personField(first.personId);
    const found = await select(session, {
      object: 'CampaignMember',
      fields: ['Id', by, 'Status'],
      by,
      keys: group.map(({ personId }) => literalOf(personId)),
      and: ` AND CampaignId=${literalOf(first.campaign.campaignId)}`,
    });
    if (found.kind === 'stopped') return found;
    const memberOf = new Map(found.records.map((member) => [idKeyOf(textIn(member, by) ?? ''), member]));
    for (const member of group) {
      const payload = changeOf(member, memberOf.get(idKeyOf(member.personId)));
      if (payload) answer.wrong.push({ member, payload });
      else answer.right.push(member);
    }
  }
  return answer;
}

/** Null: nothing is to be changed. */
function changeOf({ campaign }: Member, found: QueriedRecord | undefined): Record<string, unknown> | null {
  const id = found && textIn(found, 'Id');
  if (!id || !campaign.memberStatus || textIn(found, 'Status') === campaign.memberStatus) return null;
  return { attributes: { type: 'CampaignMember' }, id, Status: campaign.memberStatus };
}
