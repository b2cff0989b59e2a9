import type { FieldProblem } from '../domain/errors.ts';
import { leadFields } from '../domain/lead.ts';
import type { LeadPatch } from '../domain/lead-patch.ts';
import { isStorable } from './text.ts';

const textMax = 10_000;
const nameMax = 255;
const answersMax = 200;

/** What is wrong with a patch, by path below `at` ("leads.3" or "" for the input itself). Vendors' own rules are checked at the push. */
export function problemsOfPatch(patch: LeadPatch, at: string): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const refuse = (path: string, message: string) => problems.push({ path: at ? `${at}.${path}` : path, message });
  for (const field of leadFields) {
    const problem = problemOfText(patch[field]);
    if (problem) refuse(field, problem);
  }
  const qualifiers = patch.qualifiers ?? [];
  const attributes = patch.attributes ?? [];
  if (qualifiers.length > answersMax) refuse('qualifiers', `expected at most ${answersMax}.`);
  if (attributes.length > answersMax) refuse('attributes', `expected at most ${answersMax}.`);
  refuseNames(qualifiers, 'qualifiers', refuse);
  refuseNames(attributes, 'attributes', refuse);
  for (const [index, answer] of qualifiers.entries()) {
    if (answer.values.length > answersMax) refuse(`qualifiers.${index}.values`, `expected at most ${answersMax}.`);
    const problem = answer.values.map(problemOfText).find(Boolean);
    if (problem) refuse(`qualifiers.${index}.values`, problem);
  }
  for (const [index, attribute] of attributes.entries()) {
    const problem = problemOfText(attribute.value);
    if (problem) refuse(`attributes.${index}.value`, problem);
  }
  return problems;
}

/** Why the caller's own id can't be taken; null when it can, or is absent. */
export function problemOfExternalId(externalId: string | null | undefined): string | null {
  if (externalId == null) return null;
  if (externalId.trim() === '' || externalId.length > nameMax || !isStorable(externalId)) {
    return `expected 1 to ${nameMax} characters, or none at all.`;
  }
  return null;
}

function problemOfText(text: string | null | undefined): string | null {
  if (text == null) return null;
  if (text.length > textMax) return `expected at most ${textMax} characters.`;
  return isStorable(text) ? null : 'holds characters that are not text.';
}

function refuseNames(
  list: readonly { name: string }[],
  field: string,
  refuse: (path: string, message: string) => void,
): void {
  const seen = new Set<string>();
  for (const [index, { name }] of list.entries()) {
    const key = name.trim();
    if (key === '' || key.length > nameMax || !isStorable(key))
      refuse(`${field}.${index}.name`, `expected 1 to ${nameMax} characters.`);
    if (seen.has(key)) refuse(`${field}.${index}.name`, 'is given twice.');
    seen.add(key);
  }
}
