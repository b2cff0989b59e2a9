import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Beat } from '../../src/sync/live/beat.ts';

const minMs = 50;
const pollMs = 1_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function given(work: () => Promise<void> = async () => {}) {
  const spy = vi.fn(work);
  const onError = vi.fn();
  const beat = new Beat(spy, { minMs, pollMs: () => pollMs, onError });
  return { beat, work: spy, onError };
}

test('asked, it beats at once', async () => {
  const { beat, work } = given();
  beat.start();
  beat.ask();
  await vi.advanceTimersByTimeAsync(0);
  expect(work).toHaveBeenCalledOnce();
});

test('asked a hundred times, it beats once now and once when the pause between two beats is over', async () => {
  const { beat, work } = given();
  beat.start();
  for (let ask = 0; ask < 100; ask += 1) beat.ask();
  await vi.advanceTimersByTimeAsync(0);
  for (let ask = 0; ask < 100; ask += 1) beat.ask();
  await vi.advanceTimersByTimeAsync(minMs - 1);
  expect(work).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(work).toHaveBeenCalledTimes(2);
});

test('asked while it works, it works once more afterwards and never twice at once', async () => {
  const rounds = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let begun = 0;
  const { beat, work } = given(() => rounds[begun++]?.promise ?? Promise.resolve());
  beat.start();
  beat.ask();
  await vi.advanceTimersByTimeAsync(0);
  beat.ask();
  beat.ask();
  await vi.advanceTimersByTimeAsync(10 * pollMs);
  expect(work).toHaveBeenCalledTimes(1);
  rounds[0]?.resolve();
  await vi.advanceTimersByTimeAsync(0);
  expect(work).toHaveBeenCalledTimes(2);
  rounds[1]?.resolve();
  await vi.advanceTimersByTimeAsync(pollMs - 1);
  expect(work).toHaveBeenCalledTimes(2);
});

test('never asked, it beats by itself: a doorbell can be missed', async () => {
  const { beat, work } = given();
  beat.start();
  await vi.advanceTimersByTimeAsync(pollMs - 1);
  expect(work).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(work).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(pollMs);
  expect(work).toHaveBeenCalledTimes(2);
});

test('work that failed is told, and done again with the next beat', async () => {
  const broken = new Error('the database is away');
  const { beat, work, onError } = given(async () => {
    if (work.mock.calls.length === 1) throw broken;
  });
  beat.start();
  beat.ask();
  await vi.advanceTimersByTimeAsync(0);
  expect(onError.mock.calls).toEqual([[broken]]);
  beat.ask();
  await vi.advanceTimersByTimeAsync(minMs);
  expect(work).toHaveBeenCalledTimes(2);
  expect(onError).toHaveBeenCalledOnce();
});

test('before somebody watches and after nobody does, it does nothing and keeps no timer', async () => {
  const { beat, work } = given();
  beat.ask();
  expect(vi.getTimerCount()).toBe(0);
  beat.start();
  beat.ask();
  beat.stop();
  beat.ask();
  expect(vi.getTimerCount()).toBe(0);
  await vi.advanceTimersByTimeAsync(10 * pollMs);
  expect(work).not.toHaveBeenCalled();
});

test('stopped while it works, it does not go on when the work is done', async () => {
  const round = Promise.withResolvers<void>();
  const { beat, work } = given(() => round.promise);
  beat.start();
  beat.ask();
  await vi.advanceTimersByTimeAsync(0);
  beat.ask();
  beat.stop();
  round.resolve();
  await vi.advanceTimersByTimeAsync(10 * pollMs);
  expect(work).toHaveBeenCalledOnce();
  expect(vi.getTimerCount()).toBe(0);
});

test('watched again after a pause, it beats as before, and only once a round however often it is started', async () => {
  const { beat, work } = given();
  beat.start();
  beat.stop();
  beat.start();
  beat.start();
  await vi.advanceTimersByTimeAsync(pollMs);
  expect(work).toHaveBeenCalledOnce();
});

test('stopped and watched again while it works, it still never works twice at once', async () => {
  const round = Promise.withResolvers<void>();
  let atOnce = 0;
  let most = 0;
  const { beat } = given(async () => {
    atOnce += 1;
    most = Math.max(most, atOnce);
    await round.promise;
    atOnce -= 1;
  });
  beat.start();
  beat.ask();
  await vi.advanceTimersByTimeAsync(0);
  beat.stop();
  beat.start();
  await vi.advanceTimersByTimeAsync(2 * pollMs);
  round.resolve();
  await vi.advanceTimersByTimeAsync(2 * pollMs);
  expect(most).toBe(1);
});
