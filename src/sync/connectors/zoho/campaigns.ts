import { z } from 'zod';
import type { Campaign, Session, Stopped, Unavailable } from '../connector.ts';
import { messageOfStop, notUnderstood, unhurried } from '../rest/call.ts';
import { call, name, refusalOf, version, type ZohoSession } from './api.ts';
import type { ZohoCredentials } from './credentials.ts';
import { optionsOf, readFields } from './describe.ts';
import { callErrorOf } from './errors.ts';

const zohoCampaign = z.object({
  id: z.union([z.number(), z.string()]).transform(String),
  Campaign_Name: z.string().nullish().catch(null),
  Type: z.string().nullish().catch(null),
});
const campaignPage = z.object({
  data: z.array(zohoCampaign).nullish(),
  info: z.object({ more_records: z.boolean().nullish() }).nullish().catch(null),
});
type ZohoCampaign = z.output<typeof zohoCampaign>;

const pageSize = 200;
/** Zoho gives no more than 2,000 records page by page. */
const pagesMax = 10;
const listedMax = 100;

/** Campaigns whose name contains `search`, the newest first. Zoho's own search knows only how names begin. */
export async function searchCampaigns(
  search: string | null,
  session: Session<ZohoCredentials>,
): Promise<{ kind: 'campaigns'; campaigns: Campaign[] } | Unavailable> {
  const hurried = unhurried(session);
  const wanted = search?.trim().toLowerCase() ?? '';
  const found: ZohoCampaign[] = [];
  for (let page = 1; page <= pagesMax && found.length < listedMax; page++) {
    const query = `sort_by=Created_Time&sort_order=desc&page=${page}&per_page=${pageSize}`;
    const answer = await readPage(query, hurried);
    if (answer.kind === 'stopped') return { kind: 'unavailable', message: messageOfStop(answer.answer) };
    found.push(...answer.campaigns.filter(({ Campaign_Name: title }) => title?.toLowerCase().includes(wanted)));
    if (!answer.more) break;
  }
  if (found.length === 0) return { kind: 'campaigns', campaigns: [] };
  const statuses = await memberStatuses(hurried);
  if (statuses.kind === 'stopped') return { kind: 'unavailable', message: messageOfStop(statuses.answer) };
  return { kind: 'campaigns', campaigns: found.slice(0, listedMax).map((one) => campaignOf(one, statuses.options)) };
}

export async function findCampaign(
  id: string,
  session: Session<ZohoCredentials>,
): Promise<{ kind: 'campaign'; campaign: Campaign | null } | Unavailable> {
  const hurried = unhurried(session);
  const answer = await readCampaign(id, hurried);
  if (answer.kind === 'stopped') return { kind: 'unavailable', message: messageOfStop(answer.answer) };
  if (!answer.campaign) return { kind: 'campaign', campaign: null };
  const statuses = await memberStatuses(hurried);
  if (statuses.kind === 'stopped') return { kind: 'unavailable', message: messageOfStop(statuses.answer) };
  return { kind: 'campaign', campaign: campaignOf(answer.campaign, statuses.options) };
}

/** Null: there is no such. */
export async function readCampaign(
  id: string,
  session: ZohoSession,
): Promise<{ kind: 'read'; campaign: ZohoCampaign | null } | { kind: 'stopped'; answer: Stopped }> {
  if (!/^[\w-]{1,50}$/.test(id)) return { kind: 'read', campaign: null };
  const answer = await readPage(`ids=${id}`, session);
  if (answer.kind === 'stopped') return answer;
  return { kind: 'read', campaign: answer.campaigns.find((one) => one.id === id) ?? null };
}

const campaignOf = (found: ZohoCampaign, statuses: string[]): Campaign => ({
  id: found.id,
  name: found.Campaign_Name ?? found.id,
  type: found.Type ?? null,
  memberStatuses: statuses,
});

async function readPage(
  query: string,
  session: ZohoSession,
): Promise<{ kind: 'page'; campaigns: ZohoCampaign[]; more: boolean } | { kind: 'stopped'; answer: Stopped }> {
  const path = `${version}/Campaigns?fields=Campaign_Name,Type&${query}`;
  const reply = await call(session, { method: 'GET', path });
  if (reply.kind === 'stopped') return reply;
  const { response } = reply;
  // Nothing found is a 204 without a body; an id that is none of a campaign may be a refusal.
  const error = callErrorOf(response.body);
  const isNone = error?.consequence === 'gone' || error?.code === 'INVALID_DATA';
  if (response.status === 204 || isNone) return { kind: 'page', campaigns: [], more: false };
  if (response.status >= 400) return { kind: 'stopped', answer: refusalOf(response, session) };
  const read = campaignPage.safeParse(response.body).data;
  if (!read?.data) return { kind: 'stopped', answer: notUnderstood(name, session, response) };
  return { kind: 'page', campaigns: read.data, more: read.info?.more_records === true };
}

/**
 * The statuses that members may have. Zoho documents no place for them; they are read where a field of that name is described, of campaigns or
 * else of leads. Empty: nowhere, so members are made without one.
 */
async function memberStatuses(
  session: ZohoSession,
): Promise<{ kind: 'options'; options: string[] } | { kind: 'stopped'; answer: Stopped }> {
  for (const module of ['Campaigns', 'Leads'] as const) {
    const answer = await readFields(module, session);
    if (answer.kind === 'stopped' && answer.answer.kind !== 'refused' && answer.answer.kind !== 'hold') return answer;
    const fields = answer.kind === 'fields' ? answer.fields : [];
    const status = fields.find((field) => /^(campaign_?)?member_?status$/i.test(field.api_name));
    const options = status && optionsOf(status);
    if (options) return { kind: 'options', options };
  }
  return { kind: 'options', options: [] };
}
