import { z } from 'zod';
import type { RemoteField } from '../../../domain/mapping.ts';
import type { Stopped } from '../connector.ts';
import { notUnderstood } from '../rest/call.ts';
import { call, type HubspotSession } from './api.ts';
import { pathsOf } from './paths.ts';
import { name } from './stops.ts';

const property = z.object({
  name: z.string(),
  label: z.string().nullish(),
  type: z.string().nullish(),
  fieldType: z.string().nullish(),
  options: z.array(z.object({ value: z.string(), hidden: z.boolean().nullish() })).nullish(),
  hidden: z.boolean().nullish(),
  calculated: z.boolean().nullish(),
  archived: z.boolean().nullish(),
  externalOptions: z.boolean().nullish(),
  modificationMetadata: z.object({ readOnlyValue: z.boolean().nullish() }).nullish(),
});
const properties = z.object({ results: z.array(property) });

/** The account's contact properties. HubSpot tells no length and nothing of what is required but by rules that can not be read. */
export async function describeContacts(
  session: HubspotSession,
): Promise<{ kind: 'fields'; fields: RemoteField[] } | { kind: 'stopped'; answer: Stopped }> {
  const reply = await call(session, { method: 'GET', path: pathsOf(session).properties });
  if (reply.kind === 'stopped') return reply;
  const read = properties.safeParse(reply.response.body).data;
  if (!read) return { kind: 'stopped', answer: notUnderstood(name, session, reply.response) };
  const shown = read.results.filter(({ archived, hidden }) => !archived && !hidden);
  return { kind: 'fields', fields: shown.map(fieldOf) };
}

function fieldOf(read: z.output<typeof property>): RemoteField {
  const isPicklist = read.type === 'enumeration' && !read.externalOptions;
  const options = (read.options ?? []).filter(({ hidden }) => !hidden).map(({ value }) => value);
  return {
    name: read.name,
    label: read.label ?? read.name,
    type: read.type ?? 'string',
    required: read.name === 'email', // the key of every push
    readOnly: read.calculated === true || read.modificationMetadata?.readOnlyValue === true,
    maxLength: read.type === 'string' ? 65_536 : null,
    options: isPicklist && options.length > 0 ? options : null,
    ...(isPicklist && read.fieldType && { multiple: read.fieldType === 'checkbox' }),
  };
}
