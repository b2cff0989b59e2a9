import { retriesChannel, workChannel } from '../../db/statements/log.ts';
import type { Doorbell } from '../live/doorbell.ts';
import { startNotifications } from '../notifications/start.ts';
import { type OperationHandlers, operationHandlers } from '../operations/handlers.ts';
import { type RunnerTimes, startOperationRunner } from '../operations/start-runner.ts';
import type { Services } from '../services.ts';
import { drain } from './drain.ts';
import { type Engine, type EngineTimes, engineTimes } from './engine.ts';
import type { DrainJob, JobQueue } from './jobs.ts';
import { startRecovery, takeOver } from './recovery.ts';
import { startRetention } from './retention.ts';
import { RetryBell } from './retry-bell.ts';
import { WorkBell } from './work-bell.ts';

const usualDrainsMax = 24;
/** How long the job queue may take to note that our jobs are done. */
const endWorkMs = 2_000;

export interface EngineOptions {
  services: Services;
  queue: JobQueue;
  doorbell: Doorbell;
  logRetentionDays: number;
  /** 0: none are kept. */
  attemptRetentionDays: number;
  /** Where people reach the server, for links in messages; without a slash at its end. */
  publicUrl: () => string;
  /** No other process uses the database: what was claimed is a dead one's. */
  alone?: boolean;
  times?: Partial<EngineTimes>;
  /** Integrations that it drains at once. */
  drainsMax?: number;
  /** What works on operations, and how patiently; tests put in their own. */
  operations?: { handlers?: OperationHandlers; times?: Partial<RunnerTimes> };
}

export interface RunningEngine {
  /** Claims nothing more, waits up to `ms` for the vendors' answers to what is in flight, then gives up on them: their claims end by themselves. */
  stop(ms: number): Promise<void>;
}

/** Starts to work: drains, recovery, retention, operations, notifications. */
export async function startEngine({
  services,
  queue,
  doorbell,
  logRetentionDays,
  attemptRetentionDays,
  publicUrl,
  alone = false,
  times,
  drainsMax = usualDrainsMax,
  operations = {},
}: EngineOptions): Promise<RunningEngine> {
  const abort = new AbortController();
  const bell = new WorkBell();
  const running = new Set<Promise<void>>();
  const engine: Engine = {
    services,
    queue,
    bell,
    times: { ...engineTimes, ...times, ...(!doorbell.listening && { pollMs: 250 }) },
    monotonic: () => performance.now(),
    pacers: new Map(),
    keepsAttempts: attemptRetentionDays > 0,
    isCrowded: () => running.size >= drainsMax,
    abort: abort.signal,
    stopping: false,
  };
  /** Jobs that end because the process does: another one has to go on. */
  const unfinished = new Map<string, DrainJob>();
  await doorbell.on(workChannel, (integrationId) => bell.ring(integrationId));
  doorbell.onReconnect(() => bell.ringAll());
  const retries = new RetryBell(services);
  await doorbell.on(retriesChannel, (target) => retries.ring(target));
  doorbell.onReconnect(() => retries.ringAll());
  if (alone) await takeOver(engine);
  await queue.work(drainsMax, async (job, lost) => {
    if (engine.stopping) {
      unfinished.set(job.integrationId, job);
      return;
    }
    const run = drain(engine, job, lost)
      .catch((error: unknown) => {
        services.log.error({ event: 'drain.failed', integration: job.integrationId, err: error }, 'drain failed');
        return engine.stopping;
      })
      .then((isUnfinished) => {
        if (isUnfinished) unfinished.set(job.integrationId, job);
        running.delete(run);
      });
    running.add(run);
    await run;
  });
  const stopRecovery = startRecovery(engine);
  const stopRetention = startRetention(services, { logDays: logRetentionDays, attemptDays: attemptRetentionDays });
  const stopOperations = await startOperationRunner({
    services,
    doorbell,
    handlers: operationHandlers,
    ...operations,
  });
  const stopNotifications = startNotifications(services, {
    intervalMs: engine.times.notificationsMs,
    publicUrl,
    abort: abort.signal,
  });
  return {
    async stop(ms) {
      engine.stopping = true;
      bell.ringAll();
      const operationsStopped = stopOperations(ms);
      await Promise.all([stopRecovery(), stopRetention(), retries.stop()]);
      const giveUp = setTimeout(() => abort.abort(new Error('the process shuts down')), ms);
      await Promise.all([...running, stopNotifications()]);
      clearTimeout(giveUp);
      await queue.endWork(endWorkMs);
      await handOver(engine, unfinished.values());
      await operationsStopped;
    },
  };
}

/** Without it the others would find the work only by their sweeps, some seconds later; which is what they do when this fails. */
async function handOver({ queue, services }: Engine, jobs: Iterable<DrainJob>): Promise<void> {
  const sent = await Promise.allSettled([...jobs].map((job) => queue.handOver(job)));
  const failed = sent.find((one) => one.status === 'rejected');
  if (failed) services.log.warn({ event: 'drain.notHandedOver', err: failed.reason }, 'drains not handed over');
}
