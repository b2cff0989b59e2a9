import { useSyncExternalStore } from 'react';

export type Connection =
  | { state: 'connecting' }
  | { state: 'live' }
  | { state: 'catching-up' }
  | { state: 'offline'; since: Date };

/** How fresh what is shown is: the socket says whether it stands, and each feed whether something lies before it yet. */
export class ConnectionWatch {
  #connection: Connection = { state: 'connecting' };
  #open = false;
  readonly #behind = new Set<object>();
  readonly #listeners = new Set<() => void>();
  readonly #onBack = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly get = (): Connection => this.#connection;

  /** Calls back whenever a lost connection stands again: what no stream tells has to be asked for again. */
  onBack(listener: () => void): () => void {
    this.#onBack.add(listener);
    return () => this.#onBack.delete(listener);
  }

  opened(again: boolean): void {
    this.#open = true;
    this.#update();
    if (again) for (const listener of this.#onBack) listener();
  }

  closed(): void {
    this.#open = false;
    this.#behind.clear();
    this.#update();
  }

  /** `feed` knows of something that it has not delivered yet, or has caught up. */
  setBehind(feed: object, behind: boolean): void {
    if (behind) this.#behind.add(feed);
    else this.#behind.delete(feed);
    this.#update();
  }

  #update(): void {
    const next = this.#next();
    if (next.state === this.#connection.state) return;
    this.#connection = next;
    for (const listener of this.#listeners) listener();
  }

  #next(): Connection {
    if (!this.#open) return { state: 'offline', since: new Date() };
    return { state: this.#behind.size > 0 ? 'catching-up' : 'live' };
  }
}

export const useConnection = (watch: ConnectionWatch): Connection => useSyncExternalStore(watch.subscribe, watch.get);
