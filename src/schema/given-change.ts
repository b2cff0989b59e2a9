import { BadInputError } from '../domain/errors.ts';
import { isStorable } from '../sync/text.ts';
import { givenId } from './ids.ts';

const textMax = 1_000;

/** The input of a change of the setting, as its use case takes it. Throws BadInputError for a reason that can't be kept. */
export function givenChange<Input extends { integrationId: string; reason?: string | null | undefined }>(input: Input) {
  return {
    ...input,
    integrationId: givenId('Integration', input.integrationId),
    reason: reasonOf(input.reason),
  };
}

/** For the history, if one was given. */
function reasonOf(reason: string | null | undefined): string | null {
  const text = reason?.trim() || null;
  if (text !== null && (text.length > textMax || !isStorable(text))) {
    throw new BadInputError(`reason: expected text of at most ${textMax} characters.`);
  }
  return text;
}
