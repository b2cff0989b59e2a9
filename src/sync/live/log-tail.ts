import type { Db } from '../../db/client.ts';
import { findLogHead, type LogHead, listExisting, readLogs } from '../../db/statements/transitions.ts';
import { withoutWords } from '../../domain/erasure.ts';
import { CursorExpiredError, NotFoundError, SlowConsumerError } from '../../domain/errors.ts';
import { decodeCursor, encodeCursor } from '../log.ts';
import { Beat, type BeatOptions } from './beat.ts';
import type { TransitionBatch, TransitionRow, TransitionsOptions } from './feed.ts';
import { nothing, Stream } from './stream.ts';

/** Transitions of a watched log that are kept in memory: whoever is further behind reads pages of its own. */
const keptMax = 4_096;
/** Most that one read takes from one log. */
const pageMax = 1_000;
/** A reader that is behind what is kept and has not asked for more in this time does not keep up. */
const stalledMs = 30_000;
/** One that is so far behind never will. */
const behindMax = 200_000;
const heartbeatMs = 60_000;
/** How often it is looked whether an integration was deleted, which ends its streams. */
const existenceMs = 1_000;

/** A log that somebody watches. */
interface Tail {
  orgId: string;
  integrationId: string;
  logEpoch: string;
  /** Read up to and including this. */
  position: number;
  /** The newest transitions, ascending, without gaps up to `position`. */
  kept: TransitionRow[];
  readers: Set<() => void>;
  /** Its integration was deleted. */
  gone: boolean;
}

/**
 * Reads the logs that somebody watches, each once however many watch, and hands them on. Readers pull at their own pace from what is kept, so
 * one that stalls costs nothing and holds nobody up.
 */
export class LogTails {
  readonly #db: Db;
  readonly #tails = new Map<string, Tail>();
  readonly #beat: Beat;
  #existedAt = 0;

  constructor(db: Db, options: Omit<BeatOptions, 'minMs'>) {
    this.#db = db;
    this.#beat = new Beat(() => this.#read(), { ...options, minMs: 0 });
  }

  /** Something was committed. */
  ring(): void {
    this.#beat.ask();
  }

  stream(options: TransitionsOptions, ended: AbortSignal): AsyncIterableIterator<TransitionBatch> {
    const asked = options.after === null ? null : decodeCursor(options.after, options.integrationId);
    let reader: LogStreamReader | null = null;
    let heartbeat: NodeJS.Timeout | undefined;
    const open = async () => {
      const head = await findLogHead(this.#db, options.orgId, options.integrationId);
      if (!head) throw new NotFoundError('integration');
      if (asked) requireReachable(head, asked.logEpoch, asked.position, options.integrationId);
      const tail = this.#watch(options, head, stream.wake);
      return new LogStreamReader(this.#db, tail, options, asked?.position ?? head.position);
    };
    const stream = new Stream<TransitionBatch>(
      async () => {
        reader ??= await open();
        if (stream.closed) {
          this.#unwatch(options.integrationId, stream.wake);
          return nothing;
        }
        return reader.pull();
      },
      ended,
      () => {
        clearInterval(heartbeat);
        this.#unwatch(options.integrationId, stream.wake);
      },
    );
    if (options.heartbeats) {
      heartbeat = setInterval(() => {
        reader?.askHeartbeat();
        stream.wake();
      }, heartbeatMs);
    }
    return stream;
  }

  close(): void {
    this.#beat.stop();
  }

  #watch(options: TransitionsOptions, head: LogHead, wake: () => void): Tail {
    const { orgId, integrationId } = options;
    const tail = this.#tails.get(integrationId) ?? {
      orgId,
      integrationId,
      logEpoch: head.logEpoch,
      position: head.position,
      kept: [],
      readers: new Set(),
      gone: false,
    };
    tail.readers.add(wake);
    this.#tails.set(integrationId, tail);
    this.#beat.start();
    this.#beat.ask();
    return tail;
  }

  #unwatch(integrationId: string, wake: () => void): void {
    const tail = this.#tails.get(integrationId);
    tail?.readers.delete(wake);
    if (tail?.readers.size === 0) this.#tails.delete(integrationId);
    if (this.#tails.size === 0) this.#beat.stop();
  }

  async #endDeleted(): Promise<void> {
    const now = performance.now();
    if (now - this.#existedAt < existenceMs) return;
    this.#existedAt = now;
    const tails = [...this.#tails.values()];
    const existing = await listExisting(this.#db, tails);
    for (const tail of tails) {
      if (existing.has(tail.integrationId)) continue;
      tail.gone = true;
      for (const wake of tail.readers) wake();
    }
  }

  async #read(): Promise<void> {
    await this.#endDeleted();
    let tails = [...this.#tails.values()];
    while (tails.length > 0) {
      const rows = await readLogs(this.#db, tails, pageMax);
      const byIntegration = Map.groupBy(rows, (row) => row.integrationId);
      tails = tails.filter((tail) => {
        const news = byIntegration.get(tail.integrationId) ?? [];
        if (news.length === 0) return false;
        tail.kept.push(...news);
        forgetErased(tail, news);
        if (tail.kept.length > keptMax) tail.kept.splice(0, tail.kept.length - keptMax);
        tail.position = news.at(-1)?.position ?? tail.position;
        for (const wake of tail.readers) wake();
        return news.length === pageMax;
      });
    }
  }
}

/** What is kept of erased persons loses its words, as it did in the log. */
function forgetErased(tail: Tail, news: readonly TransitionRow[]): void {
  const erased = new Set(news.filter((row) => row.cause === 'ERASED').map((row) => row.itemId));
  if (erased.size === 0) return;
  tail.kept = tail.kept.map((row) =>
    row.error !== null && erased.has(row.itemId) ? { ...row, error: withoutWords(row.error) } : row,
  );
}

/** Throws CursorExpiredError unless the log can be read on from there: not pruned, not of another history. */
function requireReachable(head: LogHead, logEpoch: string, position: number, integrationId: string): void {
  if (logEpoch === head.logEpoch && position >= head.prunedTo && position <= head.position) return;
  throw new CursorExpiredError(encodeCursor({ integrationId, logEpoch: head.logEpoch, position: head.prunedTo }));
}

/** One subscriber's way through a log: pages of its own until it has caught up with what is kept, then what is kept. */
class LogStreamReader {
  readonly #db: Db;
  readonly #tail: Tail;
  readonly #options: TransitionsOptions;
  #position: number;
  #live = false;
  #pulledAt = performance.now();
  #heartbeatAsked = false;

  constructor(db: Db, tail: Tail, options: TransitionsOptions, position: number) {
    this.#db = db;
    this.#tail = tail;
    this.#options = options;
    this.#position = position;
  }

  askHeartbeat(): void {
    this.#heartbeatAsked = true;
  }

  async pull(): Promise<TransitionBatch | typeof nothing> {
    const awayMs = performance.now() - this.#pulledAt;
    try {
      for (;;) {
        const rows = await this.#next(awayMs);
        const last = rows.at(-1);
        if (!last && this.#tail.gone) throw new NotFoundError('integration');
        if (!last) return this.#heartbeat();
        this.#position = last.position;
        const { eventId } = this.#options;
        const transitions = eventId === null ? rows : rows.filter((row) => row.eventId === eventId);
        if (transitions.length > 0) return this.#batch(transitions);
      }
    } finally {
      this.#pulledAt = performance.now();
    }
  }

  async #next(awayMs: number): Promise<TransitionRow[]> {
    const { kept, position } = this.#tail;
    const keptFrom = position - kept.length; // positions have no gaps
    const { batchMax } = this.#options;
    if (this.#position >= keptFrom) {
      this.#live = true;
      const skip = this.#position - keptFrom;
      return kept.slice(skip, skip + batchMax);
    }
    if (this.#live && (awayMs > stalledMs || position - this.#position > behindMax)) {
      throw new SlowConsumerError(this.#cursor());
    }
    const { orgId, integrationId } = this.#options;
    return readLogs(this.#db, [{ orgId, integrationId, position: this.#position }], Math.min(batchMax, pageMax));
  }

  #heartbeat(): TransitionBatch | typeof nothing {
    if (!this.#heartbeatAsked) return nothing;
    return this.#batch([]);
  }

  #batch(transitions: TransitionRow[]): TransitionBatch {
    this.#heartbeatAsked = false;
    return {
      transitions,
      logEpoch: this.#tail.logEpoch,
      position: this.#position,
      caughtUp: this.#position >= this.#tail.position,
    };
  }

  #cursor(): string {
    const { logEpoch, integrationId } = this.#tail;
    return encodeCursor({ integrationId, logEpoch, position: this.#position });
  }
}
