import { setTimeout } from 'node:timers/promises';
import type { PushSession } from '../connectors/connector.ts';
import type { HttpClient } from '../connectors/http/client.ts';
import type { Pacer, Slot } from './pacing.ts';

/** The HTTP of one push. */
export interface PacedHttp {
  http: HttpClient;
  /** True: a request was given up because the push's time was over before its slot came. Nothing of it was sent. */
  readonly ranOut: boolean;
}

/**
 * Keeps every request of a push to the vendor's rate, whatever the connector asks: the first that counts goes in the slot that was taken before the
 * claim, each further one (a look-up, a sub-step, a repetition with a new token) waits for one of its own. Calls of a kind that the vendor limits
 * apart wait for a slot of their kind first.
 */
export function pacedHttp(
  http: HttpClient,
  pacer: Pacer,
  { timeLeftMs, signal }: Pick<PushSession<unknown>, 'timeLeftMs' | 'signal'>,
): PacedHttp {
  let claimsSlot = true;
  let ranOut = false;
  const wait = ({ waitMs }: Slot) =>
    waitMs === 0 ? Promise.resolve() : setTimeout(waitMs, undefined, { signal }).catch(() => {}); // aborted: no time is left
  return {
    http: {
      ...http,
      async request(request) {
        if (request.uncounted) return http.request(request);
        const isOurs = claimsSlot;
        claimsSlot = false;
        const ofKind = pacer.ofKind(request.kind);
        if (isOurs && !ofKind) return http.request(request);
        const taken: Slot[] = [];
        for (const one of isOurs ? [ofKind] : [ofKind, pacer]) {
          if (!one || (taken.length > 0 && timeLeftMs() <= 0)) continue;
          const slot = one.take(); // the second one once the first has come, so that it is of the moment at which the call starts
          taken.push(slot);
          await wait(slot);
        }
        const leftMs = timeLeftMs();
        if (leftMs > 0) return http.request({ ...request, timeoutMs: Math.min(request.timeoutMs, leftMs) });
        for (const slot of taken) slot.giveBack();
        ranOut = true;
        return { kind: 'failed', reason: 'ABORTED', message: 'There was no time left to send it.', head: null };
      },
    },
    get ranOut() {
      return ranOut;
    },
  };
}

/** Requests outside of a push: they wait for nothing, and leave less for the pushes that come. */
export function countedHttp(http: HttpClient, pacer: Pacer): HttpClient {
  return {
    ...http,
    request(request) {
      if (!request.uncounted) {
        pacer.ofKind(request.kind)?.take();
        pacer.take();
      }
      return http.request(request);
    },
  };
}
