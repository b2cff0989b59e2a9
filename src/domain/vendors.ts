/** The kinds of tools, which integrations are grouped by. */
export type IntegrationCategory = 'MARKETING_AUTOMATION' | 'CRM' | 'WEBHOOK';

/** A vendor in words. */
interface VendorWords {
  /** As its makers write it, for messages. */
  name: string;
  category: IntegrationCategory;
  /** For whoever reads the API. */
  about: string;
}

/** The vendors Sluice can push to. */
const table = {
  MARKETO: { name: 'Marketo', category: 'MARKETING_AUTOMATION', about: 'Adobe Marketo Engage.' },
  PARDOT: {
    name: 'Account Engagement (Pardot)',
    category: 'MARKETING_AUTOMATION',
    about: 'Salesforce Account Engagement, formerly Pardot.',
  },
  ELOQUA: { name: 'Eloqua', category: 'MARKETING_AUTOMATION', about: 'Oracle Eloqua.' },
  HUBSPOT: { name: 'HubSpot', category: 'CRM', about: 'HubSpot.' },
  SALESFORCE: { name: 'Salesforce', category: 'CRM', about: 'Salesforce.' },
  PIPEDRIVE: { name: 'Pipedrive', category: 'CRM', about: 'Pipedrive.' },
  ZOHO: { name: 'Zoho', category: 'CRM', about: 'Zoho CRM.' },
  WEBHOOK: {
    name: 'Webhook',
    category: 'WEBHOOK',
    about: 'Any HTTPS endpoint of your own; deliveries are signed as Standard Webhooks.',
  },
} as const satisfies Record<string, VendorWords>;

export type Vendor = keyof typeof table;
export const vendors = Object.keys(table) as Vendor[];

const column = <Column extends keyof VendorWords>(name: Column) =>
  Object.fromEntries(vendors.map((vendor) => [vendor, table[vendor][name]])) as Record<Vendor, VendorWords[Column]>;

export const nameOfVendor = column('name');
export const categoryOfVendor = column('category');
export const aboutVendor = column('about');
