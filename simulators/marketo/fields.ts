export interface MarketoField {
  name: string;
  displayName: string;
  dataType: string;
  length?: number;
  updateable: boolean;
  /** Values that the field takes; Marketo does not tell them in its metadata. */
  allowedValues?: string[];
}

const text = (name: string, displayName: string, dataType = 'string', length = 255): MarketoField => ({
  name,
  displayName,
  dataType,
  length,
  updateable: true,
});

/** What every subscription has, and a few custom fields as customers make them. */
export const standardFields: MarketoField[] = [
  { name: 'id', displayName: 'Id', dataType: 'integer', updateable: false },
  text('email', 'Email Address', 'email'),
  text('firstName', 'First Name'),
  text('lastName', 'Last Name'),
  text('company', 'Company Name'),
  text('title', 'Job Title'),
  text('phone', 'Phone Number', 'phone'),
  text('website', 'Website', 'url'),
  text('leadSource', 'Person Source'),
  text('city', 'City'),
  text('country', 'Country'),
  { name: 'leadScore', displayName: 'Person Score', dataType: 'score', updateable: true },
  { name: 'unsubscribed', displayName: 'Unsubscribed', dataType: 'boolean', updateable: true },
  { name: 'dateOfBirth', displayName: 'Date of Birth', dataType: 'date', updateable: true },
  text('sluiceInterest', 'Interest'),
  text('sluiceNotes', 'Notes from the stand', 'text', 30_000),
  { name: 'createdAt', displayName: 'Created At', dataType: 'datetime', updateable: false },
  { name: 'updatedAt', displayName: 'Updated At', dataType: 'datetime', updateable: false },
];

/** One entry of `errors` or `reasons`. */
export interface Refusal {
  code: string;
  message: string;
}

/** What is wrong with one value; null: nothing. Unknown fields are told by the caller, at the level that is set. */
export function refusalOfValue(field: MarketoField, value: unknown): Refusal | null {
  if (value === null || value === '') return null;
  const words = String(value);
  if (!field.updateable) return { code: '1003', message: `Field '${field.name}' is not updateable` };
  if (field.length !== undefined && words.length > field.length) {
    return { code: '1077', message: `Value for field '${field.name}' exceeds max length` };
  }
  if (field.dataType === 'email' && !/^[\x21-\x7e]+@[\x21-\x7e]+$/.test(words)) {
    return { code: '1003', message: `Invalid value for field '${field.name}'` };
  }
  if (!(patternOfType[field.dataType]?.test(words) ?? true)) {
    return { code: '1001', message: `Invalid value for field '${field.name}'. Required of type '${field.dataType}'` };
  }
  if (field.allowedValues && !field.allowedValues.includes(words)) {
    return { code: '1003', message: `Invalid value for field '${field.name}'` };
  }
  return null;
}

const patternOfType: Record<string, RegExp> = {
  integer: /^-?\d+$/,
  score: /^-?\d+$/,
  float: /^-?\d+(\.\d+)?$/,
  currency: /^-?\d+(\.\d+)?$/,
  percent: /^-?\d+(\.\d+)?$/,
  boolean: /^(true|false|0|1|yes|no)$/i,
  date: /^\d{4}-\d{2}-\d{2}$/,
  datetime: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/,
};
