const windowMs = 24 * 60 * 60_000;

/** The credits of a rolling day; what remains is told only once half of them are used. */
export class CreditBudget {
  readonly #max: number;
  #taken: { at: number; credits: number }[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  /** False: there are not enough left, and nothing is taken. */
  take(credits: number, nowMs: number): boolean {
    if (this.#remaining(nowMs) < credits) return false;
    this.#taken.push({ at: nowMs, credits });
    return true;
  }

  headers(nowMs: number): Record<string, string> {
    const remaining = this.#remaining(nowMs);
    return remaining * 2 > this.#max ? {} : { 'x-api-credits-remaining': String(remaining) };
  }

  #remaining(nowMs: number): number {
    this.#taken = this.#taken.filter(({ at }) => at > nowMs - windowMs);
    return this.#max - this.#taken.reduce((sum, { credits }) => sum + credits, 0);
  }
}
