import type { SalesforceSession } from './api.ts';
import { idKeyOf, type QueriedRecord, type QueryAnswer, type Selection, select, textIn } from './query.ts';

/** Longest list of fields of one query; what is left of an address is for the keys. */
const fieldCharactersMax = 6_000;

/**
 * Records with all the fields, in as many queries as it takes: a long list of fields is asked for in parts, each with the `fixed` ones. Without keys
 * nothing is asked.
 */
export async function readRecords(
  session: SalesforceSession,
  { fixed, fields, ...selection }: Selection & { fixed: readonly string[] },
): Promise<QueryAnswer> {
  if (selection.keys.length === 0) return { kind: 'records', records: [] };
  const byId = new Map<string, QueriedRecord>();
  for (const part of partsOf(fields.filter((field) => !fixed.includes(field)))) {
    const answer = await select(session, { ...selection, fields: [...fixed, ...part] });
    if (answer.kind === 'stopped') return answer;
    for (const record of answer.records) {
      const key = idKeyOf(textIn(record, 'Id') ?? '');
      if (key) byId.set(key, { ...byId.get(key), ...record });
    }
  }
  return { kind: 'records', records: [...byId.values()] };
}

/** At least one, which may be empty. */
function partsOf(fields: readonly string[]): string[][] {
  const parts: string[][] = [[]];
  let characters = 0;
  for (const field of fields) {
    if (characters + field.length + 1 > fieldCharactersMax) {
      parts.push([]);
      characters = 0;
    }
    parts.at(-1)?.push(field);
    characters += field.length + 1;
  }
  return parts;
}
