import type { Viewer } from '../sync/viewer.ts';
import { builder } from './builder.ts';
import { RoleType } from './enums.ts';
import { getLoaded } from './loaders.ts';
import { OrganizationRef } from './refs.ts';

builder.node(OrganizationRef, {
  description: 'Whom everything belongs to. A key sees one organization and nothing of the others.',
  id: { resolve: (organization) => organization.id },
  fields: (t) => ({ name: t.exposeString('name', { description: 'As it was set up.' }) }),
});

const ViewerType = builder.objectRef<Viewer>('Viewer').implement({
  description: 'Who is asking: the API key of this request.',
  fields: (t) => ({
    organization: t.field({
      type: OrganizationRef,
      description: 'The organization that the key belongs to.',
      resolve: (viewer, _args, context) => getLoaded(context.loaders.organization, viewer.orgId),
    }),
    role: t.field({
      type: RoleType,
      description: 'What the key may do: hide or disable the rest. The mutations check it again.',
      resolve: (viewer) => viewer.role,
    }),
    name: t.exposeString('name', {
      description: "The key's or the person's name, as histories show it (`by`, `requestedBy`).",
    }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({ type: ViewerType, description: 'Who is asking.', resolve: (_root, _args, context) => context.viewer }),
);
