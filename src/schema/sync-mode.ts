import type { IntegrationView } from '../db/statements/integration-views.ts';
import { holdsOf } from '../domain/gate.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { HoldReasonType, SyncModeType } from './enums.ts';
import { idOf, opaqueId } from './ids.ts';
import { IntegrationRef } from './refs.ts';

const SyncModeSettingRef = builder.objectRef<IntegrationView>('SyncModeSetting').implement({
  description:
    'The setting behind the Connect tab, and what it does right now. Its changes are told by `integrationChanged`; the two counts move with ' +
    '`reconciliationChanged`.',
  fields: (t) => ({
    id: t.id({
      description: 'Opaque and stable, for caches. Not for `node`.',
      resolve: (integration) => opaqueId('SyncModeSetting', integration.id),
    }),
    mode: t.field({
      type: SyncModeType,
      description: 'The mode that is set, also while something else holds the integration.',
      resolve: ({ gate }) => gate.mode,
    }),
    enabled: t.boolean({
      description: 'False: somebody disabled it. The mode is remembered.',
      resolve: ({ gate }) => gate.enabled,
    }),
    holds: t.field({
      type: [HoldReasonType],
      description: 'Every reason that must end before leads flow by themselves. Empty: nothing is held.',
      resolve: ({ gate }) => holdsOf(gate),
    }),
    version: t.int({
      description:
        'Goes up by one with every change of mode, enabled, connection or holds. Send it back as `expectedVersion` to guard against a ' +
        'concurrent change.',
      resolve: ({ gate }) => gate.version,
    }),
    changedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Of the change that made this version.',
      resolve: ({ gate }) => gate.changedAt,
    }),
    changedBy: t.string({
      nullable: true,
      description: 'Who made this version: the name of a key or person, `Sluice` where the system acted.',
      resolve: ({ gate }) => gate.changedBy,
    }),
    inFlight: t.int({
      description: 'Leads that are SYNCING, over all events.',
      resolve: async ({ id }, _args, context) => (await snapshotOf(context, id)).syncing,
    }),
    frozen: t.int({
      description: 'Leads in Pre-Sync that are held, over all events.',
      resolve: async ({ id }, _args, context) => (await snapshotOf(context, id)).frozen,
    }),
  }),
});

async function snapshotOf(context: Context, integrationId: string) {
  const snapshot = await context.loaders.reconciliation.load({ integrationId, eventId: null });
  if (!snapshot) throw new Error(`integration ${integrationId} has no log`);
  return snapshot;
}

builder.objectField(IntegrationRef, 'syncMode', (t) =>
  t.field({
    type: SyncModeSettingRef,
    description: 'Whether leads leave by themselves, and what holds them.',
    resolve: (integration) => integration,
  }),
);

builder.queryField('syncMode', (t) =>
  t.field({
    type: SyncModeSettingRef,
    nullable: true,
    description: 'The setting of one integration; null when there is no such integration.',
    args: { integrationId: t.arg.id({ required: true, description: 'Of the integration.' }) },
    resolve: (_root, args, context) => {
      const id = idOf('Integration', args.integrationId);
      return id === null ? null : context.loaders.integration.load(id);
    },
  }),
);
