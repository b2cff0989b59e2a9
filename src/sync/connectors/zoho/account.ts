import { z } from 'zod';
import type { Stopped } from '../connector.ts';
import { call, version, type ZohoSession } from './api.ts';
import { creditsOfLicense } from './credits.ts';
import { crmOf, locationOf } from './data-centre.ts';
import type { ZohoField } from './describe.ts';

/** The organization that the credentials are of. */
export interface ZohoAccount {
  id: string;
  name: string;
  creditsMax: number | null;
}

const text = z.union([z.number(), z.string()]).transform(String).nullish().catch(null);
const organization = z.object({
  zgid: text,
  id: text,
  company_name: text,
  license_details: z.unknown().optional(),
});
const organizations = z.object({ org: z.array(organization).min(1) });

/**
 * Who answers there. A sign-in without the scope to read the organization is good all the same: it is then known by what the ids of its fields
 * begin with, which is the organization's own, or by its data centre where they do not tell.
 */
export async function readAccount(
  apiDomain: string,
  fields: readonly ZohoField[],
  session: ZohoSession,
): Promise<{ kind: 'account'; account: ZohoAccount } | { kind: 'stopped'; answer: Stopped }> {
  const reply = await call(
    session,
    { method: 'GET', path: `${version}/org` },
    ({ status }) => status >= 400 && status !== 429 && (status < 500 || status === 501),
  );
  if (reply.kind === 'stopped') return reply;
  const found = organizations.safeParse(reply.response.body).data?.org[0];
  const location = locationOf(apiDomain);
  const id = found?.zgid ?? found?.id ?? idPrefixOf(fields);
  const title = found?.company_name ?? `Zoho CRM (${location})`;
  return {
    kind: 'account',
    account: {
      id: id ? `${location}/${id}` : location,
      name: id && found ? `${title} (${id})` : title,
      creditsMax: creditsOfLicense(found?.license_details),
    },
  };
}

/** Ids are a prefix of the organization and twelve digits. Null: none is told. */
function idPrefixOf(fields: readonly ZohoField[]): string | null {
  const id = fields.find((field) => field.id && /^\d{13,}$/.test(field.id))?.id;
  return id?.slice(0, -12) ?? null;
}

/** A lead for a person. */
export function urlOfLead(remoteId: string, accountId: string): string | null {
  const [location = '', org] = accountId.split('/');
  const crm = crmOf(location);
  return crm && `${crm}/crm/${org ? `org${org}/` : ''}tab/Leads/${encodeURIComponent(remoteId)}`;
}
