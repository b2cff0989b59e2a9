import { randomUUID } from 'node:crypto';
import { type ApiAnswer, type ApiContext, type ApiSimulator, formOf, startApi } from '../api.ts';
import { SignIn, tokenOf } from '../oauth.ts';
import { jsonOf, type Received } from '../server.ts';
import { ContactStore, type StoredContact } from './contact-store.ts';
import { answerContacts } from './contacts.ts';
import { errorOf } from './error-body.ts';
import { answerLists, type StaticList } from './lists.ts';
import { type HubspotProperty, shownProperty, standardProperties } from './properties.ts';
import { answerToken } from './tokens.ts';

export interface HubspotOptions {
  port?: number;
  /** Wall clock in ms. */
  clock?: () => number;
  /** The static token; default: a random one. */
  accessToken?: string;
  clientId?: string;
  clientSecret?: string;
  portalId?: number;
  timeZone?: string;
  /** In addition to the standard ones, or in their place where the name is the same. */
  properties?: HubspotProperty[];
  /** Static lists. */
  lists?: StaticList[];
  /** Calls in 10 s, default 100; null: any number. */
  rateMax?: number | null;
  dailyMax?: number;
  latencyMs?: number;
}

export interface HubspotSimulator extends ApiSimulator {
  accessToken: string;
  clientId: string;
  clientSecret: string;
  signIn: SignIn;
  contacts(): StoredContact[];
  deleteContact(id: string): void;
  membersOf(listId: string): readonly string[];
  /** Removes or adds a property. */
  setProperty(name: string, property: HubspotProperty | null): void;
  /** The properties of the last write of the contact with this address; undefined: none. */
  received(email: string): Record<string, unknown> | undefined;
  removeList(listId: string): void;
  /** Signing in goes on, but no call is accepted. */
  refuseCalls(): void;
  /** True: a 2xx without results and errors, as met in practice, and nothing is written. */
  answerNothing(nothing: boolean): void;
}

/** A stand-in for one HubSpot account on loopback. See simulators/README.md. */
export async function startHubspot(options: HubspotOptions = {}): Promise<HubspotSimulator> {
  const hubspot = new Hubspot(options);
  const api = await startApi({
    port: options.port,
    clock: options.clock,
    latencyMs: options.latencyMs,
    emailsOf,
    answer: (received, context) => hubspot.answer(received, context),
    records: () => hubspot.contacts.all(),
    change: (asked) => hubspot.change(asked),
  });
  const { accessToken, signIn } = hubspot;
  const { clientId, clientSecret } = signIn.options;
  return {
    ...api,
    accessToken,
    clientId,
    clientSecret,
    signIn,
    contacts: () => hubspot.contacts.all(),
    deleteContact: (id) => void hubspot.contacts.delete(id),
    membersOf: (listId) => [...(hubspot.members.get(listId) ?? [])],
    setProperty: (name, property) => {
      if (property) hubspot.properties.set(name, property);
      else hubspot.properties.delete(name);
    },
    received: (email) => {
      for (const call of api.calls().toReversed()) {
        if (!/batch\/(upsert|update)$/.test(call.path)) continue;
        const { inputs = [] } = call.body as { inputs?: { properties: Record<string, unknown> }[] };
        const input = inputs.find(({ properties }) => properties.email === email);
        if (input) return input.properties;
      }
      return undefined;
    },
    removeList: (listId) => {
      hubspot.lists = hubspot.lists.filter((list) => list.listId !== listId);
    },
    refuseCalls: () => {
      hubspot.refusing = true;
    },
    answerNothing: (nothing) => {
      hubspot.silent = nothing;
    },
  };
}

class Hubspot {
  readonly contacts = new ContactStore();
  readonly members = new Map<string, Set<string>>();
  readonly properties: Map<string, HubspotProperty>;
  readonly accessToken: string;
  readonly signIn: SignIn;
  silent = false;
  refusing = false;
  lists: StaticList[];
  readonly #options: HubspotOptions;
  readonly #calls: number[] = [];
  #daily = { day: '', calls: 0 };
  #staticRefused = false;

  constructor(options: HubspotOptions) {
    this.#options = options;
    this.lists = options.lists ?? [];
    this.properties = new Map([...standardProperties, ...(options.properties ?? [])].map((one) => [one.name, one]));
    this.accessToken = options.accessToken ?? `pat-eu1-${randomUUID()}`;
    const { clientId = randomUUID(), clientSecret = randomUUID() } = options;
    this.signIn = new SignIn({ clientId, clientSecret, tokenSeconds: 1_800, rotates: true });
  }

  change(asked: unknown): boolean {
    const { kind } = (asked ?? {}) as { kind?: string };
    if (kind === 'expire') this.signIn.expire();
    else if (kind === 'revoke' || kind === 'restore') {
      this.signIn.revoke(kind === 'revoke');
      this.#staticRefused = kind === 'revoke';
    } else return false;
    return true;
  }

  answer(received: Received, context: ApiContext): ApiAnswer {
    const { path, method, query } = received;
    if (path === '/oauth/authorize') return this.signIn.authorize(query);
    if (path === '/oauth/v1/token' || path === '/oauth/v3/token') {
      return answerToken(this.signIn, this.#options.portalId ?? 4_711, received, context.nowMs);
    }
    const info = /^\/oauth\/v1\/access-tokens\/([^/]+)$/.exec(path);
    if (info && method === 'GET') return this.#tellToken(info[1] ?? '', context.nowMs);
    if (path === '/oauth/v3/token/introspect') return this.#introspect(received, context.nowMs);
    const token = tokenOf(received.headers.authorization);
    const isStatic = token === this.accessToken && !this.#staticRefused;
    if (this.refusing || (!isStatic && !this.signIn.isGood(token, context.nowMs))) return unauthorized;
    const { limited, headers } = this.#admit(context.nowMs, isStatic);
    return limited ?? { headers, ...this.#route(method, path, received, context) };
  }

  /** What HubSpot knows of a token that it gave, in the shape of OAuth v3. */
  #introspect(received: Received, nowMs: number): ApiAnswer {
    const { portalId = 4_711 } = this.#options;
    const token = formOf(received).get('token') ?? '';
    if (token !== this.accessToken && !this.signIn.isGood(token, nowMs))
      return { status: 200, body: { active: false } };
    const about = { hub_id: portalId, hub_domain: 'sluice.example', user_id: 1, app_id: 1, scopes: [], token };
    return { status: 200, body: { active: true, token_use: 'access_token', token_type: 'access', ...about } };
  }

  /** The same by OAuth v1. */
  #tellToken(token: string, nowMs: number): ApiAnswer {
    if (!this.signIn.isGood(token, nowMs)) {
      return { status: 404, body: errorOf('TOKEN_NOT_FOUND', 'access token not found') };
    }
    const { portalId = 4_711 } = this.#options;
    const about = { hub_id: portalId, hub_domain: 'sluice.example', user_id: 1, app_id: 1, scopes: [], token };
    return { status: 200, body: { ...about, token_type: 'access', user: 'ada@sluice.example', expires_in: 1_800 } };
  }

  /** The daily pair of headers is absent for apps that people signed in to. */
  #admit(nowMs: number, isStatic: boolean): { limited: ApiAnswer | null; headers: Record<string, string> } {
    const { rateMax = 100, dailyMax = 250_000, timeZone = 'US/Eastern' } = this.#options;
    const day = new Intl.DateTimeFormat('en-CA', { timeZone }).format(nowMs);
    if (this.#daily.day !== day) this.#daily = { day, calls: 0 };
    while (this.#calls[0] !== undefined && this.#calls[0] <= nowMs - 10_000) this.#calls.shift();
    if (rateMax !== null && this.#calls.length >= rateMax)
      return { limited: limitOf('TEN_SECONDLY_ROLLING'), headers: {} };
    if (this.#daily.calls >= dailyMax) return { limited: limitOf('DAILY'), headers: {} };
    this.#calls.push(nowMs);
    this.#daily.calls += 1;
    const headers = {
      'x-hubspot-ratelimit-max': String(rateMax ?? 100_000),
      'x-hubspot-ratelimit-remaining': String((rateMax ?? 100_000) - this.#calls.length),
      'x-hubspot-ratelimit-interval-milliseconds': '10000',
      ...(isStatic && {
        'x-hubspot-ratelimit-daily': String(dailyMax),
        'x-hubspot-ratelimit-daily-remaining': String(dailyMax - this.#daily.calls),
      }),
    };
    return { limited: null, headers };
  }

  #route(method: string, path: string, received: Received, context: ApiContext): ApiAnswer {
    const { portalId = 4_711, timeZone = 'US/Eastern' } = this.#options;
    if (path === '/account-info/v3/details')
      return { status: 200, body: { portalId, uiDomain: 'app.hubspot.com', timeZone } };
    // Dated versions have the same bodies under /crm/{area}/{version}.
    const below = path.replace(/^\/crm\/(?:v3\/(\w+)|(\w+)\/\d{4}-\d{2})(?=\/)/, '/$1$2');
    if (below === '/properties/contacts')
      return { status: 200, body: { results: [...this.properties.values()].map(shownProperty) } };
    const contacts = /^\/objects\/contacts\/batch\/(read|upsert|update)$/.exec(below);
    if (contacts && method === 'POST') {
      const { contacts: stored, properties, silent } = this;
      return answerContacts(contacts[1] as 'read' | 'upsert' | 'update', jsonOf(received.body), {
        contacts: stored,
        properties,
        silent,
        context,
      });
    }
    return (
      answerLists(method, below, jsonOf(received.body), this) ?? {
        status: 404,
        body: errorOf('OBJECT_NOT_FOUND', 'resource not found'),
      }
    );
  }
}

const unauthorized: ApiAnswer = {
  status: 401,
  body: errorOf(
    'INVALID_AUTHENTICATION',
    'Authentication credentials not found. This API supports OAuth 2.0 authentication.',
  ),
};

function limitOf(policyName: 'DAILY' | 'TEN_SECONDLY_ROLLING'): ApiAnswer {
  const message =
    policyName === 'DAILY' ? 'You have reached your daily limit.' : 'You have reached your ten_secondly_rolling limit.';
  return {
    status: 429,
    body: { status: 'error', message, errorType: 'RATE_LIMIT', correlationId: randomUUID(), policyName },
  };
}

function emailsOf({ path, body }: Received): string[] {
  if (!path.includes('/contacts/batch/') || path.endsWith('/read')) return [];
  const asked = jsonOf(body) as { inputs?: { id?: unknown; properties?: { email?: unknown } }[] } | null;
  return Array.isArray(asked?.inputs)
    ? asked.inputs.map((input) => String(input?.properties?.email ?? input?.id ?? ''))
    : [];
}
