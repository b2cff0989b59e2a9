import { expect, test } from 'vitest';
import { actionsOf } from '../../src/domain/actions.ts';
import { flows } from '../../src/domain/gate.ts';
import { syncStates } from '../../src/domain/lifecycle.ts';

test('what failed can be retried and what waits pushed, unless the gate lets nobody pass', () => {
  for (const flow of ['ALL', 'RELEASED'] as const) {
    expect(actionsOf({ state: 'FAILED' }, { flow }, 'OPERATOR')).toEqual(['RETRY', 'EDIT']);
    expect(actionsOf({ state: 'PENDING' }, { flow }, 'ADMIN')).toEqual(['PUSH', 'EDIT']);
    for (const state of ['SYNCING', 'CLEARED', 'WITHDRAWN'] as const)
      expect(actionsOf({ state }, { flow }, 'OPERATOR')).toEqual(['EDIT']);
  }
  for (const state of syncStates) expect(actionsOf({ state }, { flow: 'NONE' }, 'ADMIN')).toEqual(['EDIT']);
});

test('a viewer may do nothing', () => {
  for (const state of syncStates)
    for (const flow of flows) expect(actionsOf({ state }, { flow }, 'VIEWER')).toEqual([]);
});
