import { randomUUID } from 'node:crypto';
import { Refused, wordsOfCode } from './refused.ts';

/** Client credentials and the one access token they stand for at a time. */
export class Tokens {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly #lifeMs: number;
  #token: { value: string; expiresAt: number } | null = null;
  readonly #expired = new Set<string>();
  #isRevoked = false;

  constructor(clientId: string, clientSecret: string, lifeSeconds: number) {
    this.clientId = clientId;
    this.clientSecret = clientSecret;
    this.#lifeMs = lifeSeconds * 1_000;
  }

  /** Until it expires the same token is answered, with the seconds that remain. Null: wrong or revoked credentials. */
  issue(
    clientId: string | null,
    clientSecret: string | null,
    nowMs: number,
  ): { value: string; expiresIn: number } | null {
    if (this.#isRevoked || clientId !== this.clientId || clientSecret !== this.clientSecret) return null;
    if (!this.#token || this.#token.expiresAt <= nowMs) {
      this.expire();
      this.#token = { value: `${randomUUID()}:sim`, expiresAt: nowMs + this.#lifeMs };
    }
    return { value: this.#token.value, expiresIn: Math.floor((this.#token.expiresAt - nowMs) / 1_000) };
  }

  /** Throws 600, 601 or 602. */
  check(authorization: string | undefined, nowMs: number): void {
    const value = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
    if (!value) throw refused(600);
    if (this.#expired.has(value) || (value === this.#token?.value && this.#token.expiresAt <= nowMs))
      throw refused(602);
    if (this.#isRevoked || value !== this.#token?.value) throw refused(601);
  }

  /** The token in use is answered with 602 from now on. */
  expire(): void {
    if (this.#token) this.#expired.add(this.#token.value);
    this.#token = null;
  }

  /** The token in use is answered with 601 from now on. */
  invalidate(): void {
    this.#token = null;
  }

  /** The API user is deleted: 401 for credentials, 601 for tokens. */
  revoke(isRevoked: boolean): void {
    this.#isRevoked = isRevoked;
  }
}

const refused = (code: number): Refused => new Refused(String(code), wordsOfCode[code] ?? '');
