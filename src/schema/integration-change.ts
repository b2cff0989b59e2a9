import type { IntegrationChangeKind } from '../db/tables/index.ts';
import { builder, enumType } from './builder.ts';
import { opaqueId } from './ids.ts';
import { askPage, changeCursor, pageArgs, pageCost, pageOf } from './page.ts';
import { IntegrationChangeRef, IntegrationRef } from './refs.ts';

const firstByDefault = 20;

const IntegrationChangeKindType = enumType<IntegrationChangeKind>('IntegrationChangeKind', 'What was changed.', {
  CREATED: 'The integration was created.',
  CONNECTED: 'Credentials were stored, for the first time or again.',
  DISCONNECTED: 'The credentials were forgotten.',
  AUTHORIZATION_LOST: 'The vendor refused our credentials, also after a refresh.',
  PERMISSION_LOST: 'The vendor said that the account may not write.',
  ENDPOINT_GONE: "The webhook's receiver answered 410 Gone.",
  SYNC_MODE_CHANGED: 'The mode was switched.',
  DISABLED: 'It was disabled.',
  ENABLED: 'It was enabled.',
  MAPPING_CHANGED: 'The mappings were replaced.',
  CAMPAIGN_CHANGED:
    'The campaign of an event was set or cleared; `before` and `after` name the event and the campaign.',
  RENAMED: 'It got another name.',
});

IntegrationChangeRef.implement({
  description: "One line of an integration's history.",
  fields: (t) => ({
    id: t.id({
      description: 'Opaque and stable, for caches. Not for `node`.',
      resolve: ({ id }) => opaqueId('IntegrationChange', id),
    }),
    at: t.expose('at', { type: 'DateTime', description: 'When it was changed.' }),
    by: t.exposeString('by', { description: 'The key or person that changed it; `Sluice` where the system acted.' }),
    kind: t.expose('kind', { type: IntegrationChangeKindType, description: 'What was changed.' }),
    before: t.expose('before', {
      type: 'JSON',
      nullable: true,
      description: 'What was changed, as it was; its shape follows from `kind`.',
    }),
    after: t.expose('after', {
      type: 'JSON',
      nullable: true,
      description: 'The same after the change. Never a secret.',
    }),
    reason: t.exposeString('reason', {
      nullable: true,
      description: 'As given with the change, or what the vendor said where the system acted.',
    }),
  }),
});

const IntegrationChangeConnection = builder.connectionObject(
  { type: IntegrationChangeRef, name: 'IntegrationChangeConnection', description: 'Changes, newest first.' },
  { name: 'IntegrationChangeEdge', description: 'A change in the list.' },
);

builder.objectField(IntegrationRef, 'changes', (t) =>
  t.field({
    type: IntegrationChangeConnection,
    description: 'Who changed what and when, newest first.',
    args: { ...pageArgs(firstByDefault) },
    complexity: pageCost,
    resolve: async ({ id }, args, context) => {
      const asked = askPage(args, firstByDefault, changeCursor);
      const page = { after: asked.after, limit: asked.limit };
      const rows = await context.loaders.changePage.load({ ownerId: id, page });
      return pageOf(rows, asked, changeCursor, (row) => row.id);
    },
  }),
);
