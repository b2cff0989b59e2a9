import type { SyncErrorData } from './error-categories.ts';
import type { FieldMapping, RemoteField } from './mapping.ts';

/**
 * The vendor refused a value of a field that has options. Where it is the answer to a qualifier, it is the answer that has to be mapped to an
 * option, and the error says so. `optionCodes`: the vendor's codes for it, which count also where the field's options are not known.
 */
export function asRefusedOption(
  error: SyncErrorData,
  mappings: readonly FieldMapping[],
  fields: readonly RemoteField[],
  optionCodes: readonly string[],
): SyncErrorData {
  if (error.category !== 'DATA_VALUE_VALIDATION' || error.remoteField === null) return error;
  const mapping = mappings.find(({ remoteField }) => remoteField === error.remoteField);
  if (!mapping?.source.startsWith('qualifier:')) return error;
  const options = fields.find(({ name }) => name === error.remoteField)?.options ?? [];
  const isOption = options.length > 0 || optionCodes.includes(error.vendorCode ?? '');
  return isOption ? { ...error, category: 'NO_TAG_MAPPING' } : error;
}
