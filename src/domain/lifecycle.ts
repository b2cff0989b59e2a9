/*
 * Glossary. One word per thing, the same in Postgres, TypeScript and GraphQL.
 *   lead        a person captured at one event; the same person at another event is another lead
 *   sync item   one lead's way to one integration: the unit of the work list
 *   gate        the setting that decides whether an integration's waiting leads may leave
 *   hold        a reason why they may not
 *   claim       a drain's right to push some leads, which ends by itself
 *   push        everything done at the vendor under one claim
 *   settle      recording what the vendor answered
 *   release     a mark that lets a waiting lead pass a Manual gate; valid for one release epoch
 *   retry       a push of many leads that somebody asked for
 *   withdraw    taking an item off the work list: in no group and no count, pushed by nothing, until it is restored
 *   qualifier   a question asked at capture and its answers ("tag" in some vendors' words)
 */

/** What a sync item is. Whether a PENDING one reads FROZEN or QUEUED follows from the gate: see gate.ts. */
export const syncStates = ['PENDING', 'SYNCING', 'FAILED', 'CLEARED', 'WITHDRAWN'] as const;
export type SyncState = (typeof syncStates)[number];

/** What happens to a sync item. */
export const syncEvents = [
  'claim',
  'refuse',
  'clear',
  'fail',
  'postpone',
  'recover',
  'edit',
  'retry',
  'unretry',
  'withdraw',
  'restore',
  'restoreFailed',
  'restoreCleared',
  'erase',
  'discard',
] as const;
export type SyncEvent = (typeof syncEvents)[number];

/** The whole state machine. An event left out of a state can't happen to it. */
// biome-ignore format: a table
const lifecycle = {
  PENDING:   { claim: 'SYNCING', edit: 'PENDING', unretry: 'FAILED', retry: 'PENDING', withdraw: 'WITHDRAWN', erase: 'WITHDRAWN' }, // unretry: a retry that took it from FAILED is canceled
  SYNCING:   { clear: 'CLEARED', fail: 'FAILED', postpone: 'PENDING', recover: 'PENDING', refuse: 'FAILED', edit: 'SYNCING', erase: 'SYNCING', discard: 'WITHDRAWN' }, // recover: its process died; refuse: claimed, but never sent; discard: of an erased person, and not CLEARED
  FAILED:    { retry: 'PENDING', edit: 'FAILED', withdraw: 'WITHDRAWN', erase: 'WITHDRAWN' }, // somebody, after a fix; never by itself, not by an edit
  CLEARED:   { edit: 'PENDING', withdraw: 'WITHDRAWN', erase: 'CLEARED' }, // the lead changed after it was sent
  WITHDRAWN: { edit: 'WITHDRAWN', restore: 'PENDING', restoreFailed: 'FAILED', restoreCleared: 'CLEARED', erase: 'WITHDRAWN' }, // to where it was; restore also: it was CLEARED and edited since
} as const satisfies Record<SyncState, Partial<Record<SyncEvent, SyncState>>>;

/** The state that `event` leads to from `state`, or null where it can't happen. */
export function nextState(state: SyncState, event: SyncEvent): SyncState | null {
  const moves: Partial<Record<SyncEvent, SyncState>> = lifecycle[state];
  return moves[event] ?? null;
}

/** Why a row was written; the trigger copies it to the log. RENEWED is the one that is never logged: a claim was prolonged. */
export const transitionCauses = [
  'CAPTURED',
  'ENRICHED',
  'EDITED',
  'CLAIMED',
  'ANSWERED',
  'REFUSED_LOCALLY',
  'RELEASED',
  'RETRIED',
  'RETRY_CANCELED',
  'RECOVERED',
  'WITHDRAWN',
  'RESTORED',
  'MOVED',
  'BACKFILLED',
  'ERASED',
] as const;
export type TransitionCause = (typeof transitionCauses)[number];

/** What a reader sees: the state, with PENDING told apart by the gate. */
export const syncStatuses = ['FROZEN', 'QUEUED', 'SYNCING', 'FAILED', 'CLEARED', 'WITHDRAWN'] as const;
export type SyncStatus = (typeof syncStatuses)[number];

export const reconciliationGroups = ['PRE_SYNC', 'FAILED', 'CLEARED'] as const;
export type ReconciliationGroup = (typeof reconciliationGroups)[number];

/** The states that a group of Reconciliation shows. */
const statesOfGroup: Record<ReconciliationGroup, readonly SyncState[]> = {
  PRE_SYNC: ['PENDING', 'SYNCING'],
  FAILED: ['FAILED'],
  CLEARED: ['CLEARED'],
};

/** The group an item is shown in; null when it was taken off the list. */
export function groupOf(state: SyncState): ReconciliationGroup | null {
  for (const group of reconciliationGroups) if (statesOfGroup[group].includes(state)) return group;
  return null;
}
