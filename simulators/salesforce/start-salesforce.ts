import { type ApiAnswer, type ApiContext, type ApiSimulator, startApi } from '../api.ts';
import { tokenOf } from '../oauth.ts';
import { type LoginOptions, LoginServer } from '../salesforce-login/login-server.ts';
import { jsonOf, type Received } from '../server.ts';
import { duplicateRule } from './duplicate-rule.ts';
import { type FieldOptions, fieldOf } from './objects.ts';
import { Org, type SalesforceRecord } from './org.ts';
import { refused } from './refused.ts';
import { answerData } from './routes.ts';

export interface SalesforceOptions extends LoginOptions {
  port?: number;
  /** Wall clock in ms. */
  clock?: () => number;
  /** Of Lead, in addition to the standard ones, or in their place where the name is the same. */
  fields?: FieldOptions[];
  campaigns?: { id: string; name: string; isActive?: boolean; statuses: string[] }[];
  /** Calls in any 24 hours; default 15,000. */
  dailyMax?: number;
  /** Calls at once; default: any number. The real limit counts calls that run for 20 s and longer. */
  concurrentMax?: number;
  /** Records of a page of a query; default 2,000. */
  pageSize?: number;
  /** A rule that finds leads of the same last name and company. ALERT can be overruled by a header. */
  duplicateRule?: 'BLOCK' | 'ALERT';
  latencyMs?: number;
}

export interface SalesforceSimulator extends ApiSimulator {
  login: LoginServer;
  org: Org;
  /** In the order in which they were made. */
  leads(): SalesforceRecord[];
  /** The last record that was written with this address, as it was sent; undefined: none. */
  received(email: string): unknown;
  /** Signing in goes on, but no call is accepted. */
  refuseCalls(): void;
  /** So many calls of the last 24 hours are spent. */
  spend(calls: number): void;
}

/** A stand-in for one Salesforce org on loopback. See simulators/README.md. */
export async function startSalesforce(options: SalesforceOptions = {}): Promise<SalesforceSimulator> {
  const salesforce = new Salesforce(options);
  const { org, login } = salesforce;
  const api = await startApi({
    port: options.port,
    clock: options.clock,
    latencyMs: options.latencyMs,
    emailsOf: (received) => emailsOf(received, org),
    faultPathOf: ({ path, body }) => [path, typeOf(recordsIn(jsonOf(body))[0] ?? {})].filter(Boolean).join(' '),
    answer: (received, context) => salesforce.answer(received, context),
    records: () => ({ Lead: org.all('Lead'), Contact: org.all('Contact'), CampaignMember: org.all('CampaignMember') }),
    change: (asked) => salesforce.change(asked),
  });
  salesforce.url = api.url;
  return {
    ...api,
    login,
    org,
    leads: () => org.all('Lead'),
    received: (email) => {
      for (const { method, path, body } of api.calls().toReversed()) {
        if (method === 'GET' || !path.includes('/composite/sobjects')) continue;
        const record = recordsIn(body).find(
          (one) => typeOf(one) !== 'CampaignMember' && emailOfRecord(one, org).toLowerCase() === email.toLowerCase(),
        );
        if (record) return record;
      }
      return undefined;
    },
    refuseCalls: () => {
      salesforce.isRefusing = true;
    },
    spend: (calls) => salesforce.spend(calls, (options.clock ?? Date.now)()),
  };
}

const dayMs = 24 * 60 * 60_000;

class Salesforce {
  readonly org = new Org();
  readonly login: LoginServer;
  url = '';
  isRefusing = false;
  readonly #options: SalesforceOptions;
  /** When calls were made, of the last 24 hours. */
  #calls: number[] = [];
  /** Answers to queries of several pages, by their locator. */
  readonly #cursors = new Map<string, Record<string, unknown>[]>();

  constructor(options: SalesforceOptions) {
    this.#options = options;
    this.login = new LoginServer(options);
    const { org } = this;
    for (const field of options.fields ?? []) {
      org.fields.Lead = [...(org.fields.Lead ?? []).filter(({ name }) => name !== field.name), fieldOf(field)];
    }
    for (const { id, name, isActive = true, statuses } of options.campaigns ?? []) {
      org.add('Campaign', { Name: name, Status: 'In Progress', IsActive: isActive }, id);
      for (const [place, Label] of statuses.entries()) {
        org.add('CampaignMemberStatus', { CampaignId: id, Label, IsDefault: place === 0, HasResponded: place > 0 });
      }
    }
  }

  change(asked: unknown): boolean {
    const { kind, id = '' } = (asked ?? {}) as { kind?: string; id?: string };
    if (kind === 'expire') this.login.signIn.expire();
    else if (kind === 'revoke' || kind === 'restore') this.login.revoke(kind === 'revoke');
    else if (kind === 'convert' && this.org.find('Lead', id)) this.org.convert(id);
    else if (kind === 'delete') for (const object of ['Lead', 'Contact', 'Campaign']) this.org.remove(object, id);
    else return false;
    return true;
  }

  spend(calls: number, nowMs: number): void {
    this.#calls.push(...Array.from({ length: calls }, () => nowMs));
  }

  answer(received: Received, context: ApiContext): ApiAnswer | Promise<ApiAnswer> {
    const ofLogin = this.login.answer(received, context.nowMs, this.url);
    if (ofLogin !== null) return ofLogin;
    const isGood = this.login.isGood(tokenOf(received.headers.authorization), context.nowMs);
    if (this.isRefusing || !isGood) {
      return refused(401, { code: 'INVALID_SESSION_ID', message: 'Session expired or invalid' });
    }
    const { dailyMax = 15_000, concurrentMax = null } = this.#options;
    this.#calls = this.#calls.filter((at) => at > context.nowMs - dayMs);
    if (concurrentMax !== null && context.inFlight > concurrentMax) {
      const message = 'ConcurrentPerOrgLongTxn Limit exceeded.';
      return refused(403, { code: 'REQUEST_LIMIT_EXCEEDED', message });
    }
    if (this.#calls.length >= dailyMax) {
      return refused(403, { code: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' });
    }
    this.#calls.push(context.nowMs);
    const used = this.#calls.length;
    const allowSave = /allowSave=true/i.test(String(received.headers['sforce-duplicate-rule-header'] ?? ''));
    const answer = answerData(received, {
      org: this.org,
      cursors: this.#cursors,
      pageSize: this.#options.pageSize ?? 2_000,
      limits: { Max: dailyMax, Remaining: dailyMax - used },
      identityPath: `/id/${this.login.orgId}/`,
      username: this.login.username,
      faultOf: context.faultOf,
      duplicateOf: duplicateRule(this.org, this.#options.duplicateRule ?? null, allowSave),
    });
    return { ...answer, headers: { 'sforce-limit-info': `api-usage=${used}/${dailyMax}`, ...answer.headers } };
  }
}

type Given = Record<string, unknown>;

function recordsIn(body: unknown): Given[] {
  const { records } = (body ?? {}) as { records?: unknown };
  return Array.isArray(records)
    ? records.filter((record): record is Given => typeof record === 'object' && record !== null)
    : [];
}

const typeOf = (record: Given): string => String((record.attributes as { type?: unknown } | undefined)?.type ?? '');

/** Of a person that is written, or of the person that becomes a member. */
function emailOfRecord(record: Given, org: Org): string {
  const email =
    record.Email ??
    [record.id, record.LeadId, record.ContactId].flatMap((id) => {
      const person = org.find('Lead', String(id ?? '')) ?? org.find('Contact', String(id ?? ''));
      return person?.Email ? [person.Email] : [];
    })[0];
  return String(email ?? '');
}

const emailsOf = ({ path, method, body }: Received, org: Org): string[] =>
  method === 'GET' || !path.includes('/composite/sobjects')
    ? []
    : recordsIn(jsonOf(body)).map((record) => emailOfRecord(record, org));
