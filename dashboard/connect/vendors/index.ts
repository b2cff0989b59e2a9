import type { ConnectableVendor } from '../connectable-vendor.ts';
import { eloqua } from './eloqua.ts';
import { hubspot } from './hubspot.ts';
import { marketo } from './marketo.ts';
import { pardot } from './pardot.ts';
import { pipedrive } from './pipedrive.ts';
import { salesforce } from './salesforce.ts';
import { webhook } from './webhook.ts';
import { zoho } from './zoho.ts';

/** Every vendor that can be connected, in the order in which they are offered. */
export const vendors: readonly ConnectableVendor[] = [
  marketo,
  pardot,
  eloqua,
  hubspot,
  salesforce,
  pipedrive,
  zoho,
  webhook,
];

/** The kinds of tools, in the order in which they are shown. */
export const categories = ['MARKETING_AUTOMATION', 'CRM', 'WEBHOOK'] as const;
