import type { ApiAnswer, ApiContext, RecordFault } from '../api.ts';
import { jsonOf, type Received } from '../server.ts';
import { type ContactStore, type UpdateRule, updateRules } from './contact-store.ts';
import { type EloquaField, emailField, statementOf } from './fields.ts';
import { type Ended, importRows, type StagedRow } from './import-rows.ts';

interface Definition {
  uri: string;
  name: string;
  fields: Record<string, string>;
  identifierFieldName: string;
  updateRule: UpdateRule;
  staged: StagedRow[];
}

interface Sync {
  uri: string;
  definition: Definition;
  rows: StagedRow[];
  startedAt: number;
  /** Null: not yet. */
  ended: Ended | null;
  planned: PlannedEnd | null;
}

/** How a sync is to end whatever it has to import: nothing is imported. */
export interface PlannedEnd {
  status: string;
  logs: { severity: string; statusCode: string; message: string; count?: number }[];
}

export interface BulkOptions {
  /** How long a sync takes, a third of it pending. */
  syncMs: number;
  dataBytesMax: number;
  /** Syncs of imports in an hour; more are answered 429. Null: any number. */
  importsPerHourMax: number | null;
}

const fieldsMax = 100;

/** Bulk API 2.0: import definitions, staged data, and syncs that work in the background. */
export class Bulk {
  readonly #options: BulkOptions;
  readonly #contacts: ContactStore;
  readonly #fields: ReadonlyMap<string, EloquaField>;
  readonly #definitions = new Map<string, Definition>();
  readonly #syncs = new Map<string, Sync>();
  readonly #planned: PlannedEnd[] = [];
  readonly #starts: number[] = [];
  #nextId = 77;

  constructor(options: BulkOptions, contacts: ContactStore, fields: ReadonlyMap<string, EloquaField>) {
    this.#options = options;
    this.#contacts = contacts;
    this.#fields = fields;
  }

  plan(end: PlannedEnd): void {
    this.#planned.push(end);
  }

  /** As when they are older than their time. */
  forgetDefinitions(): void {
    this.#definitions.clear();
  }

  definitions(): { uri: string; fields: string[]; updateRule: UpdateRule }[] {
    return [...this.#definitions.values()].map(({ uri, fields, updateRule }) => ({
      uri,
      fields: Object.keys(fields),
      updateRule,
    }));
  }

  /** Ends the syncs whose time has come. */
  advance(nowMs: number): void {
    for (const sync of this.#syncs.values()) {
      if (sync.ended || nowMs < sync.startedAt + this.#options.syncMs) continue;
      const { definition, rows, planned } = sync;
      if (planned?.status.startsWith('error')) definition.staged.unshift(...rows); // not processed, so not consumed
      sync.ended = planned
        ? { status: planned.status, rejects: [], logs: planned.logs.map((log) => ({ count: 0, ...log })) }
        : importRows(rows, Object.keys(definition.fields), definition.updateRule, this.#contacts, this.#fields);
    }
  }

  /** `path` is below /api/bulk/2.0. */
  answer(method: string, path: string, received: Received, context: ApiContext): ApiAnswer {
    if (method === 'GET' && path === '/contacts/fields')
      return ok(page([...this.#fields.values()].map(told), received));
    if (method === 'POST' && path === '/contacts/imports') return this.#define(jsonOf(received.body));
    const data = /^(\/contacts\/imports\/\d+)\/data$/.exec(path);
    if (data && method === 'POST') return this.#stage(data[1] as string, received, context);
    if (method === 'POST' && path === '/syncs') return this.#start(jsonOf(received.body), context.nowMs);
    const one = /^(\/syncs\/\d+)(\/logs|\/rejects)?$/.exec(path);
    const sync = one && method === 'GET' ? this.#syncs.get(one[1] as string) : undefined;
    if (!one || !sync) return notFound;
    if (!one[2]) return ok(this.#told(sync, context.nowMs));
    const items = one[2] === '/logs' ? (sync.ended?.logs ?? []) : (sync.ended?.rejects ?? []);
    return ok(page(items, received));
  }

  #define(asked: unknown): ApiAnswer {
    const { name, fields, identifierFieldName, updateRule = 'always' } = (asked ?? {}) as Partial<Definition>;
    if (!name || !fields || typeof fields !== 'object') return invalid('name', 'NotNullRequirement', null);
    if (Object.keys(fields).length > fieldsMax) return invalid('fields', 'ValidTextLengthRequirement', null);
    for (const [key, statement] of Object.entries(fields)) {
      const field = [...this.#fields.values()].find(({ internalName }) => statementOf(internalName) === statement);
      if (!field) return invalid(`fields.${key}`, 'RelationshipRequirement', statement);
      if (field.hasReadOnlyConstraint) return invalid(`fields.${key}`, 'ImmutabilityRequirement', statement);
    }
    if (!identifierFieldName || !(identifierFieldName in fields)) {
      return invalid('identifierFieldName', 'RelationshipRequirement', identifierFieldName ?? null);
    }
    if (!updateRules.includes(updateRule)) return invalid('updateRule', 'ContentRequirement', updateRule);
    const uri = `/contacts/imports/${this.#nextId++}`;
    this.#definitions.set(uri, { uri, name, fields, identifierFieldName, updateRule, staged: [] });
    return { status: 201, body: { ...(asked as object), uri, createdBy: 'API.User' } };
  }

  #stage(uri: string, received: Received, { faultOf }: ApiContext): ApiAnswer {
    const definition = this.#definitions.get(uri);
    if (!definition || received.bodyBytes > this.#options.dataBytesMax) return notFound;
    const rows = jsonOf(received.body);
    if (!Array.isArray(rows)) return { status: 400, text: 'There was a parsing error.' };
    for (const row of rows as Record<string, unknown>[]) {
      const values = Object.fromEntries(Object.entries(row).map(([key, value]) => [key, String(value ?? '')]));
      definition.staged.push({ values, fault: faultOf(values[emailField] ?? '') satisfies RecordFault | null });
    }
    return { status: 204 };
  }

  #start(asked: unknown, nowMs: number): ApiAnswer {
    const { syncedInstanceUri = '' } = (asked ?? {}) as { syncedInstanceUri?: string };
    const definition = this.#definitions.get(syncedInstanceUri);
    if (!definition) return invalid('syncedInstanceUri', 'RelationshipRequirement', syncedInstanceUri);
    const { importsPerHourMax } = this.#options;
    while (this.#starts[0] !== undefined && this.#starts[0] <= nowMs - 3_600_000) this.#starts.shift();
    if (importsPerHourMax !== null && this.#starts.length >= importsPerHourMax) return tooMany;
    this.#starts.push(nowMs);
    const uri = `/syncs/${this.#nextId++}`;
    const planned = this.#planned.shift() ?? null;
    this.#syncs.set(uri, { uri, definition, rows: definition.staged, startedAt: nowMs, ended: null, planned });
    definition.staged = [];
    return { status: 201, body: { uri, syncedInstanceUri, status: 'pending', createdBy: 'API.User' } };
  }

  #told({ uri, definition, startedAt, ended }: Sync, nowMs: number) {
    const running = nowMs < startedAt + this.#options.syncMs / 3 ? 'pending' : 'active';
    return { uri, syncedInstanceUri: definition.uri, status: ended?.status ?? running };
  }
}

const told = ({ restName, optionListId, displayType, id, ...field }: EloquaField) => ({
  ...field,
  defaultValue: '',
  statement: statementOf(field.internalName),
  uri: `/contacts/fields/${id}`,
});

function page(items: readonly unknown[], { query }: Received) {
  const limit = Math.min(Number(query.get('limit') ?? 1_000), 1_000);
  const offset = Number(query.get('offset') ?? 0);
  const shown = items.slice(offset, offset + limit);
  const hasMore = offset + shown.length < items.length;
  return { items: shown, totalResults: items.length, limit, offset, count: shown.length, hasMore };
}

const ok = (body: unknown): ApiAnswer => ({ status: 200, body });
const notFound: ApiAnswer = { status: 404, text: 'The requested resource was not found.' };
const tooMany: ApiAnswer = { status: 429, text: 'Too Many Requests' };

export const invalid = (property: string, requirement: string, value: string | null): ApiAnswer => ({
  status: 400,
  body: [{ type: 'ObjectValidationError', property, requirement: { type: requirement }, value }],
});
