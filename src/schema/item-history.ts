import { builder } from './builder.ts';
import { askPage, historyCursor, pageArgs, pageCost, pageOf } from './page.ts';
import { IntegrationChangeRef, LeadStatusTransitionRef, PushAttemptRef, SyncItemRef } from './refs.ts';

const firstByDefault = 20;

const SyncItemHistoryEntry = builder.unionType('SyncItemHistoryEntry', {
  description:
    'Something that happened on the way of a lead: a move of its own, a push, or a change of the setting while it was on the way.',
  types: [LeadStatusTransitionRef, IntegrationChangeRef, PushAttemptRef],
  resolveType: (entry) => {
    if ('logEpoch' in entry) return LeadStatusTransitionRef;
    return 'exchanges' in entry ? PushAttemptRef : IntegrationChangeRef;
  },
});

const SyncItemHistoryConnection = builder.connectionObject(
  {
    type: SyncItemHistoryEntry,
    name: 'SyncItemHistoryConnection',
    description: 'Everything on the way of a lead, newest first.',
  },
  { name: 'SyncItemHistoryEdge', description: 'Something that happened, in its place.' },
);

builder.objectField(SyncItemRef, 'history', (t) =>
  t.field({
    type: SyncItemHistoryConnection,
    description:
      'Everything that happened on its way, newest first, as far back as the log is kept: its moves, with who asked for them; its pushes, each ' +
      'right below the move that recorded its answer; and the changes of the setting that held it, let it go or could have. Changes while it was ' +
      'CLEARED or WITHDRAWN are left out. In the order in which they took effect, so nothing ever comes in between.',
    args: { ...pageArgs(firstByDefault) },
    complexity: pageCost,
    resolve: async ({ id }, args, context) => {
      const asked = askPage(args, firstByDefault, historyCursor);
      const page = { after: asked.after, limit: asked.limit };
      const entries = await context.loaders.history.load({ ownerId: id, page });
      const { edges, pageInfo } = pageOf(entries, asked, historyCursor, ({ place }) => place);
      return { edges: edges.map(({ cursor, node: { node } }) => ({ cursor, node })), pageInfo };
    },
  }),
);
