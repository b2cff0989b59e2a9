export interface HubspotProperty {
  name: string;
  label: string;
  /** How forms show it. */
  fieldType?: string;
  type: 'string' | 'number' | 'date' | 'datetime' | 'enumeration' | 'bool' | 'phone_number';
  options: { label: string; value: string; displayOrder: number; hidden: boolean }[];
  calculated: boolean;
  hidden: boolean;
  archived: boolean;
  hasUniqueValue: boolean;
  modificationMetadata: {
    archivable: boolean;
    readOnlyDefinition: boolean;
    readOnlyOptions: boolean;
    readOnlyValue: boolean;
  };
}

/** As HubSpot tells it, with what matters to nobody here. */
export const shownProperty = (property: HubspotProperty) => ({
  ...{ fieldType: 'text', groupName: 'contactinformation', description: '' },
  ...property,
});

/** A property as a person would set it up. */
const propertyOf = (name: string, label: string, more: Partial<HubspotProperty> = {}): HubspotProperty => ({
  name,
  label,
  type: 'string',
  options: [],
  calculated: false,
  hidden: false,
  archived: false,
  hasUniqueValue: false,
  modificationMetadata: { archivable: true, readOnlyDefinition: true, readOnlyOptions: false, readOnlyValue: false },
  ...more,
});

const optionsOf = (...values: string[]): HubspotProperty['options'] =>
  values.map((value, displayOrder) => ({ label: value, value, displayOrder, hidden: false }));

export const standardProperties: HubspotProperty[] = [
  propertyOf('email', 'Email', { hasUniqueValue: true }),
  propertyOf('firstname', 'First Name'),
  propertyOf('lastname', 'Last Name'),
  propertyOf('company', 'Company Name'),
  propertyOf('jobtitle', 'Job Title'),
  propertyOf('phone', 'Phone Number', { type: 'phone_number' }),
  propertyOf('industry', 'Industry'),
  propertyOf('numemployees', 'Number of Employees', { type: 'number' }),
  propertyOf('hs_lead_status', 'Lead Status', {
    type: 'enumeration',
    fieldType: 'select',
    options: optionsOf('NEW', 'OPEN', 'IN_PROGRESS'),
  }),
  propertyOf('hs_object_id', 'Record ID', {
    type: 'number',
    modificationMetadata: { archivable: false, readOnlyDefinition: true, readOnlyOptions: true, readOnlyValue: true },
  }),
];
