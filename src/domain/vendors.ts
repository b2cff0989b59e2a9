/** The vendors Sluice can push to, and the category each is listed under. */
export const vendors = [
  'MARKETO',
  'PARDOT',
  'ELOQUA',
  'HUBSPOT',
  'SALESFORCE',
  'PIPEDRIVE',
  'ZOHO',
  'WEBHOOK',
] as const;
export type Vendor = (typeof vendors)[number];

export const integrationCategories = ['MARKETING_AUTOMATION', 'CRM', 'WEBHOOK'] as const;
export type IntegrationCategory = (typeof integrationCategories)[number];

export const categoryOfVendor: Record<Vendor, IntegrationCategory> = {
  MARKETO: 'MARKETING_AUTOMATION',
  PARDOT: 'MARKETING_AUTOMATION',
  ELOQUA: 'MARKETING_AUTOMATION',
  HUBSPOT: 'CRM',
  SALESFORCE: 'CRM',
  PIPEDRIVE: 'CRM',
  ZOHO: 'CRM',
  WEBHOOK: 'WEBHOOK',
};

/** Names as their makers write them, for messages. */
export const nameOfVendor: Record<Vendor, string> = {
  MARKETO: 'Marketo',
  PARDOT: 'Account Engagement (Pardot)',
  ELOQUA: 'Eloqua',
  HUBSPOT: 'HubSpot',
  SALESFORCE: 'Salesforce',
  PIPEDRIVE: 'Pipedrive',
  ZOHO: 'Zoho',
  WEBHOOK: 'Webhook',
};
