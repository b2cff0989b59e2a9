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
 * claim, each further one (a look-up, a sub-step, a repetition with a new token) waits for one of its own.
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
        if (claimsSlot) {
          claimsSlot = false;
          return http.request(request);
        }
        const slot = pacer.take();
        await wait(slot);
        const leftMs = timeLeftMs();
        if (leftMs > 0) return http.request({ ...request, timeoutMs: Math.min(request.timeoutMs, leftMs) });
        slot.giveBack();
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
      if (!request.uncounted) pacer.take();
      return http.request(request);
    },
  };
}
