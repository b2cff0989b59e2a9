import { BadInputError } from '../domain/errors.ts';

/** Whether Postgres can store the text: well-formed Unicode without NUL. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

const searchLengthMax = 1_000;

/** What to search for; null when nothing is asked for. Throws BadInputError for what can't be searched. */
export function searchOf(search: string | null | undefined, lettersMin: number): string | null {
  const text = search?.trim() || null;
  if (text === null) return null;
  if ([...text].length < lettersMin) throw new BadInputError(`search: expected at least ${lettersMin} letters.`);
  if (text.length > searchLengthMax || !isStorable(text))
    throw new BadInputError('search: this can not be searched for.');
  return text;
}
