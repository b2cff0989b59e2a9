import type { Services } from '../sync/services.ts';
import type { Viewer } from '../sync/viewer.ts';

/** Reads of one moment, batched per tick. */
export interface Loaders {
  orgId: string;
}

/** Loaders of the viewer's organization: nothing of another one can be reached through them. */
export function createLoaders(_services: Pick<Services, 'db'>, viewer: Viewer): Loaders {
  return { orgId: viewer.orgId };
}
