/** What a prospect is, as of one moment. */
interface Version {
  at: number;
  values: Record<string, unknown>;
  isDeleted: boolean;
}

export interface StoredProspect {
  id: number;
  email: string;
  values: Record<string, unknown>;
  /** In the recycle bin. */
  isDeleted: boolean;
  lastActivityAt: number;
}

interface Prospect {
  id: number;
  /** Oldest first. */
  versions: Version[];
  lastActivityAt: number;
}

/** The prospects of one account, with what they were before: reads may be behind. */
export class Prospects {
  readonly #byId = new Map<number, Prospect>();
  #nextId = 55_434_583;

  all(atMs = Number.POSITIVE_INFINITY): StoredProspect[] {
    return [...this.#byId.keys()].flatMap((id) => this.get(id, atMs) ?? []);
  }

  /** As of `atMs`; undefined: there was no such then. */
  get(id: number, atMs = Number.POSITIVE_INFINITY): StoredProspect | undefined {
    const prospect = this.#byId.get(id);
    const version = prospect?.versions.findLast(({ at }) => at <= atMs);
    return prospect && version ? this.#shown(prospect, version) : undefined;
  }

  /** Those with this address, in whatever case, the most active first. */
  withEmail(email: string, atMs = Number.POSITIVE_INFINITY): StoredProspect[] {
    const wanted = email.trim().toLowerCase();
    return this.all(atMs)
      .filter((prospect) => prospect.email.toLowerCase() === wanted)
      .sort((one, other) => other.lastActivityAt - one.lastActivityAt);
  }

  create(values: Record<string, unknown>, nowMs: number): number {
    const id = this.#nextId++;
    const version = { at: nowMs, values: { ...values }, isDeleted: false };
    this.#byId.set(id, { id, versions: [version], lastActivityAt: nowMs });
    return id;
  }

  /** What is left out stays; null makes blank. Whoever is written is not in the recycle bin any more. */
  update(id: number, values: Record<string, unknown>, nowMs: number): void {
    this.#change(id, nowMs, (version) => ({ values: { ...version.values, ...values }, isDeleted: false }));
  }

  /** To the recycle bin. */
  delete(id: number, nowMs: number): void {
    this.#change(id, nowMs, ({ values }) => ({ values, isDeleted: true }));
  }

  /** As if it had never been. */
  forget(id: number): void {
    this.#byId.delete(id);
  }

  #change(id: number, nowMs: number, change: (version: Version) => Omit<Version, 'at'>): void {
    const prospect = this.#byId.get(id);
    if (!prospect) return;
    prospect.versions.push({ at: nowMs, ...change(lastOf(prospect)) });
    prospect.lastActivityAt = nowMs;
  }

  #shown({ id, lastActivityAt }: Prospect, { values, isDeleted }: Version): StoredProspect {
    return { id, email: String(values.email ?? ''), values, isDeleted, lastActivityAt };
  }
}

function lastOf({ versions }: Prospect): Version {
  const last = versions.at(-1);
  if (!last) throw new Error('a prospect without a version');
  return last;
}
