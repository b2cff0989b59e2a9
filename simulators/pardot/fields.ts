/** What a value of a field must be. */
export type PardotType = 'text' | 'number' | 'date' | 'boolean' | 'integer' | 'multi-select';

/** A custom field as people set it up; prospects have it as `<fieldId>__c`. */
export interface CustomField {
  id: number;
  name: string;
  fieldId: string;
  /** In Account Engagement's words: text, textarea, number, date, checkbox, radio button, dropdown, multi-select, hidden, crm user. */
  type: string;
  isRequired: boolean;
}

const texts =
  'email firstName lastName company jobTitle department phone fax addressOne addressTwo city state zip country territory website industry ' +
  'employees annualRevenue yearsInBusiness source comments salutation';
const integers = 'campaignId userId profileId prospectAccountId score';
const booleans = 'isDoNotEmail isDoNotCall isEmailHardBounced isReviewed isStarred optedOut';
const named = (names: string, type: PardotType) => names.split(' ').map((name): [string, PardotType] => [name, type]);

const writable = new Map([...named(texts, 'text'), ...named(integers, 'integer'), ...named(booleans, 'boolean')]);
const readOnly = new Set('id createdAt updatedAt lastActivityAt grade isDeleted salesforceId'.split(' '));

/** The fields of the prospects of one account. */
export class Fields {
  custom: CustomField[];

  constructor(custom: readonly CustomField[]) {
    this.custom = [...custom];
  }

  /** What may be written there; null: there is no such field, or it can't be written. */
  writable(name: string): PardotType | null {
    const custom = this.#custom(name);
    return custom ? typeOf(custom) : (writable.get(name) ?? null);
  }

  readable(name: string): boolean {
    return readOnly.has(name) || this.writable(name) !== null;
  }

  /** A query leaves out what may have several values. */
  queryable(name: string): boolean {
    return this.readable(name) && !/^(multi-select|checkbox)$/.test(this.#custom(name)?.type ?? '');
  }

  #custom(name: string): CustomField | undefined {
    return this.custom.find(({ fieldId }) => `${fieldId}__c` === name);
  }
}

function typeOf({ type }: CustomField): PardotType {
  return type === 'number' || type === 'date' || type === 'multi-select' ? type : 'text';
}

/** The code of what is wrong with a value; null: nothing. */
export function problemOfValue(type: PardotType, value: unknown): { code: string; message: string } | null {
  if (type === 'boolean' && typeof value !== 'boolean') return { code: '50', message: 'Invalid boolean' };
  if (type === 'integer' && !Number.isInteger(value)) return { code: '16', message: 'Invalid ID' };
  if (type === 'number' && !Number.isFinite(Number(value)))
    return { code: '56', message: 'Invalid number entered for field' };
  if (type === 'date' && Number.isNaN(Date.parse(String(value))))
    return { code: '57', message: 'Invalid date entered for field' };
  return null;
}
