import { expect, test } from 'vitest';
import { groupOf, nextState, syncEvents, syncStates } from '../../src/domain/lifecycle.ts';

const moves = syncStates.flatMap((from) =>
  syncEvents.flatMap((event) => {
    const to = nextState(from, event);
    return to === null ? [] : [{ from, event, to }];
  }),
);
const eventsThat = (fits: (move: (typeof moves)[number]) => boolean) => [
  ...new Set(moves.filter(fits).map(({ event }) => event)),
];

test('these moves can happen and no others', () => {
  expect(moves.map(({ from, event, to }) => `${from} ${event} ${to}`).sort()).toEqual([
    'CLEARED edit PENDING',
    'CLEARED erase CLEARED',
    'CLEARED withdraw WITHDRAWN',
    'FAILED edit FAILED',
    'FAILED erase WITHDRAWN',
    'FAILED retry PENDING',
    'FAILED withdraw WITHDRAWN',
    'PENDING claim SYNCING',
    'PENDING edit PENDING',
    'PENDING erase WITHDRAWN',
    'PENDING retry PENDING',
    'PENDING unretry FAILED',
    'PENDING withdraw WITHDRAWN',
    'SYNCING clear CLEARED',
    'SYNCING discard WITHDRAWN',
    'SYNCING edit SYNCING',
    'SYNCING erase SYNCING',
    'SYNCING fail FAILED',
    'SYNCING postpone PENDING',
    'SYNCING recover PENDING',
    'SYNCING refuse FAILED',
    'WITHDRAWN edit WITHDRAWN',
    'WITHDRAWN erase WITHDRAWN',
    'WITHDRAWN restore PENDING',
    'WITHDRAWN restoreCleared CLEARED',
    'WITHDRAWN restoreFailed FAILED',
  ]);
});

test('a push begins with a claim of what waits, and with nothing else', () => {
  expect(moves.filter(({ from, to }) => to === 'SYNCING' && from !== 'SYNCING')).toEqual([
    { from: 'PENDING', event: 'claim', to: 'SYNCING' },
  ]);
});

test('what failed waits again only when somebody retries it', () => {
  expect(eventsThat(({ from, to }) => from === 'FAILED' && to === 'PENDING')).toEqual(['retry']);
});

test('what is at the vendor is sent again only after an edit', () => {
  expect(eventsThat(({ from, to }) => from === 'CLEARED' && to === 'PENDING')).toEqual(['edit']);
});

test('what was withdrawn is left alone until somebody restores it', () => {
  expect(eventsThat(({ from, to }) => from === 'WITHDRAWN' && to !== 'WITHDRAWN')).toEqual([
    'restore',
    'restoreFailed',
    'restoreCleared',
  ]);
});

test('what is in flight can not be withdrawn, not even for an erased person: its answer comes first', () => {
  expect(nextState('SYNCING', 'withdraw')).toBeNull();
  expect(nextState('SYNCING', 'erase')).toBe('SYNCING');
});

test('a lead can be edited in every state, and one in flight stays in flight', () => {
  for (const state of syncStates) expect(nextState(state, 'edit')).not.toBeNull();
  expect(nextState('SYNCING', 'edit')).toBe('SYNCING');
});

test('what waits and what is in flight is PRE_SYNC, and what was taken off the list is in no group', () => {
  expect(syncStates.map((state) => [state, groupOf(state)])).toEqual([
    ['PENDING', 'PRE_SYNC'],
    ['SYNCING', 'PRE_SYNC'],
    ['FAILED', 'FAILED'],
    ['CLEARED', 'CLEARED'],
    ['WITHDRAWN', null],
  ]);
});
