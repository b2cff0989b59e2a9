import { keyPrefixes, type SalesforceField, standardObjects } from './objects.ts';

export type SalesforceRecord = { Id: string } & Record<string, unknown>;

/** What is wrong with a record or a call. */
export interface Problem {
  code: string;
  message: string;
  fields?: string[];
  /** Of a duplicate rule. */
  duplicateResult?: unknown;
}

/** The objects of one org, their fields and their records. */
export class Org {
  readonly fields: Record<string, SalesforceField[]> = standardObjects();
  readonly #records = new Map<string, Map<string, SalesforceRecord>>();
  /** Ids of what was deleted. */
  readonly #deleted = new Set<string>();
  /** Fields that the user may not see. */
  readonly #hidden = new Set<string>();
  #lastNumber = 0;

  /** In the order in which they were made. */
  all(object: string): SalesforceRecord[] {
    return [...(this.#records.get(object)?.values() ?? [])];
  }

  find(object: string, id: string): SalesforceRecord | null {
    return this.#records.get(object)?.get(longId(id)) ?? null;
  }

  wasDeleted(id: string): boolean {
    return this.#deleted.has(longId(id));
  }

  add(object: string, values: Record<string, unknown>, id?: string): SalesforceRecord {
    const record: SalesforceRecord = { ...values, Id: id ?? this.#newId(object) };
    const records = this.#records.get(object) ?? new Map();
    this.#records.set(object, records.set(record.Id, record));
    return record;
  }

  remove(object: string, id: string): void {
    if (this.#records.get(object)?.delete(longId(id))) this.#deleted.add(longId(id));
  }

  /** Keeps the records as they are; the function that is returned brings them back. */
  save(): () => void {
    const saved = [...this.#records].map(([object, records]) => [object, structuredClone(records)] as const);
    return () => {
      this.#records.clear();
      for (const [object, records] of saved) this.#records.set(object, records);
    };
  }

  /** The field as the user sees it; null: it does not exist, or is hidden from the user. */
  field(object: string, name: string): SalesforceField | null {
    const found = this.fields[object]?.find((field) => field.name.toLowerCase() === name.toLowerCase());
    return found && !this.#hidden.has(`${object}.${found.name}`) ? found : null;
  }

  visibleFields(object: string): SalesforceField[] {
    return (this.fields[object] ?? []).filter(({ name }) => this.field(object, name));
  }

  /** Field-level security: as if it did not exist. */
  hide(object: string, name: string): void {
    this.#hidden.add(`${object}.${name}`);
  }

  /** As a salesperson would: the lead becomes a contact. Returns its id. */
  convert(leadId: string): string {
    const lead = this.find('Lead', leadId);
    if (!lead) throw new Error('there is no such lead');
    const { FirstName, LastName, Email, Phone, Title } = lead;
    const contact = this.add('Contact', { FirstName, LastName, Email, Phone, Title });
    Object.assign(lead, { IsConverted: true, ConvertedContactId: contact.Id });
    return contact.Id;
  }

  #newId(object: string): string {
    this.#lastNumber += 1;
    return `${keyPrefixes[object] ?? 'a00'}Sim${String(this.#lastNumber).padStart(9, '0')}AAA`;
  }
}

/** Ids of 15 characters mean the same as those of 18. */
const longId = (id: string): string => (id.length === 15 ? `${id}AAA` : id);
