/** Keeps the calls to one vendor account within a number per sliding window. In memory: only one process drains an integration. */
export class Pacer {
  #rate: { calls: number; windowMs: number } | null;
  readonly #monotonic: () => number;
  /** Instants of the calls in the window, oldest first. */
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

  /** Takes the slot of a call that starts now. */
  take(): void {
    if (this.#rate) this.#calls.push(this.#monotonic());
  }

  /** Gives the last slot back: nothing was there to send. */
  giveBack(): void {
    if (this.#rate) this.#calls.pop();
  }
}
