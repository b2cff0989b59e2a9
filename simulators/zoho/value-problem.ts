import type { ZohoField } from './fields.ts';

/** One thing that Zoho says is wrong with a record. */
export interface Problem {
  code: string;
  message: string;
  details: Record<string, unknown>;
}

/** What Zoho says against the values of a record; `path` is where it is in the call. Fields that it does not know are ignored without a word. */
export function problemsOfValues(
  values: Record<string, unknown>,
  fields: ReadonlyMap<string, ZohoField>,
  path: string,
): Problem[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const field = fields.get(name);
    if (!field || field.read_only || value === null) return [];
    const details = detailsOf(field, value);
    const at = { api_name: name, json_path: `${path}.${name}` };
    return details ? [{ code: 'INVALID_DATA', message: 'invalid data', details: { ...details, ...at } }] : [];
  });
}

/** Null: the field takes the value. */
function detailsOf(field: ZohoField, value: unknown): Record<string, unknown> | null {
  const wrong = { expected_data_type: field.data_type };
  switch (field.json_type) {
    case 'integer':
    case 'long':
      return Number.isSafeInteger(value) ? null : { expected_data_type: 'integer' };
    case 'double':
      return typeof value === 'number' ? null : { expected_data_type: 'double' };
    case 'boolean':
      return typeof value === 'boolean' ? null : wrong;
    case 'jsonarray':
      return Array.isArray(value) && value.every((one) => isOption(field, one))
        ? null
        : { expected_data_type: 'jsonarray' };
    case 'jsonobject':
      return value !== null && typeof value === 'object' && 'id' in value ? null : { expected_data_type: 'jsonobject' };
    case 'string':
      return problemOfText(field, value);
  }
}

function problemOfText(field: ZohoField, value: unknown): Record<string, unknown> | null {
  if (typeof value !== 'string') return { expected_data_type: 'text' };
  if (value.length > field.length) return { maximum_length: field.length };
  const patterns: Record<string, RegExp> = {
    email: /^[^\s@]+@[^\s@]+\.[^\s@]+$/,
    date: /^\d{4}-\d\d-\d\d$/,
    datetime: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/,
  };
  if (patterns[field.data_type]?.test(value) === false) return { expected_data_type: field.data_type };
  return field.data_type === 'picklist' && !isOption(field, value) ? {} : null;
}

const isOption = ({ pick_list_values: options }: ZohoField, value: unknown): boolean =>
  options.length === 0 || options.some((option) => option.actual_value === value);
