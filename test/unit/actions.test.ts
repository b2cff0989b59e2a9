import { expect, test } from 'vitest';
import { actionsOf, type SyncItemAction } from '../../src/domain/actions.ts';
import { flows, type GateFlow } from '../../src/domain/gate.ts';
import { type SyncState, syncStates } from '../../src/domain/lifecycle.ts';
import type { Role } from '../../src/domain/roles.ts';

const isNoPush = (action: SyncItemAction) => action !== 'RETRY' && action !== 'PUSH';
const pushesOf = (state: SyncState, flow: GateFlow, role: Role) =>
  actionsOf({ state, erased: false }, { flow }, role).filter((action) => !isNoPush(action));

test('what failed can be retried and what waits pushed, unless the gate lets nobody pass', () => {
  for (const flow of ['ALL', 'RELEASED'] as const) {
    expect(pushesOf('FAILED', flow, 'OPERATOR')).toEqual(['RETRY']);
    expect(pushesOf('PENDING', flow, 'ADMIN')).toEqual(['PUSH']);
    for (const state of ['SYNCING', 'CLEARED', 'WITHDRAWN'] as const)
      expect(pushesOf(state, flow, 'OPERATOR')).toEqual([]);
  }
  for (const state of syncStates) expect(pushesOf(state, 'NONE', 'ADMIN')).toEqual([]);
});

test('everything can be edited, everything but what is in flight withdrawn, and what is withdrawn restored', () => {
  for (const flow of flows) {
    const rest = (state: SyncState) => actionsOf({ state, erased: false }, { flow }, 'OPERATOR').filter(isNoPush);
    for (const state of ['PENDING', 'FAILED'] as const) expect(rest(state)).toEqual(['EDIT', 'WITHDRAW', 'PREVIEW']);
    expect(rest('CLEARED')).toEqual(['EDIT', 'WITHDRAW']);
    expect(rest('SYNCING')).toEqual(['EDIT']);
    expect(rest('WITHDRAWN')).toEqual(['EDIT', 'RESTORE']);
  }
});

test('nothing can be done to what is left of an erased person', () => {
  for (const state of syncStates)
    for (const flow of flows) expect(actionsOf({ state, erased: true }, { flow }, 'ADMIN')).toEqual([]);
});

test('a viewer may preview what waits or failed, and do nothing', () => {
  for (const state of syncStates)
    for (const flow of flows) {
      const expected = state === 'PENDING' || state === 'FAILED' ? ['PREVIEW'] : [];
      expect(actionsOf({ state, erased: false }, { flow }, 'VIEWER')).toEqual(expected);
    }
});
