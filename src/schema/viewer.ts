import type { Role } from '../domain/roles.ts';
import type { Viewer } from '../sync/viewer.ts';
import { builder, enumType } from './builder.ts';

export const RoleType = enumType<Role>('Role', 'What a key may do. Each role may do what the ones before it may.', {
  VIEWER: 'Reads everything but keys, and subscribes.',
  OPERATOR: 'Also creates events, captures and edits leads, retries, switches the mode, disables and enables.',
  ADMIN: 'Also connects, disconnects, maps and manages keys.',
});

export const ViewerType = builder.objectRef<Viewer>('Viewer').implement({
  description: 'Who is asking: the API key of this request.',
  fields: (t) => ({
    role: t.field({
      type: RoleType,
      description: 'What this key may do. Hide what it may not.',
      resolve: (viewer) => viewer.role,
    }),
    name: t.exposeString('name', {
      description: "The key's or the person's name, as it appears in histories (`by`, `requestedBy`).",
    }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({ type: ViewerType, description: 'Who is asking.', resolve: (_root, _args, context) => context.viewer }),
);
