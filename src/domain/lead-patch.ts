import { type LeadAttribute, type LeadField, leadFields, type QualifierAnswer } from './lead.ts';

/** What a caller says about a lead: absent keeps, null clears. Qualifiers and attributes merge by name. */
export type LeadPatch = { [field in LeadField]?: string | null | undefined } & {
  /** An empty list clears that qualifier. */
  qualifiers?: QualifierAnswer[] | null | undefined;
  /** A null value clears that attribute. */
  attributes?: { name: string; value?: string | null | undefined }[] | null | undefined;
};

/** The personal values of a lead, as they are stored. */
export type LeadValues = { [field in LeadField]: string | null } & {
  qualifiers: QualifierAnswer[];
  attributes: LeadAttribute[];
};

/** A lead that nothing is known of yet. */
export const blankLead: LeadValues = {
  firstName: null,
  lastName: null,
  email: null,
  company: null,
  jobTitle: null,
  phone: null,
  qualifiers: [],
  attributes: [],
};

/** The values after the patch; null when they are equal to what was there. Text is trimmed, and an empty text is none. */
export function patchLead(before: LeadValues, patch: LeadPatch): LeadValues | null {
  const after: LeadValues = { ...before };
  for (const field of leadFields) {
    const value = patch[field];
    if (value !== undefined) after[field] = value?.trim() || null;
  }
  if (patch.qualifiers === null) after.qualifiers = [];
  if (patch.qualifiers) after.qualifiers = mergeQualifiers(before.qualifiers, patch.qualifiers);
  if (patch.attributes === null) after.attributes = [];
  if (patch.attributes) after.attributes = mergeAttributes(before.attributes, patch.attributes);
  return JSON.stringify(pick(before)) === JSON.stringify(pick(after)) ? null : pick(after);
}

/** Only the personal values, in a fixed order, so that two leads can be compared. */
function pick(values: LeadValues): LeadValues {
  const { firstName, lastName, email, company, jobTitle, phone, qualifiers, attributes } = values;
  return { firstName, lastName, email, company, jobTitle, phone, qualifiers, attributes };
}

function mergeQualifiers(before: QualifierAnswer[], patch: QualifierAnswer[]): QualifierAnswer[] {
  const merged = new Map(before.map((answer) => [answer.name, answer.values]));
  for (const { name, values } of patch) merged.set(name.trim(), values.map((value) => value.trim()).filter(Boolean));
  return [...merged].filter(([, values]) => values.length > 0).map(([name, values]) => ({ name, values }));
}

function mergeAttributes(before: LeadAttribute[], patch: NonNullable<LeadPatch['attributes']>): LeadAttribute[] {
  const merged = new Map(before.map((attribute) => [attribute.name, attribute.value]));
  for (const { name, value } of patch) merged.set(name.trim(), value?.trim() ?? '');
  return [...merged].filter(([, value]) => value !== '').map(([name, value]) => ({ name, value }));
}
