/** Older names of fields, which Pipedrive's descriptions and errors still use here and there. Source: Pipedrive v2 migration guide, read 2026-11. */
const older: Record<string, string> = {
  email: 'emails',
  phone: 'phones',
  label: 'label_ids',
  owner: 'owner_id',
  organization: 'org_id',
  org: 'org_id',
};

/** A field's name as v2 has it, of a code or a path: `custom_fields.<key>`, `emails[0].value`. */
export function nameOfField(code: string): string {
  const own = code.replace(/^\/?custom_fields[./]/, '').split(/[.[/]/)[0] ?? code;
  return older[own] ?? own;
}

/** What persons have beside custom fields and can be written, and how. The others go below `custom_fields`. */
export const standardTypes: Record<string, string> = {
  name: 'varchar',
  first_name: 'varchar',
  last_name: 'varchar',
  emails: 'varchar',
  phones: 'phone',
  owner_id: 'user',
  org_id: 'org',
  label_ids: 'set',
  visible_to: 'int',
  add_time: 'text',
  marketing_status: 'text',
  job_title: 'varchar',
  notes: 'text',
  birthday: 'date',
  postal_address: 'address',
  im: 'im',
};
