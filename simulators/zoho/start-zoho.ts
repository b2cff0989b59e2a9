import { randomUUID } from 'node:crypto';
import { type ApiAnswer, type ApiContext, type ApiSimulator, startApi } from '../api.ts';
import { type SignIn, tokenOf } from '../oauth.ts';
import { jsonOf, type Received } from '../server.ts';
import { Accounts } from './accounts.ts';
import { joinCampaigns, readCampaigns, type ZohoCampaign } from './campaigns.ts';
import { CreditBudget } from './credit-budget.ts';
import { campaignFields, idPrefix, standardLeadFields, type ZohoField } from './fields.ts';
import { type LeadInput, Leads, type StoredLead, writeLeads } from './leads.ts';
import { queryLeads, readLeads, refused, searchLeads } from './reads.ts';

export interface ZohoOptions {
  port?: number;
  /** Wall clock in ms. */
  clock?: () => number;
  clientId?: string;
  clientSecret?: string;
  /** One of a self client that is good from the start. */
  refreshToken?: string;
  /** What tokens say of where the API is; default: this server. */
  apiDomain?: string;
  /** The data centre that sign-ins say; default: us. */
  location?: string;
  /** Of a refused token; Zoho has been seen with 200. */
  refusalStatus?: number;
  orgId?: string;
  /** False: the scope to read the organization is missing. */
  readsOrg?: boolean;
  /** False: the scope for queries is missing. */
  readsCoql?: boolean;
  /** Of leads, in addition to the standard ones, or in their place where the name is the same. */
  fields?: ZohoField[];
  /** Names of fields that the layout requires. */
  required?: string[];
  campaigns?: ZohoCampaign[];
  /** Credits of 24 hours, default 50,000. */
  creditsMax?: number;
  /** Calls at once, default 5; null: any number. */
  concurrencyMax?: number | null;
  /** How long the search takes to know of a change. */
  searchLagMs?: number;
  latencyMs?: number;
}

export interface ZohoSimulator extends ApiSimulator {
  clientId: string;
  clientSecret: string;
  signIn: SignIn;
  leads(): StoredLead[];
  deleteLead(id: string): void;
  /** Of a campaign: the id of each lead to its status. */
  membersOf(campaignId: string): ReadonlyMap<string, string>;
  removeCampaign(id: string): void;
  /** Removes or adds a field of leads. */
  setField(name: string, field: ZohoField | null): void;
  /** What the last write of the lead with this address carried, without the id; undefined: nothing. */
  received(email: string): Record<string, unknown> | undefined;
  /** Signing in goes on, but no call is accepted. */
  refuseCalls(): void;
}

const base = '/crm/v8';

/** A stand-in for one Zoho CRM organization on loopback, its accounts server included. See simulators/README.md. */
export async function startZoho(options: ZohoOptions = {}): Promise<ZohoSimulator> {
  const zoho = new Zoho(options);
  const api = await startApi({
    port: options.port,
    clock: options.clock,
    latencyMs: options.latencyMs,
    emailsOf: (received) => zoho.emailsOf(received),
    answer: (received, context) => zoho.answer(received, context),
    records: () => [...zoho.leads.values()],
    change: (asked) => zoho.change(asked),
  });
  zoho.url = api.url;
  const { signIn } = zoho.accounts;
  const { clientId, clientSecret } = signIn.options;
  return {
    ...api,
    clientId,
    clientSecret,
    signIn,
    leads: () => [...zoho.leads.values()],
    deleteLead: (id) => void zoho.leads.delete(id),
    membersOf: (campaignId) => zoho.members.get(campaignId) ?? new Map(),
    removeCampaign: (id) => {
      zoho.campaigns = zoho.campaigns.filter((campaign) => campaign.id !== id);
    },
    setField: (name, field) => {
      if (field) zoho.fields.set(name, field);
      else zoho.fields.delete(name);
    },
    received: (email) => zoho.receivedValues.get(email),
    refuseCalls: () => {
      zoho.refusing = true;
    },
  };
}

class Zoho {
  url = '';
  refusing = false;
  readonly leads = new Leads();
  readonly members = new Map<string, Map<string, string>>();
  readonly receivedValues = new Map<string, Record<string, unknown>>();
  readonly fields: Map<string, ZohoField>;
  readonly accounts: Accounts;
  campaigns: ZohoCampaign[];
  readonly #options: ZohoOptions;
  readonly #credits: CreditBudget;
  #lastId = 900_000_000_000;

  constructor(options: ZohoOptions) {
    this.#options = options;
    this.campaigns = options.campaigns ?? [];
    this.fields = new Map([...standardLeadFields, ...(options.fields ?? [])].map((field) => [field.api_name, field]));
    this.#credits = new CreditBudget(options.creditsMax ?? 50_000);
    this.accounts = new Accounts({
      clientId: options.clientId ?? `1000.${randomUUID()}`,
      clientSecret: options.clientSecret ?? randomUUID(),
      location: options.location ?? 'us',
      refusalStatus: options.refusalStatus ?? 200,
    });
    if (options.refreshToken) this.accounts.signIn.know(options.refreshToken);
  }

  change(asked: unknown): boolean {
    const { kind } = (asked ?? {}) as { kind?: string };
    if (kind === 'expire') this.accounts.signIn.expire();
    else if (kind === 'revoke' || kind === 'restore') this.accounts.signIn.revoke(kind === 'revoke');
    else return false;
    return true;
  }

  answer(received: Received, context: ApiContext): ApiAnswer {
    const { path, query, headers } = received;
    if (path === '/oauth/v2/auth') return this.accounts.authorize(query, this.url);
    if (path === '/oauth/v2/token') {
      return this.accounts.answerToken(received, context.nowMs, this.#options.apiDomain ?? this.url);
    }
    const [scheme] = headers.authorization?.split(' ') ?? [];
    const isGood = this.accounts.signIn.isGood(tokenOf(headers.authorization), context.nowMs);
    if (this.refusing || scheme !== 'Zoho-oauthtoken' || !isGood) {
      return refused('INVALID_TOKEN', 'invalid oauth token', {}, 401);
    }
    const { concurrencyMax = 5 } = this.#options;
    const isTooMany = concurrencyMax !== null && context.inFlight > concurrencyMax;
    const isWrite = path === `${base}/Leads/upsert` || (path === `${base}/Leads` && received.method === 'PUT');
    const credits = isWrite ? Math.ceil(dataOf(received).length / 10) : 1;
    const taken = !isTooMany && this.#credits.take(credits, context.nowMs);
    const answer = taken ? this.#route(received, context) : refused('TOO_MANY_REQUESTS', 'too many requests', {}, 429);
    return { ...answer, headers: { ...this.#credits.headers(context.nowMs), ...answer.headers } };
  }

  #route(received: Received, context: ApiContext): ApiAnswer {
    const { method, query } = received;
    const path = received.path.startsWith(base) ? received.path.slice(base.length) : null;
    const { leads } = this;
    const { searchLagMs = 0, readsCoql = true, readsOrg = true } = this.#options;
    switch (`${method} ${path}`) {
      case 'POST /Leads/upsert':
        return this.#write('upsert', received, context);
      case 'PUT /Leads':
        return this.#write('update', received, context);
      case 'GET /Leads':
        return readLeads(query, leads);
      case 'GET /Leads/search':
        return searchLeads(query, leads, { nowMs: context.nowMs, lagMs: searchLagMs });
      case 'POST /coql':
        return readsCoql ? queryLeads(jsonOf(received.body), leads) : scopeMismatch;
      case 'GET /Campaigns':
        return readCampaigns(query, this.campaigns);
      case 'GET /settings/fields':
        return this.#readFields(query.get('module'));
      case 'GET /settings/layouts':
        return { status: 200, body: { layouts: [this.#layout()] } };
      case 'GET /org':
        return readsOrg ? { status: 200, body: { org: [this.#org()] } } : scopeMismatch;
    }
    const one = /^\/Leads\/([^/]+)\/Campaigns$/.exec(path ?? '');
    if (method === 'PUT' && one) {
      return joinCampaigns(one[1] ?? '', jsonOf(received.body), {
        leadIds: new Set(leads.keys()),
        campaigns: this.campaigns,
        fields: campaignFields,
        members: this.members,
      });
    }
    return refused('INVALID_URL_PATTERN', 'Please check if the URL trying to access is a correct one', {}, 404);
  }

  #write(way: 'upsert' | 'update', received: Received, context: ApiContext): ApiAnswer {
    for (const { id, ...values } of dataOf(received)) {
      this.receivedValues.set(String(values.Email ?? this.leads.get(String(id))?.values.Email), values);
    }
    const since = received.headers['if-unmodified-since'];
    return writeLeads(way, jsonOf(received.body), typeof since === 'string' ? since : undefined, {
      leads: this.leads,
      fields: this.fields,
      newId: () => `${idPrefix}${String(++this.#lastId)}`,
      context,
    });
  }

  #readFields(module: string | null): ApiAnswer {
    if (module === 'Leads') return { status: 200, body: { fields: [...this.fields.values()] } };
    if (module === 'Campaigns') return { status: 200, body: { fields: campaignFields } };
    return refused('INVALID_MODULE', 'the module name given seems to be invalid');
  }

  #layout() {
    const { required = [] } = this.#options;
    const fields = [...this.fields.values()].map(({ id, api_name }) => ({
      id,
      api_name,
      required: api_name === 'Last_Name' || required.includes(api_name),
    }));
    return { id: `${idPrefix}000000000055`, name: 'Standard', status: 'active', sections: [{ fields }] };
  }

  #org() {
    const { orgId = '60021466' } = this.#options;
    return {
      id: `${idPrefix}000000000031`,
      zgid: orgId,
      company_name: 'Zylker',
      time_zone: 'Europe/Berlin',
      license_details: { paid: true, paid_type: 'standard', users_license_purchased: 10 },
    };
  }

  emailsOf(received: Received): string[] {
    const joined = /\/Leads\/([^/]+)\/Campaigns$/.exec(received.path)?.[1];
    if (joined) return [String(this.leads.get(joined)?.values.Email ?? '')];
    return dataOf(received).map(({ id, Email }) => String(Email ?? this.leads.get(String(id))?.values.Email ?? ''));
  }
}

const scopeMismatch = refused('OAUTH_SCOPE_MISMATCH', 'invalid oauth scope to access this URL', {}, 401);

function dataOf({ body }: Received): LeadInput[] {
  const { data } = (jsonOf(body) ?? {}) as { data?: LeadInput[] };
  return Array.isArray(data) ? data : [];
}
