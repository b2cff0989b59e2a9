import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import {
  FaultList,
  HangWatch,
  strike,
  type TransportFault,
  type TransportFaultInput,
  transportFaults,
} from '../faults.ts';
import { answerJson, type ControlAnswer, jsonOf, listen, type Received, unknownControl } from '../server.ts';

export interface WebhookReceiverOptions {
  /** Default: a free one. */
  port?: number;
  /** Wall clock in ms, for the tolerance of timestamps. */
  clock?: () => number;
  /** whsec_...; null: signatures are noted as not verified, and everything is accepted. */
  secret?: string | null;
  /** True: a message that is known already is answered with 409 instead of 200. */
  refusesRepeats?: boolean;
}

/** One request as the receiver saw it. */
export interface Delivery {
  /** Of the receiver's clock, in ms. */
  at: number;
  id: string;
  /** webhook-timestamp, in seconds. */
  timestamp: number;
  headers: Record<string, string>;
  /** The bytes that were signed. */
  body: string;
  data: unknown;
  /** The signature is right and the timestamp within five minutes. */
  isVerified: boolean;
  /** The id was accepted before. */
  isRepeat: boolean;
  /** Kept by the receiver, whatever it answered then. */
  isAccepted: boolean;
}

export interface WebhookReceiver {
  /** The endpoint to connect. */
  url: string;
  /** Every request in order, the latest 50,000. */
  deliveries(): Delivery[];
  /** One per message id: the first that was accepted. */
  accepted(): ReadonlyMap<string, Delivery>;
  setSecret(secret: string | null): void;
  fault(fault: TransportFaultInput): void;
  /** The statuses of the next answers, one each; then 200 again. */
  script(...answers: (number | { status: number; headers?: Record<string, string>; body?: string })[]): void;
  clearFaults(): void;
  /** Resolves once a call hangs by a fault. */
  untilHanging(): Promise<void>;
  close(): Promise<void>;
}

const toleranceMs = 5 * 60 * 1_000;
const deliveriesKept = 50_000;
const bodyBytesMax = 1_048_576;
const transportFault = z.discriminatedUnion('kind', transportFaults);

/** A customer's endpoint on loopback that verifies Standard Webhooks by node:crypto, remembers ids and misbehaves on demand. */
export async function startWebhookReceiver(options: WebhookReceiverOptions = {}): Promise<WebhookReceiver> {
  const receiver = new Receiver(options);
  const { url, close } = await listen({ port: options.port, bodyBytesMax }, (received, response) =>
    receiver.handle(received, response),
  );
  return {
    url: `${url}/hook`,
    deliveries: () => [...receiver.deliveries],
    accepted: () => receiver.accepted,
    setSecret: (secret) => receiver.setSecret(secret),
    fault: (fault) => receiver.faults.add(transportFault.parse(fault)),
    script: (...answers) => {
      for (const answer of answers) {
        const { status, ...rest } = typeof answer === 'number' ? { status: answer } : answer;
        receiver.faults.add(transportFault.parse({ kind: 'status', status, ...rest }));
      }
    },
    clearFaults: () => receiver.faults.clear(),
    untilHanging: () => receiver.hangs.next(),
    close,
  };
}

class Receiver {
  deliveries: Delivery[] = [];
  readonly accepted = new Map<string, Delivery>();
  readonly faults = new FaultList<TransportFault>();
  readonly hangs = new HangWatch();
  readonly #clock: () => number;
  readonly #refusesRepeats: boolean;
  #key: KeyObject | null = null;

  constructor({ clock = Date.now, secret = null, refusesRepeats = false }: WebhookReceiverOptions) {
    this.#clock = clock;
    this.#refusesRepeats = refusesRepeats;
    this.setSecret(secret);
  }

  setSecret(secret: string | null): void {
    this.#key = secret === null ? null : createSecretKey(Buffer.from(secret.replace('whsec_', ''), 'base64'));
  }

  async handle(received: Received, response: ServerResponse): Promise<void> {
    if (received.path.startsWith('/__')) {
      const { status, body } = this.#control(received);
      return answerJson(response, status, body);
    }
    if (received.method !== 'POST') return answerJson(response, 405, {});
    const delivery = this.#read(received);
    if (this.deliveries.length >= deliveriesKept) this.deliveries = this.deliveries.slice(deliveriesKept / 2);
    this.deliveries.push(delivery);

    const fault = this.faults.take(() => true, received.path, emailsOf(delivery.data));
    if (fault && !fault.afterWrite && (await strike(fault, response, this.hangs))) return;
    if (!delivery.id || Number.isNaN(delivery.timestamp) || delivery.data === null)
      return answerJson(response, 400, {});
    if (this.#key && !delivery.isVerified) return answerJson(response, 401, { error: 'No matching signature found' });
    delivery.isRepeat = this.accepted.has(delivery.id);
    delivery.isAccepted = true;
    if (!delivery.isRepeat) this.accepted.set(delivery.id, delivery);
    if (fault?.afterWrite && (await strike(fault, response, this.hangs))) return;
    answerJson(response, delivery.isRepeat && this.#refusesRepeats ? 409 : 200, {});
  }

  #read({ headers, body }: Received): Delivery {
    const single = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    const { 'webhook-id': id = '', 'webhook-timestamp': timestamp = '', 'webhook-signature': signatures = '' } = single;
    const text = body.toString('utf8');
    const at = this.#clock();
    const isFresh = Math.abs(at - Number(timestamp) * 1_000) <= toleranceMs;
    return {
      at,
      id,
      timestamp: timestamp === '' ? Number.NaN : Number(timestamp),
      headers: single,
      body: text,
      data: jsonOf(body),
      isVerified: isFresh && this.#isSigned(`${id}.${timestamp}.${text}`, signatures),
      isRepeat: false,
      isAccepted: false,
    };
  }

  #isSigned(content: string, signatures: string): boolean {
    if (!this.#key) return false;
    const expected = Buffer.from(`v1,${createHmac('sha256', this.#key).update(content).digest('base64')}`);
    return signatures.split(' ').some((signature) => {
      const given = Buffer.from(signature);
      return given.length === expected.length && timingSafeEqual(given, expected);
    });
  }

  /** Faults on demand and a look inside, for demos and for tests in another process. */
  #control({ method, path, body }: Received): ControlAnswer {
    switch (`${method} ${path}`) {
      case 'GET /__deliveries':
        return { status: 200, body: this.deliveries };
      case 'POST /__secret': {
        const asked = secretChange.safeParse(jsonOf(body));
        if (!asked.success) return { status: 400, body: { error: asked.error.issues } };
        this.setSecret(asked.data.secret);
        return { status: 200, body: {} };
      }
      case 'DELETE /__faults':
        this.faults.clear();
        return { status: 200, body: {} };
      case 'POST /__faults': {
        const fault = transportFault.safeParse(jsonOf(body));
        if (!fault.success) return { status: 400, body: { error: fault.error.issues } };
        this.faults.add(fault.data);
        return { status: 200, body: {} };
      }
      default:
        return unknownControl;
    }
  }
}

const secretChange = z.object({ secret: z.string().nullable() });
const payload = z.object({ data: z.object({ lead: z.looseObject({}), fields: z.looseObject({}).optional() }) });

/** Every text of the lead: one of them may be the address that a fault waits for. */
function emailsOf(body: unknown): string[] {
  const { data } = payload.safeParse(body);
  return Object.values({ ...data?.data.lead, ...data?.data.fields }).filter((value) => typeof value === 'string');
}
