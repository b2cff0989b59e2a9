export interface ZohoField {
  id: string;
  api_name: string;
  field_label: string;
  data_type: string;
  json_type: 'string' | 'integer' | 'long' | 'double' | 'boolean' | 'jsonarray' | 'jsonobject';
  length: number;
  system_mandatory: boolean;
  read_only: boolean;
  field_read_only: boolean;
  operation_type: { web_update: boolean; api_create: boolean; web_create: boolean; api_update: boolean };
  unique: Record<string, unknown>;
  pick_list_values: { id: string; display_value: string; actual_value: string; reference_value: string }[];
  custom_field: boolean;
  visible: boolean;
}

/** What the ids of everything in one organization begin with. */
export const idPrefix = '7244000';

const idOf = (number: number): string => `${idPrefix}${String(number).padStart(12, '0')}`;

/** A field as a person would set it up. */
export function zohoField(apiName: string, more: Partial<ZohoField> & { options?: string[] } = {}): ZohoField {
  const { options = [], ...overrides } = more;
  const number = [...apiName].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % 1_000_000;
  return {
    id: idOf(number),
    api_name: apiName,
    field_label: apiName.replaceAll('_', ' '),
    data_type: 'text',
    json_type: 'string',
    length: 255,
    system_mandatory: false,
    read_only: false,
    field_read_only: false,
    operation_type: { web_update: true, api_create: true, web_create: true, api_update: true },
    unique: {},
    pick_list_values: options.map((option, index) => ({
      id: idOf(number + index + 1),
      display_value: option,
      actual_value: option,
      reference_value: option,
    })),
    custom_field: false,
    visible: true,
    ...overrides,
  };
}

const computed = { read_only: true, field_read_only: true };

/** Of Leads, as far as they matter here. */
export const standardLeadFields: ZohoField[] = [
  zohoField('Last_Name', { length: 80, system_mandatory: true }),
  zohoField('First_Name', { length: 40 }),
  zohoField('Email', { data_type: 'email', length: 100, unique: { case_sensitive: '' } }),
  zohoField('Secondary_Email', { data_type: 'email', length: 100 }),
  zohoField('Company', { length: 200 }),
  zohoField('Designation', { length: 100 }),
  zohoField('Phone', { data_type: 'phone', length: 30 }),
  zohoField('Website', { data_type: 'website', length: 450 }),
  zohoField('Description', { data_type: 'textarea', length: 32_000 }),
  zohoField('No_of_Employees', { data_type: 'integer', json_type: 'integer', length: 9 }),
  zohoField('Annual_Revenue', { data_type: 'currency', json_type: 'double', length: 16 }),
  zohoField('Email_Opt_Out', { data_type: 'boolean', json_type: 'boolean', length: 5 }),
  zohoField('Lead_Source', {
    data_type: 'picklist',
    length: 120,
    options: ['-None-', 'Trade Show', 'Partner', 'Web Download'],
  }),
  zohoField('Created_Time', {
    data_type: 'datetime',
    ...computed,
    operation_type: { web_update: false, api_create: false, web_create: false, api_update: false },
  }),
];

/** Of Campaigns: where the statuses of members can be read. */
export const campaignFields: ZohoField[] = [
  zohoField('Campaign_Name', { system_mandatory: true }),
  zohoField('Type', { data_type: 'picklist', options: ['Conference', 'Trade Show'] }),
  zohoField('Member_Status', { data_type: 'picklist', options: ['Invited', 'Attended', 'No Show'] }),
];
