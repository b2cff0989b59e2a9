import type { ApiAnswer } from '../api.ts';
import type { ZohoField } from './fields.ts';
import { errorRow } from './leads.ts';
import { refused } from './reads.ts';

export interface ZohoCampaign {
  id: string;
  Campaign_Name: string;
  Type: string | null;
  Status: string | null;
}

/** Status that a member has by itself. */
const firstStatus = 'Active';

/** `GET /Campaigns`, page by page. */
export function readCampaigns(query: URLSearchParams, campaigns: readonly ZohoCampaign[]): ApiAnswer {
  const ids = query.get('ids')?.split(',');
  const perPage = Math.min(Number(query.get('per_page') ?? 200), 200);
  const pageNumber = Number(query.get('page') ?? 1);
  if (!query.get('fields')) return refused('REQUIRED_PARAM_MISSING', 'One of the expected parameter is missing');
  const all = ids ? campaigns.filter(({ id }) => ids.includes(id)) : campaigns;
  const data = all.slice((pageNumber - 1) * perPage, pageNumber * perPage);
  if (data.length === 0) return { status: 204 };
  const info = {
    count: data.length,
    page: pageNumber,
    per_page: perPage,
    more_records: pageNumber * perPage < all.length,
  };
  return { status: 200, body: { data, info } };
}

/** `PUT /Leads/{id}/Campaigns`: who is a member already stays one, with the new status. */
export function joinCampaigns(
  leadId: string,
  asked: unknown,
  account: {
    leadIds: ReadonlySet<string>;
    campaigns: readonly ZohoCampaign[];
    fields: readonly ZohoField[];
    members: Map<string, Map<string, string>>;
  },
): ApiAnswer {
  if (!account.leadIds.has(leadId)) {
    return refused('INVALID_DATA', 'The related id given seems to be invalid', { resource_path_index: 1 });
  }
  const { data } = (asked ?? {}) as { data?: { id?: unknown; Member_Status?: unknown }[] };
  if (!Array.isArray(data)) return refused('MANDATORY_NOT_FOUND', 'required field not found', { api_name: 'data' });
  const statuses = account.fields.find(({ api_name: name }) => name === 'Member_Status')?.pick_list_values ?? [];
  const rows = data.map(({ id, Member_Status: status }, index) => {
    const wrong = (name: string) =>
      errorRow({
        code: 'INVALID_DATA',
        message: name === 'id' ? 'the id given seems to be invalid' : 'invalid data',
        details: { api_name: name, json_path: `$.data[${index}].${name}` },
      });
    const campaign = account.campaigns.find((one) => one.id === id);
    if (!campaign) return wrong('id');
    if (status !== undefined && !statuses.some((one) => one.actual_value === status)) return wrong('Member_Status');
    const members = account.members.get(campaign.id) ?? new Map<string, string>();
    members.set(leadId, String(status ?? members.get(leadId) ?? firstStatus));
    account.members.set(campaign.id, members);
    return { code: 'SUCCESS', details: { id: campaign.id }, message: 'relation updated', status: 'success' };
  });
  const bad = rows.filter(({ status }) => status === 'error').length;
  return { status: bad === 0 ? 200 : bad === rows.length ? 400 : 207, body: { data: rows } };
}
