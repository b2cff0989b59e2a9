import { z } from 'zod';
import type { RemoteField } from '../../../domain/mapping.ts';
import type { Stopped } from '../connector.ts';
import { notUnderstood } from '../rest/call.ts';
import { call, name, objectsPath, type PardotSession } from './api.ts';
import { standardFields } from './standard-fields.ts';

const customField = z.object({
  name: z.string().nullish(),
  fieldId: z.string(),
  type: z.string().nullish(),
  isRequired: z.boolean().nullish().catch(null),
});
const customFields = z.object({
  values: z.array(customField.nullable().catch(null)),
  nextPageToken: z.string().nullish().catch(null),
});

export type FieldsAnswer = { kind: 'fields'; fields: RemoteField[] } | { kind: 'stopped'; answer: Stopped };

const query = `${objectsPath}/custom-fields?fields=id,name,fieldId,type,isRequired`;
const pagesMax = 50;

/**
 * The fields that every account has, and the custom ones. Reading those needs the ability "Configure Fields", which many API users lack: then
 * only the others are described. Account Engagement tells no options and no lengths.
 */
export async function describeProspects(session: PardotSession): Promise<FieldsAnswer> {
  const fields = [...standardFields];
  let token: string | null = null;
  for (let page = 0; page < pagesMax; page++) {
    const path: string = token === null ? query : `${query}&nextPageToken=${encodeURIComponent(token)}`;
    const reply = await call(session, { method: 'GET', path }, true);
    if (reply.kind === 'stopped') return reply;
    if (reply.fault) return { kind: 'fields', fields };
    const read = customFields.safeParse(reply.response.body).data;
    if (!read) return { kind: 'stopped', answer: notUnderstood(name, session, reply.response) };
    fields.push(...read.values.flatMap((field) => (field ? fieldOf(field) : [])));
    if (!read.nextPageToken || read.nextPageToken === token) break;
    token = read.nextPageToken;
  }
  return { kind: 'fields', fields: [...new Map(fields.map((field) => [field.name, field])).values()] };
}

const customName = /__c$/;

function fieldOf({ fieldId, name: label, type, isRequired }: z.output<typeof customField>): RemoteField {
  return {
    name: customName.test(fieldId) ? fieldId : `${fieldId}__c`,
    label: label || fieldId,
    type: type || 'text',
    required: isRequired === true,
    readOnly: false,
    maxLength: null,
    options: null,
  };
}

/** Whether the account may have a field that was not described: a custom one, where none could be read. */
export const mayHave = (field: string, described: readonly RemoteField[]): boolean =>
  customName.test(field) && !described.some(({ name: known }) => customName.test(known));
