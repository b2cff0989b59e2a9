import { z } from 'zod';
import type { RemoteField } from '../../../domain/mapping.ts';
import type { Stopped } from '../connector.ts';
import { call, type MarketoSession } from './session.ts';

export type FieldsAnswer = { kind: 'fields'; fields: RemoteField[] } | { kind: 'stopped'; answer: Stopped };

const described = z.object({
  displayName: z.string().nullish(),
  dataType: z.string().nullish(),
  length: z.number().nullish(),
});
const describe2Field = described.extend({ name: z.string(), updateable: z.boolean().nullish() });
const describe2 = z.object({ fields: z.array(describe2Field) });
const describeField = described.extend({
  rest: z.object({ name: z.string(), readOnly: z.boolean().nullish() }).nullish(),
});

/** The lead fields of the account, by describe2 or, in subscriptions without it, by describe. Neither tells picklists nor what is required. */
export async function describeLeads(session: MarketoSession): Promise<FieldsAnswer> {
  const reply = await call(session, { method: 'GET', path: '/rest/v1/leads/describe2.json' });
  if (reply.kind === 'body') {
    const found = describe2.safeParse(reply.body.result?.[0]).data;
    if (found)
      return {
        kind: 'fields',
        fields: found.fields.map((field) => toField(field.name, field, field.updateable === false)),
      };
  } else if (reply.answer.kind !== 'refused') {
    return reply;
  }
  const older = await call(session, { method: 'GET', path: '/rest/v1/leads/describe.json' });
  if (older.kind === 'stopped') return older;
  const fields = z.array(describeField).safeParse(older.body.result).data ?? [];
  return {
    kind: 'fields',
    fields: fields.flatMap((field) =>
      field.rest ? [toField(field.rest.name, field, field.rest.readOnly === true)] : [],
    ),
  };
}

function toField(name: string, field: z.infer<typeof described>, readOnly: boolean): RemoteField {
  return {
    name,
    label: field.displayName ?? name,
    type: field.dataType ?? 'string',
    required: name === 'email', // the key of every push
    readOnly,
    maxLength: field.length ?? null,
    options: null,
  };
}
