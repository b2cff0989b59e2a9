/** How many of something each key has open. */
export class KeyCounter {
  readonly #max: number;
  readonly #counts = new Map<string, number>();

  constructor(max: number) {
    this.#max = max;
  }

  /** One more, unless the key has as many as it may. Every success must be followed by a release. */
  take(keyId: string): boolean {
    const count = this.#counts.get(keyId) ?? 0;
    if (count >= this.#max) return false;
    this.#counts.set(keyId, count + 1);
    return true;
  }

  release(keyId: string): void {
    const count = (this.#counts.get(keyId) ?? 0) - 1;
    if (count > 0) this.#counts.set(keyId, count);
    else this.#counts.delete(keyId);
  }
}
