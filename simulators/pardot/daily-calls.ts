/** Counts the calls of an account's day. */
export class DailyCalls {
  readonly #max: number;
  readonly #day: Intl.DateTimeFormat;
  #today = '';
  #used = 0;

  constructor(max: number, timeZone: string) {
    this.#max = max;
    this.#day = new Intl.DateTimeFormat('en-CA', { timeZone });
  }

  /** False: there are none left today. */
  admit(nowMs: number): boolean {
    const today = this.#day.format(nowMs);
    if (today !== this.#today) this.#used = 0;
    this.#today = today;
    if (this.#used >= this.#max) return false;
    this.#used += 1;
    return true;
  }

  /** As the header tells it. */
  get usage(): string {
    return `${this.#used}/${this.#max}`;
  }
}

/** ISO 8601 with the offset that holds there then: 2026-01-01T10:00:00-05:00. */
export function dateTimeIn(timeZone: string, ms: number): string {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'longOffset',
  });
  const part = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
  const offset = part.timeZoneName?.replace('GMT', '') || '+00:00';
  return `${part.year}-${part.month}-${part.day}T${part.hour}:${part.minute}:${part.second}${offset}`;
}
