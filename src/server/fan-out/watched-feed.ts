import type { Feed, TransitionBatch } from '../../sync/live/feed.ts';

/** What a group's source was handed last. */
export type Handed = { kind: 'batch'; batch: TransitionBatch; integrationId: string } | { kind: 'state'; key: string };

/**
 * The feed as one group sees it, which tells how far the group has got: what it was handed last, and whether it waits for more, which means that
 * everything handed out before has been executed and sent.
 */
export class WatchedFeed implements Feed {
  handed: Handed | null = null;
  waiting = false;
  readonly #feed: Feed;
  readonly #onWait: () => void;

  constructor(feed: Feed, onWait: () => void) {
    this.#feed = feed;
    this.#onWait = onWait;
  }

  transitions(...[options, ended]: Parameters<Feed['transitions']>): ReturnType<Feed['transitions']> {
    const { integrationId } = options;
    return this.#watch(this.#feed.transitions(options, ended), (batch) => ({ kind: 'batch', batch, integrationId }));
  }

  reconciliations(...args: Parameters<Feed['reconciliations']>): ReturnType<Feed['reconciliations']> {
    return this.#watch(this.#feed.reconciliations(...args), ({ integrationId }) => ({
      kind: 'state',
      key: integrationId,
    }));
  }

  integrations(...args: Parameters<Feed['integrations']>): ReturnType<Feed['integrations']> {
    return this.#watch(this.#feed.integrations(...args), (key) => ({ kind: 'state', key }));
  }

  retry(...args: Parameters<Feed['retry']>): ReturnType<Feed['retry']> {
    return this.#watch(this.#feed.retry(...args), ({ id }) => ({ kind: 'state', key: id }));
  }

  authorization(...args: Parameters<Feed['authorization']>): ReturnType<Feed['authorization']> {
    return this.#watch(this.#feed.authorization(...args), ({ id }) => ({ kind: 'state', key: id }));
  }

  operation(...args: Parameters<Feed['operation']>): ReturnType<Feed['operation']> {
    return this.#watch(this.#feed.operation(...args), ({ id }) => ({ kind: 'state', key: id }));
  }

  #watch<Value>(source: AsyncIterableIterator<Value>, note: (value: Value) => Handed): AsyncIterableIterator<Value> {
    return {
      next: async () => {
        this.waiting = true;
        this.#onWait();
        try {
          const result = await source.next();
          if (!result.done) this.handed = note(result.value);
          return result;
        } finally {
          this.waiting = false;
        }
      },
      return: async () => (await source.return?.()) ?? { done: true, value: undefined },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}
