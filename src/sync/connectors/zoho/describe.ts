import { z } from 'zod';
import type { RemoteField } from '../../../domain/mapping.ts';
import type { Stopped } from '../connector.ts';
import { notUnderstood } from '../rest/call.ts';
import { call, name, refusalOf, version, type ZohoSession } from './api.ts';

const flag = z.boolean().nullish().catch(null);
const id = z.union([z.number(), z.string()]).transform(String);
const option = z.object({
  actual_value: z.string().nullish(),
  display_value: z.string().nullish(),
  type: z.string().nullish(),
});
const zohoField = z.object({
  id: id.nullish().catch(null),
  api_name: z.string(),
  field_label: z.string().nullish(),
  data_type: z.string().nullish(),
  json_type: z.string().nullish(),
  length: z.coerce.number().nullish().catch(null),
  system_mandatory: flag,
  read_only: flag,
  field_read_only: flag,
  operation_type: z.object({ api_create: flag, api_update: flag }).nullish().catch(null),
  pick_list_values: z.array(option).nullish().catch(null),
  visible: flag,
});
const zohoFields = z.object({ fields: z.array(zohoField) });
export type ZohoField = z.output<typeof zohoField>;

/** Descriptions of large organizations are long. */
const settingsBytesMax = 16_000_000;

/** The fields of a module as Zoho tells them. Source: Zoho CRM v8 "Field metadata", read 2026-11. */
export async function readFields(
  module: 'Leads' | 'Campaigns',
  session: ZohoSession,
): Promise<{ kind: 'fields'; fields: ZohoField[] } | { kind: 'stopped'; answer: Stopped }> {
  const path = `${version}/settings/fields?module=${module}`;
  const reply = await call(session, { method: 'GET', path, answerBytesMax: settingsBytesMax });
  if (reply.kind === 'stopped') return reply;
  const { response } = reply;
  if (response.status === 204) return { kind: 'fields', fields: [] };
  if (response.status >= 400) return { kind: 'stopped', answer: refusalOf(response, session) };
  const read = zohoFields.safeParse(response.body).data;
  return read
    ? { kind: 'fields', fields: read.fields }
    : { kind: 'stopped', answer: notUnderstood(name, session, response) };
}

/** The organization's lead fields. */
export async function describeLeads(
  session: ZohoSession,
): Promise<{ kind: 'described'; fields: RemoteField[]; read: ZohoField[] } | { kind: 'stopped'; answer: Stopped }> {
  const answer = await readFields('Leads', session);
  if (answer.kind === 'stopped') return answer;
  const required = await requiredByLayouts(session);
  if (required.kind === 'stopped') return required;
  const shown = answer.fields.filter(({ visible }) => visible !== false);
  const fields = shown.map((field) => fieldOf(field, required.names.has(field.api_name)));
  return { kind: 'described', fields, read: answer.fields };
}

const layouts = z.object({
  layouts: z.array(
    z.object({
      status: z.union([z.string(), z.number()]).nullish().catch(null),
      visible: flag,
      sections: z
        .array(z.object({ fields: z.array(z.object({ api_name: z.string(), required: flag })).nullish() }))
        .nullish(),
    }),
  ),
});

/** What every layout in use requires. An account that may not read layouts does not tell it. */
async function requiredByLayouts(
  session: ZohoSession,
): Promise<{ kind: 'names'; names: ReadonlySet<string> } | { kind: 'stopped'; answer: Stopped }> {
  const reply = await call(
    session,
    { method: 'GET', path: `${version}/settings/layouts?module=Leads`, answerBytesMax: settingsBytesMax },
    ({ status }) => status >= 400 && status < 500 && status !== 429,
  );
  if (reply.kind === 'stopped') return reply;
  const read = layouts.safeParse(reply.response.body).data?.layouts ?? [];
  const inUse = read.filter(({ status, visible }) => visible !== false && status !== 'inactive');
  const each = inUse.map(({ sections }) => {
    const fields = (sections ?? []).flatMap((section) => section.fields ?? []);
    return new Set(fields.filter(({ required }) => required === true).map((field) => field.api_name));
  });
  const [first = new Set<string>(), ...others] = each;
  return { kind: 'names', names: new Set([...first].filter((field) => others.every((one) => one.has(field)))) };
}

/** Types whose values have the length that is told for them. */
const textTypes = new Set(['text', 'textarea', 'email', 'phone', 'website', 'string']);

function fieldOf(read: ZohoField, requiredByLayout: boolean): RemoteField {
  const type = read.data_type ?? 'text';
  const options = optionsOf(read);
  return {
    name: read.api_name,
    label: read.field_label ?? read.api_name,
    type,
    required: read.api_name === 'Email' || read.system_mandatory === true || requiredByLayout, // Email: the key of every push
    readOnly: isReadOnly(read),
    maxLength: textTypes.has(type) && read.length ? read.length : null,
    options,
    ...(options && { multiple: type === 'multiselectpicklist' || read.json_type === 'jsonarray' }),
    ...(read.json_type && { jsonType: read.json_type }),
  };
}

const isReadOnly = ({ read_only, field_read_only, operation_type: allowed }: ZohoField): boolean =>
  read_only === true || field_read_only === true || (allowed?.api_create === false && allowed.api_update === false);

/** Values as the API takes them. The blank choice of every picklist is none of them. */
export function optionsOf({ pick_list_values: values }: ZohoField): string[] | null {
  const told = (values ?? []).filter(({ type }) => type !== 'unused');
  const options = told.flatMap((one) => one.actual_value ?? one.display_value ?? []);
  const chosen = options.filter((value) => value !== '-None-');
  return chosen.length > 0 ? chosen : null;
}
