import { describe, expect, test } from 'vitest';
import { limits } from '../../src/server/limits.ts';
import type { StreamFailure } from '../../src/server/result-stream.ts';
import { decodeCursor, encodeCursor } from '../../src/sync/log.ts';
import { createStand, cursorAt, integrationId, settled } from '../support/fan-out-stand.ts';

const moves = 'subscription ($after: String) { leadStatusesChanged(after: $after) { position text } }';
const states = 'subscription { integrationChanged { key value text } }';

describe('a log', () => {
  test('is joined by whoever wants what comes, when its group is at the end', async () => {
    const { logs, join, batch } = createStand();
    const early = await join(moves, { after: cursorAt(4) });
    logs[0]?.push(batch(5));
    await settled();
    const late = await join(moves);
    logs[0]?.push(batch(6));
    await settled();
    expect([logs.length, early.positions(), late.positions()]).toEqual([1, [5, 6], [6]]);
  });

  test('is not joined from now on by way of a group that still catches up', async () => {
    const { logs, join, batch } = createStand();
    await join(moves, { after: cursorAt(0) });
    logs[0]?.push(batch(1, false));
    await settled();
    const late = await join(moves);
    logs[0]?.push(batch(2));
    await settled();
    expect([logs.length, late.positions()]).toEqual([2, []]);
  });

  test('is joined at the very cursor, and no other', async () => {
    const { logs, join, batch } = createStand();
    await join(moves);
    logs[0]?.push(batch(7));
    await settled();
    const there = await join(moves, { after: cursorAt(7) });
    const before = await join(moves, { after: cursorAt(6) });
    const another = encodeCursor({ integrationId, logEpoch: 'another', position: 7 });
    const elsewhere = await join(moves, { after: another });
    expect(logs.map(({ asked }) => asked)).toEqual([null, cursorAt(6), another]);
    logs[0]?.push(batch(8));
    await settled();
    expect([there.positions(), before.positions(), elsewhere.positions()]).toEqual([[8], [], []]);
  });

  test('is not joined behind a cursor that is asked for by a fragment’s document, once its group has gone on', async () => {
    const fragment = 'fragment Told on Move { position text }';
    const spread = `subscription ($after: String) { leadStatusesChanged(after: $after) { ...Told } } ${fragment}`;
    const twice = 'subscription ($after: String) { leadStatusesChanged(after: $after) { position text(as: $after) } }';
    for (const document of [spread, twice]) {
      const { logs, join, batch } = createStand();
      await join(document, { after: cursorAt(6) });
      logs[0]?.push(batch(7));
      await settled();
      const late = await join(document, { after: cursorAt(6) });
      expect(logs.map(({ asked }) => asked)).toEqual([cursorAt(6), cursorAt(6)]);
      logs[1]?.push(batch(7));
      await settled();
      expect(late.positions()).toEqual([7]);
    }
  });

  test('is joined at its cursor by documents with fragments as well', async () => {
    const { logs, join, batch } = createStand();
    const spread =
      'subscription ($after: String) { leadStatusesChanged(after: $after) { ...Told } } fragment Told on Move { position text }';
    await join(spread, { after: cursorAt(6) });
    logs[0]?.push(batch(7));
    await settled();
    const there = await join(spread, { after: cursorAt(7) });
    logs[0]?.push(batch(8));
    await settled();
    expect([logs.length, there.positions()]).toEqual([1, [8]]);
  });

  test('is not joined at a cursor while its group is on the way', async () => {
    const { logs, join, batch } = createStand();
    const first = await join(moves);
    logs[0]?.push(batch(7));
    await settled();
    first.connection.stalled = true;
    first.connection.backlogBytes = limits.readyBytes; // it can't take more, so the group does not wait for its source
    logs[0]?.push(batch(8));
    logs[0]?.push(batch(9));
    await settled();
    await join(moves, { after: cursorAt(8) });
    expect(logs).toHaveLength(2);
  });

  test('has one source again once two groups wait at the same place, and they lose and repeat nothing', async () => {
    const { logs, text, join, batch } = createStand();
    const ahead = await join(moves);
    logs[0]?.push(batch(3));
    const behind = await join(moves, { after: cursorAt(1) });
    logs[1]?.push(batch(2, false));
    await settled();
    ahead.connection.stalled = true;
    text.now = 'x'.repeat(limits.readyBytes);
    logs[0]?.push(batch(4)); // the group has left 3, and does not wait at 4 because its member can't take more
    await settled();
    logs[1]?.push(batch(3, false));
    await settled();
    expect(logs.map(({ ended }) => ended)).toEqual([false, false]);
    ahead.connection.resume();
    logs[1]?.push(batch(4));
    await settled();
    expect(logs.filter(({ ended }) => ended)).toHaveLength(1);
    for (const source of logs) source.push(batch(5));
    await settled();
    expect([ahead.positions(), behind.positions()]).toEqual([
      [3, 4, 5],
      [2, 3, 4, 5],
    ]);
  });

  test('ends a member that does not keep up, at the last it got, with little kept for it', async () => {
    const { logs, text, join, batch } = createStand();
    const stalled = await join(moves);
    const quick = await join(moves);
    stalled.connection.stalled = true;
    text.now = 'x'.repeat(100_000);
    for (let position = 1; position <= 30; position += 1) logs[0]?.push(batch(position));
    await settled();
    while (quick.positions().at(-1) !== 30) await settled();
    const failure = await stalled.ended.catch((error: unknown) => error);
    stalled.connection.resume();
    const last = stalled.positions().at(-1);
    const { code, cursor } = (failure as StreamFailure).errors[0]?.extensions ?? {};
    expect(code).toBe('SLOW_CONSUMER');
    expect(decodeCursor(String(cursor), integrationId).position).toBe(last);
    expect(stalled.connection.largestBacklog).toBeLessThan(limits.backlogBytes + 110_000);
    expect(quick.positions()).toHaveLength(30);
  });

  test('waits for its only member instead', async () => {
    const { logs, text, join, batch } = createStand();
    const { connection, positions } = await join(moves);
    connection.stalled = true;
    text.now = 'x'.repeat(100_000);
    for (let position = 1; position <= 30; position += 1) logs[0]?.push(batch(position));
    await settled();
    expect(connection.largestBacklog).toBeLessThan(limits.readyBytes + 110_000);
    connection.resume();
    await settled();
    expect(positions()).toEqual(Array.from({ length: 30 }, (_, nth) => nth + 1));
  });
});

describe('a state', () => {
  test('is shared by those who wait with the same, and not by those who have not heard of everything', async () => {
    const { states: sources, values, join } = createStand();
    const early = await join(states);
    for (const key of ['a', 'b']) sources[0]?.push(key);
    await settled();
    const late = await join(states);
    sources[1]?.push('a');
    await settled();
    expect(sources.map(({ ended }) => ended)).toEqual([false, false]);
    values.set('b', 1);
    sources[1]?.push('b'); // newer than what the other has heard
    await settled();
    expect(sources.map(({ ended }) => ended)).toEqual([false, false]);
    sources[0]?.push('b');
    await settled();
    expect(sources.filter(({ ended }) => ended)).toHaveLength(1);
    const told = ({ seen }: typeof early) => seen().map(({ key, value }) => `${key}${value}`);
    expect([told(early), told(late)]).toEqual([
      ['a0', 'b0', 'b1'],
      ['a0', 'b1'],
    ]);
  });

  test('skips to the latest of each for a member that was slow', async () => {
    const { states: sources, values, text, join } = createStand();
    const [slow, quick] = [await join(states), await join(states)];
    for (const source of sources) source.push('a');
    await settled();
    expect(sources.filter(({ ended }) => !ended)).toHaveLength(1);
    const [source] = sources.filter(({ ended }) => !ended);
    slow.connection.stalled = true;
    text.now = 'x'.repeat(300_000);
    for (let value = 1; value <= 20; value += 1) {
      values.set('a', value);
      values.set('b', value);
      source?.push('a');
      source?.push('b');
      await settled();
    }
    expect(quick.seen()).toHaveLength(41);
    expect(slow.connection.largestBacklog).toBeLessThan(limits.backlogBytes + 310_000);
    slow.connection.resume();
    const last = slow
      .seen()
      .slice(-2)
      .map(({ key, value }) => `${key}${value}`);
    expect(last.sort()).toEqual(['a20', 'b20']);
    expect(slow.seen().length).toBeLessThan(10);
  });
});
