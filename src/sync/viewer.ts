import { ForbiddenError } from '../domain/errors.ts';
import { type Role, roleIncludes } from '../domain/roles.ts';

/** Who asks: an API key, or Sluice itself. Every use case is scoped by its organization. */
export interface Viewer {
  orgId: string;
  role: Role;
  /** The key's name, kept in histories. */
  name: string;
  keyId: string | null;
}

/** Throws ForbiddenError unless the viewer's role includes `role`. */
export function requireRole(viewer: Viewer, role: Role): void {
  if (!roleIncludes(viewer.role, role)) throw new ForbiddenError(role);
}

/** The name in histories where the system acted. */
export const systemName = 'Sluice';
