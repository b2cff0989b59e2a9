/** Each role may do what the ones before it may. */
export const roles = ['VIEWER', 'OPERATOR', 'ADMIN'] as const;
export type Role = (typeof roles)[number];

/** True when `role` includes what `required` may do. */
export function roleIncludes(role: Role, required: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(required);
}
