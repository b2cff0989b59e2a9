import { type MarketoOptions, type MarketoSimulator, startMarketo } from '../../simulators/marketo/start-marketo.ts';

/** An upsert as the vendor saw it; instants as of `now`. */
interface Upsert {
  emails: string[];
  beganAt: number;
  /** Infinity while it executes. */
  endedAt: number;
}

/** Milliseconds with a fraction, on the clock that the witness uses. */
export const now = (): number => performance.timeOrigin + performance.now();

/** A Marketo that remembers what it was sent, and when. */
export class MarketoWitness {
  readonly marketo: MarketoSimulator;

  private constructor(marketo: MarketoSimulator) {
    this.marketo = marketo;
  }

  static async start(options: MarketoOptions): Promise<MarketoWitness> {
    return new MarketoWitness(await startMarketo({ ...options, clock: now }));
  }

  upserts(): Upsert[] {
    return this.marketo
      .calls()
      .filter(({ emails }) => emails.length > 0)
      .map(({ emails, at, answer }) => ({
        emails: emails.map((email) => email.toLowerCase()),
        beganAt: at,
        endedAt: answer ? at + answer.durationMs : Number.POSITIVE_INFINITY,
      }));
  }

  /** Leads that came in this time, repeats included. */
  arrivals(from: number, until: number): number {
    const within = this.upserts().filter(({ beganAt }) => beganAt > from && beganAt < until);
    return within.reduce((sum, { emails }) => sum + emails.length, 0);
  }

  /** How often each address came. */
  arrivalsByEmail(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const email of this.upserts().flatMap(({ emails }) => emails)) counts.set(email, (counts.get(email) ?? 0) + 1);
    return counts;
  }

  /** Addresses that two calls carried at once, or one call twice. */
  overlaps(): string[] {
    const busyUntil = new Map<string, number>();
    const overlapping: string[] = [];
    for (const { emails, beganAt, endedAt } of this.upserts()) {
      for (const email of emails) {
        if ((busyUntil.get(email) ?? 0) > beganAt) overlapping.push(email);
        busyUntil.set(email, endedAt);
      }
    }
    return overlapping;
  }
}
