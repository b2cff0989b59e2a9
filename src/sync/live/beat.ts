export interface BeatOptions {
  /** Between two beats. */
  minMs: number;
  /** How often it beats by itself. */
  pollMs: () => number;
  /** Work that failed is done again with the next beat. */
  onError: (error: unknown) => void;
}

/**
 * Runs a piece of work whenever it is asked for, never twice at once and never more often than every `minMs`; asked while it runs, it runs once
 * more. Also by itself every `pollMs`, because a doorbell can be missed.
 */
export class Beat {
  readonly #work: () => Promise<void>;
  readonly #minMs: number;
  readonly #pollMs: () => number;
  readonly #onError: (error: unknown) => void;
  #timer: NodeJS.Timeout | null = null;
  #dueAt = Number.POSITIVE_INFINITY;
  #lastAt = Number.NEGATIVE_INFINITY;
  #running = false;
  #again = false;
  #active = false;

  constructor(work: () => Promise<void>, { minMs, pollMs, onError }: BeatOptions) {
    this.#work = work;
    this.#minMs = minMs;
    this.#pollMs = pollMs;
    this.#onError = onError;
  }

  /** Beats from now on: somebody watches. */
  start(): void {
    if (this.#active) return;
    this.#active = true;
    if (!this.#running) this.#schedule(this.#pollMs()); // else the work under way does when it ends
  }

  /** Nobody watches any more. */
  stop(): void {
    this.#active = false;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#dueAt = Number.POSITIVE_INFINITY;
  }

  /** Something happened. */
  ask(): void {
    if (!this.#active) return;
    if (this.#running) this.#again = true;
    else this.#schedule(Math.max(0, this.#lastAt + this.#minMs - performance.now()));
  }

  #schedule(ms: number): void {
    const dueAt = performance.now() + ms;
    if (this.#timer && this.#dueAt <= dueAt) return;
    if (this.#timer) clearTimeout(this.#timer);
    this.#dueAt = dueAt;
    this.#timer = setTimeout(() => void this.#run(), ms);
  }

  async #run(): Promise<void> {
    this.#timer = null;
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#running = true;
    this.#again = false;
    this.#lastAt = performance.now();
    try {
      await this.#work();
    } catch (error) {
      this.#onError(error);
    } finally {
      this.#running = false;
      if (this.#active)
        this.#schedule(this.#again ? Math.max(0, this.#lastAt + this.#minMs - performance.now()) : this.#pollMs());
    }
  }
}
