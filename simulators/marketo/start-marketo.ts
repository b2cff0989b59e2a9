import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { FaultList, HangWatch, strike } from '../faults.ts';
import { answerJson, jsonOf, listen, type Received } from '../server.ts';
import { CallLog, type MarketoCall } from './call-log.ts';
import { answerControl } from './control.ts';
import { type MarketoField, standardFields } from './fields.ts';
import { LeadStore, type StoredLead } from './lead-store.ts';
import { Limits } from './limits.ts';
import { type MarketoFault, type MarketoFaultInput, marketoFault, type SignInChange } from './marketo-faults.ts';
import { type MarketoChannel, type MarketoProgram, Programs, standardChannels } from './programs.ts';
import { Refused, wordsOfCode } from './refused.ts';
import { answerRoute, type RouteBody } from './routes.ts';
import { type MarketoList, StaticLists } from './static-lists.ts';
import { Tokens } from './tokens.ts';

export interface MarketoOptions {
  /** Default: a free one. */
  port?: number;
  /** Wall clock in ms; for tokens, limits and the daily quota. */
  clock?: () => number;
  clientId?: string;
  clientSecret?: string;
  tokenSeconds?: number;
  /** In addition to the standard ones, or in their place where the name is the same. */
  fields?: MarketoField[];
  partitions?: string[];
  programs?: MarketoProgram[];
  /** Static lists. */
  lists?: MarketoList[];
  channels?: MarketoChannel[];
  /** Marketo's documentation says record, its answers say response as well. Default: record. */
  unknownFieldLevel?: 'record' | 'response';
  /** False: describe2 is answered with 610, as in old subscriptions. */
  hasDescribe2?: boolean;
  /** Calls in 20 s, default 100; null: any number, for load. */
  rateMax?: number | null;
  concurrentMax?: number;
  dailyMax?: number;
  /** How long an upsert executes, in ms. */
  latencyMs?: number;
}

export interface MarketoSimulator {
  url: string;
  clientId: string;
  clientSecret: string;
  leads(): StoredLead[];
  deleteLead(id: number): void;
  /** Lead id to status. */
  members(programId: number): ReadonlyMap<number, string>;
  /** The field is deleted, with its values. */
  removeField(name: string): void;
  /** Adds a program, or changes the one with its id. */
  putProgram(program: MarketoProgram): void;
  deleteProgram(programId: number): void;
  /** The latest calls, tokens included, oldest first. */
  calls(): MarketoCall[];
  /** Most calls that executed at once. */
  inFlightMax(): number;
  fault(fault: MarketoFaultInput): void;
  clearFaults(): void;
  change(change: SignInChange): void;
  /** Resolves once a call hangs by a fault. */
  untilHanging(): Promise<void>;
  /** Upserts go on executing until the function that is returned is called. */
  pause(): () => void;
  close(): Promise<void>;
}

const tokenPath = '/identity/oauth/token';
const bodyBytesMax = 1_048_576;
const uriLengthMax = 8_192;

/** A stand-in for one Marketo subscription on loopback. Its documented limits and errors are kept; see simulators/README.md. */
export async function startMarketo(options: MarketoOptions = {}): Promise<MarketoSimulator> {
  const marketo = new Marketo(options);
  const { url, close } = await listen({ port: options.port, bodyBytesMax }, (received, response) =>
    marketo.handle(received, response),
  );
  const { clientId, clientSecret } = marketo.tokens;
  return {
    url,
    clientId,
    clientSecret,
    leads: () => marketo.leads.all(),
    deleteLead: (id) => marketo.leads.delete(id),
    members: (programId) => marketo.programs.membersOf(programId),
    removeField: (name) => marketo.removeField(name),
    putProgram: (program) => marketo.programs.put(program),
    deleteProgram: (programId) => marketo.programs.delete(programId),
    calls: () => marketo.log.list(),
    inFlightMax: () => marketo.log.inFlightMax,
    fault: (fault) => marketo.faults.add(marketoFault.parse(fault)),
    clearFaults: () => marketo.faults.clear(),
    change: (change) => marketo.change(change),
    untilHanging: () => marketo.hangs.next(),
    pause: () => marketo.pause(),
    close,
  };
}

class Marketo {
  readonly leads = new LeadStore();
  readonly log = new CallLog();
  readonly faults = new FaultList<MarketoFault>();
  readonly hangs = new HangWatch();
  readonly tokens: Tokens;
  readonly programs: Programs;
  readonly lists: StaticLists;
  readonly #limits: Limits;
  readonly #fields: Map<string, MarketoField>;
  readonly #options: MarketoOptions;
  #clock: () => number;
  #pause: PromiseWithResolvers<void> | null = null;

  constructor(options: MarketoOptions) {
    this.#options = options;
    this.#clock = options.clock ?? Date.now;
    this.#fields = new Map([...standardFields, ...(options.fields ?? [])].map((field) => [field.name, field]));
    const { clientId = randomUUID(), clientSecret = randomUUID().replaceAll('-', ''), tokenSeconds = 3_600 } = options;
    this.tokens = new Tokens(clientId, clientSecret, tokenSeconds);
    this.lists = new StaticLists(options.lists ?? []);
    this.programs = new Programs(options.programs ?? [], options.channels ?? standardChannels);
    const { rateMax = 100, concurrentMax = 10, dailyMax = 50_000 } = options;
    this.#limits = new Limits({ rateMax, concurrentMax, dailyMax });
  }

  removeField(name: string): void {
    this.#fields.delete(name);
    for (const lead of this.leads.all()) delete lead.fields[name];
  }

  pause(): () => void {
    const pause = Promise.withResolvers<void>();
    this.#pause = pause;
    return () => {
      this.#pause = null;
      pause.resolve();
    };
  }

  change(change: SignInChange): void {
    if (change.kind === 'clock') {
      const { now } = change;
      this.#clock = now === null ? (this.#options.clock ?? Date.now) : () => Date.parse(now);
    } else if (change.kind === 'credentials') this.tokens.revoke(change.state === 'revoked');
    else if (change.state === 'expired') this.tokens.expire();
    else this.tokens.invalidate();
  }

  async handle(received: Received, response: ServerResponse): Promise<void> {
    if (received.path.startsWith('/__')) {
      const { status, body } = answerControl(received, this);
      return answerJson(response, status, body);
    }
    const { method, path } = received;
    const emails = emailsOf(received);
    const { call, done } = this.log.begin({ at: this.#clock(), method, path, emails });
    let code: string | null = null;
    response.once('close', () => done(response.headersSent ? response.statusCode : 0, code));

    const before = this.#takeFault((fault) => !fault.afterWrite, path, emails);
    if (before && (await this.#spoil(before, response))) return;
    if (received.bodyBytes > bodyBytesMax) return answerJson(response, 413, {});
    if (path.length + received.query.toString().length > uriLengthMax) return answerJson(response, 414, {});
    if (path === tokenPath) return this.#answerToken(received, response);

    const requestId = `${call.at.toString(16)}#sim`;
    let body: { requestId: string; success: boolean; errors?: { code: string; message: string }[] } & RouteBody;
    try {
      if (before?.kind === 'response') throw refusedOf(before);
      this.tokens.check(received.headers.authorization, this.#clock());
      this.#limits.admit(this.#clock(), call.inFlight);
      body = { requestId, success: true, ...(await this.#route(received)) };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      code = error.code;
      body = { requestId, success: false, errors: [{ code: error.code, message: error.message }] };
    }
    const after = this.#takeFault((fault) => fault.afterWrite, path, emails);
    if (after && (await this.#spoil(after, response))) return;
    answerJson(response, 200, body);
  }

  #route(received: Received): Promise<RouteBody> {
    const {
      partitions = ['Default'],
      unknownFieldLevel = 'record',
      hasDescribe2 = true,
      latencyMs = 0,
    } = this.#options;
    return answerRoute(received, {
      leads: this.leads,
      fields: this.#fields,
      programs: this.programs,
      lists: this.lists,
      partitions,
      limits: this.#limits,
      unknownFieldLevel,
      hasDescribe2,
      faultOf: (email) => {
        const fault = this.faults.take(({ kind }) => kind === 'record', received.path, [email]);
        return fault?.kind === 'record'
          ? { code: fault.code, message: fault.message ?? wordsOfCode[fault.code] ?? '' }
          : null;
      },
      execute: async () => {
        if (latencyMs > 0) await wait(latencyMs);
        await this.#pause?.promise;
      },
      nowMs: this.#clock(),
      errorCounts: this.log.errorCounts,
    });
  }

  #takeFault(fits: (fault: MarketoFault) => boolean, path: string, emails: string[]): MarketoFault | null {
    const isSignIn = path === tokenPath; // it knows no codes of its own
    return this.faults.take(
      (fault) => fault.kind !== 'record' && !(isSignIn && fault.kind === 'response') && fits(fault),
      path,
      emails,
    );
  }

  /** True: the answer is spoiled and there is nothing more to say. */
  async #spoil(fault: MarketoFault, response: ServerResponse): Promise<boolean> {
    if (fault.kind === 'record' || fault.kind === 'response') return false;
    return strike(fault, response, this.hangs);
  }

  #answerToken({ query, body, headers }: Received, response: ServerResponse): void {
    const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded');
    const form = new URLSearchParams(isForm ? body.toString('utf8') : '');
    const given = (name: string) => query.get(name) ?? form.get(name);
    const token = this.tokens.issue(given('client_id'), given('client_secret'), this.#clock());
    if (given('grant_type') === 'client_credentials' && token) {
      const { value: access_token, expiresIn: expires_in } = token;
      answerJson(response, 200, { access_token, token_type: 'bearer', expires_in, scope: 'sluice@example.test' });
    } else {
      answerJson(response, 401, { error: 'invalid_client', error_description: 'Bad client credentials' });
    }
  }
}

const refusedOf = ({ code, message }: { code: string; message?: string | undefined }): Refused =>
  new Refused(code, message ?? wordsOfCode[code] ?? '');

function emailsOf({ path, method, body }: Received): string[] {
  if (path !== '/rest/v1/leads.json' || method !== 'POST') return [];
  const asked = jsonOf(body) as { input?: unknown } | null;
  return Array.isArray(asked?.input)
    ? asked.input.map((record: { email?: unknown } | null) => String(record?.email ?? ''))
    : [];
}
