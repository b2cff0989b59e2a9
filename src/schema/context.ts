import type { Feed } from '../sync/live/feed.ts';
import type { Services } from '../sync/services.ts';
import type { Viewer } from '../sync/viewer.ts';
import { createLoaders, type Loaders } from './loaders.ts';

/** What every resolver works with. One per operation; of a subscription it lives as long as the stream. */
export interface Context {
  services: Services;
  feed: Feed;
  viewer: Viewer;
  /**
   * Reads of this moment. Replaced after every mutation, and by the transport after every event of a subscription: read it from the context
   * whenever it is needed, never keep it.
   */
  loaders: Loaders;
  /** Named in masked errors and in the log. */
  requestId: string;
  /** Ends streams, with its reason thrown: the key was revoked, the server goes down. */
  ended: AbortSignal;
  /** Where people reach the server, without a slash at its end: for links to the help. */
  publicUrl: string;
}

/** Forgets what was read: after a change, and before a stream's first event. */
export function renewLoaders(context: Context): void {
  context.loaders = createLoaders(context.services, context.viewer);
}

/** Runs a use case. What was read before it is forgotten, so that its answer shows what it did. */
export async function change<Done>(context: Context, useCase: () => Promise<Done>): Promise<Done> {
  try {
    return await useCase();
  } finally {
    renewLoaders(context);
  }
}

export { createLoaders };
