import type { ItemView } from '../db/statements/item-views.ts';
import { actionsOf, type SyncItemAction } from '../domain/actions.ts';
import { holdsOfItem, statusOf } from '../domain/gate.ts';
import { groupOf } from '../domain/lifecycle.ts';
import { connectorOf } from '../sync/connectors/registry.ts';
import { builder, enumType } from './builder.ts';
import type { Context } from './context.ts';
import { HoldReasonType, ReconciliationGroupType, SyncStatusType } from './enums.ts';
import { getLoaded } from './loaders.ts';
import { EventRef, IntegrationRef, LeadRef, SyncItemRef } from './refs.ts';
import { SyncErrorRef } from './sync-error.ts';

const SyncItemActionType = enumType<SyncItemAction>('SyncItemAction', 'What can be done to a sync item.', {
  RETRY: 'It failed: `retry` pushes it again.',
  PUSH: 'It waits: `retry` pushes it now, past a Manual mode and past its next attempt.',
  EDIT: '`updateLead` changes the lead behind it.',
  WITHDRAW: 'It waits, failed, or is CLEARED: `withdrawItems` takes it off the work list.',
  RESTORE: 'It was withdrawn: `restoreItems` puts it back to where it was.',
  PREVIEW: '`previewPush` shows what a push would send. For whoever may read.',
});

builder.node(SyncItemRef, {
  description:
    "One lead's way to one integration: the unit of the work list. A waiting item reads FROZEN or QUEUED by the setting, so a change of the " +
    'setting changes its status without a new version: see `Reconciliation.settingVersion`.',
  id: { resolve: (item) => item.id },
  fields: (t) => ({
    version: t.exposeInt('version', {
      description: 'Goes up with every committed change of the item: when two answers cross, keep the higher one.',
    }),
    integration: t.field({
      type: IntegrationRef,
      description: 'Where it goes.',
      resolve: ({ integrationId }, _args, context) => getLoaded(context.loaders.integration, integrationId),
    }),
    lead: t.field({
      type: LeadRef,
      description: 'Who goes there, as of now.',
      resolve: ({ leadId }, _args, context) => getLoaded(context.loaders.lead, leadId),
    }),
    event: t.field({
      type: EventRef,
      description: 'Where the lead was captured.',
      resolve: ({ eventId }, _args, context) => getLoaded(context.loaders.event, eventId),
    }),
    group: t.field({
      type: ReconciliationGroupType,
      nullable: true,
      description: 'The list of the Reconciliation tab that it is in; null when WITHDRAWN.',
      resolve: ({ state }) => groupOf(state),
    }),
    status: t.field({
      type: SyncStatusType,
      description: 'Where it is on its way.',
      resolve: (item) => statusOf(item, item.gate),
    }),
    holds: t.field({
      type: [HoldReasonType],
      description: 'Why it is FROZEN; empty otherwise. Without MANUAL_MODE where somebody released it.',
      resolve: (item) => holdsOfItem(item, item.gate),
    }),
    attempts: t.exposeInt('attempts', {
      description:
        'Pushes begun. When transient errors use up their tries is counted apart; rate limits, quotas, lost authorization and recovery do not ' +
        'count there.',
    }),
    nextAttemptAt: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'Of one that waits after a transient error: not pushed before, unless somebody retries. Null: as soon as it may leave.',
      resolve: ({ state, dueLater, dueAt }) => (state === 'PENDING' && dueLater ? dueAt : null),
    }),
    error: t.expose('error', {
      type: SyncErrorRef,
      nullable: true,
      description: 'The last one, also while it waits for the next attempt; null once CLEARED.',
    }),
    failedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it failed last; null while it is not FAILED.',
      resolve: ({ state, failedAt }) => (state === 'FAILED' ? failedAt : null),
    }),
    failedAgain: t.boolean({
      description:
        'It is FAILED for the same cause (category, field and vendor code) as before somebody retried it: the fix did not help.',
      resolve: ({ state, repeated }) => state === 'FAILED' && repeated,
    }),
    refusedValue: t.string({
      nullable: true,
      description:
        'The value that was refused, of the field that `error` names, as it was sent; at most 200 characters. Null while it is not FAILED, or ' +
        'where no value was refused.',
      resolve: ({ state, failedValue }) => (state === 'FAILED' ? failedValue : null),
    }),
    remoteId: t.string({
      nullable: true,
      description:
        'Of the record at the vendor, where the vendor tells one. Null for a record of an account that was connected before.',
      resolve: async (item, _args, context) => (await remoteRecordOf(item, context))?.remoteId ?? null,
    }),
    remoteUrl: t.string({
      nullable: true,
      description: 'The record at the vendor, for a person to open, where the vendor has such an address.',
      resolve: async (item, _args, context) => (await remoteRecordOf(item, context))?.url ?? null,
    }),
    clearedAt: t.expose('clearedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the vendor took it last.',
    }),
    syncedRevision: t.exposeInt('syncedRevision', {
      nullable: true,
      description: 'The revision of the lead that the vendor has; null before the first push went through.',
    }),
    availableActions: t.field({
      type: [SyncItemActionType],
      description: 'What the viewer may do to it now, by the same rules that the mutations apply: offer nothing else.',
      resolve: (item, _args, { viewer }) => actionsOf(item, item.gate, viewer.role),
    }),
  }),
});

/** The record at the vendor; null where there is none, or none that the account of now would know. */
async function remoteRecordOf({ integrationId, remoteId, accountGeneration }: ItemView, context: Context) {
  if (remoteId === null) return null;
  const integration = await getLoaded(context.loaders.integration, integrationId);
  if (accountGeneration !== integration.accountGeneration) return null;
  const { vendor, accountId, accountName } = integration;
  if (accountId === null) return { remoteId, url: null };
  return { remoteId, url: connectorOf(vendor)?.remoteUrl(remoteId, accountId, accountName ?? '') ?? null };
}
