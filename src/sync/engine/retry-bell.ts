import { advanceRetry, listUnfinishedRetries } from '../advance-retry.ts';
import type { Services } from '../services.ts';

const everybody = '';

/** Goes on with the retries of an integration that rings, one integration at a time. What it does not hear, recovery finds. */
export class RetryBell {
  readonly #services: Services;
  /** Rung, and not looked at since. */
  readonly #rung = new Set<string>();
  #running: Promise<void> | null = null;
  #stopped = false;

  constructor(services: Services) {
    this.#services = services;
  }

  /** `target`: as the channel carries it. */
  ring(target: string): void {
    if (this.#stopped) return;
    this.#rung.add(target);
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
  }

  /** For everybody: notifications may have been missed. */
  ringAll(): void {
    this.ring(everybody);
  }

  /** Hears nothing more, and waits for what is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#rung.clear();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (const target of this.#rung) {
      this.#rung.delete(target); // rung again from here on: looked at again
      const [orgId = '', integrationId = ''] = target.split('/');
      try {
        const whose = target === everybody ? null : { orgId, integrationId };
        for (const { orgId, id } of await listUnfinishedRetries(this.#services, whose)) {
          await advanceRetry(this.#services, orgId, id, () => !this.#stopped);
        }
      } catch (error) {
        const { log } = this.#services;
        log.error(
          { event: 'retry.stuck', integration: integrationId, err: error },
          'a retry did not go on; recovery tries again',
        );
      }
    }
  }
}
