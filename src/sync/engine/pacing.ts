import type { ConnectorLimits } from '../connectors/connector.ts';

/** A call's place in the window. */
export interface Slot {
  /** Milliseconds until the call may start. */
  waitMs: number;
  /** Nothing was sent: another call may have it. */
  giveBack(): void;
}

export interface Rate {
  calls: number;
  windowMs: number;
}

/** Of a window's calls, so many may follow each other without a pause; what is left of them is spread over what is left of the window. */
const burstShare = 0.5;

/**
 * Keeps the calls to one vendor account within a number per sliding window. A window is never used up at its beginning: a long flush would
 * leave nothing of it to a lead that comes live a moment later. In memory: only one process drains an integration.
 */
export class Pacer {
  #rate: Rate | null;
  readonly #monotonic: () => number;
  readonly #kinds: ReadonlyMap<string, Pacer>;
  /** Instants of the calls in the window and of those that wait for their slot, oldest first. */
  #calls: number[] = [];

  /** @param rate null: no limit. @param monotonic milliseconds that never run backwards. @param kinds lower limits of kinds of calls */
  constructor(rate: Rate | null, monotonic: () => number, kinds: Readonly<Record<string, Rate>> = {}) {
    this.#rate = rate;
    this.#monotonic = monotonic;
    this.#kinds = new Map(Object.entries(kinds).map(([kind, lower]) => [kind, new Pacer(lower, monotonic)]));
  }

  /** For calls beside those of pushes: they keep to a part of the vendor's limits. */
  static ofShare(
    share: number,
    { rate, kinds = {} }: Pick<ConnectorLimits, 'rate' | 'kinds'>,
    monotonic: () => number,
  ): Pacer {
    const part = ({ calls, windowMs }: Rate) => ({ calls: Math.max(1, Math.floor(calls * share)), windowMs });
    const parts = Object.entries(kinds).map(([kind, lower]) => [kind, part(lower)] as const);
    return new Pacer(rate && part(rate), monotonic, Object.fromEntries(parts));
  }

  /** The vendor told its real limit; calls made already count in its window. */
  adopt(rate: Rate): void {
    this.#rate = rate;
  }

  /** What calls of a kind keep to besides; null: nothing. */
  ofKind(kind: string | undefined): Pacer | null {
    return (kind !== undefined && this.#kinds.get(kind)) || null;
  }

  /** Milliseconds until a call may start; 0: now. */
  waitMs(): number {
    const latest = this.#calls.at(-1);
    if (!this.#rate || latest === undefined) return 0;
    const now = this.#monotonic();
    const { calls, windowMs } = this.#rate;
    const since = Math.min(now, latest) - windowMs;
    while (this.#calls[0] !== undefined && this.#calls[0] <= since) this.#calls.shift();
    const known = this.#calls.length;
    const leaving = this.#calls[Math.max(0, known - calls)] ?? latest;
    const left = Math.max(0, calls - known);
    const next = known < this.#burst() ? now : latest + (leaving + windowMs - latest) / (left + 1);
    return Math.max(0, Math.ceil(next - now));
  }

  /** How many calls may start now. */
  free(): number {
    if (!this.#rate) return Number.POSITIVE_INFINITY;
    if (this.waitMs() > 0) return 0;
    const since = this.#monotonic() - this.#rate.windowMs;
    return Math.max(1, this.#burst() - this.#calls.filter((at) => at > since).length);
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

  #burst(): number {
    return Math.ceil((this.#rate?.calls ?? 0) * burstShare);
  }
}
