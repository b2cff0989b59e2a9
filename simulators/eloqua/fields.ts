/** A contact field, as the bulk API tells it, and what the REST API knows of it besides. */
export interface EloquaField {
  id: string;
  name: string;
  internalName: string;
  dataType: 'string' | 'emailAddress' | 'number' | 'date';
  hasReadOnlyConstraint: boolean;
  hasNotNullConstraint: boolean;
  hasUniquenessConstraint: boolean;
  /** Its name as a property of the contact in the REST API; null: it is one of `fieldValues`. */
  restName: string | null;
  optionListId: string | null;
  displayType: 'text' | 'singleSelect' | 'multiSelect';
}

export interface EloquaOptionList {
  id: string;
  name: string;
  elements: { displayName: string; value: string }[];
}

let nextId = 100_001;

/** A field with what most have. */
const fieldOf = (internalName: string, name: string, more: Partial<EloquaField> = {}): EloquaField => ({
  id: String(nextId++),
  name,
  internalName,
  dataType: 'string',
  hasReadOnlyConstraint: false,
  hasNotNullConstraint: false,
  hasUniquenessConstraint: false,
  restName: null,
  optionListId: null,
  displayType: 'text',
  ...more,
});

export const emailField = 'C_EmailAddress';

/** What every Eloqua has, and a few that customers add. */
export const standardFields: readonly EloquaField[] = [
  fieldOf(emailField, 'Email Address', {
    dataType: 'emailAddress',
    hasNotNullConstraint: true,
    hasUniquenessConstraint: true,
    restName: 'emailAddress',
  }),
  fieldOf('C_FirstName', 'First Name', { restName: 'firstName' }),
  fieldOf('C_LastName', 'Last Name', { restName: 'lastName' }),
  fieldOf('C_Company', 'Company', { restName: 'accountName' }),
  fieldOf('C_Title', 'Title', { restName: 'title' }),
  fieldOf('C_BusPhone', 'Business Phone', { restName: 'businessPhone' }),
  fieldOf('C_Country', 'Country', { restName: 'country', optionListId: '13', displayType: 'singleSelect' }),
  fieldOf('C_Interest1', 'Interest', { optionListId: '14', displayType: 'multiSelect' }),
  fieldOf('C_Badge1', 'Badge', {}),
  fieldOf('C_Employees1', 'Number of Employees', { dataType: 'number' }),
  fieldOf('C_DateCreated', 'Date Created', { dataType: 'date', hasReadOnlyConstraint: true, restName: 'createdAt' }),
];

export const standardOptionLists: readonly EloquaOptionList[] = [
  {
    id: '13',
    name: 'Country',
    elements: [
      { displayName: '-- Please Select --', value: '' },
      { displayName: 'Germany', value: 'Germany' },
      { displayName: 'United Kingdom', value: 'UK' },
    ],
  },
  {
    id: '14',
    name: 'Interest',
    elements: [
      { displayName: 'Pumps', value: 'Pumps' },
      { displayName: 'Valves', value: 'Valves' },
    ],
  },
];

export const statementOf = (internalName: string): string => `{{Contact.Field(${internalName})}}`;
