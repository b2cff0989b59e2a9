import { expect, test } from 'vitest';
import type { HttpClient } from '../../src/sync/connectors/http/client.ts';
import type { HttpRequest } from '../../src/sync/connectors/http/message.ts';
import { countedHttp, pacedHttp } from '../../src/sync/engine/paced-http.ts';
import { Pacer } from '../../src/sync/engine/pacing.ts';

/** A vendor that takes one call in a window of 10 ms, and a push whose slot was taken. */
function given({ windowMs = 10 } = {}) {
  const sent: HttpRequest[] = [];
  const http: HttpClient = {
    request: (request) => {
      sent.push(request);
      return Promise.resolve({ kind: 'response', status: 200, headers: {}, text: '' });
    },
    checkReachable: () => Promise.resolve({ kind: 'reachable' }),
    refusalOf: () => null,
    close: () => Promise.resolve(),
  };
  const pacer = new Pacer({ calls: 1, windowMs }, () => performance.now());
  const shutdown = new AbortController();
  const time = { leftMs: 60_000 };
  const take = () => {
    pacer.take();
    return pacedHttp(http, pacer, { timeLeftMs: () => time.leftMs, signal: shutdown.signal });
  };
  return { sent, http, pacer, shutdown, time, take };
}

const call: HttpRequest = { method: 'GET', url: 'https://vendor.test/leads', timeoutMs: 30_000 };

test('the first request of a push goes at once, in the slot of its claim; every further one waits for its own', async () => {
  const { sent, take } = given({ windowMs: 200 });
  const { http } = take();
  const startedAt = performance.now();
  await http.request(call);
  expect(performance.now() - startedAt).toBeLessThan(200);
  await http.request(call);
  await http.request(call);
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(399);
  expect(sent).toHaveLength(3);
});

test('requests that the vendor does not count take no slot and leave the first one to the first that counts', async () => {
  const { sent, pacer, take } = given({ windowMs: 60_000 });
  const { http } = take();
  for (const request of [{ ...call, uncounted: true as const }, call, { ...call, uncounted: true as const }]) {
    await http.request(request);
  }
  expect(sent).toHaveLength(3);
  expect(pacer.take().waitMs).toBeLessThanOrEqual(60_000);
});

test('a call of a kind that is limited apart waits for a slot of its kind, the first one too, and no other call does', async () => {
  const { http, sent } = given();
  const pacer = new Pacer({ calls: 100, windowMs: 10 }, () => performance.now(), {
    search: { calls: 1, windowMs: 200 },
  });
  const take = () => {
    pacer.take();
    return pacedHttp(http, pacer, { timeLeftMs: () => 60_000, signal: new AbortController().signal }).http;
  };
  const search = { ...call, kind: 'search' };
  const startedAt = performance.now();
  await take().request(search);
  await take().request(call);
  expect(performance.now() - startedAt).toBeLessThan(200);
  await take().request(search);
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(199);
  expect(sent).toHaveLength(3);
});

test('a request whose slot comes after the time of its push is not sent, and its slot is free again', async () => {
  const { sent, pacer, time, take } = given();
  const paced = take();
  await paced.http.request(call);
  time.leftMs = 0;
  expect(await paced.http.request(call)).toMatchObject({ kind: 'failed', reason: 'ABORTED' });
  expect(paced.ranOut).toBe(true);
  expect(sent).toHaveLength(1);
  await expect.poll(() => pacer.waitMs()).toBe(0);
});

test('a request that waits when the process shuts down is given up at once', async () => {
  const { sent, shutdown, time, take } = given({ windowMs: 60_000 });
  const paced = take();
  await paced.http.request(call);
  const waiting = paced.http.request(call);
  time.leftMs = 0;
  shutdown.abort();
  expect(await waiting).toMatchObject({ kind: 'failed', reason: 'ABORTED' });
  expect(sent).toHaveLength(1);
});

test('a request may take no longer than its push has time when it begins', async () => {
  const { sent, time, take } = given();
  const { http } = take();
  await http.request(call);
  time.leftMs = 5_000;
  await http.request(call);
  expect(sent.map(({ timeoutMs }) => timeoutMs)).toEqual([30_000, 5_000]);
});

test('a request outside of a push does not wait, but pushes wait for it', async () => {
  const { sent, http, pacer } = given({ windowMs: 60_000 });
  await countedHttp(http, pacer).request(call);
  await countedHttp(http, pacer).request({ ...call, uncounted: true });
  expect(sent).toHaveLength(2);
  expect(pacer.waitMs()).toBeGreaterThan(50_000);
  expect(pacer.waitMs()).toBeLessThanOrEqual(60_000);
});
