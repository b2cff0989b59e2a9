import type { RecordFault } from '../api.ts';
import type { Org, Problem, SalesforceRecord } from './org.ts';

export interface WriteContext {
  org: Org;
  faultOf(email: string): RecordFault | null;
  /** What a duplicate rule says against a new record; null: nothing. */
  duplicateOf(object: string, values: Record<string, unknown>): Problem | null;
}

export type Written = { id: string; created: boolean } | Problem;

export const isProblem = (written: Written): written is Problem => 'code' in written;

export type Way = { kind: 'create' } | { kind: 'update' } | { kind: 'upsert'; field: string };

/** Writes one record, or says what is wrong with it. */
export function writeRecord(object: string, way: Way, given: Record<string, unknown>, context: WriteContext): Written {
  const { org } = context;
  const { attributes: _, id, Id, ...values } = given as Record<string, unknown> & { id?: unknown; Id?: unknown };
  const fault = context.faultOf(emailOf(org, object, values, String(id ?? Id ?? '')));
  if (fault)
    return { code: fault.code, message: fault.message ?? fault.code, fields: fault.field ? [fault.field] : [] };
  const target = targetOf(object, way, values, id ?? Id, org);
  if ('code' in target) return target;
  const { record } = target;
  if (record && object === 'Lead' && record.IsConverted === true) {
    return { code: 'CANNOT_UPDATE_CONVERTED_LEAD', message: 'cannot reference converted lead', fields: [] };
  }
  const problem = problemOf(object, values, record, org) ?? (record ? null : context.duplicateOf(object, values));
  if (problem) return problem;
  const typed = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      org.field(object, name)?.name ?? name,
      typedValue(org, object, name, value),
    ]),
  );
  if (record) return { id: Object.assign(record, typed).Id, created: false };
  return { id: org.add(object, { ...defaultsOf(object, typed, org), ...typed }).Id, created: true };
}

function emailOf(org: Org, object: string, values: Record<string, unknown>, id: string): string {
  if (object === 'CampaignMember') {
    const person = org.find('Lead', String(values.LeadId ?? '')) ?? org.find('Contact', String(values.ContactId ?? ''));
    return String(person?.Email ?? '');
  }
  return String(values.Email ?? org.find(object, id)?.Email ?? '');
}

function targetOf(
  object: string,
  way: Way,
  values: Record<string, unknown>,
  id: unknown,
  org: Org,
): { record: SalesforceRecord | null } | Problem {
  if (way.kind === 'create') {
    if (id === undefined) return { record: null };
    return { code: 'INVALID_FIELD_FOR_INSERT_UPDATE', message: 'cannot specify Id in an insert call', fields: ['Id'] };
  }
  if (way.kind === 'update') {
    if (typeof id !== 'string' || id === '')
      return { code: 'MISSING_ARGUMENT', message: 'Id not specified in an update call', fields: [] };
    if (!/^\w{15}(\w{3})?$/.test(id))
      return { code: 'MALFORMED_ID', message: `${object} ID: id value of incorrect type: ${id}`, fields: ['Id'] };
    const record = org.find(object, id);
    if (record) return { record };
    return org.wasDeleted(id)
      ? { code: 'ENTITY_IS_DELETED', message: 'entity is deleted', fields: [] }
      : { code: 'INVALID_CROSS_REFERENCE_KEY', message: 'invalid cross reference id', fields: [] };
  }
  const key = values[way.field];
  if (key === undefined || key === null || key === '') {
    return { code: 'MISSING_ARGUMENT', message: `${way.field} not specified`, fields: [] };
  }
  const matches = org
    .all(object)
    .filter((record) => String(record[way.field] ?? '').toLowerCase() === String(key).toLowerCase());
  if (matches.length > 1) {
    const message = `${way.field}: more than one record found for external id field: [${matches.map(({ Id }) => Id).join(', ')}]`;
    return { code: 'DUPLICATE_EXTERNAL_ID', message, fields: [way.field] };
  }
  return { record: matches[0] ?? null };
}

function problemOf(
  object: string,
  values: Record<string, unknown>,
  record: SalesforceRecord | null,
  org: Org,
): Problem | null {
  const unwritable = Object.keys(values).filter((name) => {
    const field = org.field(object, name);
    return field && !(record ? field.updateable : field.createable);
  });
  if (unwritable.length > 0) {
    const message = `Unable to create/update fields: ${unwritable.join(', ')}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.`;
    return { code: 'INVALID_FIELD_FOR_INSERT_UPDATE', message, fields: unwritable };
  }
  for (const [name, value] of Object.entries(values)) {
    const problem = problemOfValue(object, name, value, record, org);
    if (problem) return problem;
  }
  const missing = org.fields[object]?.filter(
    ({ name, nillable, createable, defaultedOnCreate }) =>
      createable && !nillable && !defaultedOnCreate && isBlank(values[name] ?? record?.[name]),
  );
  if (missing && missing.length > 0) {
    const names = missing.map(({ name }) => name);
    return {
      code: 'REQUIRED_FIELD_MISSING',
      message: `Required fields are missing: [${names.join(', ')}]`,
      fields: names,
    };
  }
  return object === 'CampaignMember' ? problemOfMember(values, record, org) : null;
}

function problemOfValue(
  object: string,
  name: string,
  value: unknown,
  record: SalesforceRecord | null,
  org: Org,
): Problem | null {
  const field = org.field(object, name);
  if (!field || isBlank(value)) return null;
  const text = String(value);
  if (field.length > 0 && text.length > field.length) {
    const message = `${field.label}: data value too large: ${text} (max length=${field.length})`;
    return { code: 'STRING_TOO_LONG', message, fields: [name] };
  }
  if (field.type === 'email' && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text)) {
    return { code: 'INVALID_EMAIL_ADDRESS', message: `${field.label}: invalid email address: ${text}`, fields: [name] };
  }
  if (field.restrictedPicklist && !field.picklistValues.some((one) => one.value === text)) {
    const message = `${field.label}: bad value for restricted picklist field: ${text}`;
    return { code: 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', message, fields: [name] };
  }
  const holder =
    field.unique &&
    org.all(object).find((one) => one !== record && String(one[field.name] ?? '').toLowerCase() === text.toLowerCase());
  if (holder) {
    const message = `duplicate value found: ${name} duplicates value on record with id: ${holder.Id}`;
    return { code: 'DUPLICATE_VALUE', message, fields: [] };
  }
  return null;
}

function problemOfMember(values: Record<string, unknown>, record: SalesforceRecord | null, org: Org): Problem | null {
  const { CampaignId, LeadId, ContactId, Status } = { ...record, ...values } as Record<string, string | undefined>;
  const campaign = org.find('Campaign', CampaignId ?? '');
  if (!campaign) {
    return org.wasDeleted(CampaignId ?? '')
      ? { code: 'ENTITY_IS_DELETED', message: 'entity is deleted', fields: ['CampaignId'] }
      : { code: 'INVALID_CROSS_REFERENCE_KEY', message: 'invalid cross reference id', fields: ['CampaignId'] };
  }
  const lead = LeadId ? org.find('Lead', LeadId) : null;
  if (lead?.IsConverted === true && !record) {
    return { code: 'CANNOT_UPDATE_CONVERTED_LEAD', message: 'cannot reference converted lead', fields: [] };
  }
  if (!lead && !(ContactId && org.find('Contact', ContactId))) {
    const fields = [LeadId ? 'LeadId' : 'ContactId'];
    return { code: 'INVALID_CROSS_REFERENCE_KEY', message: 'invalid cross reference id', fields };
  }
  const statuses = org.all('CampaignMemberStatus').filter((one) => one.CampaignId === campaign.Id);
  if (Status && !statuses.some(({ Label }) => Label === Status)) {
    const message = `Status: bad value for restricted picklist field: ${Status}`;
    return { code: 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', message, fields: ['Status'] };
  }
  const isMember = org
    .all('CampaignMember')
    .some(
      (member) =>
        member !== record &&
        member.CampaignId === campaign.Id &&
        (LeadId ? member.LeadId === LeadId : member.ContactId === ContactId),
    );
  return isMember ? { code: 'DUPLICATE_VALUE', message: 'Already a campaign member.', fields: [] } : null;
}

function defaultsOf(object: string, values: Record<string, unknown>, org: Org): Record<string, unknown> {
  if (object !== 'CampaignMember') return {};
  const statuses = org.all('CampaignMemberStatus').filter(({ CampaignId }) => CampaignId === values.CampaignId);
  return { Status: statuses.find(({ IsDefault }) => IsDefault === true)?.Label ?? null };
}

const isBlank = (value: unknown): boolean => value === undefined || value === null || value === '';

const numberTypes = ['int', 'double', 'currency', 'percent'];

/** Text where a number or a truth is expected is read as one. */
function typedValue(org: Org, object: string, name: string, value: unknown): unknown {
  const type = org.field(object, name)?.type ?? '';
  if (isBlank(value)) return null;
  if (numberTypes.includes(type)) return Number(value);
  return type === 'boolean' ? String(value) === 'true' : value;
}

/** What makes the whole call unreadable: a field that does not exist, or a value of the wrong type. */
export function unreadable(object: string, values: Record<string, unknown>, org: Org): Problem | null {
  if (!org.fields[object]) return { code: 'INVALID_TYPE', message: `sObject type '${object}' is not supported.` };
  for (const [name, value] of Object.entries(values)) {
    if (['attributes', 'id', 'Id'].includes(name)) continue;
    const field = org.field(object, name);
    if (!field) return { code: 'INVALID_FIELD', message: `No such column '${name}' on sobject of type ${object}` };
    const type = numberTypes.includes(field.type) ? 'double' : field.type;
    const fits =
      type === 'double' ? Number.isFinite(Number(value)) : type !== 'boolean' || /^(true|false)$/.test(String(value));
    if (!isBlank(value) && !fits) {
      const message = `Cannot deserialize instance of ${type} from VALUE_STRING value ${String(value)} or request may be missing a required field at [line:1, column:2]`;
      return { code: 'JSON_PARSER_ERROR', message };
    }
  }
  return null;
}
