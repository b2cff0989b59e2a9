import type { GateFlow } from './gate.ts';
import { nextState, type SyncState } from './lifecycle.ts';
import { type Role, roleIncludes } from './roles.ts';

/** What a person may do to a sync item, of what the API has names for. */
export type SyncItemAction = 'RETRY' | 'PUSH' | 'EDIT' | 'WITHDRAW' | 'RESTORE' | 'PREVIEW';

/**
 * What somebody of this role may do to an item now, by the rules that the use cases apply: a push by hand passes a Manual gate and no other
 * hold, and is called a retry where the item failed. Whoever may read may preview what a push would
 * send. Nothing can be done to what is left of an erased person.
 */
export function actionsOf(
  item: { state: SyncState; erased: boolean },
  gate: { flow: GateFlow },
  role: Role,
): SyncItemAction[] {
  if (item.erased) return [];
  const preview: SyncItemAction[] = item.state === 'PENDING' || item.state === 'FAILED' ? ['PREVIEW'] : [];
  if (!roleIncludes(role, 'OPERATOR')) return preview;
  const actions: SyncItemAction[] = [];
  if (gate.flow !== 'NONE' && nextState(item.state, 'retry') !== null) {
    actions.push(item.state === 'FAILED' ? 'RETRY' : 'PUSH');
  }
  if (nextState(item.state, 'edit') !== null) actions.push('EDIT');
  if (nextState(item.state, 'withdraw') !== null) actions.push('WITHDRAW');
  if (nextState(item.state, 'restore') !== null) actions.push('RESTORE');
  return [...actions, ...preview];
}
