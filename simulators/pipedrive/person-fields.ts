import type { ApiAnswer } from '../api.ts';
import { pageOf, refused, succeeded } from './answers.ts';

export interface PipedriveField {
  field_code: string;
  field_name: string;
  field_type: string;
  is_custom_field: boolean;
  is_optional_response_field: boolean;
  options: { id: number; label: string }[] | null;
  subfields: null;
}

const pageMax = 500;

/** A field as Pipedrive describes it: custom ones have 40 hexadecimal digits for a code. */
export const fieldOf = (
  field_code: string,
  field_name: string,
  field_type: string,
  more: Partial<PipedriveField> = {},
): PipedriveField => ({
  field_code,
  field_name,
  field_type,
  is_custom_field: /^[0-9a-f]{40}$/.test(field_code),
  is_optional_response_field: false,
  options: null,
  subfields: null,
  ...more,
});

/** What every company has. job_title and its like come with Contact Sync only. */
export const standardFields: PipedriveField[] = [
  fieldOf('id', 'ID', 'int'),
  fieldOf('name', 'Name', 'varchar'),
  fieldOf('first_name', 'First name', 'varchar'),
  fieldOf('last_name', 'Last name', 'varchar'),
  fieldOf('emails', 'Email', 'varchar'),
  fieldOf('phones', 'Phone', 'phone'),
  fieldOf('label_ids', 'Labels', 'set', {
    options: [
      { id: 1, label: 'Hot lead' },
      { id: 2, label: 'Customer' },
    ],
  }),
  fieldOf('owner_id', 'Owner', 'user'),
  fieldOf('org_id', 'Organization', 'org'),
  fieldOf('visible_to', 'Visible to', 'visible_to', {
    options: [
      { id: 1, label: 'Owner & followers' },
      { id: 3, label: 'Entire company' },
    ],
  }),
  fieldOf('add_time', 'Person created', 'date'),
  fieldOf('update_time', 'Update time', 'date'),
  fieldOf('open_deals_count', 'Open deals', 'int', { is_optional_response_field: true }),
];

export const contactSyncFields: PipedriveField[] = [
  fieldOf('job_title', 'Job title', 'varchar'),
  fieldOf('notes', 'Notes', 'text'),
  fieldOf('birthday', 'Birthday', 'date'),
  fieldOf('postal_address', 'Postal address', 'address'),
];

/** GET /api/v2/personFields, page by page. */
export function answerFields(fields: readonly PipedriveField[], query: URLSearchParams): ApiAnswer {
  const page = pageOf(fields, query, pageMax);
  return page ? succeeded(page.items, { next_cursor: page.next }) : refused(400, 'Invalid cursor');
}

/** What is wrong with a value of a custom field, in Pipedrive's strictness about types; null: nothing. */
export function problemOfCustom({ field_code, field_type, options }: PipedriveField, value: unknown): string | null {
  const wrong = (expected: string) => `custom_fields.${field_code}: expected ${expected}`;
  if (value === null) return null;
  switch (field_type) {
    case 'int':
    case 'user':
    case 'org':
    case 'people':
      return Number.isInteger(value) ? null : wrong('integer');
    case 'double':
      return typeof value === 'number' ? null : wrong('number');
    case 'boolean':
      return typeof value === 'boolean' ? null : wrong('boolean');
    case 'enum':
      return options?.some(({ id }) => id === value) ? null : wrong('the id of an option');
    case 'set': {
      const known = Array.isArray(value) && value.length > 0 && value.every((id) => options?.some((o) => o.id === id));
      return known ? null : wrong('an array of ids of options');
    }
    case 'monetary': {
      const { value: amount, currency } = value as { value?: unknown; currency?: unknown };
      return typeof amount === 'number' && typeof currency === 'string'
        ? null
        : wrong('an object of value and currency');
    }
    case 'address':
    case 'time':
      return typeof (value as { value?: unknown }).value === 'string' ? null : wrong('an object with a value');
    case 'daterange':
    case 'timerange': {
      const { value: from, until } = value as { value?: unknown; until?: unknown };
      return typeof from === 'string' && typeof until === 'string' ? null : wrong('an object of value and until');
    }
    case 'date':
      return typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) ? null : wrong('a date');
    default: {
      if (typeof value !== 'string') return wrong('string');
      return field_type.startsWith('varchar') && value.length > 255 ? wrong('at most 255 characters') : null;
    }
  }
}
