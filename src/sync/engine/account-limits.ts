import { findLearntLimits, type LearntFlow, writeLearntLimits } from '../../db/statements/vendor-flow.ts';
import { isKeptForLive } from '../../domain/backlog.ts';
import type { LearntLimits } from '../connectors/connector.ts';
import type { Services } from '../services.ts';
import type { DrainJob } from './jobs.ts';
import type { Pacer } from './pacing.ts';

/** Of a vendor's rate we use so much: other programs of the customer share it. */
const rateShare = 0.9;
/** What comes back little by little is worth another look after this. */
const quotaStaleMs = 15 * 60_000;
/** A count that only went down is written no more often than this. */
const writeMs = 5_000;

/** What a drain learns of the limits of its account: kept to at once, told to people, and known to the next drain. */
export class AccountLimits {
  readonly #services: Services;
  readonly #job: DrainJob;
  readonly #pacer: Pacer;
  readonly #monotonic: () => number;
  #rate: LearntFlow['rate'];
  /** `resetsAt` and `learntAt` in monotonic ms. */
  #quota: { limit: number; remaining: number; resetsAt: number | null; learntAt: number } | null;
  #writtenAt = Number.NEGATIVE_INFINITY;
  #writing: Promise<void> = Promise.resolve();

  constructor(services: Services, job: DrainJob, known: LearntFlow, pacer: Pacer, monotonic: () => number) {
    this.#services = services;
    this.#job = job;
    this.#pacer = pacer;
    this.#monotonic = monotonic;
    this.#rate = known.rate;
    const now = monotonic();
    this.#quota = known.quota && {
      limit: known.quota.limit,
      remaining: known.quota.remaining,
      resetsAt: known.quota.resetsInMs === null ? null : now + known.quota.resetsInMs,
      learntAt: now - known.quota.learntMsAgo,
    };
    if (known.rate) pacer.adopt(known.rate);
  }

  static async open(services: Services, job: DrainJob, pacer: Pacer, monotonic: () => number): Promise<AccountLimits> {
    const known = await findLearntLimits(services.db, job.orgId, job.integrationId);
    return new AccountLimits(services, job, known, pacer, monotonic);
  }

  /** True: only leads that come live may go, the rest waits until the quota starts anew. */
  get liveOnly(): boolean {
    const quota = this.#quota;
    if (!quota || this.liveOnlyMs() <= 0) return false;
    return isKeptForLive({ limit: quota.limit, remaining: quota.remaining, resetsAt: null });
  }

  /** How long what is known of the quota holds, in ms; 0: it started anew, or nothing is known. */
  liveOnlyMs(): number {
    const quota = this.#quota;
    if (!quota) return 0;
    return Math.max(0, (quota.resetsAt ?? quota.learntAt + quotaStaleMs) - this.#monotonic());
  }

  learn({ rate, daily }: LearntLimits): void {
    const keptBefore = this.liveOnly;
    let changed = false;
    if (rate && rate.calls > 0 && rate.windowMs > 0) {
      const ours = { calls: Math.max(1, Math.floor(rate.calls * rateShare)), windowMs: rate.windowMs };
      changed = ours.calls !== this.#rate?.calls || ours.windowMs !== this.#rate.windowMs;
      this.#rate = ours;
      this.#pacer.adopt(ours);
    }
    if (daily) {
      const now = this.#monotonic();
      const resetsInMs = daily.resetsAt && daily.resetsAt.getTime() - this.#services.now().getTime();
      this.#quota = {
        limit: daily.limit,
        remaining: Math.max(0, daily.remaining),
        resetsAt: resetsInMs === null ? null : now + Math.max(0, resetsInMs),
        learntAt: now,
      };
      changed ||= this.#quota.remaining === 0;
    }
    if (changed || this.liveOnly !== keptBefore || this.#monotonic() - this.#writtenAt > writeMs) this.#write();
  }

  /** Resolves when what was learnt is stored. */
  settled(): Promise<void> {
    return this.#writing;
  }

  /** Nothing depends on it being stored: the next answer tells the same again. */
  #write(): void {
    this.#writtenAt = this.#monotonic();
    const { db, log } = this.#services;
    const { orgId, integrationId } = this.#job;
    this.#writing = this.#writing
      .then(() => writeLearntLimits(db, orgId, integrationId, this.#snapshot()))
      .catch((err: unknown) =>
        log.warn({ event: 'limits.unwritten', integration: integrationId, err }, 'limits not stored'),
      );
  }

  #snapshot(): LearntFlow {
    const now = this.#monotonic();
    const quota = this.#quota;
    return {
      rate: this.#rate,
      quota: quota && {
        limit: quota.limit,
        remaining: quota.remaining,
        resetsInMs: quota.resetsAt === null ? null : quota.resetsAt - now,
        learntMsAgo: now - quota.learntAt,
      },
    };
  }
}
