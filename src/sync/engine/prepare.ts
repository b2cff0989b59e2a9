import type { ClaimedItem } from '../../db/statements/claim.ts';
import type { LeadToPush } from '../../db/statements/leads.ts';
import { type Foreseen, foresee, type Prospect } from '../foresee.ts';
import type { PushedItem } from './verdict.ts';

export interface Prepared extends Foreseen {
  item: PushedItem;
}

/** Makes the records to send. `leads` are those of the claim. */
export function prepare(
  prospect: Prospect,
  claim: { token: string; items: readonly ClaimedItem[] },
  leads: readonly LeadToPush[],
): Prepared[] {
  const leadById = new Map(leads.map((lead) => [lead.id, lead]));
  return claim.items.map((claimedItem) => {
    const lead = leadById.get(claimedItem.lead_id);
    if (!lead) throw new Error(`item ${claimedItem.id} has no lead`);
    const foreseen = foresee(prospect, claimedItem, lead);
    const item: PushedItem = {
      id: claimedItem.id,
      claim: claim.token,
      failures: claimedItem.failures,
      suspected: claimedItem.suspected,
      sentRevision: lead.revision,
      digest: foreseen.digest,
      accountGeneration: prospect.connection.integration.accountGeneration,
    };
    return { item, ...foreseen };
  });
}
