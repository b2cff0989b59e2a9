import { GraphQLError } from 'graphql';
import { limits } from './limits.ts';

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

/** Buckets that are full again are forgotten when there are more than this. */
const bucketsMax = 10_000;

/** A token bucket per key: what is not used is saved up to the burst. Of this process alone. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(perSecond: number = limits.operationsPerSecond, burst: number = limits.operationsBurst) {
    this.#perSecond = perSecond;
    this.#burst = burst;
  }

  /** Takes one operation of the key. Null: it may be executed; otherwise RATE_LIMITED with the wait until the next may. */
  take(keyId: string, nowMs: number = performance.now()): GraphQLError | null {
    const bucket = this.#refill(keyId, nowMs);
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1;
      return null;
    }
    const retryAfterMs = Math.ceil(((1 - bucket.tokens) / this.#perSecond) * 1_000);
    return new GraphQLError(
      `Too many operations with this key: at most ${this.#perSecond} a second. Wait ${retryAfterMs} ms.`,
      { extensions: { code: 'RATE_LIMITED', retryAfterMs } },
    );
  }

  #refill(keyId: string, nowMs: number): Bucket {
    const known = this.#buckets.get(keyId);
    if (!known) return this.#add(keyId, nowMs);
    known.tokens = Math.min(this.#burst, known.tokens + ((nowMs - known.filledAtMs) / 1_000) * this.#perSecond);
    known.filledAtMs = nowMs;
    return known;
  }

  #add(keyId: string, nowMs: number): Bucket {
    if (this.#buckets.size >= bucketsMax) this.#forgetFull(nowMs);
    const bucket: Bucket = { tokens: this.#burst, filledAtMs: nowMs };
    this.#buckets.set(keyId, bucket);
    return bucket;
  }

  #forgetFull(nowMs: number): void {
    const fullAfterMs = (this.#burst / this.#perSecond) * 1_000;
    for (const [keyId, { filledAtMs }] of this.#buckets) {
      if (nowMs - filledAtMs >= fullAfterMs) this.#buckets.delete(keyId);
    }
  }
}
