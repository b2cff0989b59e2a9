/** A call's place in the window. */
export interface Slot {
  /** Milliseconds until the call may start. */
  waitMs: number;
  /** Nothing was sent: another call may have it. */
  giveBack(): void;
}

/** Keeps the calls to one vendor account within a number per sliding window. In memory: only one process drains an integration. */
export class Pacer {
  #rate: { calls: number; windowMs: number } | null;
  readonly #monotonic: () => number;
  /** Instants of the calls in the window and of those that wait for their slot, oldest first. */
  #calls: number[] = [];

  /** @param rate null: no limit. @param monotonic milliseconds that never run backwards */
  constructor(rate: { calls: number; windowMs: number } | null, monotonic: () => number) {
    this.#rate = rate;
    this.#monotonic = monotonic;
  }

  /** The vendor told its real limit; calls made already count in its window. */
  adopt(rate: { calls: number; windowMs: number }): void {
    this.#rate = rate;
  }

  /** Milliseconds until a call may start; 0: now. */
  waitMs(): number {
    if (!this.#rate) return 0;
    const now = this.#monotonic();
    const since = now - this.#rate.windowMs;
    while (this.#calls[0] !== undefined && this.#calls[0] <= since) this.#calls.shift();
    const oldest = this.#calls[this.#calls.length - this.#rate.calls];
    return oldest === undefined ? 0 : Math.ceil(oldest + this.#rate.windowMs - now);
  }

  /** How many calls may start now. */
  free(): number {
    if (!this.#rate) return Number.POSITIVE_INFINITY;
    return this.waitMs() > 0 ? 0 : this.#rate.calls - this.#calls.length;
  }

  /** Takes the next slot: calls are served in the order in which they ask. */
  take(): Slot {
    if (!this.#rate) return { waitMs: 0, giveBack: () => {} };
    const waitMs = this.waitMs();
    const at = this.#monotonic() + waitMs;
    this.#calls.push(at);
    return {
      waitMs,
      giveBack: () => {
        const index = this.#calls.lastIndexOf(at);
        if (index >= 0) this.#calls.splice(index, 1);
      },
    };
  }
}
