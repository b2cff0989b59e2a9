import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { answerJson } from './server.ts';

/** When a fault strikes. */
const scope = {
  /** How many calls (of a `record` fault: records) it strikes; null: until cleared. */
  times: z.int().min(1).nullable().default(1),
  /** Only calls whose path contains this. */
  path: z.string().optional(),
  /** Only calls or records with this e-mail address, in whatever case. */
  email: z.string().optional(),
  /** Only calls of this method, in the simulators of JSON APIs. */
  method: z.string().optional(),
  /** True: what was sent is kept, and only the answer is spoiled. */
  afterWrite: z.boolean().default(false),
};

export const transportFaults = [
  z.object({
    kind: z.literal('status'),
    status: z.int(),
    headers: z.record(z.string(), z.string()).optional(),
    body: z.string().optional(),
    ...scope,
  }),
  z.object({ kind: z.literal('html'), status: z.int().default(200), ...scope }),
  z.object({ kind: z.literal('oversize'), status: z.int().default(200), bytes: z.int().default(5_000_000), ...scope }),
  z.object({ kind: z.literal('redirect'), location: z.string(), ...scope }),
  z.object({ kind: z.literal('delay'), ms: z.int(), ...scope }),
  z.object({ kind: z.literal('hang'), ...scope }),
  /** The connection is reset in the middle of an answer. */
  z.object({ kind: z.literal('reset'), ...scope }),
] as const;

const transportFault = z.discriminatedUnion('kind', transportFaults);
export type TransportFault = z.infer<typeof transportFault>;
export type TransportFaultInput = z.input<typeof transportFault>;

interface Scope {
  times: number | null;
  path?: string | undefined;
  email?: string | undefined;
}

/** Faults that wait for the calls they strike, oldest first. */
export class FaultList<Fault extends Scope & { kind: string }> {
  #faults: Fault[] = [];

  add(fault: Fault): void {
    this.#faults.push({ ...fault });
  }

  clear(): void {
    this.#faults = [];
  }

  /** Takes one strike of the first fault that fits. */
  take(fits: (fault: Fault) => boolean, path: string, emails: readonly string[]): Fault | null {
    if (this.#faults.length === 0) return null;
    const struck = this.#faults.find(
      (fault) =>
        fits(fault) &&
        (fault.path === undefined || path.includes(fault.path)) &&
        (fault.email === undefined || emails.some((email) => email.toLowerCase() === fault.email?.toLowerCase())),
    );
    if (struck?.times != null && --struck.times === 0) this.#faults = this.#faults.filter((fault) => fault !== struck);
    return struck ?? null;
  }
}

/** Tells a test that a call hangs, so that nobody has to sleep until it surely does. */
export class HangWatch {
  #unheard = 0;
  readonly #waiters: (() => void)[] = [];

  note(): void {
    const resolve = this.#waiters.shift();
    if (resolve) resolve();
    else this.#unheard++;
  }

  /** Resolves once a call hangs that nobody has waited for yet. */
  async next(): Promise<void> {
    if (this.#unheard === 0) return new Promise<void>((resolve) => this.#waiters.push(resolve));
    this.#unheard--;
  }
}

/** Spoils the answer. False: it was only a delay, and the answer is still to be given. */
export async function strike(fault: TransportFault, response: ServerResponse, hangs: HangWatch): Promise<boolean> {
  switch (fault.kind) {
    case 'delay':
      await wait(fault.ms, undefined, { ref: false });
      return false;
    case 'hang':
      hangs.note();
      return true;
    case 'status':
      if (fault.body === undefined) answerJson(response, fault.status, {}, fault.headers);
      else response.writeHead(fault.status, fault.headers).end(fault.body);
      return true;
    case 'html':
      response
        .writeHead(fault.status, { 'content-type': 'text/html' })
        .end('<!doctype html><title>Maintenance</title>');
      return true;
    case 'redirect':
      response.writeHead(302, { location: fault.location }).end();
      return true;
    case 'oversize':
      response.writeHead(fault.status, { 'content-type': 'application/json' }).end(Buffer.alloc(fault.bytes, ' '));
      return true;
    case 'reset':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"success":', () => response.socket?.resetAndDestroy());
      return true;
  }
}
