import type { LatestChange } from '../db/statements/item-facts.ts';
import type { ItemView } from '../db/statements/item-views.ts';
import { explain, type FlushFact, type HoldFact, type LeadFacts } from '../domain/explanation.ts';
import { type HoldReason, holdsOf, holdsOfItem, statusOf } from '../domain/gate.ts';
import { lanes } from '../domain/lane.ts';
import { nameOfVendor } from '../domain/vendors.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { getLoaded, type LatestChangeKind } from './loaders.ts';
import { SyncItemRef } from './refs.ts';

builder.objectField(SyncItemRef, 'explanation', (t) =>
  t.string({
    description:
      'One sentence in plain English: why it is where it is (since when, by whom and why it is held, what it waits for, what was refused), and ' +
      'what gets it out. As of now; instants in UTC.',
    complexity: 5,
    resolve: async (item, _args, context) => explain(await factsOf(item, context)),
  }),
);

/** Which change puts a hold there. */
const changeOfHold: Record<HoldReason, LatestChangeKind> = {
  MANUAL_MODE: 'SYNC_MODE_CHANGED',
  DISABLED: 'DISABLED',
  DISCONNECTED: 'DISCONNECTED',
  NEEDS_AUTHORIZATION: 'AUTHORIZATION_LOST',
  NO_PERMISSION: 'PERMISSION_LOST',
  ENDPOINT_GONE: 'ENDPOINT_GONE',
  NO_MAPPING: 'MAPPING_CHANGED',
};

const openings = ['SYNC_MODE_CHANGED', 'ENABLED', 'CONNECTED', 'MAPPING_CHANGED'] as const;
/** How far back the move is looked for that took a lead off the list: it may have been edited since. */
const lastMoves = 20;
/** A change and the gate that it opened are noted by two clocks, which may differ by this much. */
const clocksDifferMs = 60_000;

/** Only what the sentence about an item in its status needs is read. */
async function factsOf(item: ItemView, context: Context): Promise<LeadFacts> {
  const status = statusOf(item, item.gate);
  const integration = await getLoaded(context.loaders.integration, item.integrationId);
  const isQueued = status === 'QUEUED';
  const holds =
    status === 'FROZEN'
      ? holdsOfItem(item, item.gate)
      : status === 'FAILED'
        ? holdsOf(item.gate).filter((hold) => hold !== 'MANUAL_MODE')
        : [];
  const isPushed = isQueued && item.retryId !== null && item.lane === lanes.RETRY;
  const isFlushed = isQueued && !isPushed && item.lane === lanes.LIVE && item.gate.flow === 'ALL' && item.flushed;
  const nextAttemptAt = isQueued && item.dueLater ? item.dueAt : null;
  const waits = isQueued && integration.waits && integration.vendorState !== 'FLOWING';
  const inLine = isQueued && nextAttemptAt === null && !waits;
  const [changes, retry, ahead, withdrawal] = await Promise.all([
    holds.length > 0 || isFlushed ? context.loaders.latestChanges.load(item.integrationId) : [],
    isPushed && item.retryId !== null ? context.loaders.retry.load(item.retryId) : null,
    inLine ? context.loaders.ahead.load(item.id) : 0,
    status === 'WITHDRAWN'
      ? context.loaders.timeline.load({ ownerId: item.id, page: { after: null, limit: lastMoves } })
      : [],
  ]);
  const withdrawn = withdrawal.find(({ row }) => row.cause === 'WITHDRAWN');
  return {
    status,
    vendor: nameOfVendor[integration.vendor],
    attempts: item.attempts,
    error: item.error,
    erased: item.erased,
    holds: holds.map((hold) => holdFact(hold, changes)),
    nextAttemptAt,
    vendorWait:
      waits && integration.vendorState && integration.vendorState !== 'FLOWING' && integration.resumesAt
        ? { state: integration.vendorState, until: integration.resumesAt }
        : null,
    pushed: isPushed ? { by: retry?.requestedBy ?? null, at: retry?.requestedAt ?? null } : null,
    flush: isFlushed ? flushFact(item, changes) : null,
    backfilled: item.lane === lanes.BACKFILL,
    ahead,
    claimedUntil: item.claimedUntil,
    failedAt: item.failedAt,
    failedAgain: item.repeated,
    clearedAt: item.clearedAt,
    remoteId: item.accountGeneration === integration.accountGeneration ? item.remoteId : null,
    syncedRevision: item.syncedRevision,
    withdrawn: withdrawn ? { by: withdrawn.row.causedBy, at: withdrawn.row.at } : null,
  };
}

function holdFact(hold: HoldReason, changes: readonly LatestChange[]): HoldFact {
  const change = changes.find(({ kind }) => kind === changeOfHold[hold]);
  return { hold, by: change?.by ?? null, at: change?.at ?? null, reason: change?.reason ?? null };
}

/** What opened the gate: the change nearest to it. */
function flushFact({ openedAt }: ItemView, changes: readonly LatestChange[]): FlushFact | null {
  if (openedAt === null) return null;
  const distance = ({ at }: LatestChange) => Math.abs(at.getTime() - openedAt.getTime());
  const [nearest] = changes.filter(({ kind }) => isOpening(kind)).sort((a, b) => distance(a) - distance(b));
  if (!nearest || !isOpening(nearest.kind) || distance(nearest) > clocksDifferMs) return null;
  return { how: nearest.kind, by: nearest.by, at: nearest.at };
}

const isOpening = (kind: LatestChange['kind']): kind is FlushFact['how'] => openings.some((one) => one === kind);
