import { NotFoundError } from '../domain/errors.ts';
import { type Context, renewLoaders } from './context.ts';
import { idOf } from './ids.ts';

/** What each is called, in messages and among the loaders. */
const nouns = {
  Integration: 'integration',
  Event: 'event',
  Retry: 'retry',
  Authorization: 'authorization',
  Verification: 'verification',
  Backfill: 'backfill',
} as const;

/**
 * The row's id of something a stream is about, which the organization must have: NOT_FOUND otherwise. What was read for it is forgotten, since
 * the stream's first event may come much later.
 */
export async function requireKnown(context: Context, type: keyof typeof nouns, globalId: string): Promise<string> {
  const id = idOf(type, globalId);
  const found = id === null ? null : await context.loaders[nouns[type]].load(id);
  renewLoaders(context);
  if (!found) throw new NotFoundError(nouns[type]);
  return found.id;
}
