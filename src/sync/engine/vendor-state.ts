import type { VendorFlow, VendorFlowState } from '../../db/statements/vendor-flow.ts';
import { probeInMs, retryAfterMsMax } from '../../domain/backoff.ts';

/** Calls in a row, of as many leads, after which trouble that could be a lead's own is taken for the vendor's. */
const callsUntilDown = 3;

/**
 * What one drain knows of its vendor: whether calls may go on, and whose fault a failed call is. A vendor that is down is left alone but for
 * single probes, and no lead pays for it; a lead that fails while others pass pays for itself.
 */
export class VendorState {
  readonly #monotonic: () => number;
  readonly #random: () => number;
  state: VendorFlowState;
  /** Probes that failed in a row. */
  failures: number;
  #pausedUntil: number;
  /** Items of the calls that failed since the last success. */
  #failedItems = new Set<string>();
  #failedCalls = 0;
  #lastSuccessAt = Number.NEGATIVE_INFINITY;
  /** Items that failed alone, and when: one that does so again after others passed is at fault itself. */
  readonly #suspects = new Map<string, number>();

  constructor(known: VendorFlow, monotonic: () => number, random: () => number) {
    this.#monotonic = monotonic;
    this.#random = random;
    this.state = known.state;
    this.failures = known.failures;
    this.#pausedUntil = monotonic() + known.resumesInMs;
  }

  /** Milliseconds to leave the vendor alone; 0: calls may go on. */
  pauseMs(): number {
    return Math.max(0, Math.ceil(this.#pausedUntil - this.#monotonic()));
  }

  /** True: one call of one lead at a time, to find out whether the vendor is back. */
  get probing(): boolean {
    return this.state === 'VENDOR_DOWN';
  }

  /** A call was answered. True: the vendor had been in our way, and is not any more. */
  succeeded(itemIds: readonly string[]): boolean {
    this.#failedItems.clear();
    this.#failedCalls = 0;
    this.#lastSuccessAt = this.#monotonic();
    for (const id of itemIds) this.#suspects.delete(id);
    const changed = this.state !== 'FLOWING' && this.pauseMs() === 0;
    if (changed) this.#become('FLOWING', 0, 0);
    return changed;
  }

  /** The vendor asked us to wait. */
  waitFor(state: 'THROTTLED' | 'QUOTA_EXHAUSTED', ms: number): void {
    this.#become(state, Math.max(ms, this.state === state ? this.pauseMs() : 0), 0);
  }

  /**
   * A call had no usable answer. Returns whose trouble it is: 'lead' spends an attempt of each lead, 'vendor' holds the integration until the
   * next probe. `whole`: by its kind it is the vendor's. `startedAt`: when the call began, monotonic.
   */
  failed(
    itemIds: readonly string[],
    whole: boolean,
    retryAfterMs: number | null,
    startedAt: number,
  ): 'lead' | 'vendor' {
    this.#failedCalls += 1;
    for (const id of itemIds) this.#failedItems.add(id);
    const othersPass = this.#lastSuccessAt >= startedAt || this.#isSuspect(itemIds);
    const down = this.probing
      ? !othersPass
      : whole
        ? !othersPass
        : this.#failedCalls >= callsUntilDown && this.#failedItems.size >= callsUntilDown;
    const [only] = itemIds;
    if (only !== undefined && itemIds.length === 1) this.#suspects.set(only, this.#monotonic());
    if (!down) return 'lead';
    const alreadyPaused = this.probing && this.pauseMs() > 0; // an answer to a call from before the pause
    const failures = alreadyPaused ? this.failures : this.failures + 1;
    const wait = retryAfterMs === null ? probeInMs(failures, this.#random()) : Math.min(retryAfterMs, retryAfterMsMax);
    this.#become('VENDOR_DOWN', alreadyPaused ? this.pauseMs() : wait, failures);
    return 'vendor';
  }

  snapshot(): VendorFlow {
    return { state: this.state, resumesInMs: this.pauseMs(), failures: this.failures };
  }

  #isSuspect(itemIds: readonly string[]): boolean {
    const [only] = itemIds;
    const suspectedAt = only === undefined || itemIds.length > 1 ? undefined : this.#suspects.get(only);
    return suspectedAt !== undefined && this.#lastSuccessAt > suspectedAt;
  }

  #become(state: VendorFlowState, pauseMs: number, failures: number): void {
    this.state = state;
    this.failures = failures;
    this.#pausedUntil = this.#monotonic() + pauseMs;
  }
}
