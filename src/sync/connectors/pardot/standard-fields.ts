import type { RemoteField } from '../../../domain/mapping.ts';

type FieldType = 'text' | 'integer' | 'boolean';

/** Account Engagement describes no fields of its own. Source: API v5 "Prospect Object", those that can be written, read 2026-11. */
// biome-ignore format: a table
const rows: [name: string, label: string, type: FieldType][] = [
  ['email', 'Email', 'text'],
  ['salutation', 'Salutation', 'text'],
  ['firstName', 'First Name', 'text'],
  ['lastName', 'Last Name', 'text'],
  ['company', 'Company', 'text'],
  ['jobTitle', 'Job Title', 'text'],
  ['department', 'Department', 'text'],
  ['phone', 'Phone', 'text'],
  ['fax', 'Fax', 'text'],
  ['website', 'Website', 'text'],
  ['addressOne', 'Address One', 'text'],
  ['addressTwo', 'Address Two', 'text'],
  ['city', 'City', 'text'],
  ['state', 'State', 'text'],
  ['zip', 'Zip', 'text'],
  ['country', 'Country', 'text'],
  ['territory', 'Territory', 'text'],
  ['industry', 'Industry', 'text'],
  ['employees', 'Employees', 'text'],
  ['annualRevenue', 'Annual Revenue', 'text'],
  ['yearsInBusiness', 'Years in Business', 'text'],
  ['source', 'Source', 'text'],
  ['comments', 'Comments', 'text'],
  ['campaignId', 'Campaign (id)', 'integer'],
  ['userId', 'Assigned User (id)', 'integer'],
  ['profileId', 'Profile (id)', 'integer'],
  ['prospectAccountId', 'Prospect Account (id)', 'integer'],
  ['score', 'Score', 'integer'],
  ['isDoNotEmail', 'Do Not Email', 'boolean'],
  ['isDoNotCall', 'Do Not Call', 'boolean'],
  ['isReviewed', 'Reviewed', 'boolean'],
  ['isStarred', 'Starred', 'boolean'],
];

/** What every account has and lets be written. */
export const standardFields: readonly RemoteField[] = rows.map(([name, label, type]) => ({
  name,
  label,
  type,
  required: name === 'email', // the key of every push
  readOnly: false,
  maxLength: name === 'email' ? 255 : null,
  options: null,
}));

const types = new Map(rows.map(([name, , type]) => [name, type]));

/** What a value of the field is in JSON; text where it is a custom one. */
export const typeOf = (field: string): FieldType => types.get(field) ?? 'text';
