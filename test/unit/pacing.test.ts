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
  pacer.take();
  expect(pacer.waitMs()).toBe(1_000);
  pacer.giveBack();
  expect(pacer.waitMs()).toBe(0);
});

test('a vendor without a limit is never waited for', () => {
  const { pacer } = given(null);
  for (let call = 0; call < 1_000; call += 1) pacer.take();
  expect(pacer.waitMs()).toBe(0);
  pacer.giveBack();
  expect(pacer.waitMs()).toBe(0);
});
