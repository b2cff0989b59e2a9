import { BadInputError } from '../domain/errors.ts';
import { isStorable } from '../sync/text.ts';

const textMax = 1_000;

/** A reason for the history, if one was given. Throws BadInputError for what can't be kept. */
export function reasonOf(reason: string | null | undefined): string | null {
  const text = reason?.trim() || null;
  if (text !== null && (text.length > textMax || !isStorable(text))) {
    throw new BadInputError(`reason: expected text of at most ${textMax} characters.`);
  }
  return text;
}
