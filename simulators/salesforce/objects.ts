/** A field as `describe` tells it, in what matters here. */
export interface SalesforceField {
  name: string;
  label: string;
  type: string;
  length: number;
  nillable: boolean;
  defaultedOnCreate: boolean;
  createable: boolean;
  updateable: boolean;
  unique: boolean;
  externalId: boolean;
  idLookup: boolean;
  restrictedPicklist: boolean;
  picklistValues: { value: string; label: string; active: boolean; defaultValue: boolean; validFor: null }[];
  calculated: boolean;
  custom: boolean;
  referenceTo: string[];
}

export type FieldOptions = Partial<Omit<SalesforceField, 'picklistValues'>> & { name: string; options?: string[] };

/** A field that can be written, unless the options say otherwise. */
export function fieldOf({ options = [], ...given }: FieldOptions): SalesforceField {
  return {
    label: given.name.replace(/__c$/, '').replaceAll('_', ' '),
    type: options.length > 0 ? 'picklist' : 'string',
    length: 255,
    nillable: true,
    defaultedOnCreate: false,
    createable: true,
    updateable: true,
    unique: false,
    externalId: false,
    idLookup: false,
    restrictedPicklist: false,
    calculated: false,
    custom: given.name.endsWith('__c'),
    referenceTo: [],
    ...given,
    picklistValues: options.map((value) => ({
      value,
      label: value,
      active: true,
      defaultValue: false,
      validFor: null,
    })),
  };
}

const readOnly = { createable: false, updateable: false };
const id = fieldOf({
  name: 'Id',
  type: 'id',
  length: 18,
  nillable: false,
  defaultedOnCreate: true,
  idLookup: true,
  ...readOnly,
});
const person = [
  id,
  fieldOf({ name: 'FirstName', length: 40 }),
  fieldOf({ name: 'LastName', length: 80, nillable: false }),
  fieldOf({ name: 'Name', length: 121, nillable: false, ...readOnly }),
  fieldOf({ name: 'Email', type: 'email', length: 80, idLookup: true }),
  fieldOf({ name: 'Phone', type: 'phone', length: 40 }),
  fieldOf({ name: 'Title', length: 128 }),
  fieldOf({ name: 'CreatedDate', type: 'datetime', length: 0, nillable: false, defaultedOnCreate: true, ...readOnly }),
];

/** The fields of the objects that every org has, by the object's name. */
export const standardObjects = (): Record<string, SalesforceField[]> => ({
  Lead: [
    ...person,
    fieldOf({ name: 'Company', nillable: false }),
    fieldOf({ name: 'LeadSource', options: ['Web', 'Trade Show', 'Other'], length: 255 }),
    fieldOf({ name: 'Rating', options: ['Hot', 'Warm', 'Cold'], restrictedPicklist: true, length: 255 }),
    fieldOf({ name: 'NumberOfEmployees', type: 'int', length: 0 }),
    fieldOf({ name: 'DoNotCall', type: 'boolean', length: 0, nillable: false, defaultedOnCreate: true }),
    fieldOf({
      name: 'IsConverted',
      type: 'boolean',
      length: 0,
      nillable: false,
      defaultedOnCreate: true,
      updateable: false,
    }),
    fieldOf({ name: 'ConvertedContactId', type: 'reference', length: 18, ...readOnly, referenceTo: ['Contact'] }),
  ],
  Contact: [...person, fieldOf({ name: 'AccountId', type: 'reference', length: 18, referenceTo: ['Account'] })],
  Campaign: [
    id,
    fieldOf({ name: 'Name', length: 80, nillable: false }),
    fieldOf({ name: 'Status', options: ['Planned', 'In Progress', 'Completed'] }),
    fieldOf({ name: 'IsActive', type: 'boolean', length: 0, nillable: false, defaultedOnCreate: true }),
  ],
  CampaignMember: [
    id,
    fieldOf({
      name: 'CampaignId',
      type: 'reference',
      length: 18,
      nillable: false,
      updateable: false,
      referenceTo: ['Campaign'],
    }),
    fieldOf({ name: 'LeadId', type: 'reference', length: 18, updateable: false, referenceTo: ['Lead'] }),
    fieldOf({ name: 'ContactId', type: 'reference', length: 18, updateable: false, referenceTo: ['Contact'] }),
    fieldOf({ name: 'Status', length: 40 }),
    fieldOf({ name: 'HasResponded', type: 'boolean', length: 0, ...readOnly }),
  ],
  CampaignMemberStatus: [
    id,
    fieldOf({ name: 'CampaignId', type: 'reference', length: 18, nillable: false, referenceTo: ['Campaign'] }),
    fieldOf({ name: 'Label', length: 765, nillable: false }),
    fieldOf({ name: 'HasResponded', type: 'boolean', length: 0 }),
    fieldOf({ name: 'IsDefault', type: 'boolean', length: 0 }),
  ],
});

/** What ids of an object begin with. */
export const keyPrefixes: Record<string, string> = {
  Lead: '00Q',
  Contact: '003',
  Campaign: '701',
  CampaignMember: '00v',
  CampaignMemberStatus: '01Y',
};
