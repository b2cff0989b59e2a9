export interface QualifierAnswer {
  name: string;
  values: string[];
}

export interface LeadAttribute {
  name: string;
  value: string;
}

/** The names of a lead's own fields, as mappings and inputs name them. */
export const leadFields = ['firstName', 'lastName', 'email', 'company', 'jobTitle', 'phone'] as const;
export type LeadField = (typeof leadFields)[number];

/** What a lead says about a person, as it is pushed. Null: not known. */
export interface LeadData {
  id: string;
  externalId: string | null;
  firstName: string | null;
  lastName: string | null;
  email: string | null;
  company: string | null;
  jobTitle: string | null;
  phone: string | null;
  qualifiers: QualifierAnswer[];
  attributes: LeadAttribute[];
  capturedAt: Date;
  revision: number;
}

/** The key by which vendors recognize a person: the e-mail address, trimmed and case-folded; null without one. */
export function matchKeyOf(email: string | null): string | null {
  const key = email?.trim().toLowerCase();
  return key ? key : null;
}
