import { randomUUID } from 'node:crypto';
import { type ApiAnswer, type ApiContext, type ApiSimulator, formOf, startApi } from '../api.ts';
import { SignIn, tokenOf } from '../oauth.ts';
import { jsonOf, type Received } from '../server.ts';
import { Bulk, type PlannedEnd } from './bulk.ts';
import { ContactStore, type StoredContact, type UpdateRule } from './contact-store.ts';
import { type EloquaField, type EloquaOptionList, emailField, standardFields, standardOptionLists } from './fields.ts';
import { answerRest } from './rest.ts';

export interface EloquaOptions {
  port?: number;
  /** Wall clock in ms. */
  clock?: () => number;
  clientId?: string;
  clientSecret?: string;
  /** For HTTP Basic. */
  company?: string;
  username?: string;
  password?: string;
  siteId?: number;
  /** In addition to the standard ones, or in their place where the internal name is the same. */
  fields?: EloquaField[];
  optionLists?: EloquaOptionList[];
  /** How long a sync takes, in ms; default 1,000. */
  syncMs?: number;
  /** Above this a data request is answered 404; default 32 MB. */
  dataBytesMax?: number;
  /** Default 2,000; null: any number. */
  importsPerHourMax?: number | null;
  latencyMs?: number;
}

export interface EloquaSimulator extends ApiSimulator {
  clientId: string;
  clientSecret: string;
  company: string;
  username: string;
  password: string;
  signIn: SignIn;
  /** Of the pod that the site is on. */
  podUrl(): string;
  contacts(): StoredContact[];
  deleteContact(id: string): void;
  /** The rows with this address in the latest calls, oldest first. */
  received(email: string): Record<string, unknown>[];
  definitions(): { uri: string; fields: string[]; updateRule: UpdateRule }[];
  /** All import definitions are older than their time. */
  forgetDefinitions(): void;
  /** The next sync imports nothing and ends like this. */
  planSync(end: PlannedEnd): void;
  /** The site is on another pod from now on: the old one takes no token of it any more. */
  movePod(): void;
  setField(internalName: string, field: EloquaField | null): void;
  /** Signing in goes on, but no call is accepted. */
  refuseCalls(): void;
}

/** A stand-in for one Eloqua site on loopback: the login host and the pods on one address. See simulators/README.md. */
export async function startEloqua(options: EloquaOptions = {}): Promise<EloquaSimulator> {
  const { clock = Date.now } = options;
  const eloqua = new Eloqua(options);
  const api = await startApi({
    port: options.port,
    clock,
    latencyMs: options.latencyMs,
    bodyBytesMax: 40_000_000,
    emailsOf,
    answer: (received, context) => eloqua.answer(received, context),
    records: () => eloqua.contacts.all(),
    change: (asked) => eloqua.change(asked),
  });
  eloqua.url = api.url;
  const { clientId, clientSecret } = eloqua.signIn.options;
  const { company, username, password, signIn } = eloqua;
  return {
    ...api,
    ...{ clientId, clientSecret, company, username, password, signIn },
    podUrl: () => eloqua.podUrl,
    contacts: () => {
      eloqua.bulk.advance(clock());
      return eloqua.contacts.all();
    },
    deleteContact: (id) => eloqua.contacts.delete(id),
    received: (email) =>
      api.calls().flatMap(({ path, body }) => {
        const sent = path.endsWith('/data') && Array.isArray(body) ? (body as Record<string, unknown>[]) : [];
        return sent.filter((row) => row[emailField] === email);
      }),
    definitions: () => eloqua.bulk.definitions(),
    forgetDefinitions: () => eloqua.bulk.forgetDefinitions(),
    planSync: (end) => eloqua.bulk.plan(end),
    movePod: () => {
      eloqua.pod += 1;
    },
    setField: (internalName, field) => {
      if (field) eloqua.fields.set(internalName, field);
      else eloqua.fields.delete(internalName);
    },
    refuseCalls: () => {
      eloqua.refusing = true;
    },
  };
}

class Eloqua {
  readonly contacts = new ContactStore();
  readonly fields: Map<string, EloquaField>;
  readonly bulk: Bulk;
  readonly signIn: SignIn;
  readonly company: string;
  readonly username: string;
  readonly password: string;
  url = '';
  pod = 3;
  refusing = false;
  readonly #options: EloquaOptions;
  #passwordRefused = false;

  constructor(options: EloquaOptions) {
    this.#options = options;
    this.fields = new Map([...standardFields, ...(options.fields ?? [])].map((field) => [field.internalName, field]));
    const { syncMs = 1_000, dataBytesMax = 32 * 1_024 * 1_024, importsPerHourMax = 2_000 } = options;
    this.bulk = new Bulk({ syncMs, dataBytesMax, importsPerHourMax }, this.contacts, this.fields);
    const { clientId = randomUUID(), clientSecret = randomUUID() } = options;
    this.signIn = new SignIn({ clientId, clientSecret, tokenSeconds: 28_800, rotates: true });
    this.company = options.company ?? 'AnalyticalEngines';
    this.username = options.username ?? 'API.User';
    this.password = options.password ?? randomUUID();
  }

  get podUrl(): string {
    return `${this.url}/p0${this.pod}`;
  }

  change(asked: unknown): boolean {
    const { kind, ...more } = (asked ?? {}) as { kind?: string } & Partial<PlannedEnd>;
    if (kind === 'expire') this.signIn.expire();
    else if (kind === 'revoke' || kind === 'restore') {
      this.signIn.revoke(kind === 'revoke');
      this.#passwordRefused = kind === 'revoke';
    } else if (kind === 'movePod') this.pod += 1;
    else if (kind === 'forgetDefinitions') this.bulk.forgetDefinitions();
    else if (kind === 'sync' && more.status) this.bulk.plan({ status: more.status, logs: more.logs ?? [] });
    else return false;
    return true;
  }

  answer(received: Received, context: ApiContext): ApiAnswer {
    const { method, query } = received;
    this.bulk.advance(context.nowMs);
    if (received.path === '/auth/oauth2/authorize') return this.signIn.authorize(query);
    if (received.path === '/auth/oauth2/token') return this.#answerToken(received, context.nowMs);
    const isGood = !this.refusing && this.#accepts(received.headers.authorization, context.nowMs);
    if (received.path === '/id') return isGood ? this.#identity() : { status: 200, text: '"Not authenticated."' };
    const pod = /^\/p0(\d)(\/.*)$/.exec(received.path);
    const path = pod?.[2] ?? received.path; // without a pod: as who is told to find the site there
    if (!isGood || (pod && Number(pod[1]) !== this.pod)) return { status: 401, text: 'Login required' };
    const bulk = /^\/api\/bulk\/2\.0(\/.*)$/i.exec(path);
    if (bulk) return this.bulk.answer(method, bulk[1] as string, received, context);
    const rest = /^\/api\/rest\/[12]\.0(\/.*)$/i.exec(path);
    const { optionLists = [] } = this.#options;
    const site = {
      contacts: this.contacts,
      fields: this.fields,
      optionLists: [...standardOptionLists, ...optionLists],
    };
    return rest ? answerRest(method, rest[1] as string, received, site) : { status: 404, text: 'Not Found' };
  }

  #accepts(authorization: string | undefined, nowMs: number): boolean {
    const given = tokenOf(authorization);
    if (!authorization?.startsWith('Basic ')) return this.signIn.isGood(given, nowMs);
    const expected = `${this.company}\\${this.username}:${this.password}`;
    return !this.#passwordRefused && Buffer.from(given ?? '', 'base64').toString() === expected;
  }

  #identity(): ApiAnswer {
    const rest = {
      standard: `${this.podUrl}/API/REST/{version}/`,
      bulk: `${this.podUrl}/API/Bulk/{version}/`,
    };
    return {
      status: 200,
      body: {
        site: { id: this.#options.siteId ?? 4_711, name: this.company },
        user: { id: 9, username: this.username },
        urls: { base: this.podUrl, apis: { rest } },
      },
    };
  }

  /** The client names itself by HTTP Basic, and tells where it was sent back to also when it refreshes. */
  #answerToken(received: Received, nowMs: number): ApiAnswer {
    const form = formOf(received);
    const { clientId, clientSecret, tokenSeconds } = this.signIn.options;
    const basic = Buffer.from(tokenOf(received.headers.authorization) ?? '', 'base64').toString();
    if (basic !== `${clientId}:${clientSecret}`) return { status: 401, body: { error: 'invalid_client' } };
    const isCode = form.get('grant_type') === 'authorization_code';
    const complete = form.get('redirect_uri') !== null && (isCode || form.get('scope') === 'full');
    const issued = isCode
      ? this.signIn.redeem(form, nowMs)
      : complete && this.signIn.refresh(form.get('refresh_token'), nowMs);
    if (!issued) return { status: 400, body: { error: 'invalid_grant' } };
    const { accessToken: access_token, refreshToken: refresh_token } = issued;
    return { status: 200, body: { access_token, token_type: 'bearer', expires_in: tokenSeconds, refresh_token } };
  }
}

function emailsOf({ path, body }: Received): string[] {
  const rows = path.endsWith('/data') ? jsonOf(body) : null;
  return Array.isArray(rows) ? rows.map((row: Record<string, unknown> | null) => String(row?.[emailField] ?? '')) : [];
}
