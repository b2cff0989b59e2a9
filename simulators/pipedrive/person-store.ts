export interface Contact {
  value: string;
  primary: boolean;
  label: string;
}

export interface StoredPerson {
  id: number;
  name: string;
  first_name: string | null;
  last_name: string | null;
  emails: Contact[];
  phones: Contact[];
  owner_id: number;
  org_id: number | null;
  label_ids: number[];
  visible_to: number;
  add_time: string;
  update_time: string;
  is_deleted: boolean;
  custom_fields: Record<string, unknown>;
  [other: string]: unknown;
}

/** The persons of one company, and the index that the search reads: it learns of every change a while later. */
export class PersonStore {
  readonly #persons = new Map<number, StoredPerson>();
  /** What the search finds: the addresses of a person as of the last change that the index knows. */
  readonly #indexed = new Map<number, { name: string; emails: string[]; phones: string[] }>();
  #pending: { id: number; dueAt: number }[] = [];
  readonly #lagMs: number;

  /** @param lagMs how long until the search knows of a change; Infinity: not before `catchUp` */
  constructor(lagMs: number) {
    this.#lagMs = lagMs;
  }

  all(): StoredPerson[] {
    return [...this.#persons.values()].filter(({ is_deleted }) => !is_deleted);
  }

  find(id: number): StoredPerson | null {
    const person = this.#persons.get(id);
    return person && !person.is_deleted ? person : null;
  }

  create(values: Partial<StoredPerson>, nowMs: number): StoredPerson {
    const id = this.#persons.size + 1;
    const at = stamp(nowMs);
    const person: StoredPerson = {
      id,
      name: '',
      first_name: null,
      last_name: null,
      emails: [],
      phones: [],
      owner_id: 1,
      org_id: null,
      label_ids: [],
      visible_to: 3,
      add_time: at,
      update_time: at,
      is_deleted: false,
      custom_fields: {},
    };
    this.#persons.set(id, person);
    return this.update(person, values, nowMs);
  }

  update(person: StoredPerson, { custom_fields, ...values }: Partial<StoredPerson>, nowMs: number): StoredPerson {
    Object.assign(person, values, { update_time: stamp(nowMs) });
    Object.assign(person.custom_fields, custom_fields);
    if (values.name !== undefined) {
      const [first = '', ...rest] = person.name.trim().split(/\s+/);
      person.first_name = first;
      person.last_name = rest.join(' ') || null;
    }
    this.#changed(person.id, nowMs);
    return person;
  }

  remove(id: number, nowMs: number): void {
    const person = this.#persons.get(id);
    if (!person) return;
    person.is_deleted = true;
    this.#changed(id, nowMs);
  }

  /** Persons that the index knows to have this very address, whatever has become of them since. */
  search(email: string, nowMs: number): { id: number; name: string; emails: string[]; phones: string[] }[] {
    this.#index(nowMs);
    const wanted = email.trim().toLowerCase();
    return [...this.#indexed]
      .filter(([, { emails }]) => emails.some((one) => one.toLowerCase() === wanted))
      .map(([id, known]) => ({ id, ...known }));
  }

  /** The index knows everything now. */
  catchUp(): void {
    this.#index(Number.POSITIVE_INFINITY);
  }

  #changed(id: number, nowMs: number): void {
    this.#pending.push({ id, dueAt: nowMs + this.#lagMs });
  }

  #index(nowMs: number): void {
    const due = this.#pending.filter(({ dueAt }) => dueAt <= nowMs);
    this.#pending = this.#pending.filter(({ dueAt }) => dueAt > nowMs);
    for (const { id } of due) {
      const person = this.find(id);
      if (!person) this.#indexed.delete(id);
      else {
        const valuesOf = (contacts: Contact[]) => contacts.map(({ value }) => value);
        this.#indexed.set(id, { name: person.name, emails: valuesOf(person.emails), phones: valuesOf(person.phones) });
      }
    }
  }
}

/** RFC 3339 without fractions, as Pipedrive v2 writes instants. */
const stamp = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
