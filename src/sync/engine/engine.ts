import type { Services } from '../services.ts';
import type { JobQueue } from './jobs.ts';
import type { Pacer } from './pacing.ts';
import type { WorkBell } from './work-bell.ts';

/** Times that the engine keeps to. */
export interface EngineTimes {
  /** How long a claim lasts unless it is prolonged. */
  claimSeconds: number;
  /** How much of a claim's end is not used for sending, and how long after its end it is recovered. */
  claimMarginSeconds: number;
  /** Longest wait for one answer of a vendor. */
  requestMs: number;
  /** How long a drain waits for more work before it ends. */
  lingerMs: number;
  /** When a drain lets others have its place; sooner where every place is taken. */
  handOverMs: number;
  crowdedHandOverMs: number;
  /** How often a drain looks by itself while notifications are not to be had. */
  pollMs: number;
  /** How often claims of dead processes are looked for. */
  recoveryMs: number;
  /** How often is looked for what notification rules have to tell. */
  notificationsMs: number;
}

export const engineTimes: EngineTimes = {
  claimSeconds: 15,
  claimMarginSeconds: 3,
  requestMs: 30_000,
  lingerMs: 15_000,
  handOverMs: 4 * 60_000,
  crowdedHandOverMs: 10_000,
  pollMs: 1_000,
  recoveryMs: 2_000,
  notificationsMs: 2_000,
};

/** What drains of one process share. */
export interface Engine {
  services: Services;
  queue: JobQueue;
  bell: WorkBell;
  times: EngineTimes;
  /** Milliseconds that never run backwards. */
  monotonic(): number;
  /** By integration: the calls of the last window, which outlive the drain that made them. */
  pacers: Map<string, Pacer>;
  /** False: nothing is written about single pushes. */
  keepsAttempts: boolean;
  /** True: as many drains run as may, so another integration may wait for a place. Those that only wait for work give theirs up. */
  isCrowded(): boolean;
  /** Aborted when the process must not wait for vendors any longer. */
  abort: AbortSignal;
  /** True from the moment that the process shuts down: nothing more is claimed. */
  stopping: boolean;
}
