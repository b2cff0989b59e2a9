import type { Mapping, RemoteField } from './mapping-query.ts';

/** What the vendor's fields, as they were read last, say against a mapping that is saved: they may have changed since. Null: nothing. */
export function problemOfMapping(
  { source, remoteField, values }: Mapping,
  fields: readonly RemoteField[],
): string | null {
  if (fields.length === 0) return null;
  const field = fields.find(({ name }) => name === remoteField);
  if (!field) {
    return `The vendor has no field ${remoteField} any more: leads with a value for it fail. Choose another one, or read the fields again.`;
  }
  if (field.readOnly) return `The field ${remoteField} can not be written any more: choose another one.`;
  const options = strictOptionsOf(field);
  if (!options || !source.startsWith('qualifier:')) return null;
  const gone = values.filter(({ remoteValue }) => !options.includes(remoteValue));
  if (gone.length === 0) return null;
  return `${gone.map(({ remoteValue }) => `“${remoteValue}”`).join(', ')} ${gone.length === 1 ? 'is' : 'are'} no option of ${field.label} any more.`;
}

/** The only values that the field takes; null: others as well, or it is no picklist. */
export const strictOptionsOf = (field: RemoteField | undefined): readonly string[] | null =>
  field?.open ? null : (field?.options ?? null);
