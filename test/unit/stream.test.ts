import { describe, expect, test, vi } from 'vitest';
import { type Done, done, type Nothing, nothing, Stream } from '../../src/sync/live/stream.ts';

const ended = { done: true, value: undefined };

/** A stream over a list that a test fills; `parked` resolves when its reader has found nothing. */
function given() {
  const values: (number | Done)[] = [];
  const abort = new AbortController();
  const onEnd = vi.fn();
  let tellParked = Promise.withResolvers<void>();
  const pull = (): number | Done | Nothing => {
    const value = values.shift();
    if (value !== undefined) return value;
    tellParked.resolve();
    return nothing;
  };
  const stream = new Stream(pull, abort.signal, onEnd);
  const read = async () => {
    tellParked = Promise.withResolvers();
    const next = stream.next();
    await tellParked.promise;
    return { next };
  };
  const push = (value: number | Done) => {
    values.push(value);
    stream.wake();
  };
  return { stream, values, abort, onEnd, read, push };
}

test('gives what there is, in order, and completes when there will be nothing more', async () => {
  const { stream, values, onEnd } = given();
  values.push(1, 2, done);
  const read: number[] = [];
  for await (const value of stream) read.push(value);
  expect(read).toEqual([1, 2]);
  expect(stream.closed).toBe(true);
  expect(onEnd).toHaveBeenCalledOnce();
});

test('a parked reader goes on when it is woken, also after wakes for nothing', async () => {
  const { stream, read, push } = given();
  const { next } = await read();
  stream.wake();
  stream.wake();
  push(1);
  expect(await next).toEqual({ done: false, value: 1 });
});

test('a wake while it pulls is not lost, though the pull found nothing', async () => {
  const pulls = [Promise.withResolvers<number | Nothing>(), Promise.withResolvers<number | Nothing>()];
  let begun = 0;
  const stream = new Stream<number>(
    () => pulls[begun++]?.promise ?? done,
    new AbortController().signal,
    () => {},
  );
  const next = stream.next();
  expect(begun).toBe(1);
  stream.wake(); // news that this pull was too early to see
  pulls[0]?.resolve(nothing);
  pulls[1]?.resolve(7);
  expect(await next).toEqual({ done: false, value: 7 });
  expect(begun).toBe(2);
});

test('a wake between pull and wait is not lost', async () => {
  let found: number | Nothing = nothing;
  const stream: Stream<number> = new Stream<number>(
    () => {
      const before = found;
      found = 7;
      if (before === nothing) queueMicrotask(stream.wake); // runs after the pull, before the reader waits
      return before;
    },
    new AbortController().signal,
    () => {},
  );
  expect(await stream.next()).toEqual({ done: false, value: 7 });
});

describe('return()', () => {
  test('ends a parked reader at once', async () => {
    const { stream, onEnd, read } = given();
    const { next } = await read();
    expect(await stream.return()).toEqual(ended);
    expect(await next).toEqual(ended);
    expect(onEnd).toHaveBeenCalledOnce();
  });

  test('while it pulls drops what the pull finds', async () => {
    const pull = Promise.withResolvers<number>();
    const stream = new Stream<number>(
      () => pull.promise,
      new AbortController().signal,
      () => {},
    );
    const next = stream.next();
    await stream.return();
    pull.resolve(1);
    expect(await next).toEqual(ended);
  });

  test('before the first read ends it too, and nothing is pulled', async () => {
    const pull = vi.fn(() => nothing);
    const onEnd = vi.fn();
    const stream = new Stream(pull, new AbortController().signal, onEnd);
    await stream.return();
    expect(await stream.next()).toEqual(ended);
    expect(pull).not.toHaveBeenCalled();
    expect(onEnd).toHaveBeenCalledOnce();
  });

  test('is what leaving a for-await loop calls', async () => {
    const { stream, values, onEnd } = given();
    values.push(1, 2);
    for await (const value of stream) if (value === 1) break;
    expect(stream.closed).toBe(true);
    expect(onEnd).toHaveBeenCalledOnce();
  });
});

describe('the signal', () => {
  test('ends a parked reader with its reason thrown', async () => {
    const { stream, abort, onEnd, read } = given();
    const { next } = await read();
    const reason = new Error('the key was revoked');
    abort.abort(reason);
    await expect(next).rejects.toBe(reason);
    expect(await stream.next()).toEqual(ended);
    expect(onEnd).toHaveBeenCalledOnce();
  });

  test('that had fallen before throws with the first read', async () => {
    const onEnd = vi.fn();
    const reason = new Error('shutting down');
    const stream = new Stream(() => nothing, AbortSignal.abort(reason), onEnd);
    await expect(stream.next()).rejects.toBe(reason);
    expect(onEnd).toHaveBeenCalledOnce();
  });

  test('changes nothing after the end, and is not listened to any more', async () => {
    const { stream, abort, onEnd } = given();
    const remove = vi.spyOn(abort.signal, 'removeEventListener');
    await stream.return();
    expect(remove).toHaveBeenCalledWith('abort', stream.wake);
    abort.abort(new Error('too late'));
    expect(await stream.next()).toEqual(ended);
    expect(onEnd).toHaveBeenCalledOnce();
  });
});

test('a pull that throws ends the stream with its error', async () => {
  const onEnd = vi.fn();
  const broken = new Error('the log is gone');
  const stream = new Stream<number>(
    () => {
      throw broken;
    },
    new AbortController().signal,
    onEnd,
  );
  await expect(stream.next()).rejects.toBe(broken);
  expect(await stream.next()).toEqual(ended);
  expect(onEnd).toHaveBeenCalledOnce();
});
