import type { ConnectableVendor } from '../connectable-vendor.ts';
import { eloqua } from './eloqua.ts';
import { hubspot } from './hubspot.ts';
import { marketo } from './marketo.ts';
import { pardot } from './pardot.ts';
import { pipedrive } from './pipedrive.ts';
import { salesforce } from './salesforce.ts';
import { webhook } from './webhook.ts';
import { zoho } from './zoho.ts';

/** By the API's names, in the order in which they are offered. */
const forms: Record<ConnectableVendor['vendor'], ConnectableVendor> = {
  MARKETO: marketo,
  PARDOT: pardot,
  ELOQUA: eloqua,
  HUBSPOT: hubspot,
  SALESFORCE: salesforce,
  PIPEDRIVE: pipedrive,
  ZOHO: zoho,
  WEBHOOK: webhook,
};

/** Every vendor that can be connected. */
export const vendors: readonly ConnectableVendor[] = Object.values(forms);

/** The kinds of tools, in the order in which they are shown. */
export const categories = ['MARKETING_AUTOMATION', 'CRM', 'WEBHOOK'] as const;
