/**
 * An async iterator over what `pull` finds, which waits while it finds nothing. Unlike an async generator it can be ended while it waits: a
 * generator parked on an await is never cleaned up when its client goes away.
 */
export class Stream<T> implements AsyncIterableIterator<T> {
  readonly #pull: () => Promise<T | Done | Nothing> | T | Done | Nothing;
  readonly #ended: AbortSignal;
  readonly #onEnd: () => void;
  #wake: (() => void) | null = null;
  #news = false;
  #closed = false;

  /**
   * @param pull the next value, `nothing` to wait for wake(), `done` to complete; may throw, which ends the stream
   * @param ended ends it with its reason thrown
   * @param onEnd called once, however it ended
   */
  constructor(pull: () => Promise<T | Done | Nothing> | T | Done | Nothing, ended: AbortSignal, onEnd: () => void) {
    this.#pull = pull;
    this.#ended = ended;
    this.#onEnd = onEnd;
    ended.addEventListener('abort', this.wake);
  }

  /** There may be something to pull. */
  readonly wake = (): void => {
    this.#news = true;
    this.#wake?.();
  };

  /** True once it has ended, however. */
  get closed(): boolean {
    return this.#closed;
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    try {
      while (!this.#closed) {
        this.#ended.throwIfAborted();
        this.#news = false;
        const pulled = await this.#pull();
        if (this.#closed) break;
        if (pulled === done) {
          this.#close();
          break;
        }
        if (pulled !== nothing) return { done: false, value: pulled };
        if (!this.#news) await this.#wait();
      }
    } catch (error) {
      this.#close();
      throw error;
    }
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#close();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = null;
        resolve();
      };
    });
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#ended.removeEventListener('abort', this.wake);
    this.#wake?.();
    this.#onEnd();
  }
}

/** What `pull` says when there is nothing yet. */
export const nothing = Symbol('nothing');
export type Nothing = typeof nothing;

/** What `pull` says when there will be nothing more. */
export const done = Symbol('done');
export type Done = typeof done;
