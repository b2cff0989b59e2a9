import { describe, expect, test } from 'vitest';
import {
  connectionStatuses,
  flowOf,
  type GateRule,
  type HoldReason,
  holdsOf,
  holdsOfItem,
  statusOf,
  syncModes,
} from '../../src/domain/gate.ts';
import { syncStates } from '../../src/domain/lifecycle.ts';

const releaseEpoch = 2;
const open: GateRule = {
  connection: 'CONNECTED',
  enabled: true,
  mode: 'AUTOMATIC',
  permitted: true,
  endpointGone: false,
  mapped: true,
  releaseEpoch,
};

const yesNo = [true, false];
const rules: GateRule[] = connectionStatuses.flatMap((connection) =>
  yesNo.flatMap((enabled) =>
    syncModes.flatMap((mode) =>
      yesNo.flatMap((permitted) =>
        yesNo.flatMap((endpointGone) =>
          yesNo.map((mapped) => ({ connection, enabled, mode, permitted, endpointGone, mapped, releaseEpoch })),
        ),
      ),
    ),
  ),
);

const sendable = (rule: GateRule) =>
  rule.connection === 'CONNECTED' && rule.enabled && rule.permitted && !rule.endpointGone && rule.mapped;

const waiting = {
  unreleased: { state: 'PENDING', releaseEpoch: null },
  releasedBefore: { state: 'PENDING', releaseEpoch: releaseEpoch - 1 },
  released: { state: 'PENDING', releaseEpoch },
} as const;

test.for<[HoldReason, Partial<GateRule>]>([
  ['DISCONNECTED', { connection: 'DISCONNECTED' }],
  ['NEEDS_AUTHORIZATION', { connection: 'NEEDS_AUTHORIZATION' }],
  ['NO_PERMISSION', { permitted: false }],
  ['ENDPOINT_GONE', { endpointGone: true }],
  ['DISABLED', { enabled: false }],
  ['NO_MAPPING', { mapped: false }],
  ['MANUAL_MODE', { mode: 'MANUAL' }],
])('%s is told wherever it holds, and nowhere else', ([hold, change]) => {
  expect(holdsOf({ ...open, ...change })).toEqual([hold]);
  const fits = (rule: GateRule) =>
    Object.entries(change).every(([name, value]) => rule[name as keyof GateRule] === value);
  for (const rule of rules) expect(holdsOf(rule).includes(hold)).toBe(fits(rule));
});

test('an integration that nothing holds names no reason', () => {
  expect(holdsOf(open)).toEqual([]);
});

describe('of all 96 settings', () => {
  test('everything flows in exactly one, the released in exactly one, and nothing in the others', () => {
    expect(rules).toHaveLength(96);
    expect(rules.filter((rule) => flowOf(rule) === 'ALL')).toEqual([open]);
    expect(rules.filter((rule) => flowOf(rule) === 'RELEASED')).toEqual([{ ...open, mode: 'MANUAL' }]);
  });

  test('who waits is QUEUED exactly where it may leave', () => {
    for (const rule of rules) {
      const automatic = sendable(rule) && rule.mode === 'AUTOMATIC';
      expect(statusOf(waiting.unreleased, rule)).toBe(automatic ? 'QUEUED' : 'FROZEN');
      expect(statusOf(waiting.releasedBefore, rule)).toBe(automatic ? 'QUEUED' : 'FROZEN');
      expect(statusOf(waiting.released, rule)).toBe(sendable(rule) ? 'QUEUED' : 'FROZEN');
    }
  });

  test('what does not wait reads as it is, and nothing holds it', () => {
    for (const rule of rules) {
      for (const state of syncStates.filter((one) => one !== 'PENDING')) {
        for (const epoch of [null, releaseEpoch]) {
          expect(statusOf({ state, releaseEpoch: epoch }, rule)).toBe(state);
          expect(holdsOfItem({ state, releaseEpoch: epoch }, rule)).toEqual([]);
        }
      }
    }
  });

  test('a waiting item is FROZEN exactly where it can name a reason', () => {
    for (const rule of rules) {
      for (const item of Object.values(waiting))
        expect(holdsOfItem(item, rule).length > 0).toBe(statusOf(item, rule) === 'FROZEN');
    }
  });

  test('an item is held by everything that holds its integration; a released one by everything but the mode', () => {
    for (const rule of rules) {
      expect(holdsOfItem(waiting.unreleased, rule)).toEqual(holdsOf(rule));
      expect(holdsOfItem(waiting.releasedBefore, rule)).toEqual(holdsOf(rule));
      expect(holdsOfItem(waiting.released, rule)).toEqual(holdsOf(rule).filter((hold) => hold !== 'MANUAL_MODE'));
    }
  });
});
