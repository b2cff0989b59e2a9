import type { FindingRow } from '../db/statements/verification/findings.ts';
import type { FindingKind } from '../domain/verification.ts';
import { builder, enumType } from './builder.ts';
import { askPage, findingCursor, pageArgs, pageCost, pageOf } from './page.ts';
import { EventRef, IntegrationRef, SyncItemRef, VerificationRef } from './refs.ts';

const firstByDefault = 50;

const FindingKindType = enumType<FindingKind>('VerificationFindingKind', 'Which sentence does not hold.', {
  COUNT_WRONG: 'A count of the work list is not what counting gives.',
  LEAD_COUNT_WRONG: 'The number of leads of an event is not what counting gives.',
  LEADS_UNACCOUNTED: 'Captured leads of an event are in no place of the balance, or in two.',
  ITEM_CONTRADICTS_LOG: 'A lead of the work list is not where the log left it.',
  ITEM_CONTRADICTS_LEAD:
    'A lead of the work list is at another event than the lead itself, or should not be on the list.',
  ITEM_LOST: 'The log tells of a lead that is not on the work list.',
  LOG_GAP: 'Positions of the log are missing, and retention did not remove them.',
  LOG_CONTRADICTS_ITSELF: 'A transition does not begin where the one before it ended.',
  MISSING_AT_VENDOR:
    'A lead is CLEARED here, and the vendor does not have its record: somebody deleted or merged it there. An edit of the lead sends it again.',
});

const FindingRef = builder.objectRef<FindingRow>('VerificationFinding').implement({
  description: 'One thing that is not as it must be.',
  fields: (t) => ({
    kind: t.expose('kind', { type: FindingKindType, description: 'Which sentence does not hold.' }),
    message: t.exposeString('message', { description: 'What was expected and what was found, in plain words.' }),
    integration: t.field({
      type: IntegrationRef,
      nullable: true,
      description: 'Whose work list; null where it is about leads, and once it was deleted.',
      resolve: ({ integrationId }, _args, { loaders }) =>
        integrationId === null ? null : loaders.integration.load(integrationId),
    }),
    event: t.field({
      type: EventRef,
      nullable: true,
      description: 'At which event; null where it is about none.',
      resolve: ({ eventId }, _args, { loaders }) => (eventId === null ? null : loaders.event.load(eventId)),
    }),
    item: t.field({
      type: SyncItemRef,
      nullable: true,
      description: 'Which lead on its way, as it is now; null where it is about none, or it is gone.',
      resolve: ({ itemId }, _args, { loaders }) => (itemId === null ? null : loaders.item.load(itemId)),
    }),
  }),
});

const FindingConnection = builder.connectionObject(
  {
    type: FindingRef,
    name: 'VerificationFindingConnection',
    description: 'Findings in the order in which they were found.',
  },
  { name: 'VerificationFindingEdge', description: 'A finding in the list.' },
);

builder.objectField(VerificationRef, 'findings', (t) =>
  t.field({
    type: FindingConnection,
    description: 'What is wrong, in the order in which it was found; the first 100,000.',
    args: {
      kind: t.arg({ type: FindingKindType, description: 'Only these.' }),
      ...pageArgs(firstByDefault),
    },
    complexity: pageCost,
    resolve: async ({ id }, args, context) => {
      const asked = askPage(args, firstByDefault, findingCursor);
      const page = { verificationId: id, kind: args.kind ?? null, after: asked.after, limit: asked.limit };
      const rows = await context.loaders.findingPage.load(page);
      return pageOf(rows, asked, findingCursor, (row) => row.place);
    },
  }),
);
