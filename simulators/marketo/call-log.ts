/** One request as the simulator saw it. */
export interface MarketoCall {
  /** Of the simulator's clock, in ms. */
  at: number;
  method: string;
  path: string;
  /** Addresses of an upsert, in order. */
  emails: string[];
  /** Calls executing when it came, itself included. */
  inFlight: number;
  /** Null while it executes or hangs; status 0: the client gave up first. */
  answer: { status: number; code: string | null; durationMs: number } | null;
}

const callsKept = 50_000;

/** The latest calls, and how many executed at once. */
export class CallLog {
  #calls: MarketoCall[] = [];
  #inFlight = 0;
  #inFlightMax = 0;
  readonly errorCounts = new Map<string, number>();

  get inFlightMax(): number {
    return this.#inFlightMax;
  }

  list(): MarketoCall[] {
    return [...this.#calls];
  }

  /** `done` is called once, when the answer is out or the client has gone. */
  begin(call: Omit<MarketoCall, 'inFlight' | 'answer'>): {
    call: MarketoCall;
    done(status: number, code: string | null): void;
  } {
    const startedAt = performance.now();
    this.#inFlightMax = Math.max(this.#inFlightMax, ++this.#inFlight);
    const entry: MarketoCall = { ...call, inFlight: this.#inFlight, answer: null };
    if (this.#calls.length >= callsKept) this.#calls = this.#calls.slice(callsKept / 2);
    this.#calls.push(entry);
    return {
      call: entry,
      done: (status, code) => {
        this.#inFlight--;
        entry.answer = { status, code, durationMs: performance.now() - startedAt };
        if (code) this.errorCounts.set(code, (this.errorCounts.get(code) ?? 0) + 1);
      },
    };
  }
}
