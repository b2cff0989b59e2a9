import type { Vendor } from '../../domain/vendors.ts';
import type { Connector } from './connector.ts';
import { eloqua } from './eloqua/eloqua.ts';
import { hubspot } from './hubspot/hubspot.ts';
import { marketo } from './marketo/marketo.ts';
import { pardot } from './pardot/pardot.ts';
import { pipedrive } from './pipedrive/pipedrive.ts';
import { salesforce } from './salesforce/salesforce.ts';
import { webhook } from './webhook/webhook.ts';
import { zoho } from './zoho/zoho.ts';

/** A vendor is a folder and a line here. */
const connectors: Record<Vendor, Connector> = {
  ELOQUA: eloqua,
  HUBSPOT: hubspot,
  MARKETO: marketo,
  PARDOT: pardot,
  PIPEDRIVE: pipedrive,
  SALESFORCE: salesforce,
  WEBHOOK: webhook,
  ZOHO: zoho,
};

/** Null: a vendor of a newer version, whose processes run beside this one while they are replaced. */
export const connectorOf = (vendor: Vendor): Connector | null => connectors[vendor] ?? null;
