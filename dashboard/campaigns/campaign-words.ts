/** What a vendor calls what leads become members of. */
export interface CampaignWords {
  one: string;
  many: string;
}

const words: Record<string, CampaignWords> = {
  MARKETO: { one: 'program', many: 'programs' },
  HUBSPOT: { one: 'static list', many: 'static lists' },
};

export const campaignWordsOf = (vendor: string): CampaignWords =>
  words[vendor] ?? { one: 'campaign', many: 'campaigns' };
