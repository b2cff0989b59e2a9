/** Tells the drains of this process that there may be work. Rung by NOTIFY, so by every process, at commit. */
export class WorkBell {
  readonly #listeners = new Map<string, Set<() => void>>();

  /** Calls `listener` at every ring for the integration, until the returned function is called. */
  listen(integrationId: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(integrationId) ?? new Set();
    this.#listeners.set(integrationId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(integrationId);
    };
  }

  ring(integrationId: string): void {
    for (const listener of this.#listeners.get(integrationId) ?? []) listener();
  }

  /** For everybody: notifications may have been missed. */
  ringAll(): void {
    for (const integrationId of this.#listeners.keys()) this.ring(integrationId);
  }
}
