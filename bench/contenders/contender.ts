/** What one flush took: from release to the last lead recorded. */
export interface Flushed {
  seconds: number;
  /** User and system time of this process and of PostgreSQL. */
  cpuSeconds: number;
}

/**
 * When the clock of a queue starts. "at release": leads that are held are no jobs yet, so releasing them begins with making their jobs. "jobs
 * wait": the jobs are there already, and the clock starts with the first of them.
 */
export type Release = 'at release' | 'jobs wait';

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
