import { z } from 'zod';
import type { RemoteField } from '../../../domain/mapping.ts';
import type { Stopped } from '../connector.ts';
import { notUnderstood } from '../rest/call.ts';
import { call, errorOf, name, type PipedriveSession } from './api.ts';
import { nameOfField, standardTypes } from './field-names.ts';

const id = z.union([z.number(), z.string()]).transform(String);
const described = z.object({
  field_code: z.string(),
  field_name: z.string().nullish().catch(null),
  field_type: z.string().nullish().catch(null),
  is_custom_field: z.boolean().nullish().catch(null),
  options: z
    .array(z.object({ id, label: z.string().nullish() }))
    .nullish()
    .catch(null),
  required_fields: z.object({ enabled: z.boolean() }).nullish().catch(null),
});
const page = z.object({
  data: z.array(described.nullable().catch(null)),
  additional_data: z.object({ next_cursor: z.string().nullish() }).nullish().catch(null),
});

const pageMax = 500;
const pagesMax = 20;

export type FieldsAnswer = { kind: 'fields'; fields: RemoteField[] } | { kind: 'stopped'; answer: Stopped };

/** The fields of persons. Pipedrive tells no lengths; those of its own documentation are taken. */
export async function describePersons(session: PipedriveSession): Promise<FieldsAnswer> {
  const fields = new Map<string, RemoteField>();
  let cursor: string | null = null;
  for (let pages = 0; pages < pagesMax; pages++) {
    const query = new URLSearchParams({ limit: String(pageMax), ...(cursor !== null && { cursor }) });
    const reply = await call(session, { method: 'GET', path: `/api/v2/personFields?${query}`, costs: 'list' });
    if (reply.kind === 'stopped') return reply;
    if (reply.kind === 'refused') {
      return { kind: 'stopped', answer: { kind: 'refused', error: errorOf(reply.error, session) } };
    }
    const read = page.safeParse(reply.response.body).data;
    if (!read) return { kind: 'stopped', answer: notUnderstood(name, session, reply.response) };
    for (const one of read.data) {
      const field = one && fieldOf(one);
      if (field) fields.set(field.name, field);
    }
    cursor = read.additional_data?.next_cursor ?? null;
    if (cursor === null) break;
  }
  for (const field of everywhere) if (!fields.has(field.name)) fields.set(field.name, field);
  return { kind: 'fields', fields: [...fields.values()] };
}

const writableTypes = new Set(
  'int double boolean varchar varchar_auto text phone date daterange time timerange enum set address monetary user org people'.split(
    ' ',
  ),
);

function fieldOf({
  field_code: code,
  is_custom_field: isCustom,
  options,
  ...read
}: z.output<typeof described>): RemoteField {
  const own = nameOfField(code);
  const type = read.field_type ?? standardTypes[own] ?? 'varchar';
  const isStandard = own in standardTypes;
  const hasOptions = options !== undefined && options !== null && options.length > 0;
  return {
    name: own,
    label: read.field_name ?? own,
    type,
    required: own === 'emails' || read.required_fields?.enabled === true, // the key of every push; a name is always sent
    readOnly: !isStandard && !(isCustom !== false && writableTypes.has(type)),
    maxLength: /^(varchar|varchar_auto|phone)$/.test(type) ? 255 : null,
    options: hasOptions ? options.map((option) => option.label ?? option.id) : null,
    ...(hasOptions && { optionIds: options.map((option) => option.id), multiple: type === 'set' }),
  };
}

/** What every account has, whether or not it is told. First and last name are parts of the name, which they are put together to. */
const everywhere: RemoteField[] = (
  [
    ['name', 'Name'],
    ['first_name', 'First name'],
    ['last_name', 'Last name'],
    ['emails', 'Email'],
    ['phones', 'Phone'],
  ] as const
).map(([code, label]) =>
  fieldOf({
    field_code: code,
    field_name: label,
    field_type: standardTypes[code],
    is_custom_field: false,
    options: null,
  }),
);
