import { expect, test } from 'vitest';
import { Pacer } from '../../src/sync/engine/pacing.ts';

function given(rate: { calls: number; windowMs: number } | null) {
  const clock = { now: 5_000 };
  return { clock, pacer: new Pacer(rate, () => clock.now) };
}

test('half of the calls of a window may start at once, the others are spread over the rest of it', () => {
  const { clock, pacer } = given({ calls: 8, windowMs: 1_000 });
  const begunAt = clock.now;
  const startedAt = Array.from({ length: 9 }, () => {
    clock.now += pacer.waitMs();
    pacer.take();
    return clock.now - begunAt;
  });
  expect(startedAt).toEqual([0, 0, 0, 0, 200, 400, 600, 800, 1_000]);
});

test('however long calls go on at the full rate, one that comes soon waits two even shares of the window at most, and none of its calls is lost', () => {
  const { clock, pacer } = given({ calls: 90, windowMs: 10_000 });
  const begunAt = clock.now;
  let longestMs = 0;
  let calls = 0;
  for (; clock.now < begunAt + 100_000; calls += 1) {
    const waitMs = pacer.waitMs();
    longestMs = Math.max(longestMs, waitMs);
    clock.now += waitMs;
    pacer.take();
  }
  expect(longestMs).toBeLessThanOrEqual(2 * Math.ceil(10_000 / 90));
  expect(calls).toBeGreaterThanOrEqual(900);
});

test('after a pause as long as the window a burst may start again', () => {
  const { clock, pacer } = given({ calls: 4, windowMs: 1_000 });
  for (let call = 0; call < 4; call += 1) {
    clock.now += pacer.waitMs();
    pacer.take();
  }
  expect(pacer.free()).toBe(0);
  clock.now += 1_000;
  expect(pacer.free()).toBe(2);
});

test('no window of that length ever sees more calls, wherever it begins', () => {
  const { clock, pacer } = given({ calls: 5, windowMs: 1_000 });
  const starts: number[] = [];
  for (let step = 0; step < 60; step += 1) {
    clock.now += pacer.waitMs() + (step % 7) * 13;
    expect(pacer.waitMs()).toBe(0);
    pacer.take();
    starts.push(clock.now);
  }
  for (const start of starts) {
    const inWindow = starts.filter((other) => other >= start && other < start + 1_000);
    expect(inWindow.length).toBeLessThanOrEqual(5);
  }
});

test('a wait of a part of a millisecond is rounded up: a call is late rather than early', () => {
  const { clock, pacer } = given({ calls: 1, windowMs: 1_000 });
  pacer.take();
  clock.now += 999.5;
  expect(pacer.waitMs()).toBe(1);
});

test('a slot that was given back can be taken again', () => {
  const { pacer } = given({ calls: 1, windowMs: 1_000 });
  const slot = pacer.take();
  expect(pacer.waitMs()).toBe(1_000);
  slot.giveBack();
  expect(pacer.waitMs()).toBe(0);
});

test('calls that wait for their slot are served in turn, before calls that come later', () => {
  const { clock, pacer } = given({ calls: 2, windowMs: 1_000 });
  expect(pacer.free()).toBe(1);
  pacer.take();
  expect(pacer.free()).toBe(0);
  expect([pacer.take().waitMs, pacer.take().waitMs, pacer.take().waitMs]).toEqual([500, 1_000, 1_500]);
  clock.now += 1_100;
  expect(pacer.waitMs()).toBe(900);
});

test('a slot given back late is its own, not that of a call that waits behind it', () => {
  const { clock, pacer } = given({ calls: 1, windowMs: 1_000 });
  const first = pacer.take();
  const second = pacer.take();
  first.giveBack();
  clock.now += second.waitMs;
  expect(pacer.waitMs()).toBe(1_000);
});

test('a vendor without a limit is never waited for', () => {
  const { pacer } = given(null);
  for (let call = 0; call < 1_000; call += 1) expect(pacer.take().waitMs).toBe(0);
  expect(pacer.waitMs()).toBe(0);
  expect(pacer.free()).toBe(Number.POSITIVE_INFINITY);
});
