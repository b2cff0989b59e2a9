import { Refused, wordsOfCode } from './refused.ts';

export interface LimitOptions {
  /** Calls in a sliding window of 20 s; null: any number. */
  rateMax: number | null;
  /** Calls at once. */
  concurrentMax: number;
  /** Calls from one midnight in US Central time to the next. */
  dailyMax: number;
}

const windowMs = 20_000;
const centralDate = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/Chicago', dateStyle: 'short' });

/** The three limits of a subscription. Only calls that pass the sign-in count. */
export class Limits {
  readonly #options: LimitOptions;
  #recent: number[] = [];
  #day = '';
  #today = 0;

  constructor(options: LimitOptions) {
    this.#options = options;
  }

  /** The date in US Central time and the calls counted on it. */
  usage(nowMs: number): { date: string; total: number } {
    const date = centralDate.format(nowMs);
    return { date, total: date === this.#day ? this.#today : 0 };
  }

  /** Throws 606, 607 or 615; otherwise counts the call. `inFlight` includes it. */
  admit(nowMs: number, inFlight: number): void {
    const { rateMax, concurrentMax, dailyMax } = this.#options;
    const { date, total } = this.usage(nowMs);
    if (total >= dailyMax) throw new Refused('607', `Daily quota of '${dailyMax}' reached`);
    if (rateMax !== null) {
      const oldest = this.#recent.findIndex((at) => at > nowMs - windowMs);
      this.#recent = oldest < 0 ? [] : this.#recent.slice(oldest);
      if (this.#recent.length >= rateMax)
        throw new Refused('606', `Max rate limit '${rateMax}' exceeded with in '20' secs`);
    }
    if (inFlight > concurrentMax) throw new Refused('615', wordsOfCode[615] ?? '');
    if (rateMax !== null) this.#recent.push(nowMs);
    this.#day = date;
    this.#today = total + 1;
  }
}
