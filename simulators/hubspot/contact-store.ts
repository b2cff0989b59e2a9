export interface StoredContact {
  id: string;
  properties: Record<string, string>;
  createdAt: Date;
  updatedAt: Date;
}

/** The contacts of one account: one for each e-mail address, as in HubSpot. */
export class ContactStore {
  readonly #byId = new Map<string, StoredContact>();
  readonly #idByEmail = new Map<string, string>();
  #lastId = 500;

  all(): StoredContact[] {
    return [...this.#byId.values()];
  }

  find(id: string): StoredContact | null {
    return this.#byId.get(id) ?? null;
  }

  findByEmail(email: string): StoredContact | null {
    return this.find(this.#idByEmail.get(email.trim().toLowerCase()) ?? '');
  }

  create(at: Date): StoredContact {
    this.#lastId += 1;
    const contact = { id: String(this.#lastId), properties: {}, createdAt: at, updatedAt: at };
    this.#byId.set(contact.id, contact);
    return contact;
  }

  update(contact: StoredContact, properties: Record<string, unknown>, at: Date): void {
    this.#unindex(contact);
    contact.updatedAt = at;
    for (const [name, value] of Object.entries(properties)) contact.properties[name] = String(value);
    const { email } = contact.properties;
    if (email) this.#idByEmail.set(email.trim().toLowerCase(), contact.id);
  }

  delete(id: string): void {
    const contact = this.#byId.get(id);
    if (!contact) return;
    this.#unindex(contact);
    this.#byId.delete(id);
  }

  #unindex({ id, properties }: StoredContact): void {
    const key = properties.email?.trim().toLowerCase() ?? '';
    if (this.#idByEmail.get(key) === id) this.#idByEmail.delete(key);
  }
}
