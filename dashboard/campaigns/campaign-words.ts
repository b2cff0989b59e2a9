/** What a vendor calls what leads become members of. */
export interface CampaignWords {
  one: string;
  many: string;
}

/** Why there is nothing to choose, and what to do instead. */
const withoutCampaigns: Record<string, string> = {
  WEBHOOK: 'A webhook gets each lead with the name of its event: what that makes of it is up to the receiver.',
  PARDOT:
    'A prospect has one campaign, which is a field of it: something can be mapped to campaignId on the Mapping tab.',
};

export const withoutCampaignsOf = (vendor: string): string =>
  withoutCampaigns[vendor] ??
  'Leads are sent there without one. What they need to be told apart by, such as the event, can be mapped to a field.';

const words: Record<string, CampaignWords> = {
  MARKETO: { one: 'program', many: 'programs' },
  HUBSPOT: { one: 'static list', many: 'static lists' },
};

export const campaignWordsOf = (vendor: string): CampaignWords =>
  words[vendor] ?? { one: 'campaign', many: 'campaigns' };
