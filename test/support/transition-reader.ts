import { once } from 'node:events';
import type { Message, Messages } from './sluice.ts';
import type { SluiceProgram } from './sluice-program.ts';

export interface SeenTransition {
  id: string;
  cursor: string;
  item: { id: string; lead: { email: string | null } };
  itemVersion: number;
  from: string | null;
  to: string;
  cause: string;
}

interface Received {
  leadStatusChanged: SeenTransition;
}

/** How long a test waits for what never comes before it says so. */
const patienceMs = 40_000;

const leadStatusChanged = `subscription Read($id: ID!, $after: Cursor!) {
  leadStatusChanged(integrationId: $id, after: $after) {
    id cursor item { id lead { email } } itemVersion from to cause
  }
}`;

/** A reader as the documentation wants it: whenever its connection breaks, it goes on from the last cursor that it saw. */
export class TransitionReader {
  readonly seen: SeenTransition[] = [];
  readonly #program: SluiceProgram;
  readonly #integrationId: string;
  #after: string;
  #messages: Messages<Received> | null = null;
  #arrived = Promise.withResolvers<void>();
  #refused: Message<Received>['errors'];
  #stopped = false;
  readonly #reading: Promise<void>;

  /** @param after a cursor from before everything that it is to see */
  constructor(program: SluiceProgram, integrationId: string, after: string) {
    this.#program = program;
    this.#integrationId = integrationId;
    this.#after = after;
    this.#reading = this.#read();
  }

  /** Resolves when it has seen the transition at this position. Throws what the server refused to send. */
  async until(cursor: string): Promise<void> {
    const givingUp = AbortSignal.timeout(patienceMs);
    const gaveUp = once(givingUp, 'abort');
    while (this.#after !== cursor) {
      if (this.#refused) throw new Error(`the reader was refused: ${JSON.stringify(this.#refused)}`);
      if (givingUp.aborted) throw new Error(`waited in vain for a transition after ${this.seen.length} others`);
      await Promise.race([this.#arrived.promise, gaveUp]);
    }
  }

  /** Drops the connection, as a network does. */
  async disconnect(): Promise<void> {
    const client = await this.#program.client;
    await client.close();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#messages?.return?.();
    await this.#reading;
  }

  async #read(): Promise<void> {
    while (!this.#stopped && !this.#refused) {
      const client = await this.#program.client;
      this.#messages = client.subscribe<Received>(leadStatusChanged, { id: this.#integrationId, after: this.#after });
      try {
        for await (const message of this.#messages) this.#take(message);
      } catch {
        // The connection broke: the process was killed or could not be reached.
      }
    }
  }

  #take({ data, errors }: Message<Received>): void {
    if (data) {
      this.seen.push(data.leadStatusChanged);
      this.#after = data.leadStatusChanged.cursor;
    } else this.#refused = errors;
    this.#arrived.resolve();
    this.#arrived = Promise.withResolvers();
  }
}
