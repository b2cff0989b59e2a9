import type { SyncErrorData } from './error-categories.ts';
import type { FieldMapping, RemoteField } from './mapping.ts';

/** Types whose values are numbers; other types are taken as text and left to the vendor. */
const numberTypes = new Set(['integer', 'float', 'percent', 'currency', 'score', 'number', 'double', 'int']);

/** What the vendor's own description of a field says against a value, before any call; null: nothing. `field` undefined: there is no such field. */
export function problemOfValue(
  mapping: FieldMapping,
  field: RemoteField | undefined,
  value: string,
): SyncErrorData | null {
  const name = mapping.remoteField;
  if (!field) return problem('MISSING_REMOTE_FIELD', `The field ${name} does not exist at the vendor.`, name);
  if (field.readOnly) return problem('MISSING_REMOTE_FIELD', `The field ${name} can't be written at the vendor.`, name);
  if (field.maxLength !== null && [...value].length > field.maxLength) {
    return problem(
      'DATA_VALUE_VALIDATION',
      `The value for ${name} is longer than the ${field.maxLength} characters that the vendor takes.`,
      name,
    );
  }
  if (numberTypes.has(field.type.toLowerCase()) && !Number.isFinite(Number(value))) {
    return problem(
      'DATA_VALUE_VALIDATION',
      `The value for ${name} is no number, which the vendor expects there.`,
      name,
    );
  }
  if (
    field.options !== null &&
    field.options.length > 0 &&
    field.open !== true &&
    !value.split(';').every((part) => field.options?.includes(part) || field.optionIds?.includes(part))
  ) {
    return problem(ofOptions(mapping), `The value for ${name} is none of the options that the vendor has there.`, name);
  }
  if (field.options !== null && field.multiple === false && value.includes(';')) {
    return problem(
      ofOptions(mapping),
      `The lead has several values for ${name}, and the vendor takes one there.`,
      name,
    );
  }
  return null;
}

const ofOptions = ({ source }: FieldMapping) =>
  source.startsWith('qualifier:') ? 'NO_TAG_MAPPING' : 'DATA_VALUE_VALIDATION';

function problem(category: SyncErrorData['category'], message: string, remoteField: string): SyncErrorData {
  return { category, message, vendorCode: null, vendorMessage: null, remoteField };
}
