import { hash } from 'node:crypto';
import { UnauthenticatedError } from '../domain/errors.ts';
import { authenticate, ExpiredKeyError, type Identity, touchApiKey } from '../sync/api-keys.ts';
import type { Services } from '../sync/services.ts';

/** How long an answer of the database serves; a revocation is heard of earlier. */
const keptMs = 5_000;
const keptMax = 10_000;
const touchEveryMs = 60_000;

interface Kept {
  identity: Identity;
  untilMs: number;
}

/** Says whose a key is, without asking the database every time. */
export class Authentication {
  readonly #services: Services;
  readonly #kept = new Map<string, Kept>();
  readonly #asking = new Map<string, Promise<Identity | null>>();
  readonly #touchedAt = new Map<string, number>();
  /** Goes up whenever something is forgotten: an answer that was asked for before is not kept. */
  #generation = 0;

  constructor(services: Services) {
    this.#services = services;
  }

  /**
   * Whose key this is. Takes the whole value: `Bearer <key>`.
   * @throws UnauthenticatedError, of which ExpiredKeyError is one
   */
  async authenticate(authorization: unknown): Promise<Identity> {
    const secret = typeof authorization === 'string' ? /^bearer +([\x21-\x7e]+) *$/i.exec(authorization)?.[1] : null;
    if (!secret) throw new UnauthenticatedError('Send an API key: `Authorization: Bearer <key>`.');
    const identity = await this.#find(secret);
    if (!identity) throw new UnauthenticatedError('This API key is not known, or it was revoked.');
    if (identity.expiresAt && identity.expiresAt <= this.#services.now()) throw new ExpiredKeyError();
    this.#touch(identity);
    return identity;
  }

  /** Asks the database again from now on. */
  forget(keyId: string): void {
    this.#generation += 1;
    for (const [name, { identity }] of this.#kept) if (identity.keyId === keyId) this.#kept.delete(name);
  }

  forgetAll(): void {
    this.#generation += 1;
    this.#kept.clear();
  }

  async #find(secret: string): Promise<Identity | null> {
    const name = hash('sha256', secret, 'base64'); // secrets don't stay in memory
    const kept = this.#kept.get(name);
    if (kept && kept.untilMs > performance.now()) return kept.identity;
    const asking = this.#asking.get(name) ?? this.#ask(name, secret);
    this.#asking.set(name, asking);
    return asking;
  }

  async #ask(name: string, secret: string): Promise<Identity | null> {
    const generation = this.#generation;
    try {
      const identity = await authenticate(this.#services, secret);
      if (identity && generation === this.#generation) this.#keep(name, identity);
      return identity;
    } finally {
      this.#asking.delete(name);
    }
  }

  #keep(name: string, identity: Identity): void {
    this.#kept.delete(name);
    this.#kept.set(name, { identity, untilMs: performance.now() + keptMs });
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined && this.#kept.size > keptMax) this.#kept.delete(oldest);
  }

  /** Nobody waits for it: a key that was used stays good though it can't be written down. */
  #touch(identity: Identity): void {
    const nowMs = performance.now();
    if (nowMs - (this.#touchedAt.get(identity.keyId) ?? Number.NEGATIVE_INFINITY) < touchEveryMs) return;
    if (this.#touchedAt.size > keptMax) this.#touchedAt.clear();
    this.#touchedAt.set(identity.keyId, nowMs);
    touchApiKey(this.#services, identity).catch((err: unknown) => {
      this.#services.log.warn({ event: 'key.untouched', key: identity.keyId, err }, 'the use of a key was not noted');
    });
  }
}
