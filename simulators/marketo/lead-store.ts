export interface StoredLead {
  id: number;
  partition: string;
  /** Field to value; a blank field is null or absent. */
  fields: Record<string, unknown>;
  /** The element of the last upsert that wrote it, as it came. */
  lastInput: Record<string, unknown>;
  createdAt: string;
  updatedAt: string;
}

/** The leads of one subscription. Nothing keeps two of them from having the same e-mail address, as in Marketo. */
export class LeadStore {
  readonly #byId = new Map<number, StoredLead>();
  readonly #idsByEmail = new Map<string, Set<number>>();
  #lastId = 1_000;

  all(): StoredLead[] {
    return [...this.#byId.values()];
  }

  find(id: number): StoredLead | null {
    return this.#byId.get(id) ?? null;
  }

  /** Leads whose field has the value, in whatever case; by e-mail address at the cost of a look-up. */
  listBy(field: string, value: string): StoredLead[] {
    const wanted = value.toLowerCase();
    if (field === 'id') return [this.#byId.get(Number(value))].filter((lead) => lead !== undefined);
    if (field !== 'email')
      return this.all().filter((lead) => String(lead.fields[field] ?? '').toLowerCase() === wanted);
    return [...(this.#idsByEmail.get(wanted) ?? [])].flatMap((id) => this.#byId.get(id) ?? []);
  }

  create(fields: Record<string, unknown>, partition: string, at: string): StoredLead {
    const lead: StoredLead = {
      id: ++this.#lastId,
      partition,
      fields: {},
      lastInput: {},
      createdAt: at,
      updatedAt: at,
    };
    this.#byId.set(lead.id, lead);
    this.update(lead, fields, at);
    return lead;
  }

  update(lead: StoredLead, fields: Record<string, unknown>, at: string): void {
    this.#unindex(lead);
    lead.lastInput = fields;
    const { id: _id, ...values } = fields; // it names the lead, and is none of its fields
    for (const [name, value] of Object.entries(values)) lead.fields[name] = value === '' ? null : value;
    lead.updatedAt = at;
    const key = emailKey(lead);
    if (key) this.#idsByEmail.set(key, (this.#idsByEmail.get(key) ?? new Set()).add(lead.id));
  }

  delete(id: number): void {
    const lead = this.#byId.get(id);
    if (!lead) return;
    this.#unindex(lead);
    this.#byId.delete(id);
  }

  #unindex(lead: StoredLead): void {
    this.#idsByEmail.get(emailKey(lead) ?? '')?.delete(lead.id);
  }
}

const emailKey = (lead: StoredLead): string | null =>
  lead.fields.email ? String(lead.fields.email).toLowerCase() : null;
