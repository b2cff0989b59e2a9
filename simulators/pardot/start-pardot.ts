import { type ApiAnswer, type ApiContext, type ApiSimulator, startApi } from '../api.ts';
import { tokenOf } from '../oauth.ts';
import { type LoginOptions, LoginServer } from '../salesforce-login/login-server.ts';
import { jsonOf, type Received } from '../server.ts';
import type { Account } from './account.ts';
import { DailyCalls } from './daily-calls.ts';
import { type CustomField, Fields } from './fields.ts';
import { Prospects, type StoredProspect } from './prospects.ts';
import { page, query, read } from './reads.ts';
import { refused, refusedInXml } from './refused.ts';
import { create, fieldsOf, update, upsertLatestByEmail } from './writes.ts';

export interface PardotOptions extends LoginOptions {
  port?: number;
  /** Wall clock in ms. */
  clock?: () => number;
  businessUnitId?: string;
  /** The account's, IANA: its day begins at midnight there, and instants are told in it. */
  timeZone?: string;
  dailyMax?: number;
  /** Calls at once. */
  concurrentMax?: number;
  /** How far reads are behind writes. */
  readLagMs?: number;
  /** Allow Multiple Prospects with the Same Email Address. */
  severalPerEmail?: boolean;
  customFields?: CustomField[];
  campaigns?: { id: number; name: string }[];
  lists?: { id: number; name: string; isDynamic: boolean }[];
  /** Refused tokens are told as XML with this status. Absent: as JSON. */
  xmlStatus?: 400 | 403;
  /** Objects that the API user may not use: code 46; `prospects:read`: may write prospects and not read them. */
  forbidden?: string[];
  latencyMs?: number;
}

export interface PardotSimulator extends ApiSimulator {
  businessUnitId: string;
  login: LoginServer;
  prospects(): StoredProspect[];
  /** To the recycle bin. */
  deleteProspect(id: number): void;
  /** As if it had never been. */
  forgetProspect(id: number): void;
  /** Calls of the day, as the header tells them: used/limit. */
  usage(): string;
  /** The prospect of the last write with this address; undefined: none. */
  received(email: string): unknown;
  setCustomFields(fields: CustomField[]): void;
  /** Objects that the API user may not use from now on. */
  forbid(...objects: string[]): void;
  /** Signing in goes on, but no call is accepted. */
  refuseCalls(): void;
}

const prefix = '/api/v5/objects/';

/** A stand-in for one business unit of Account Engagement on loopback, with the sign-in to its Salesforce org. See simulators/README.md. */
export async function startPardot(options: PardotOptions = {}): Promise<PardotSimulator> {
  const pardot = new Pardot(options);
  const { prospects } = pardot;
  const api = await startApi({
    port: options.port,
    clock: options.clock,
    latencyMs: options.latencyMs,
    emailsOf: (received) => pardot.emailsOf(received),
    answer: (received, context) => pardot.answer(received, context),
    records: () => prospects.all(),
    change: (asked) => pardot.change(asked),
  });
  pardot.url = api.url;
  const now = options.clock ?? Date.now;
  return {
    ...api,
    businessUnitId: pardot.businessUnitId,
    login: pardot.login,
    prospects: () => prospects.all(),
    deleteProspect: (id) => prospects.delete(id, now()),
    forgetProspect: (id) => prospects.forget(id),
    usage: () => pardot.usage,
    received: (email) => {
      const write = api.calls().findLast((call) => isWrite(call) && call.emails.includes(email));
      const body = write?.body as { prospect?: unknown } | undefined;
      return body?.prospect ?? body;
    },
    setCustomFields: (fields) => {
      pardot.fields.custom = fields;
    },
    forbid: (...objects) => {
      for (const object of objects) pardot.forbidden.add(object);
    },
    refuseCalls: () => {
      pardot.refusing = true;
    },
  };
}

const isWrite = ({ method, path }: { method: string; path: string }) =>
  path.startsWith(`${prefix}prospects`) && (method === 'POST' || method === 'PATCH');

class Pardot {
  readonly businessUnitId: string;
  readonly prospects = new Prospects();
  readonly fields: Fields;
  readonly login: LoginServer;
  readonly forbidden: Set<string>;
  refusing = false;
  url = '';
  readonly #options: PardotOptions;
  readonly #timeZone: string;
  readonly #daily: DailyCalls;
  readonly #members = new Set<string>();

  constructor(options: PardotOptions) {
    this.#options = options;
    this.#timeZone = options.timeZone ?? 'America/New_York';
    this.businessUnitId = options.businessUnitId ?? '0UvSim000000001AAA';
    this.fields = new Fields(options.customFields ?? []);
    this.login = new LoginServer(options);
    this.forbidden = new Set(options.forbidden);
    this.#daily = new DailyCalls(options.dailyMax ?? 25_000, this.#timeZone);
  }

  get usage(): string {
    return this.#daily.usage;
  }

  change(asked: unknown): boolean {
    const { kind } = (asked ?? {}) as { kind?: string };
    if (kind === 'expire') this.login.signIn.expire();
    else if (kind === 'revoke' || kind === 'restore') this.login.revoke(kind === 'revoke');
    else return false;
    return true;
  }

  /** Of the prospect that a call writes: what it is matched by, and what it is to be. */
  emailsOf(received: Received): string[] {
    if (!isWrite(received)) return [];
    const asked = jsonOf(received.body) as { matchEmail?: unknown; email?: unknown; prospect?: { email?: unknown } };
    const known = this.prospects.get(Number(received.path.split('/').at(-1)))?.email;
    const emails = [asked?.matchEmail, asked?.prospect?.email, asked?.email, known].filter((email) => email != null);
    return [...new Set(emails.map(String))];
  }

  answer(received: Received, context: ApiContext): ApiAnswer | Promise<ApiAnswer> {
    const { path, headers } = received;
    const signIn = this.login.answer(received, context.nowMs, this.url);
    if (signIn !== null) return signIn;
    if (!path.startsWith(prefix)) return refused('198');
    if (headers.authorization === undefined) return { ...refused('49'), status: 401 };
    if (this.refusing || !this.login.isGood(tokenOf(headers.authorization), context.nowMs)) {
      return this.#options.xmlStatus ? refusedInXml('184', this.#options.xmlStatus) : refused('184');
    }
    const businessUnitId = headers['pardot-business-unit-id'];
    if (businessUnitId === undefined) return refused('181', 'Pardot-Business-Unit-Id header not found on request.');
    if (businessUnitId !== this.businessUnitId) return refused('201');
    if (context.inFlight > (this.#options.concurrentMax ?? 5)) return refused('66');
    const admitted = this.#daily.admit(context.nowMs);
    const usage = headers['x-return-api-usage'] === '1' ? { 'x-api-usage': this.usage } : {};
    const answer = admitted ? this.#route(received, context) : refused('122');
    return { ...answer, headers: { ...answer.headers, ...usage } };
  }

  #route(received: Received, context: ApiContext): ApiAnswer {
    const { method, path } = received;
    const [object = '', id = '', action = ''] = path.slice(prefix.length).split('/');
    if (this.forbidden.has(object)) return refused('46');
    const asked = jsonOf(received.body);
    const fields = fieldsOf(received.query.get('fields'));
    const token = received.query.get('nextPageToken');
    const account = this.#account(context);
    const unknown = fields.find((name) => object === 'prospects' && !this.fields.readable(name));
    if (unknown) return refused('180', unknown);
    switch (`${method} ${object}${id && (id === 'do' ? `/do/${action}` : '/id')}`) {
      case 'POST prospects/do/upsertLatestByEmail':
        return upsertLatestByEmail(asked, account);
      case 'POST prospects':
        return create(asked, fields, account);
      case 'PATCH prospects/id':
        return update(Number(id), asked, fields, account);
      case 'GET prospects/id':
        return read(Number(id), fields, account);
      case 'GET prospects':
        return query(received.query.get('email'), fields, account);
      case 'GET custom-fields':
        return page(this.fields.custom, fields, token);
      case 'GET campaigns':
        return page(account.campaigns, fields, token);
      case 'GET lists':
        return page(this.#options.lists ?? [], fields, token);
      case 'POST list-memberships':
        return this.#join(asked as { listId?: number; prospectId?: number } | null);
      default:
        return refused('198');
    }
  }

  #account(context: ApiContext): Account {
    const { campaigns = [], severalPerEmail = false, readLagMs = 0 } = this.#options;
    const { prospects, fields } = this;
    const mayRead = !this.forbidden.has('prospects:read');
    return { prospects, fields, campaigns, severalPerEmail, readLagMs, mayRead, timeZone: this.#timeZone, context };
  }

  #join(asked: { listId?: number; prospectId?: number } | null): ApiAnswer {
    const list = (this.#options.lists ?? []).find(({ id }) => id === asked?.listId);
    if (!list || list.isDynamic) return refused('55');
    if (!asked?.prospectId || !this.prospects.get(asked.prospectId)) return refused('3');
    const member = `${list.id}/${asked.prospectId}`;
    if (this.#members.has(member)) return refused('58');
    this.#members.add(member);
    return { status: 201, body: { id: this.#members.size } };
  }
}
