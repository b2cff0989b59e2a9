import { emailField } from './fields.ts';

export interface StoredContact {
  id: string;
  /** By internal name; a blank one is absent. */
  values: Record<string, string>;
}

export const updateRules = ['always', 'ifNewIsNotNull', 'ifExistingIsNull', 'useFieldRule'] as const;
export type UpdateRule = (typeof updateRules)[number];

/** The contacts of one site, one for each e-mail address in whatever case. */
export class ContactStore {
  readonly #contacts = new Map<string, StoredContact>();
  #nextId = 1_001;

  all(): StoredContact[] {
    return [...this.#contacts.values()];
  }

  find(id: string): StoredContact | null {
    return this.all().find((contact) => contact.id === id) ?? null;
  }

  findByEmail(email: string): StoredContact | null {
    return this.#contacts.get(keyOf(email)) ?? null;
  }

  /** `*` stands for anything. */
  search(email: string): StoredContact[] {
    if (!email.includes('*')) return [this.findByEmail(email)].filter((contact) => contact !== null);
    const parts = keyOf(email).split('*');
    const pattern = new RegExp(`^${parts.map((part) => part.replace(/[^\w@]/g, '\\$&')).join('.*')}$`);
    return this.all().filter(({ values }) => pattern.test(keyOf(values[emailField] ?? '')));
  }

  delete(id: string): void {
    const contact = this.find(id);
    if (contact) this.#contacts.delete(keyOf(contact.values[emailField] ?? ''));
  }

  /** Updates the contact with this address by the rule, or creates one. A field without a value in `row` has a blank one there. */
  upsert(row: Record<string, string>, fields: readonly string[], rule: UpdateRule): 'created' | 'updated' {
    const email = row[emailField] ?? '';
    const known = this.findByEmail(email);
    const contact = known ?? { id: String(this.#nextId++), values: { [emailField]: email } };
    for (const field of fields) {
      if (field === emailField) continue;
      const value = row[field] ?? '';
      if (rule === 'ifNewIsNotNull' && value === '') continue;
      if (rule === 'ifExistingIsNull' && contact.values[field] !== undefined) continue;
      if (value === '') delete contact.values[field];
      else contact.values[field] = value;
    }
    this.#contacts.set(keyOf(email), contact);
    return known ? 'updated' : 'created';
  }

  /** Replaces what is given, the address included. */
  put(contact: StoredContact, values: Record<string, string>): void {
    this.#contacts.delete(keyOf(contact.values[emailField] ?? ''));
    contact.values = { ...contact.values, ...values };
    this.#contacts.set(keyOf(contact.values[emailField] ?? ''), contact);
  }
}

const keyOf = (email: string): string => email.trim().toLowerCase();
