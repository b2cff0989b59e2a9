import { expect, test } from 'vitest';
import { Pacer } from '../../src/sync/engine/pacing.ts';

function given(rate: { calls: number; windowMs: number } | null) {
  const clock = { now: 5_000 };
  return { clock, pacer: new Pacer(rate, () => clock.now) };
}

test('so many calls may start at once, and the next one when the first has left the window', () => {
  const { clock, pacer } = given({ calls: 3, windowMs: 1_000 });
  for (let call = 0; call < 3; call += 1) {
    expect(pacer.waitMs()).toBe(0);
    pacer.take();
    clock.now += 100;
  }
  expect(pacer.waitMs()).toBe(700);
  clock.now += 699;
  expect(pacer.waitMs()).toBe(1);
  clock.now += 1;
  expect(pacer.waitMs()).toBe(0);
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
  expect(pacer.free()).toBe(2);
  pacer.take();
  clock.now += 100;
  expect(pacer.free()).toBe(1);
  pacer.take();
  expect(pacer.free()).toBe(0);
  expect([pacer.take().waitMs, pacer.take().waitMs, pacer.take().waitMs]).toEqual([900, 1_000, 1_900]);
  clock.now += 1_500;
  expect(pacer.waitMs()).toBe(500);
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
