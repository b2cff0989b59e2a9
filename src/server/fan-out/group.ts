import type { ExecutionResult } from 'graphql';
import { SlowConsumerError } from '../../domain/errors.ts';
import type { TransitionBatch } from '../../sync/live/feed.ts';
import { encodeCursor } from '../../sync/log.ts';
import { limits } from '../limits.ts';
import type { ResultStream } from '../result-stream.ts';
import type { GroupMember, MemberGroup } from './member.ts';
import { SharedPayload } from './shared-payload.ts';
import type { WatchedFeed } from './watched-feed.ts';

/** What a group tells whoever made it. */
export interface GroupEvents {
  ended(group: SubscriptionGroup): void;
  /** A member did not keep up with a log: gives what its stream fails with. */
  fellBehind(error: SlowConsumerError): unknown;
  /** A member did not take a state: it gets the latest once it can. */
  skipped(): void;
}

export interface GroupOptions {
  /** Groups of a key send the same from the same position on. */
  key: string;
  /** The cursor that it begins behind; null: from now on, or with the present state. */
  after: string | null;
  /** Every transition of a batch is a result of its own. */
  oneByOne: boolean;
  feed: WatchedFeed;
  events: GroupEvents;
}

/**
 * Subscribers that get the same messages: the source is subscribed to and executed once, and every result is made into bytes once. The fastest
 * member sets the pace. One that can't follow is ended, where every message counts, or skips to the latest state, where only that counts.
 */
export class SubscriptionGroup implements MemberGroup {
  readonly options: GroupOptions;
  readonly members = new Set<GroupMember>();
  /** Where it waited when it last did; kept by whoever made it. */
  waitedAt: string | null = null;
  /** What was sent last, by the state's key. */
  readonly #latest = new Map<string, SharedPayload>();
  #stream: ResultStream | null = null;
  #begun = false;
  #ended = false;
  /** The batch that results come from, and how many have come. */
  #batch: TransitionBatch | null = null;
  #ofBatch = 0;
  #wake: (() => void) | null = null;

  constructor(options: GroupOptions) {
    this.options = options;
  }

  get begun(): boolean {
    return this.#begun;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /**
   * What tells groups of a key apart while they wait for their source: those of the same place have sent what leads there, and will send the
   * same. Null: it is on its way, or has sent nothing yet.
   */
  get place(): string | null {
    const { handed, waiting } = this.options.feed;
    if (!handed || !waiting || this.#ended) return null;
    if (handed.kind === 'batch') return placeInLog(handed.batch);
    return [...this.#latest]
      .map(([key, { digest }]) => `${key} ${digest}`)
      .sort()
      .join();
  }

  open(stream: ResultStream): void {
    this.#stream = stream;
  }

  begin(): void {
    if (this.#begun || !this.#stream) return;
    this.#begun = true;
    void this.#run(this.#stream);
  }

  join(member: GroupMember): void {
    this.members.add(member);
    this.#wake?.();
  }

  leave(member: GroupMember): void {
    this.members.delete(member);
    this.#wake?.();
    if (this.members.size === 0) this.#end();
  }

  /** Takes over the members of a group that waits at the same place, which ends. */
  absorb(other: SubscriptionGroup): void {
    for (const member of other.members) {
      member.group = this;
      this.join(member);
    }
    other.members.clear();
    other.#end();
  }

  catchUp(member: GroupMember): void {
    if (!this.members.has(member)) return;
    const skipped = [...member.skipped];
    member.skipped.clear();
    for (const key of skipped) {
      const payload = this.#latest.get(key);
      if (payload) this.#sendState(member, key, payload);
    }
  }

  async #run(stream: ResultStream): Promise<void> {
    try {
      for (;;) {
        await this.#pace();
        const { done, value } = await stream.next();
        if (this.#ended) return;
        if (done) break;
        this.#deliver(value);
      }
      for (const member of this.members) member.complete();
    } catch (error) {
      for (const member of this.members) member.fail(error);
    } finally {
      this.#end();
    }
  }

  /** Until one member at least can take more. */
  async #pace(): Promise<void> {
    while (!this.#ended && !this.#hasReadyMember()) {
      const ready = Promise.withResolvers<void>();
      this.#wake = ready.resolve;
      for (const { connection } of this.members) connection.onceDrained(this, ready.resolve);
      await ready.promise;
      this.#wake = null;
    }
  }

  #hasReadyMember(): boolean {
    for (const { connection } of this.members) if (connection.backlogBytes < limits.readyBytes) return true;
    return false;
  }

  #deliver(result: ExecutionResult): void {
    const payload = new SharedPayload(result);
    const { handed } = this.options.feed;
    if (handed?.kind === 'batch') {
      const before = this.#positionBefore(handed.batch);
      for (const member of this.members) this.#sendOfLog(member, payload, handed.integrationId, before);
      return;
    }
    const key = handed?.key ?? '';
    this.#latest.set(key, payload);
    for (const member of this.members) this.#sendState(member, key, payload);
  }

  /** Where to go on for whoever does not get this result. Positions have no gaps. */
  #positionBefore(batch: TransitionBatch): number {
    this.#ofBatch = batch === this.#batch ? this.#ofBatch + 1 : 0;
    this.#batch = batch;
    const first = batch.transitions[this.options.oneByOne ? this.#ofBatch : 0];
    return first ? first.position - 1 : batch.position;
  }

  #sendOfLog(member: GroupMember, payload: SharedPayload, integrationId: string, before: number): void {
    if (member.connection.backlogBytes <= limits.backlogBytes) member.send(payload);
    else {
      const logEpoch = this.#batch?.logEpoch ?? '';
      const cursor = encodeCursor({ integrationId, logEpoch, position: before });
      member.fail(this.options.events.fellBehind(new SlowConsumerError(cursor)));
    }
  }

  #sendState(member: GroupMember, key: string, payload: SharedPayload): void {
    if (member.connection.backlogBytes <= limits.backlogBytes) member.send(payload);
    else {
      member.connection.onceDrained(member, () => member.group.catchUp(member));
      member.skipped.add(key);
      this.options.events.skipped();
    }
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#wake?.();
    this.options.events.ended(this);
    this.#stream?.return().catch(() => {}); // it is over, however it took that
  }
}

/** Positions of another history are others. */
export const placeInLog = ({ logEpoch, position }: { logEpoch: string; position: number }): string =>
  `${logEpoch}/${position}`;
