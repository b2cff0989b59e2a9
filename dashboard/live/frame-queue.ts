/** What arrives within a frame is applied once, in the next one, and a burst is spread over frames: the page stays smooth. */
export class FrameQueue<Item> {
  readonly #apply: (items: Item[]) => void;
  readonly #perFrame: number;
  #waiting: Item[] = [];
  #scheduled = false;
  #stopped = false;

  constructor(apply: (items: Item[]) => void, perFrame = 2_000) {
    this.#apply = apply;
    this.#perFrame = perFrame;
  }

  push(items: readonly Item[]): void {
    if (this.#stopped || items.length === 0) return;
    this.#waiting.push(...items);
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    this.#waiting = [];
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const flush = () => {
      this.#scheduled = false;
      if (this.#stopped) return;
      this.#apply(this.#waiting.splice(0, this.#perFrame));
      if (this.#waiting.length > 0) this.#schedule();
    };
    // A page that nobody sees gets no frames.
    if (document.hidden) setTimeout(flush, 250);
    else requestAnimationFrame(flush);
  }
}
