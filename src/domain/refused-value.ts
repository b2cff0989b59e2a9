import type { SyncErrorData } from './error-categories.ts';
import type { LeadData } from './lead.ts';
import { type FieldMapping, parseSource } from './mapping.ts';

/** Most characters that are kept of a value that was refused. */
const refusedValueMax = 200;

/**
 * The lead's value that a refusal is about: what was to go into the field it names, or the answer that has no option there. Null: it names no
 * field, or the lead has no value for it.
 */
export function refusedValueOf(
  error: SyncErrorData,
  lead: LeadData,
  mappings: readonly FieldMapping[],
  values: Readonly<Record<string, string>>,
): string | null {
  if (error.remoteField === null) return null;
  const value =
    error.category === 'NO_TAG_MAPPING'
      ? (unmappedAnswer(lead, mappings, error.remoteField) ?? values[error.remoteField])
      : values[error.remoteField];
  return value?.slice(0, refusedValueMax).toWellFormed() || null;
}

function unmappedAnswer(lead: LeadData, mappings: readonly FieldMapping[], remoteField: string): string | null {
  for (const mapping of mappings.filter((one) => one.remoteField === remoteField)) {
    const source = parseSource(mapping.source);
    if (source?.kind !== 'qualifier') continue;
    const answers = lead.qualifiers.find(({ name }) => name === source.name)?.values ?? [];
    const unmapped = answers.find((answer) => answer.trim() && !mapping.values.some(({ value }) => value === answer));
    if (unmapped !== undefined) return unmapped;
  }
  return null;
}
