import type { VendorFlow, VendorFlowState } from '../../db/statements/vendor-flow.ts';
import { probeInMs, retryAfterMsMax } from '../../domain/backoff.ts';

/** Calls in a row after which trouble that is as likely a lead's own is taken for the vendor's. */
const callsUntilDown = 3;
/** Of the pause that its probe began, how long a lead waits: it goes behind whatever comes until then, and may be asked again when it is over. */
const partOfPause = 0.9;

/** One lead of a failed call. */
export interface AskedLead {
  id: string;
  /** Attempts that it has spent. */
  failures: number;
  /** It was without an answer before, and has not passed since. */
  suspected: boolean;
}

export interface FailedCall {
  leads: readonly AskedLead[];
  /** By its kind the trouble is rather the vendor's. */
  whole: boolean;
  /** No lead can be the reason: nothing of one was sent. */
  unreached: boolean;
  retryAfterMs: number | null;
  /** Monotonic. */
  startedAt: number;
}

/** Whose trouble a failed call is. */
export type Blame =
  /** A lead's own: one that was alone spends an attempt, several are asked apart. */
  | { whose: 'lead' }
  /** The vendor's: nobody spends an attempt; its leads are due again in `dueInMs`. */
  | { whose: 'vendor'; dueInMs: number };

const leadsOwn: Blame = { whose: 'lead' };

/**
 * What one drain knows of its vendor: whether calls may go on, and whose fault a failed call is.
 *
 * An error such as HTTP 503 does not tell whether the vendor is down or one lead breaks it, so leads are heard like witnesses. As long as a
 * single lead was in every call that failed since something passed, that lead may be the reason, and others are not kept waiting for it: they
 * are asked one by one, at once, and the first that passes ends the suspicion. When no single lead explains the failures, the vendor is down:
 * it is left alone but for single probes, further and further apart, each with another lead, and nobody spends an attempt.
 *
 * A lead answers for itself, by its own backoff, when others passed while or after it failed; when it is asked again because no other is
 * there; and once it has spent an attempt, after which it is no witness against the vendor any more. So a lead that always breaks the vendor ends
 * FAILED, whether alone or among others. Where no lead can be the reason (nothing listens), the vendor is down, whoever was asked.
 */
export class VendorState {
  readonly #monotonic: () => number;
  readonly #random: () => number;
  state: VendorFlowState;
  /** Pauses in a row since the vendor is down; 0 while that is the word of a single lead. */
  failures: number;
  /** The lead whose call failed last, alone: asked again only when no other is due. */
  suspectId: string | null;
  #pausedUntil: number;
  #failedCalls = 0;
  /** Leads that were in every call that failed since something passed: each may be the reason. Null: none failed that we know of. */
  #common: ReadonlySet<string> | null;
  #lastSuccessAt = Number.NEGATIVE_INFINITY;
  /** How many leads a call may carry: a vendor that was down is given more with every call that passes. */
  #leadsMax = Number.POSITIVE_INFINITY;

  constructor(known: VendorFlow, monotonic: () => number, random: () => number) {
    this.#monotonic = monotonic;
    this.#random = random;
    this.state = known.state;
    this.failures = known.failures;
    this.suspectId = known.suspectId;
    this.#pausedUntil = monotonic() + known.resumesInMs;
    const onlyOne = known.failures === 0;
    this.#common = known.suspectId === null ? null : new Set(onlyOne ? [known.suspectId] : []);
  }

  /** Milliseconds to leave the vendor alone; 0: calls may go on. */
  pauseMs(): number {
    return Math.max(0, Math.ceil(this.#pausedUntil - this.#monotonic()));
  }

  /** True: one call of one lead at a time, to find out whether the vendor is back. */
  get probing(): boolean {
    return this.state === 'VENDOR_DOWN';
  }

  /** How many leads the next call may carry, of so many that the vendor takes. */
  leadsMax(limit: number): number {
    return this.probing ? 1 : Math.min(limit, this.#leadsMax);
  }

  /** A call was answered. True: what is known of the vendor has changed. */
  succeeded(ids: readonly string[]): boolean {
    const oneLeadsWord = this.probing && this.failures === 0 && !(this.suspectId && ids.includes(this.suspectId));
    this.#failedCalls = 0;
    this.#lastSuccessAt = this.#monotonic();
    if (this.state !== 'FLOWING' && this.pauseMs() > 0 && !oneLeadsWord) return false; // an answer to a call from before the pause
    this.#common = null;
    this.#leadsMax = this.probing && this.failures > 0 ? 2 : this.#leadsMax * 2;
    if (this.state === 'FLOWING') return false;
    this.#become('FLOWING', 0, 0, null);
    return true;
  }

  /** The vendor asked us to wait. */
  waitFor(state: 'THROTTLED' | 'QUOTA_EXHAUSTED', ms: number): void {
    this.#become(state, Math.max(ms, this.state === state ? this.pauseMs() : 0), 0, null);
  }

  /** A call had no usable answer. */
  failed({ leads, whole, unreached, retryAfterMs, startedAt }: FailedCall): Blame {
    const only = leads.length === 1 ? leads[0] : undefined;
    if (unreached) return this.#down(undefined, retryAfterMs);
    const othersPass = this.#lastSuccessAt >= startedAt;
    if (othersPass || leads.every(({ failures }) => failures > 0)) return leadsOwn;
    // While the vendor flows, others passed since a suspect failed: its word counts as little as trouble that is any lead's.
    const answersForItself = this.probing
      ? this.suspectId === only?.id
      : !whole || leads.some(({ suspected }) => suspected);
    this.#note(leads);
    const oneExplainsAll = this.#common !== null && this.#common.size > 0;
    const heardEnough = this.probing || !answersForItself || this.#failedCalls >= callsUntilDown;
    if (!oneExplainsAll && heardEnough) return this.#down(only, retryAfterMs);
    if (answersForItself) return leadsOwn;
    return only ? this.#suspect(only, retryAfterMs) : this.#down(only, retryAfterMs);
  }

  snapshot(): VendorFlow {
    return {
      state: this.state,
      resumesInMs: this.pauseMs(),
      failures: this.failures,
      suspectId: this.suspectId,
    };
  }

  #note(leads: readonly AskedLead[]): void {
    const ids = leads.map(({ id }) => id);
    this.#failedCalls += 1;
    this.#common = new Set(this.#common === null ? ids : ids.filter((id) => this.#common?.has(id)));
  }

  /** One lead's word against the vendor: others may be asked at once, unless the vendor itself said how long to wait. */
  #suspect({ id }: AskedLead, retryAfterMs: number | null): Blame {
    const pauseMs = Math.min(retryAfterMs ?? 0, retryAfterMsMax);
    this.#become('VENDOR_DOWN', pauseMs, 0, id);
    return { whose: 'vendor', dueInMs: Math.max(pauseMs, probeInMs(1, this.#random())) };
  }

  #down(only: AskedLead | undefined, retryAfterMs: number | null): Blame {
    const alreadyPaused = this.probing && this.failures > 0 && this.pauseMs() > 0; // an answer to a call from before the pause
    if (!alreadyPaused) {
      const failures = this.probing ? this.failures + 1 : 1;
      const pauseMs =
        retryAfterMs === null ? probeInMs(failures, this.#random()) : Math.min(retryAfterMs, retryAfterMsMax);
      this.#become('VENDOR_DOWN', pauseMs, failures, only?.id ?? null);
    }
    return { whose: 'vendor', dueInMs: only ? partOfPause * this.pauseMs() : 0 };
  }

  #become(state: VendorFlowState, pauseMs: number, failures: number, suspectId: string | null): void {
    this.state = state;
    this.failures = failures;
    this.suspectId = suspectId;
    this.#pausedUntil = this.#monotonic() + pauseMs;
  }
}
