import type { VendorHosts } from '../connector.ts';

/**
 * Where HubSpot's objects are, of the version that HUBSPOT_API_VERSION names: `v3`, which HubSpot ends in September 2027, or a dated one such
 * as `2026-03`, whose bodies are the same. Source: HubSpot changelog "Legacy APIs and Apps: What's Going Unsupported and When", read 2026-11.
 */
export function pathsOf({ hosts: { apiVersion } }: { hosts: VendorHosts }) {
  const below = (area: string) =>
    apiVersion === undefined || apiVersion === 'v3' ? `/crm/v3/${area}` : `/crm/${area}/${apiVersion}`;
  return {
    contacts: `${below('objects')}/contacts`,
    properties: `${below('properties')}/contacts`,
    lists: below('lists'),
  };
}
