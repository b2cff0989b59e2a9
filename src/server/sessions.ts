import { UnauthenticatedError } from '../domain/errors.ts';
import { ExpiredKeyError, type Identity } from '../sync/api-keys.ts';

/** The longest that a timer takes; one that is due later is set again. */
const timerMsMax = 2 ** 31 - 1;

/** A request or a socket, for as long as it lasts. */
export interface Session {
  identity: Identity;
  /** Aborted, with the reason, when the key is revoked or expires and when the server goes down. */
  ended: AbortSignal;
  /** The request is answered, or the socket gone. */
  close(): void;
}

interface Live {
  kind: 'request' | 'socket';
  session: Session;
  end(reason: Error): void;
}

/** Everything that is open, by key: so that a key that ends takes along what it opened. */
export class Sessions {
  readonly #now: () => Date;
  readonly #live = new Map<string, Set<Live>>();

  constructor(now: () => Date) {
    this.#now = now;
  }

  open(identity: Identity, kind: Live['kind']): Session {
    const controller = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const live: Live = {
      kind,
      session: {
        identity,
        ended: controller.signal,
        close: () => {
          clearTimeout(timer);
          this.#remove(identity.keyId, live);
        },
      },
      end: (reason) => controller.abort(reason),
    };
    const watchExpiry = (expiresAt: Date) => {
      const leftMs = expiresAt.getTime() - this.#now().getTime();
      if (leftMs <= 0) live.end(new ExpiredKeyError());
      else timer = setTimeout(watchExpiry, Math.min(leftMs, timerMsMax), expiresAt).unref();
    };
    if (identity.expiresAt) watchExpiry(identity.expiresAt);
    const ofKey = this.#live.get(identity.keyId) ?? new Set();
    this.#live.set(identity.keyId, ofKey.add(live));
    return live.session;
  }

  /** Keys that have something open. */
  get keyIds(): string[] {
    return [...this.#live.keys()];
  }

  /** The key was revoked: ends what it opened. */
  revoke(keyId: string): void {
    for (const live of this.#live.get(keyId) ?? []) live.end(new UnauthenticatedError('This API key was revoked.'));
  }

  /** The server goes down: ends the streams over HTTP. Sockets are closed by whoever holds them, not all at once. */
  endRequests(reason: Error): void {
    for (const ofKey of this.#live.values()) {
      for (const live of ofKey) if (live.kind === 'request') live.end(reason);
    }
  }

  #remove(keyId: string, live: Live): void {
    const ofKey = this.#live.get(keyId);
    ofKey?.delete(live);
    if (ofKey?.size === 0) this.#live.delete(keyId);
  }
}
