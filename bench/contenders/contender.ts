/** What one flush took: from release to the last lead recorded. */
export interface Flushed {
  seconds: number;
  /** User and system time of this process and of PostgreSQL. */
  cpuSeconds: number;
}

/** Pushes `leads` leads that wait, in a database of its own with this URL, and measures by `meter` from the release to the end. */
export type Contender = (url: string, leads: number, meter: Meter) => Promise<Flushed>;

export interface Meter {
  /** Now. */
  start(): Promise<Running>;
}

export interface Running {
  /** Instants as Date.now() tells them, where the first or last lead was not at the start or now. */
  stop(at?: { fromMs?: number; untilMs?: number }): Promise<Flushed>;
}
