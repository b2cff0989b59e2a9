import type { Campaign, CampaignDoor, Stopped, Unavailable } from '../connector.ts';
import { messageOfStop, unhurried } from '../rest/call.ts';
import type { SalesforceLogin } from '../salesforce-login/credentials.ts';
import type { SalesforceSession } from './api.ts';
import { idKeyOf, literalOf, type QueriedRecord, query, textIn } from './query.ts';

const listedMax = 100;
const fields = 'Id,Name,Status,IsActive';

/** Campaigns of Salesforce, whatever their state: the ones of a fair that is to come are mostly not active yet. */
export const campaigns: CampaignDoor<SalesforceLogin> = {
  async list(search, session) {
    const like = search === null ? '' : ` WHERE Name LIKE ${likeOf(search)}`;
    const soql = `SELECT ${fields} FROM Campaign${like} ORDER BY Name LIMIT ${listedMax}`;
    const answer = await read(soql, unhurried(session));
    if (answer.kind === 'stopped') return unavailable(answer.answer);
    const wanted = (search ?? '').toLowerCase();
    const found = answer.campaigns.filter(({ name }) => name.toLowerCase().includes(wanted)).slice(0, listedMax);
    return { kind: 'campaigns', campaigns: found };
  },

  async find(id, session) {
    if (!/^701[0-9A-Za-z]{12}([0-9A-Za-z]{3})?$/.test(id)) return { kind: 'campaign', campaign: null };
    const answer = await read(`SELECT ${fields} FROM Campaign WHERE Id=${literalOf(id)}`, unhurried(session));
    if (answer.kind === 'stopped') return unavailable(answer.answer);
    const campaign = answer.campaigns.find((one) => idKeyOf(one.id) === idKeyOf(id)) ?? null;
    return { kind: 'campaign', campaign };
  },
};

const unavailable = (answer: Stopped): Unavailable => ({ kind: 'unavailable', message: messageOfStop(answer) });

type Read = { kind: 'read'; campaigns: Campaign[] } | { kind: 'stopped'; answer: Stopped };

async function read(soql: string, session: SalesforceSession): Promise<Read> {
  const found = await query(session, soql);
  if (found.kind === 'stopped') return found;
  const ids = found.records.flatMap((campaign) => textIn(campaign, 'Id') ?? []);
  if (ids.length === 0) return { kind: 'read', campaigns: [] };
  const [only] = ids;
  const which = ids.length === 1 && only ? `=${literalOf(only)}` : ` IN (${ids.map(literalOf).join(',')})`;
  const statuses = await query(
    session,
    `SELECT CampaignId,Label,HasResponded,IsDefault FROM CampaignMemberStatus WHERE CampaignId${which}`,
  );
  if (statuses.kind === 'stopped') return statuses;
  const byCampaign = Map.groupBy(statuses.records, (status) => idKeyOf(textIn(status, 'CampaignId') ?? only ?? ''));
  return {
    kind: 'read',
    campaigns: found.records.map((campaign) => campaignOf(campaign, byCampaign)),
  };
}

function campaignOf(campaign: QueriedRecord, byCampaign: ReadonlyMap<string, QueriedRecord[]>): Campaign {
  const id = textIn(campaign, 'Id') ?? '';
  const labels = (byCampaign.get(idKeyOf(id)) ?? []).flatMap((status) => textIn(status, 'Label') ?? []);
  return { id, name: textIn(campaign, 'Name') ?? id, type: null, memberStatuses: [...new Set(labels)] };
}

/** A pattern for names that contain the text as it is. */
const likeOf = (text: string): string => `'%${literalOf(text).slice(1, -1).replace(/[%_]/g, String.raw`\$&`)}%'`;
