import { z } from 'zod';
import type { RemoteField } from '../../../domain/mapping.ts';
import type { Stopped } from '../connector.ts';
import { notUnderstood } from '../rest/call.ts';
import { call, dataPath, name, refusalOf, type SalesforceSession } from './api.ts';

const flag = z.boolean().nullish().catch(null);
const field = z.object({
  name: z.string(),
  label: z.string().nullish().catch(null),
  type: z.string().nullish().catch(null),
  length: z.number().nullish().catch(null),
  nillable: flag,
  defaultedOnCreate: flag,
  createable: flag,
  updateable: flag,
  unique: flag,
  externalId: flag,
  idLookup: flag,
  restrictedPicklist: flag,
  picklistValues: z
    .array(z.object({ value: z.string(), active: flag }))
    .nullish()
    .catch(null),
});
type DescribedField = z.output<typeof field>;
const described = z.object({ fields: z.array(field) });

/** Descriptions of leads with hundreds of fields and long picklists are of several megabytes. */
const answerBytesMax = 16_000_000;

/** The fields of leads, as the user sees them: field-level security hides what the user may not read. */
export async function readFields(
  session: SalesforceSession,
): Promise<{ kind: 'fields'; fields: DescribedField[] } | { kind: 'stopped'; answer: Stopped }> {
  const reply = await call(session, { method: 'GET', path: `${dataPath}/sobjects/Lead/describe`, answerBytesMax });
  if (reply.kind === 'stopped') return reply;
  const { response } = reply;
  if (response.status >= 300) return { kind: 'stopped', answer: refusalOf(response, session) };
  const read = described.safeParse(response.body).data;
  if (!read) return { kind: 'stopped', answer: notUnderstood(name, session, response) };
  return { kind: 'fields', fields: read.fields };
}

export const isNumberType = (type: string): boolean => /^(int|long|double|currency|percent)$/.test(type);

const textTypes = /^(string|textarea|email|phone|url|encryptedstring|combobox)$/;

/** Source: Salesforce REST API "sObject Describe", read 2026-11. */
export function remoteFieldOf(read: DescribedField): RemoteField {
  const { createable, updateable, nillable, defaultedOnCreate, restrictedPicklist } = read;
  const type = read.type ?? 'string';
  const isPicklist = type === 'picklist' || type === 'multipicklist';
  const options = (read.picklistValues ?? []).filter(({ active }) => active !== false).map(({ value }) => value);
  return {
    name: read.name,
    label: read.label ?? read.name,
    type,
    required: createable === true && nillable === false && defaultedOnCreate !== true && type !== 'boolean',
    readOnly: createable === false && updateable === false,
    maxLength: textTypes.test(type) && read.length ? read.length : null,
    options: isPicklist && options.length > 0 ? options : null,
    ...(isPicklist && { multiple: type === 'multipicklist' }),
    ...(isPicklist && restrictedPicklist === false && { open: true }),
    ...(isKey(read) && { key: true }),
  };
}

/** By which a record is written or created in one step. E-mail addresses can be looked up by, and are not unique. */
const isKey = ({ unique, externalId, idLookup, createable }: DescribedField): boolean =>
  unique === true && (externalId === true || idLookup === true) && createable !== false;
