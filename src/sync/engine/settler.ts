import { setTimeout } from 'node:timers/promises';
import type { Db } from '../../db/client.ts';
import { type Settlement, settleItems } from '../../db/statements/settle.ts';

const attemptsMax = 4;
const retryMs = 300;

interface Waiting {
  settlements: Settlement[];
  done: () => void;
  failed: (error: unknown) => void;
}

/**
 * Records answers that arrive together in one transaction: an integration's log takes one transaction at a time, held through the commit, so
 * a transaction per answer would be the ceiling of vendors that take one lead a call.
 */
export class Settler {
  readonly #db: Db;
  readonly #orgId: string;
  #queue: Waiting[] = [];
  #running = false;

  constructor(db: Db, orgId: string) {
    this.#db = db;
    this.#orgId = orgId;
  }

  /** Resolves when the answers are committed; rejects when the database refused: the claims then end by themselves. */
  settle(settlements: Settlement[]): Promise<void> {
    return new Promise((done, failed) => {
      this.#queue.push({ settlements, done, failed });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#queue.length > 0) {
      const together = this.#queue;
      this.#queue = [];
      try {
        await this.#record(together.flatMap((waiting) => waiting.settlements));
        for (const waiting of together) waiting.done();
      } catch (error) {
        for (const waiting of together) waiting.failed(error);
      }
    }
    this.#running = false;
  }

  /** Tries again where the database was away for a moment: an answer that gets lost is a lead that is sent twice. */
  async #record(settlements: Settlement[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await settleItems(this.#db, this.#orgId, settlements);
        return;
      } catch (error) {
        if (attempt === attemptsMax) throw error;
        await setTimeout(attempt * retryMs);
      }
    }
  }
}
