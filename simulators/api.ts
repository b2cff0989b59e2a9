import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { FaultList, HangWatch, strike, transportFaults } from './faults.ts';
import { answerJson, type ControlAnswer, jsonOf, listen, type Received, unknownControl } from './server.ts';

/** A record that is refused, in the vendor's own terms; strikes where its e-mail address comes in a call. */
const recordFault = z.object({
  kind: z.literal('record'),
  code: z.string(),
  message: z.string().optional(),
  /** The field that it names, as the vendor names it. */
  field: z.string().optional(),
  times: z.int().min(1).nullable().default(1),
  path: z.string().optional(),
  email: z.string().optional(),
});
const apiFault = z.discriminatedUnion('kind', [recordFault, ...transportFaults]);
type ApiFault = z.output<typeof apiFault>;
export type ApiFaultInput = z.input<typeof apiFault>;
export type RecordFault = z.output<typeof recordFault>;

export interface ApiAnswer {
  status: number;
  /** Sent as JSON; absent: nothing is. */
  body?: unknown;
  /** Sent as it is, in the place of `body`. */
  text?: string;
  headers?: Record<string, string>;
}

export interface ApiCall {
  at: number;
  method: string;
  path: string;
  /** Of the records that it carries. */
  emails: string[];
  /** Parsed; null: no JSON. */
  body: unknown;
  /** 0: no answer (yet). */
  status: number;
  /** Calls under way when it came, itself included. */
  inFlight: number;
}

export interface ApiOptions {
  /** Default: a free one. */
  port?: number | undefined;
  clock?: (() => number) | undefined;
  /** How long a call takes, in ms. */
  latencyMs?: number | undefined;
  bodyBytesMax?: number;
  /** E-mail addresses of the records in a call. */
  emailsOf(received: Received): string[];
  /** What the `path` of a fault is looked for in; default: the path. For vendors whose paths do not say what is sent. */
  faultPathOf?(received: Received): string;
  answer(received: Received, context: ApiContext): ApiAnswer | Promise<ApiAnswer>;
  /** A look inside, at `GET /__records`. */
  records(): unknown;
  /** Changes of the vendor's state on demand, at `POST /__change`; false: it knows no such change. */
  change?(asked: unknown): boolean;
}

export interface ApiContext {
  nowMs: number;
  inFlight: number;
  /** The fault that a record with this address meets, if any: takes one strike of it. */
  faultOf(email: string): RecordFault | null;
}

/** What every simulator of a JSON API can be asked. */
export interface ApiSimulator {
  url: string;
  /** The latest calls, sign-in included, oldest first. */
  calls(): ApiCall[];
  inFlightMax(): number;
  fault(fault: ApiFaultInput): void;
  clearFaults(): void;
  /** Resolves once a call hangs by a fault. */
  untilHanging(): Promise<void>;
  /** Calls go on executing until the function that is returned is called. */
  pause(): () => void;
  /** Ends every connection. */
  close(): Promise<void>;
}

const callsKept = 5_000;

/** A vendor's JSON API on loopback: faults on demand, a log of calls, control endpoints. What it answers is the vendor's own. */
export async function startApi(options: ApiOptions): Promise<ApiSimulator> {
  const { clock = Date.now, latencyMs = 0, bodyBytesMax = 32_000_000 } = options;
  const faults = new FaultList<ApiFault>();
  const hangs = new HangWatch();
  const calls: ApiCall[] = [];
  let inFlight = 0;
  let inFlightMax = 0;
  let paused: PromiseWithResolvers<void> | null = null;

  async function handle(received: Received, response: ServerResponse): Promise<void> {
    if (received.path.startsWith('/__')) {
      const { status, body } = control(received);
      return answerJson(response, status, body);
    }
    const { method, path } = received;
    const emails = options.emailsOf(received);
    inFlight += 1;
    inFlightMax = Math.max(inFlightMax, inFlight);
    const call: ApiCall = { at: clock(), method, path, emails, body: jsonOf(received.body), status: 0, inFlight };
    calls.push(call);
    if (calls.length > callsKept) calls.shift();
    response.once('close', () => {
      inFlight -= 1;
      call.status = response.headersSent ? response.statusCode : 0;
    });
    const faultPath = options.faultPathOf?.(received) ?? path;
    const struckAt = (afterWrite: boolean) =>
      faults.take(
        (fault) => fault.kind !== 'record' && fault.afterWrite === afterWrite && (fault.method ?? method) === method,
        faultPath,
        emails,
      );
    const before = struckAt(false);
    if (before && before.kind !== 'record' && (await strike(before, response, hangs))) return;
    if (latencyMs > 0) await wait(latencyMs);
    await paused?.promise;
    const answer = await options.answer(received, {
      nowMs: call.at,
      inFlight: call.inFlight,
      faultOf: (email) => {
        const fault = faults.take(({ kind }) => kind === 'record', faultPath, [email]);
        return fault?.kind === 'record' ? fault : null;
      },
    });
    const after = struckAt(true);
    if (after && after.kind !== 'record' && (await strike(after, response, hangs))) return;
    if (answer.text !== undefined) response.writeHead(answer.status, answer.headers).end(answer.text);
    else if (answer.body === undefined) response.writeHead(answer.status, answer.headers).end();
    else answerJson(response, answer.status, answer.body, answer.headers);
  }

  function control({ method, path, body }: Received): ControlAnswer {
    const done = (status: number, told: unknown): ControlAnswer => ({ status, body: told });
    const asked = jsonOf(body);
    switch (`${method} ${path}`) {
      case 'GET /__records':
        return done(200, options.records());
      case 'GET /__calls':
        return done(200, { inFlightMax, calls });
      case 'DELETE /__faults':
        faults.clear();
        return done(200, {});
      case 'POST /__faults': {
        const fault = apiFault.safeParse(asked);
        if (!fault.success) return done(400, { error: fault.error.issues });
        faults.add(fault.data);
        return done(200, {});
      }
      case 'POST /__change':
        return options.change?.(asked) ? done(200, {}) : done(400, { error: 'There is no such change.' });
      default:
        return unknownControl;
    }
  }

  const { url, close } = await listen({ port: options.port, bodyBytesMax }, handle);
  return {
    url,
    calls: () => [...calls],
    inFlightMax: () => inFlightMax,
    fault: (fault) => faults.add(apiFault.parse(fault)),
    clearFaults: () => faults.clear(),
    untilHanging: () => hangs.next(),
    pause: () => {
      const pause = Promise.withResolvers<void>();
      paused = pause;
      return () => {
        paused = null;
        pause.resolve();
      };
    },
    close,
  };
}

/** The fields of a form-encoded body. */
export const formOf = (received: Received): URLSearchParams => new URLSearchParams(received.body.toString('utf8'));
