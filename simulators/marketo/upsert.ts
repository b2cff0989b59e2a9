import { setImmediate as nextTurn } from 'node:timers/promises';
import { z } from 'zod';
import { type MarketoField, type Refusal, refusalOfValue } from './fields.ts';
import type { LeadStore, StoredLead } from './lead-store.ts';
import { Refused } from './refused.ts';

const request = z.object({
  action: z.enum(['createOrUpdate', 'createOnly', 'updateOnly', 'createDuplicate']).default('createOrUpdate'),
  lookupField: z.string().default('email'),
  partitionName: z.string().optional(),
  input: z.array(z.record(z.string(), z.unknown())).min(1),
});
type UpsertRequest = z.infer<typeof request>;

export interface RecordResult {
  id?: number;
  status: 'created' | 'updated' | 'skipped';
  reasons?: Refusal[];
}

export interface UpsertContext {
  store: LeadStore;
  fields: ReadonlyMap<string, MarketoField>;
  partitions: readonly string[];
  unknownFieldLevel: 'record' | 'response';
  /** A refusal on demand for the record with this key. */
  faultOf(key: string): Refusal | null;
  at: string;
  /** Time that the call takes between looking leads up and writing them. */
  execute(): Promise<unknown>;
}

type Plan = { kind: 'skip'; reason: Refusal } | { kind: 'create' } | { kind: 'update'; lead: StoredLead };

/**
 * Sync Leads. The look-up comes first and the writing last, so that two calls that overlap with the same new address make two leads, as
 * Adobe says of the real one.
 */
export async function upsertLeads(body: unknown, context: UpsertContext): Promise<RecordResult[]> {
  const parsed = request.safeParse(body).data;
  if (!parsed) throw new Refused('1003', 'Invalid data: input is missing');
  if (parsed.input.length > 300) throw new Refused('1003', 'Invalid data: more than 300 records');
  if (!['email', 'id'].includes(parsed.lookupField))
    throw new Refused('1011', `Lookup field '${parsed.lookupField}' is not supported`);
  if (parsed.partitionName && !['createOrUpdate', 'createOnly'].includes(parsed.action))
    throw new Refused('1003', `Invalid data: partitionName is not allowed with action '${parsed.action}'`);
  if (context.unknownFieldLevel === 'response') refuseUnknownFields(parsed, context);

  const seen = new Set<string>();
  const plans = parsed.input.map((record) => planOf(record, parsed, context, seen));
  await context.execute();
  await nextTurn(); // at least one turn, in which an overlapping call looks up
  return plans.map((plan, index) => apply(plan, parsed.input[index] ?? {}, parsed, context));
}

function refuseUnknownFields({ input }: UpsertRequest, { fields }: UpsertContext): void {
  for (const record of input) {
    const unknown = Object.keys(record).find((name) => name !== 'id' && !fields.has(name));
    if (unknown) throw new Refused('1006', `Field '${unknown}' not found`);
  }
}

function planOf(record: Record<string, unknown>, call: UpsertRequest, context: UpsertContext, seen: Set<string>): Plan {
  const skip = (code: string, message: string): Plan => ({ kind: 'skip', reason: { code, message } });
  const key = String(record[call.lookupField] ?? '').trim();
  if (!key) return skip('1002', `Missing value for required parameter '${call.lookupField}'`);
  const fault = context.faultOf(String(record.email ?? key));
  if (fault) return { kind: 'skip', reason: fault };
  if (seen.has(key.toLowerCase())) return skip('1036', 'Duplicate object found in input');
  seen.add(key.toLowerCase());

  for (const [name, value] of Object.entries(record)) {
    if (name === 'id' && call.action === 'updateOnly') continue;
    const field = context.fields.get(name);
    if (!field) return skip('1006', `Field '${name}' not found`);
    const refusal = refusalOfValue(field, value);
    if (refusal) return { kind: 'skip', reason: refusal };
  }

  const partition = call.partitionName ?? 'Default';
  if (!context.partitions.includes(partition)) return skip('1008', `Partition '${partition}' access denied`);
  const [lead, second] = call.action === 'createDuplicate' ? [] : context.store.listBy(call.lookupField, key);
  if (second) return skip('1007', 'Multiple leads match the lookup criteria');
  if (!lead) return call.action === 'updateOnly' ? skip('1004', 'Lead not found') : { kind: 'create' };
  if (call.action === 'createOnly') return skip('1005', 'Lead already exists');
  if (call.partitionName && lead.partition !== partition)
    return skip('1010', 'The lead exists in a different partition');
  return { kind: 'update', lead };
}

function apply(
  plan: Plan,
  record: Record<string, unknown>,
  call: UpsertRequest,
  { store, at }: UpsertContext,
): RecordResult {
  if (plan.kind === 'skip') return { status: 'skipped', reasons: [plan.reason] };
  if (plan.kind === 'update') {
    store.update(plan.lead, record, at);
    return { id: plan.lead.id, status: 'updated' };
  }
  return { id: store.create(record, call.partitionName ?? 'Default', at).id, status: 'created' };
}
