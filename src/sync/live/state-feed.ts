import { Beat, type BeatOptions } from './beat.ts';
import { done, nothing, Stream } from './stream.ts';

/** A thing whose latest state is of interest, and a text that differs whenever the state does. */
export interface Unit<Value> {
  key: string;
  fingerprint: string;
  value: Value;
}

interface Watcher<Target, Value> {
  target: Target;
  offer(units: readonly Unit<Value>[]): void;
}

/**
 * Hands the latest state of what is watched to whoever watches it, when it changed. What a reader has not taken yet is replaced by what is newer,
 * so a slow one gets fewer messages and never more memory. Targets are read together, once a beat, however many watch.
 */
export class StateFeed<Target, Value> {
  readonly #read: (targets: readonly Target[]) => Promise<readonly (readonly Unit<Value>[])[]>;
  readonly #gone: (target: Target) => Error | null;
  readonly #watchers = new Set<Watcher<Target, Value>>();
  readonly #beat: Beat;

  /**
   * @param read the units of each target, in the order of the targets
   * @param gone what ends a stream whose target had units and has none any more; null: it waits for new ones
   */
  constructor(
    read: (targets: readonly Target[]) => Promise<readonly (readonly Unit<Value>[])[]>,
    options: BeatOptions,
    gone: (target: Target) => Error | null = () => null,
  ) {
    this.#read = read;
    this.#gone = gone;
    this.#beat = new Beat(() => this.#readAll(), options);
  }

  ring(): void {
    this.#beat.ask();
  }

  close(): void {
    this.#beat.stop();
  }

  /** The present state of every unit first, then each that changed. `isLast`: completes after that one. */
  stream(
    target: Target,
    ended: AbortSignal,
    isLast: (value: Value) => boolean = () => false,
  ): AsyncIterableIterator<Value> {
    const seen = new Map<string, string>();
    const pending = new Map<string, Value>();
    let opened = false;
    let last = false;
    let gone: Error | null = null;
    const watcher: Watcher<Target, Value> = {
      target,
      offer: (units) => {
        for (const { key, fingerprint, value } of units) {
          if (seen.get(key) === fingerprint) continue;
          seen.set(key, fingerprint);
          pending.set(key, value);
        }
        if (units.length === 0 && seen.size > 0) gone = this.#gone(target);
        if (pending.size > 0 || gone) stream.wake();
      },
    };
    const pull = async () => {
      if (last) return done;
      if (!opened) {
        opened = true;
        this.#watchers.add(watcher);
        const [units] = await this.#read([target]);
        watcher.offer(units ?? []);
        if (stream.closed) this.#leave(watcher);
        else this.#beat.start();
      }
      const [next] = pending;
      if (!next && gone) throw gone;
      if (!next) return nothing;
      pending.delete(next[0]);
      last = isLast(next[1]);
      return next[1];
    };
    const stream = new Stream<Value>(pull, ended, () => this.#leave(watcher));
    return stream;
  }

  #leave(watcher: Watcher<Target, Value>): void {
    this.#watchers.delete(watcher);
    if (this.#watchers.size === 0) this.#beat.stop();
  }

  async #readAll(): Promise<void> {
    const watchers = [...this.#watchers];
    const targets = new Map(watchers.map((watcher) => [JSON.stringify(watcher.target), watcher.target]));
    const read = await this.#read([...targets.values()]);
    const units = new Map([...targets.keys()].map((key, index) => [key, read[index] ?? []]));
    for (const watcher of watchers) watcher.offer(units.get(JSON.stringify(watcher.target)) ?? []);
  }
}
