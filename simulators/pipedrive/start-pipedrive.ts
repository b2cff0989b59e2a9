import { randomUUID } from 'node:crypto';
import { type ApiAnswer, type ApiContext, type ApiSimulator, formOf, startApi } from '../api.ts';
import { SignIn, tokenOf } from '../oauth.ts';
import { jsonOf, type Received } from '../server.ts';
import { refused, succeeded } from './answers.ts';
import { answerLeads, type StoredLead } from './leads.ts';
import { type LimitOptions, Limits } from './limits.ts';
import { answerFields, contactSyncFields, type PipedriveField, standardFields } from './person-fields.ts';
import { type Contact, PersonStore, type StoredPerson } from './person-store.ts';
import { answerPersons, contactsOf } from './persons.ts';

export interface PipedriveOptions extends Partial<LimitOptions> {
  port?: number;
  /** Wall clock in ms. */
  clock?: () => number;
  /** Default: a random one. */
  apiToken?: string;
  clientId?: string;
  clientSecret?: string;
  companyId?: number;
  companyDomain?: string;
  /** How long until the search knows of a change, default 0; Infinity: not before `catchUp`. */
  indexLagMs?: number;
  /** Custom fields; and standard ones of the same code are replaced. */
  fields?: PipedriveField[];
  /** job_title and its like exist. */
  contactSync?: boolean;
  /** Paths below which nothing is, as in an API that lacks them. */
  missing?: readonly { method: string; path: RegExp }[];
  latencyMs?: number;
}

export interface PipedriveSimulator extends ApiSimulator {
  apiToken: string;
  clientId: string;
  clientSecret: string;
  signIn: SignIn;
  /** Those that are not deleted. */
  persons(): StoredPerson[];
  leads(): StoredLead[];
  deletePerson(id: number): void;
  /** As if somebody had entered it in Pipedrive. */
  enter(values: Partial<StoredPerson>): StoredPerson;
  /** The search knows everything now. */
  catchUp(): void;
  setField(field: PipedriveField): void;
  /** The body of the last write of the person with this address; undefined: none. */
  received(email: string): unknown;
  /** Calls that were refused for their rate. */
  refusedForRate(): number;
  /** Signing in goes on, but no call is accepted. */
  refuseCalls(): void;
}

/** A stand-in for one Pipedrive company on loopback. See simulators/README.md. */
export async function startPipedrive(options: PipedriveOptions = {}): Promise<PipedriveSimulator> {
  const { clock = Date.now } = options;
  const company = new Company(options);
  const api = await startApi({
    port: options.port,
    clock,
    latencyMs: options.latencyMs,
    emailsOf: (received) => company.emailsOf(received),
    answer: (received, context) => company.answer(received, context),
    records: () => company.persons.all(),
    change: (asked) => company.change(asked, clock()),
  });
  company.url = api.url;
  const { apiToken, signIn, persons } = company;
  const { clientId, clientSecret } = signIn.options;
  return {
    ...api,
    apiToken,
    clientId,
    clientSecret,
    signIn,
    persons: () => persons.all(),
    leads: () => [...company.leads.values()],
    deletePerson: (id) => persons.remove(id, clock()),
    enter: (values) => persons.create(values, clock()),
    catchUp: () => persons.catchUp(),
    setField: (field) => void company.fields.set(field.field_code, field),
    received: (email) => company.received(email),
    refusedForRate: () => company.limits.refused,
    refuseCalls: () => {
      company.refusing = true;
    },
  };
}

class Company {
  readonly persons: PersonStore;
  readonly leads = new Map<string, StoredLead>();
  readonly fields: Map<string, PipedriveField>;
  readonly apiToken: string;
  readonly signIn: SignIn;
  readonly limits: Limits;
  url = '';
  refusing = false;
  #revoked = false;
  /** By person. */
  readonly #received = new Map<number, unknown>();
  readonly #options: PipedriveOptions;

  constructor(options: PipedriveOptions) {
    const { indexLagMs = 0, contactSync = false, fields = [], apiToken = randomUUID() } = options;
    const { clientId = randomUUID(), clientSecret = randomUUID() } = options;
    const { rateMax = 20, searchMax = 10, tokensMax = 30_000, tellsTokens = true, blockedAfter = 20 } = options;
    this.#options = options;
    this.persons = new PersonStore(indexLagMs);
    const all = [...standardFields, ...(contactSync ? contactSyncFields : []), ...fields];
    this.fields = new Map(all.map((field) => [field.field_code, field]));
    this.apiToken = apiToken;
    this.signIn = new SignIn({ clientId, clientSecret, tokenSeconds: 3_600, rotates: true });
    this.limits = new Limits({ rateMax, searchMax, tokensMax, tellsTokens, blockedAfter });
  }

  change(asked: unknown, nowMs: number): boolean {
    const { kind, id } = (asked ?? {}) as { kind?: string; id?: number };
    if (kind === 'expire') this.signIn.expire();
    else if (kind === 'catchUp') this.persons.catchUp();
    else if (kind === 'delete' && id !== undefined) this.persons.remove(id, nowMs);
    else if (kind === 'revoke' || kind === 'restore') {
      this.signIn.revoke(kind === 'revoke');
      this.#revoked = kind === 'revoke';
    } else return false;
    return true;
  }

  answer(received: Received, context: ApiContext): ApiAnswer {
    const { path, method, query, headers } = received;
    if (path === '/oauth/authorize') return this.signIn.authorize(query);
    if (path === '/oauth/token' && method === 'POST') return this.#answerToken(received, context.nowMs);
    const given = headers['x-api-token'];
    const isGood =
      given === undefined
        ? this.signIn.isGood(tokenOf(headers.authorization), context.nowMs)
        : given === this.apiToken && !this.#revoked;
    if (this.refusing || !isGood) return refused(401, 'unauthorized access');
    const { limited, headers: told } = this.limits.admit(method, path, context.nowMs);
    return limited ?? { headers: told, ...this.#route(received, context) };
  }

  /** With HTTP Basic; each refresh token is good once. */
  #answerToken(received: Received, nowMs: number): ApiAnswer {
    const form = formOf(received);
    const { clientId, clientSecret, tokenSeconds } = this.signIn.options;
    const basic = Buffer.from(tokenOf(received.headers.authorization) ?? '', 'base64').toString();
    const oauthError = (status: number, error: string, message: string): ApiAnswer => ({
      status,
      body: { success: false, error, message },
    });
    if (basic !== `${clientId}:${clientSecret}`)
      return oauthError(401, 'invalid_client', 'Invalid client: client is invalid');
    const isCode = form.get('grant_type') === 'authorization_code';
    const issued = isCode ? this.signIn.redeem(form, nowMs) : this.signIn.refresh(form.get('refresh_token'), nowMs);
    if (!issued) {
      const grant = isCode ? 'authorization_code' : 'refresh_token';
      return oauthError(400, 'invalid_grant', `Invalid grant: ${grant} is invalid`);
    }
    return {
      status: 200,
      body: {
        access_token: issued.accessToken,
        token_type: 'Bearer',
        refresh_token: issued.refreshToken,
        scope: 'base,contacts:full,leads:full',
        expires_in: tokenSeconds,
        api_domain: this.url,
      },
    };
  }

  #route(received: Received, context: ApiContext): ApiAnswer {
    const { path, method, query } = received;
    const { missing = [], companyId = 4_711, companyDomain = 'acme' } = this.#options;
    if (missing.some((one) => one.method === method && one.path.test(path))) return unknownPath;
    if (path === '/api/v2/personFields') return answerFields([...this.fields.values()], query);
    if (path === '/api/v1/users/me') {
      const user = { id: 1, name: 'Ada', default_currency: 'EUR', company_id: companyId, company_name: 'Acme Ltd' };
      return succeeded({ ...user, company_domain: companyDomain });
    }
    const { persons, fields, leads } = this;
    const answer = answerPersons(received, { persons, fields, context });
    if (answer) {
      const id = (answer.body as { data?: { id?: number } } | undefined)?.data?.id;
      if ((method === 'POST' || method === 'PATCH') && answer.status < 300 && id !== undefined)
        this.#received.set(id, jsonOf(received.body));
      return answer;
    }
    return answerLeads(received, leads, persons, context.nowMs) ?? unknownPath;
  }

  received(email: string): unknown {
    const person = this.persons.all().find(({ emails }) => hasAddress(emails, email));
    return person && this.#received.get(person.id);
  }

  /** Of a search its term, of a call by id those of the person. */
  emailsOf({ path, query, body }: Received): string[] {
    const id = /\/persons\/(\d+)$/.exec(path)?.[1];
    const known = id === undefined ? null : this.persons.find(Number(id));
    const sent = contactsOf((jsonOf(body) as { emails?: unknown } | null)?.emails);
    return [
      query.get('term') ?? [],
      sent.map(({ value }) => value),
      known?.emails.map(({ value }) => value) ?? [],
    ].flat();
  }
}

const hasAddress = (contacts: readonly Contact[], email: string): boolean =>
  contacts.some(({ value }) => value.toLowerCase() === email.toLowerCase());

const unknownPath = refused(404, 'Unknown method .');
