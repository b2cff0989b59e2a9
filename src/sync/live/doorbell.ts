import type { Logger } from 'pino';
import type { Database } from '../../db/client.ts';

/** How long a notification to ourselves may take before we believe that none will ever come. */
const proofMs = 3_000;
const proofChannel = 'sluice_proof';

/**
 * Hears NOTIFY on one connection for the whole process. Behind a pooler LISTEN succeeds and nothing ever arrives, so it is put to the proof;
 * readers poll all the same, only more often when it fails. Notifications may be lost with the connection: every reconnect rings for everybody.
 */
export class Doorbell {
  readonly #database: Database;
  readonly #log: Logger;
  readonly #reconnected = new Set<() => void>();
  readonly #unlisteners: (() => Promise<void>)[] = [];
  /** True once a notification was seen to arrive. */
  listening = false;

  /** @param database direct, not through a pooler; used for nothing else */
  constructor(database: Database, log: Logger) {
    this.#database = database;
    this.#log = log;
  }

  /** Listens on a channel until the doorbell closes. */
  async on(channel: string, heard: (payload: string) => void): Promise<void> {
    let first = true;
    const { unlisten } = await this.#database.sql.listen(channel, heard, () => {
      if (!first) for (const listener of this.#reconnected) listener();
      first = false;
    });
    this.#unlisteners.push(unlisten);
  }

  /** Calls back whenever notifications may have been missed. */
  onReconnect(listener: () => void): void {
    this.#reconnected.add(listener);
  }

  /** Sends itself a notification. Resolves when it arrived, or when it is clear that it won't. */
  async prove(): Promise<boolean> {
    const heard = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => heard.resolve(false), proofMs);
    await this.on(proofChannel, () => heard.resolve(true));
    await this.#database.sql`select pg_notify(${proofChannel}, '')`;
    this.listening = await heard.promise;
    clearTimeout(timer);
    if (!this.listening) {
      this.#log.warn(
        { event: 'doorbell.deaf' },
        'notifications do not arrive: DATABASE_URL seems to be a pooler. Polling instead; set LISTEN_DATABASE_URL to a direct connection.',
      );
    }
    return this.listening;
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#unlisteners.map((unlisten) => unlisten()));
    await this.#database.close();
  }
}
