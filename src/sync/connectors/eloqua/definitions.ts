import type { ApiReply } from '../rest/call.ts';
import { bulkPath, call, type EloquaSession } from './api.ts';

/** The field by which Eloqua recognizes people. */
export const emailField = 'C_EmailAddress';

/** The most fields of a definition. Source: Oracle "Bulk API limits", read 2026-11. */
export const fieldsMax = 100;

/**
 * ifNewIsNotNull: a row's value replaces the contact's, and what a row lacks stays as it is. ifExistingIsNull: it is written only where the
 * contact has none, which Eloqua decides as it writes.
 */
export type UpdateRule = 'ifNewIsNotNull' | 'ifExistingIsNull';

export interface ImportShape {
  rule: UpdateRule;
  /** The address among them. */
  fields: readonly string[];
}

/** What an import is defined by. Definitions go after a day, and data that was staged but never synced after an hour. */
const definitionOf = ({ rule, fields }: ImportShape) => ({
  name: `Sluice ${rule}`,
  identifierFieldName: emailField,
  updateRule: rule,
  isSyncTriggeredOnImport: false,
  fields: Object.fromEntries(fields.map((field) => [field, `{{Contact.Field(${field})}}`])),
  autoDeleteDuration: 'P1D',
  dataRetentionDuration: 'PT1H',
});

const memoryKey = 'eloqua.definitions';

/** By shape, the definitions that nobody uses now. One with data staged takes all of it in its next sync, so each push has its own meanwhile. */
function freeDefinitions({ memory }: EloquaSession, shape: ImportShape): string[] {
  const known = (memory.get(memoryKey) as Map<string, string[]> | undefined) ?? new Map<string, string[]>();
  memory.set(memoryKey, known);
  const key = [shape.rule, ...shape.fields].join();
  const free = known.get(key) ?? [];
  known.set(key, free);
  return free;
}

export type DefinitionReply = { kind: 'known'; uri: string } | { kind: 'asked'; reply: ApiReply };

/** A definition for one push alone: one that was made before, or a new one, for which Eloqua's reply is to be read. */
export async function takeDefinition(session: EloquaSession, shape: ImportShape): Promise<DefinitionReply> {
  const uri = freeDefinitions(session, shape).pop();
  if (uri !== undefined) return { kind: 'known', uri };
  const body = definitionOf(shape);
  const reply = await call(session, {
    method: 'POST',
    path: `${bulkPath}/contacts/imports`,
    body,
    uncounted: true,
  });
  return { kind: 'asked', reply };
}

/** For the next push. Only when nothing is staged any more: with an outcome that is not known it is left to its time instead. */
export function giveBack(session: EloquaSession, shape: ImportShape, uri: string): void {
  freeDefinitions(session, shape).push(uri);
}

/** Eloqua does not have one of them any more, so neither the others. */
export function forgetDefinitions(session: EloquaSession, shape: ImportShape): void {
  freeDefinitions(session, shape).length = 0;
}
