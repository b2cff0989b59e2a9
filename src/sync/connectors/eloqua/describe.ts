import { z } from 'zod';
import type { RemoteField } from '../../../domain/mapping.ts';
import type { Stopped } from '../connector.ts';
import { notUnderstood } from '../rest/call.ts';
import { assetsPath, bulkPath, call, type EloquaSession, name } from './api.ts';
import { emailField } from './definitions.ts';

const pageSize = 1_000;
const pagesMax = 10;
/** Lists of options that are read, at most. */
const listsMax = 100;
const listsAtOnce = 4;

const flag = z.union([z.boolean(), z.stringbool()]).nullish().catch(null);
const text = z.union([z.string(), z.number()]).transform(String).nullish().catch(null);

const bulkField = z.object({
  internalName: z.string(),
  name: text,
  dataType: text,
  hasReadOnlyConstraint: flag,
  hasNotNullConstraint: flag,
  maxLength: z.coerce.number().positive().nullish().catch(null),
  uri: text,
});
export type BulkField = z.output<typeof bulkField>;
const bulkFields = z.object({
  items: z.array(bulkField.nullable().catch(null)),
  hasMore: z.boolean().nullish().catch(null),
});

export type FieldsAnswer = { kind: 'fields'; fields: BulkField[] } | { kind: 'stopped'; answer: Stopped };

/** The contact fields of the site, as the bulk API writes them. */
export async function readFields(session: EloquaSession): Promise<FieldsAnswer> {
  const fields: BulkField[] = [];
  for (let pages = 0; pages < pagesMax; pages++) {
    const offset = pages === 0 ? '' : `&offset=${pages * pageSize}`;
    const path = `${bulkPath}/contacts/fields?limit=${pageSize}${offset}`;
    const reply = await call(session, { method: 'GET', path, uncounted: true, answerBytesMax: 10_000_000 });
    if (reply.kind === 'stopped') return reply;
    const read = bulkFields.safeParse(reply.response.body).data;
    if (reply.response.status >= 400 || !read) {
      return { kind: 'stopped', answer: notUnderstood(name, session, reply.response) };
    }
    fields.push(...read.items.filter((field) => field !== null));
    if (!read.hasMore || read.items.length === 0) break;
  }
  return { kind: 'fields', fields };
}

/** What the REST API tells besides of a field. */
interface Picklist {
  options: string[];
  /** Null: it does not say. */
  multiple: boolean | null;
}

/**
 * The site's contact fields with their options. Options come from another API, whose answers are not documented in full: where they can not be
 * read, fields have none, and any text goes.
 */
export async function describeContacts(
  session: EloquaSession,
): Promise<{ kind: 'fields'; fields: RemoteField[] } | { kind: 'stopped'; answer: Stopped }> {
  const answer = await readFields(session);
  if (answer.kind === 'stopped') return answer;
  const picklists = await readPicklists(session);
  return { kind: 'fields', fields: answer.fields.map((field) => fieldOf(field, picklists.get(field.internalName))) };
}

const numberTypes = new Set(['number', 'numeric', 'integer', 'decimal', 'double', 'float']);

function fieldOf(read: BulkField, picklist: Picklist | undefined): RemoteField {
  const type = read.dataType ?? 'string';
  return {
    name: read.internalName,
    label: read.name ?? read.internalName,
    type: numberTypes.has(type.toLowerCase()) ? 'number' : type,
    required: read.internalName === emailField || read.hasNotNullConstraint === true,
    readOnly: read.hasReadOnlyConstraint === true,
    maxLength: read.maxLength ?? null,
    options: picklist && picklist.options.length > 0 ? picklist.options : null,
    ...(picklist && picklist.multiple !== null && { multiple: picklist.multiple }),
  };
}

const assetField = z.object({ internalName: z.string(), optionListId: text, displayType: text });
const assetFields = z.object({ elements: z.array(assetField.nullable().catch(null)) });
const option = z.object({ value: text, displayName: text });
const optionList = z.object({ elements: z.array(option.nullable().catch(null)) });

/** By internal name of the field; empty where nothing can be read. */
async function readPicklists(session: EloquaSession): Promise<Map<string, Picklist>> {
  const fields = assetFields.safeParse(
    await readAsset(session, `contact/fields?depth=complete&count=${pageSize}`),
  ).data;
  const withList = (fields?.elements ?? []).filter((field) => field?.optionListId).filter((field) => field !== null);
  const ids = [...new Set(withList.map(({ optionListId }) => optionListId ?? ''))].slice(0, listsMax);
  const optionsById = new Map<string, string[]>();
  for (let first = 0; first < ids.length; first += listsAtOnce) {
    const some = ids.slice(first, first + listsAtOnce);
    const lists = await Promise.all(some.map((id) => readAsset(session, `optionList/${encodeURIComponent(id)}`)));
    for (const [index, id] of some.entries()) optionsById.set(id, optionsOf(lists[index]));
  }
  return new Map(
    withList.map(({ internalName, optionListId, displayType }) => [
      internalName,
      {
        options: optionsById.get(optionListId ?? '') ?? [],
        multiple: displayType ? /multi/i.test(displayType) : null,
      },
    ]),
  );
}

/** The "please select" of forms has no value. */
function optionsOf(body: unknown): string[] {
  const elements = optionList.safeParse(body).data?.elements ?? [];
  return elements.flatMap((one) => (one?.value ?? one?.displayName) || []);
}

/** Null: it can't be read. */
async function readAsset(session: EloquaSession, path: string): Promise<unknown> {
  const reply = await call(session, {
    method: 'GET',
    path: `${assetsPath}/${path}`,
    uncounted: true,
    answerBytesMax: 10_000_000,
  });
  return reply.kind === 'response' && reply.response.status < 400 ? reply.response.body : null;
}
