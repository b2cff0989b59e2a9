import { BadInputError, NotFoundError } from '../domain/errors.ts';
import { isStorable } from '../sync/text.ts';
import { type Context, renewLoaders } from './context.ts';
import { idOf } from './ids.ts';

const nouns = { Integration: 'integration', Event: 'event', Retry: 'retry' } as const;
const loaderNames = { Integration: 'integration', Event: 'event', Retry: 'retry' } as const;

/**
 * The row's id of something a stream is about, which the organization must have: NOT_FOUND otherwise. What was read for it is forgotten, since
 * the stream's first event may come much later.
 */
export async function requireKnown(context: Context, type: keyof typeof nouns, globalId: string): Promise<string> {
  const id = idOf(type, globalId);
  const found = id === null ? null : await context.loaders[loaderNames[type]].load(id);
  renewLoaders(context);
  if (!found) throw new NotFoundError(nouns[type]);
  return found.id;
}

const reasonMax = 1_000;

/** A reason for the history, if one was given. Throws BadInputError for what can't be kept. */
export function reasonOf(reason: string | null | undefined): string | null {
  const text = reason?.trim() || null;
  if (text !== null && (text.length > reasonMax || !isStorable(text))) {
    throw new BadInputError(`reason: expected text of at most ${reasonMax} characters.`);
  }
  return text;
}

/** What to search for; null when nothing is asked for. Throws BadInputError for what can't be searched. */
export function searchOf(search: string | null | undefined, lettersMin: number): string | null {
  const text = search?.trim() || null;
  if (text === null) return null;
  if ([...text].length < lettersMin) throw new BadInputError(`search: expected at least ${lettersMin} letters.`);
  if (text.length > reasonMax || !isStorable(text)) throw new BadInputError('search: this can not be searched for.');
  return text;
}
