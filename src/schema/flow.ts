import type { IntegrationView } from '../db/statements/integration-views.ts';
import { backlogClearsAt, type DailyCalls, isKeptForLive } from '../domain/backlog.ts';
import { connectorOf } from '../sync/connectors/registry.ts';
import { builder, enumType } from './builder.ts';
import type { Context } from './context.ts';

type FlowState = 'FLOWING' | 'HELD' | 'THROTTLED' | 'QUOTA_EXHAUSTED' | 'VENDOR_DOWN';

const FlowStateType = enumType<FlowState>('FlowState', 'Whether leads are leaving now.', {
  FLOWING: 'Nothing is in the way; also when there is nothing to do.',
  HELD: 'By the setting: see `syncMode.holds`. What somebody released still leaves while MANUAL_MODE is the only hold.',
  THROTTLED: 'The vendor asked us to slow down. Goes on by itself.',
  QUOTA_EXHAUSTED: "The account's quota at the vendor is used up. Goes on by itself when it resets.",
  VENDOR_DOWN:
    'The vendor does not answer. It is probed with single calls; nothing fails for it, and everything goes on by itself. Only a lead that is alone in having no answer spends attempts.',
});

const DailyQuotaRef = builder.objectRef<DailyCalls>('DailyQuota').implement({
  description: 'Calls to the vendor per day. All programs of the account share them.',
  fields: (t) => ({
    limit: t.exposeInt('limit', { description: 'Calls of the whole day.' }),
    remaining: t.exposeInt('remaining', { description: 'Calls that were left when the vendor told last.' }),
    resetsAt: t.expose('resetsAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When they start anew; null: they come back little by little.',
    }),
    keptForLive: t.boolean({
      description:
        'Nearly used up: what is left is kept for leads that come live, and the backlog, retries and backfills wait until it starts anew.',
      resolve: isKeptForLive,
    }),
  }),
});

export const FlowRef = builder.objectRef<IntegrationView>('Flow').implement({
  description: 'What leads of the integration wait for now. Changes are told by `integrationChanged`.',
  fields: (t) => ({
    state: t.field({ type: FlowStateType, description: 'Whether leads are leaving.', resolve: flowStateOf }),
    resumesAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the next push is due, if it waits for the vendor; null otherwise.',
      resolve: (integration) => {
        const state = flowStateOf(integration);
        return state === 'FLOWING' || state === 'HELD' ? null : integration.resumesAt;
      },
    }),
    backlogClearsAt: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        "When all that waits now will have left, estimated by the vendor's limits alone. Null while nothing waits or everything is held, and for " +
        'a vendor whose limits are not known.',
      resolve: backlogOf,
    }),
    dailyQuota: t.field({
      type: DailyQuotaRef,
      nullable: true,
      description: 'Calls that the account has per day, as the vendor told last; null where it does not tell.',
      resolve: quotaOf,
    }),
  }),
});

function flowStateOf({ gate, vendorState, waits }: IntegrationView): FlowState {
  if (gate.flow !== 'ALL') return 'HELD';
  return vendorState !== null && (waits || vendorState === 'VENDOR_DOWN') ? vendorState : 'FLOWING';
}

function quotaOf(integration: IntegrationView): DailyCalls | null {
  const { quotaLimit: limit, quotaRemaining: remaining, quotaResetsAt: resetsAt, quotaHolds } = integration;
  return quotaHolds && limit !== null && remaining !== null ? { limit, remaining, resetsAt } : null;
}

async function backlogOf(integration: IntegrationView, _args: unknown, context: Context): Promise<Date | null> {
  const limits = connectorOf(integration.vendor)?.limits;
  const target = { integrationId: integration.id, eventId: null };
  const waiting = limits && (await context.loaders.reconciliation.load(target));
  if (!waiting) return null;
  const { rateCalls: calls, rateWindowMs: windowMs } = integration;
  const told = calls !== null && windowMs !== null ? { calls, windowMs } : limits.rate;
  // A lead takes a call of each kind, so the slowest of them sets the pace.
  const rate = Object.values(limits.kinds ?? {}).reduce(
    (slowest, kind) => (slowest && kind.windowMs / kind.calls <= slowest.windowMs / slowest.calls ? slowest : kind),
    told,
  );
  const now = context.services.now();
  const from =
    integration.waits && integration.resumesAt !== null && integration.resumesAt > now ? integration.resumesAt : now;
  return backlogClearsAt(waiting.queued, { batchMax: limits.batchMax, rate, daily: quotaOf(integration) }, from);
}
