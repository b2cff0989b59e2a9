import type { GateFlow } from './gate.ts';
import { nextState, type SyncState } from './lifecycle.ts';
import { type Role, roleIncludes } from './roles.ts';

/** What a person may do to a sync item, of what the API has names for. */
export type SyncItemAction = 'RETRY' | 'PUSH' | 'EDIT';

/**
 * What somebody of this role may do to an item now, by the rules that the use cases apply: a push by hand passes a Manual gate and no other
 * hold, and is called a retry where the item failed.
 */
export function actionsOf(item: { state: SyncState }, gate: { flow: GateFlow }, role: Role): SyncItemAction[] {
  if (!roleIncludes(role, 'OPERATOR')) return [];
  const actions: SyncItemAction[] = [];
  if (gate.flow !== 'NONE' && nextState(item.state, 'retry') !== null) {
    actions.push(item.state === 'FAILED' ? 'RETRY' : 'PUSH');
  }
  if (nextState(item.state, 'edit') !== null) actions.push('EDIT');
  return actions;
}
